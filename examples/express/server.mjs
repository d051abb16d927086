// @ts-check
/**
 * A small chat application behind the guard. Without DEEPSEEK_API_KEY it starts a fake DeepSeek in
 * this process, so that you can revoke the key and watch what a 401 looks like; with a key it talks
 * to the real API.
 *
 *   npm start                                # or: PORT=3001 npm start
 *   DEEPSEEK_API_KEY=sk-... npm start
 */
import { deepseekGuard } from 'deepseek-guard'
import { startFakeDeepSeek } from 'deepseek-guard/testing'
import express from 'express'
import OpenAI from 'openai'

const port = Number(process.env.PORT || 3000)
const model = process.env.DEEPSEEK_MODEL || 'deepseek-flash'
const hasKey = Boolean(process.env.DEEPSEEK_API_KEY || process.env.DEEPSEEK_API_KEY_FILE)

const fake = hasKey ? undefined : await startFakeDeepSeek()
/** @type {Record<string, string | undefined>} */
const env = { ...process.env }
if (fake) Object.assign(env, { DEEPSEEK_API_KEY: fake.key, DEEPSEEK_BASE_URL: fake.url })

const deepseek = deepseekGuard({
  env,
  logger: await prettyLogger(),
  // The fake costs nothing, so it is asked often: a revoked key shows within seconds.
  health: fake ? { intervalMs: 2_000, confirmDelayMs: 200 } : {},
})
const openai = new OpenAI(deepseek.client)

const app = express()
app.use(deepseek)
app.use(express.json())

app.get('/', (_req, res) => {
  res.type('text/plain').send(tryIt())
})

app.post('/chat', deepseek.required(), async (req, res) => {
  const message = req.body?.message
  if (typeof message !== 'string') {
    res.status(400).json({ error: 'Send {"message": "..."} as application/json.' })
    return
  }
  res.json({ answer: await ask(message) })
})

if (fake) {
  app.post('/demo/revoke', async (_req, res) => {
    fake.revoke(env.DEEPSEEK_API_KEY ?? '')
    await ask('Are you still there?').catch(() => {})
    res.type('text/plain').send('Revoked. Look at the log, and ask for the health again.\n')
  })

  app.post('/demo/restore', (_req, res) => {
    // What an operator does with a new key; the guard finds it by itself.
    env.DEEPSEEK_API_KEY = fake.issueKey()
    res.type('text/plain').send('A new key is in place. Readiness comes back by itself.\n')
  })
}

app.use(answerFailure)

const server = app.listen(port, (error) => {
  if (!error) console.log(tryIt())
})
server.on('error', (error) => {
  const taken = 'code' in error && error.code === 'EADDRINUSE'
  console.error(taken ? `Port ${port} is taken. Try: PORT=${port + 1} npm start` : error.message)
  process.exitCode = 1
  stop()
})
process.once('SIGTERM', stop)
process.once('SIGINT', stop)

/** @param {string} message */
async function ask(message) {
  const completion = await openai.chat.completions.create({
    model,
    messages: [{ role: 'user', content: message }],
  })
  return completion.choices[0]?.message.content
}

/**
 * The caller learns that the call failed, the log why: an upstream text can hold a part of the key.
 * @type {express.ErrorRequestHandler}
 */
function answerFailure(error, _req, res, next) {
  if (!(error instanceof OpenAI.APIError)) return next(error)
  res.status(502).json({ error: 'DeepSeek did not answer this one; the log says why.' })
}

/** Drain, close the server, close the guard: after that nothing keeps the process alive. */
async function stop() {
  // In Kubernetes, wait one probe period after drain() before closing the server.
  deepseek.drain()
  if (server.listening) await new Promise((resolve) => server.close(resolve))
  await deepseek.close()
  await fake?.close()
}

/** Readable lines for a person at a terminal; JSON, the default, for everything else. */
async function prettyLogger() {
  if (!process.stdout.isTTY) return undefined
  try {
    const [{ pino }, { default: pretty }] = await Promise.all([
      import('pino'),
      import('pino-pretty'),
    ])
    const level = process.env.DEEPSEEK_GUARD_LOG_LEVEL || 'info'
    return pino(
      { name: 'deepseek-guard', level },
      pretty({ ignore: 'pid,hostname,component', sync: true }),
    )
  } catch {
    return undefined // pino-pretty is a development dependency
  }
}

function tryIt() {
  const address = server.address()
  const here = `http://localhost:${typeof address === 'object' ? address?.port : port}`
  const source = fake
    ? `DEEPSEEK_API_KEY is not set, so a fake DeepSeek answers (${fake.url}, in this process).\n` +
      'Set DEEPSEEK_API_KEY to talk to the real API.'
    : `A key is set: chats go to ${deepseek.client.baseURL} and are billed.`
  const lines = [
    `curl ${here}/chat -H 'content-type: application/json' -d '{"message":"Hello"}'`,
    `curl -i ${here}/health/deepseek`,
  ]
  if (fake) {
    lines.push(
      `curl -X POST ${here}/demo/revoke    # then watch the log, and the health`,
      `curl -X POST ${here}/demo/restore   # and see it heal`,
    )
  }
  return `${source}\n\nListening on ${here}. Try:\n\n  ${lines.join('\n  ')}\n`
}
