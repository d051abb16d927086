import { deepseekGuard } from '../../src'
import { type FakeDeepSeek, startFakeDeepSeek } from '../../src/testing'

const token = 'a-health-token-of-some-length'
let fake: FakeDeepSeek
let guard: ReturnType<typeof deepseekGuard>

beforeEach(async () => {
  fake = await startFakeDeepSeek()
  const env = { DEEPSEEK_API_KEY: fake.key, DEEPSEEK_BASE_URL: fake.url }
  guard = deepseekGuard({ env, logger: false, health: { confirmDelayMs: 1, token } })
})
afterEach(async () => {
  await guard.close()
  await fake.close()
})

const ask = (path: string, init?: RequestInit) =>
  guard.respond(new Request(`https://app.example${path}`, init))

test('the health path is answered with the status and nothing else, though it is this machine', async () => {
  await guard.ready()
  const answer = ask('/health/deepseek?verbose=1')
  expect(answer?.status).toBe(200)
  expect(answer?.headers.get('content-type')).toBe('application/health+json')
  expect(await answer?.text()).toBe('{"status":"pass"}')
})

test('the bearer token unlocks details', async () => {
  await guard.ready()
  const answer = ask('/health/deepseek', { headers: { authorization: `Bearer ${token}` } })
  expect(await answer?.json()).toMatchObject({ status: 'pass', phase: 'steady' })
})

test('the three paths are told apart, and no other is answered', () => {
  const statuses = ['', '/live', '/startup', '/x', 'y'].map(
    (rest) => ask(`/health/deepseek${rest}`)?.status,
  )
  expect(statuses).toEqual([503, 200, 503, undefined, undefined])
  expect(ask('/')).toBeUndefined()
})

test('HEAD has no body, and other methods are refused', async () => {
  await guard.ready()
  const head = ask('/health/deepseek', { method: 'HEAD' })
  expect([head?.status, head?.body]).toEqual([200, null])
  const post = ask('/health/deepseek', { method: 'POST' })
  expect([post?.status, post?.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
})

test('a browser with authority gets the page', async () => {
  const headers = { authorization: `Bearer ${token}`, accept: 'text/html' }
  expect(await ask('/health/deepseek', { headers })?.text()).toContain('<html')
})

test('a request of another implementation is taken', () => {
  const headers = new Map([['accept', '*/*']])
  const other = { url: 'http://a.example/health/deepseek/live', method: 'GET', headers }
  expect(guard.respond(other as never)?.status).toBe(200)
})

test.each([[undefined], [null], ['/health/deepseek'], [{ url: '/health/deepseek', headers: {} }]])(
  '%j is a TypeError that says what to write',
  (given) => {
    expect(() => guard.respond(given as never)).toThrow(
      'respond() takes a WHATWG Request; where requests come from node:http, write app.use(deepseek).',
    )
  },
)

test('without health there is no answer', () => {
  const quiet = deepseekGuard({ env: { DEEPSEEK_API_KEY: fake.key }, logger: false, health: false })
  expect(quiet.respond(new Request('http://a.example/health/deepseek'))).toBeUndefined()
})
