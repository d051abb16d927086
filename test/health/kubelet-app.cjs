// An Express service as a stranger would write it: the guard, one route that calls DeepSeek, and
// the shutdown order of the README. It is told what it needs by its environment.
const express = require('express')
const { deepseekGuard } = require('../../dist')

const drainMs = Number(process.env.TEST_DRAIN_MS ?? 0)
const health = JSON.parse(process.env.TEST_HEALTH ?? '{}')
const { TEST_KEY_FILE, ...env } = process.env

const deepseek = deepseekGuard({
  env: TEST_KEY_FILE ? { ...env, DEEPSEEK_API_KEY_FILE: TEST_KEY_FILE } : env,
  health,
  logger: false,
})
const app = express()
app.use(deepseek)

app.get('/constant', (_req, res) => {
  res.json({ status: 'pass' })
})

async function chat(_req, res) {
  const upstream = await deepseek.fetch(`${deepseek.client.baseURL}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'deepseek-flash',
      messages: [{ role: 'user', content: 'hello' }],
    }),
  })
  await upstream.arrayBuffer()
  res.status(upstream.ok ? 200 : 502).json({ upstream: upstream.status })
}

app.get('/chat', chat)
app.get('/chat-only-when-ready', deepseek.required(), chat)

app.get('/block', (req, res) => {
  const until = Date.now() + Number(req.query.ms)
  while (Date.now() < until) {}
  res.json({})
})

const server = app.listen(0, '127.0.0.1', () => {
  process.send?.({ port: server.address().port })
})

process.once('SIGTERM', () => {
  deepseek.drain()
  setTimeout(() => {
    server.close(async () => {
      await deepseek.close()
      process.disconnect?.()
    })
  }, drainMs)
})
