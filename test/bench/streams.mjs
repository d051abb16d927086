// What watching the body of a completion costs: CPU of reading 10 MB in events of 64 bytes from a
// server on loopback, with and without the guard; and a plain 200 whose body nobody reads.
import { fork } from 'node:child_process'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { inTurns, KEY, print, target } from './measure.mjs'

const EVENT = Buffer.from(`data: {"choices":[{"delta":{"content":"${'x'.repeat(17)}"}}]}\n\n`)
const SIZE = 10 * 1024 * 1024

/** Sends events in writes of this many bytes. */
function serve() {
  createServer((req, res) => {
    const perWrite = Number(req.headers['x-per-write'])
    const piece = Buffer.concat(Array(Math.max(1, Math.floor(perWrite / EVENT.length))).fill(EVENT))
    let sent = 0
    const go = () => {
      while (sent < SIZE) {
        sent += piece.length
        if (!res.write(piece)) return void res.once('drain', go)
      }
      res.end('data: [DONE]\n\n')
    }
    req.resume().on('end', () => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      go()
    })
  }).listen(0, '127.0.0.1', function () {
    process.send(this.address().port)
  })
}

async function cpu(work) {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}

async function streams(deepseekGuard) {
  const server = fork(new URL(import.meta.url), ['serve'])
  const port = await new Promise((resolve) => server.once('message', resolve))
  const baseURL = `http://127.0.0.1:${port}`
  const env = { DEEPSEEK_API_KEY: KEY, DEEPSEEK_BASE_URL: baseURL }
  const guard = deepseekGuard({ env, logger: false, health: false })
  const read = (fetch, perWrite) =>
    cpu(async () => {
      const headers = { 'x-per-write': String(perWrite) }
      const response = await fetch(`${baseURL}/chat/completions`, { method: 'POST', headers })
      const reader = response.body.getReader()
      while (!(await reader.read()).done);
    })
  const rows = []
  for (const perWrite of [EVENT.length, 65_536]) {
    const subjects = { raw: () => read(fetch, perWrite), ours: () => read(guard.fetch, perWrite) }
    await inTurns({ rounds: 5, seconds: 5 }, subjects)
    const { median, least } = await inTurns({ rounds: 31, seconds: 15 }, subjects)
    const ratio = median.ours / median.raw
    rows.push([
      `${perWrite} bytes a write`,
      median.raw.toFixed(1),
      median.ours.toFixed(1),
      `${ratio.toFixed(3)} (${(least.ours / least.raw).toFixed(3)})`,
      target(Number(ratio.toFixed(3)), 1.03),
    ])
  }
  await guard.close()
  server.kill()
  print(
    'Watching a stream',
    'CPU of reading 10 MB in events of 64 bytes, by medians (by least).',
    ['server', 'raw, ms', 'guard, ms', 'ratio', 'target'],
    rows,
  )
}

async function plain(deepseekGuard) {
  const type = { 'content-type': 'application/json' }
  const answer = JSON.stringify({
    choices: [{ message: { content: 'hi' }, finish_reason: 'stop' }],
  })
  const stub = async () => new Response(answer, { headers: type })
  const options = { logger: false, health: false, outbound: { fetch: stub } }
  const guard = deepseekGuard({ env: { DEEPSEEK_API_KEY: KEY }, ...options })
  const init = { method: 'POST', headers: type, body: '{"model":"deepseek-flash"}' }
  const signed = { ...init, headers: { ...type, authorization: `Bearer ${KEY}` } }
  const batch = (call) =>
    cpu(async () => {
      for (let made = 0; made < 2_000; made += 1) await call()
    })
  const url = (path) => `https://api.deepseek.com/${path}`
  const subjects = {
    raw: () => batch(() => stub(url('models'), signed)),
    'another path': () => batch(() => guard.fetch(url('models'), init)),
    'a completion': () => batch(() => guard.fetch(url('chat/completions'), init)),
  }
  await inTurns({ rounds: 5, seconds: 5 }, subjects)
  const { median, least } = await inTurns({ rounds: 41, seconds: 15 }, subjects)
  await guard.close()
  print(
    'A plain 200',
    'CPU a call over a stub that builds a `Response`, by medians (by least).',
    ['call', 'ns', 'ratio', 'target'],
    Object.keys(subjects).map((name) => [
      name,
      Math.round(median[name] * 500),
      `${(median[name] / median.raw).toFixed(3)} (${(least[name] / least.raw).toFixed(3)})`,
      name === 'raw' ? '' : target(Number((median[name] / median.raw).toFixed(2)), 1.1),
    ]),
  )
}

if (process.argv[2] === 'serve') serve()
else {
  const { deepseekGuard } = createRequire(import.meta.url)('deepseek-guard')
  await plain(deepseekGuard)
  await streams(deepseekGuard)
}
