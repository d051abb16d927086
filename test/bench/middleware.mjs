// What the middleware costs a request to any other route, beside helmet's, as CPU time.
import { IncomingMessage, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { inTurns, KEY, print, target } from './measure.mjs'

const load = createRequire(import.meta.url)
const { deepseekGuard } = load('deepseek-guard')
const helmet = load('helmet').default

const REQUESTS = 20_000
const guard = deepseekGuard({
  env: { DEEPSEEK_API_KEY: KEY, DEEPSEEK_BASE_URL: 'http://127.0.0.1:9' },
  logger: false,
})

function traffic() {
  return Array.from({ length: REQUESTS }, (_, index) => {
    const req = Object.assign(new IncomingMessage(null), { method: 'GET', url: `/orders/${index}` })
    return [req, new ServerResponse(req)]
  })
}

function microseconds(middleware) {
  const requests = traffic()
  let passed = 0
  const next = () => {
    passed += 1
  }
  const from = process.cpuUsage()
  for (const [req, res] of requests) middleware(req, res, next)
  const { user, system } = process.cpuUsage(from)
  if (passed !== REQUESTS) throw new Error(`${REQUESTS - passed} requests were held`)
  return (user + system) / REQUESTS
}

const subjects = {
  nothing: () => microseconds((_req, _res, next) => next()),
  guard: () => microseconds(guard),
  helmet: () => microseconds(helmet()),
}
await inTurns({ rounds: 3 }, subjects)
const { median: micros } = await inTurns({ rounds: 15 }, subjects)
await guard.close()

const added = (name) => Math.max(0, micros[name] - micros.nothing)
const limit = target(added('guard'), 1)
print(
  'Middleware on other routes',
  'CPU time a request, by medians.',
  ['middleware', 'µs', 'µs added', 'target'],
  [
    ['one that does nothing', micros.nothing.toFixed(2), '', ''],
    ['deepseek-guard', micros.guard.toFixed(2), added('guard').toFixed(2), limit],
    ['helmet', micros.helmet.toFixed(2), added('helmet').toFixed(2), ''],
  ],
)
