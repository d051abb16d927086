// What passing refusals cost: a burst of 401s for a good key, and an API that refuses each path
// once. Real sockets on loopback.
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { print, target } from './measure.mjs'

const { deepseekGuard } = createRequire(import.meta.url)('deepseek-guard')

const LANES = 10
const BURST_MS = 200
const TRIAL_MS = 1_000

const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

async function serve(statusOf) {
  const json = { 'content-type': 'application/json' }
  const server = createServer((req, res) => {
    req.resume()
    res.writeHead(statusOf(req), json).end('{}')
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const stop = () => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${server.address().port}`, stop }
}

/** 1,000 calls in ten lanes, each lane with a pause; in the middle all keys are refused a while. */
async function burst(pauseMs) {
  let bad = false
  const { url, stop } = await serve(() => (bad ? 401 : 200))
  const guard = deepseekGuard({
    env: { DEEPSEEK_API_KEY: `sk-${'0123456789abcdef'.repeat(2)}`, DEEPSEEK_BASE_URL: url },
    health: false,
    logger: false,
  })
  let left = 1_000
  let failed = 0
  let over = Number.POSITIVE_INFINITY
  let recovered = 0
  const lane = async () => {
    while (left > 0) {
      left -= 1
      const answer = await guard.fetch(`${url}/chat/completions`, { method: 'POST', body: '{}' })
      await answer.text()
      if (!answer.ok) {
        failed += 1
        recovered = performance.now()
      }
      await later(pauseMs)
    }
  }
  for (let call = 0; call < 50; call += 1) await (await guard.fetch(url)).text()
  const all = Promise.all(Array.from({ length: LANES }, lane))
  await later(100)
  bad = true
  await later(BURST_MS)
  bad = false
  over = performance.now()
  await all
  await guard.close()
  stop()
  return { failed, recoveredMs: Math.max(0, Math.round(recovered - over)) }
}

/** Each path is refused once, whatever the token; the source gives another one each time. */
async function flaky() {
  const seen = new Set()
  const { url, stop } = await serve(({ url: path }) => {
    if (seen.has(path)) return 200
    seen.add(path)
    return 401
  })
  let issued = 0
  const credential = {
    kind: 'function',
    async getToken() {
      issued += 1
      return { token: `token-${issued}` }
    },
  }
  const guard = deepseekGuard({ env: {}, baseURL: url, credential, health: false, logger: false })
  let failed = 0
  let call = 0
  const lane = async () => {
    while (call < 1_000) {
      call += 1
      const answer = await guard.fetch(`${url}/p/${call}`, { method: 'POST', body: '{}' })
      await answer.text()
      if (!answer.ok) failed += 1
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  await guard.close()
  stop()
  return { failed, issued }
}

const rows = []
for (const pauseMs of [20, 100]) {
  const { failed, recoveredMs } = await burst(pauseMs)
  // What the burst itself refuses, and the second until the trial where three rounds fit into it.
  const limit = Math.round((LANES * (BURST_MS + TRIAL_MS)) / pauseMs + LANES)
  const limits = `failed ${target(failed, limit)}; recovered ${target(recoveredMs, 2_000)}`
  const name = `${BURST_MS} ms of 401s, a call every ${pauseMs} ms a lane`
  rows.push([name, failed, `${recoveredMs} ms`, '', limits])
}
const { failed, issued } = await flaky()
rows.push(['each path refused once', failed, '', issued, `failed ${target(failed, 0)}`])
print(
  'Passing refusals',
  `1,000 calls in ${LANES} lanes over loopback.`,
  ['what happens', 'failed calls', 'good again after', 'tokens asked for', 'targets'],
  rows,
)
