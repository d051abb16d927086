import type { GuardOptions } from '../../src'
import { deepseekGuard } from '../../src/middleware/universal'
import { type FakeDeepSeek, startFakeDeepSeek } from '../../src/testing'

let fake: FakeDeepSeek
let guard: ReturnType<typeof deepseekGuard>

beforeEach(async () => {
  fake = await startFakeDeepSeek()
})

afterEach(async () => {
  await guard.close()
  await fake.close()
})

function start(options: GuardOptions = {}) {
  guard = deepseekGuard({
    env: { DEEPSEEK_API_KEY: fake.key, DEEPSEEK_BASE_URL: fake.url },
    logger: false,
    ...options,
  })
  return guard
}

async function chat(): Promise<void> {
  const body = JSON.stringify({
    model: 'deepseek-flash',
    stream: true,
    messages: [{ role: 'user', content: 'hi' }],
  })
  const headers = { 'content-type': 'application/json' }
  const response = await guard.fetch(`${fake.url}/chat/completions`, {
    method: 'POST',
    headers,
    body,
  })
  await response.text().catch(() => '')
}

test('three streams that were cut warn, though their head was a 200', async () => {
  await start().ready()
  fake.fail('stream-cut', 3)
  for (let call = 0; call < 3; call++) await chat()
  const health = guard.health()
  expect(health).toMatchObject({ status: 'warn', cause: 'stream-cut', consecutiveFailures: 3 })
  expect(health.checks['deepseek:streams']?.[0]).toMatchObject({ status: 'warn', observedValue: 1 })
  await chat()
  expect(guard.health()).toMatchObject({ status: 'pass', cause: null, consecutiveFailures: 0 })
  expect(guard.health().checks['deepseek:streams']?.[0].observedValue).toBe(0.75)
})

test('a caller that writes to a snapshot changes nothing that the endpoint says', async () => {
  const health = await start().ready()
  expect(() => Object.assign(health, { status: 'fail' })).toThrow(TypeError)
  expect(guard.health().status).toBe('pass')
})

test('a route that needs DeepSeek is reached before the first probe has come back', async () => {
  fake.fail('hang')
  start()
  const next = jest.fn()
  const required = guard.required as unknown as (...args: unknown[]) => void
  required({ url: '/chat', headers: {} }, { writeHead() {}, setHeader() {}, end() {} }, next)
  expect(guard.health().cause).toBe('starting')
  expect(next).toHaveBeenCalledTimes(1)
})

test('a health option that is wrong is told of before the environment is', () => {
  const wrong = () => {
    guard = deepseekGuard({ env: {}, health: { polcy: 'strict' } as never, logger: false })
  }
  guard = { close: async () => {} } as typeof guard
  expect(wrong).toThrow(TypeError)
  expect(wrong).toThrow(/health\.policy/)
})
