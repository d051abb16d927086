import { type DeepSeekGuard, deepseekGuard, type Health } from '../../src'
import type { Cause } from '../../src/causes/cause'
import { type FakeDeepSeek, startFakeDeepSeek } from '../../src/testing/fake-deepseek'

/** The real guard against the fake, with waits scaled down. */
const HEALTH = { intervalMs: 300, timeoutMs: 400, confirmDelayMs: 20, startupDeadlineMs: 600 }

jest.setTimeout(60_000)

let fake: FakeDeepSeek
let guard: DeepSeekGuard | undefined

beforeEach(async () => {
  fake = await startFakeDeepSeek()
})

afterEach(async () => {
  await guard?.close()
  guard = undefined
  await fake.close()
})

function start(options: Parameters<typeof deepseekGuard>[0] = {}): DeepSeekGuard {
  guard = deepseekGuard({
    env: { DEEPSEEK_API_KEY: fake.key, DEEPSEEK_BASE_URL: fake.url },
    logger: false,
    health: HEALTH,
    ...options,
  })
  return guard
}

/** The first health, now or later, that `accepts` it. */
function until(made: DeepSeekGuard, accepts: (health: Health) => boolean): Promise<Health> {
  return new Promise((resolve) => {
    const check = (health: Health): void => {
      if (!accepts(health)) return
      made.off('change', check)
      resolve(health)
    }
    made.on('change', check)
    check(made.health())
  })
}

const MESSAGES = [{ role: 'user', content: 'hello' }]

/** A live call, read to its end; the status that the caller saw. */
async function chat(made: DeepSeekGuard, body: object = {}): Promise<number> {
  const answer = await made.fetch(`${made.client.baseURL}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'deepseek-flash', messages: MESSAGES, ...body }),
  })
  await answer.text()
  return answer.status
}

interface Story {
  name: string
  happen(): void
  cause: Cause
  row: string
  boot: 'fail' | 'warn'
  steady: 'fail' | 'warn'
}

const story = (
  name: string,
  happen: () => void,
  cause: Cause,
  row: string,
  boot: Story['boot'],
  steady: Story['steady'],
): Story => ({ name, happen, cause, row, boot, steady })

const STORIES: Story[] = [
  story('overloaded', () => fake.fail('busy'), 'service-busy', 'service', 'fail', 'warn'),
  story('broken', () => fake.fail('error'), 'service-error', 'service', 'fail', 'warn'),
  story('silent', () => fake.fail('hang'), 'timed-out', 'network', 'fail', 'warn'),
  story('reset', () => fake.fail('reset'), 'network-unreachable', 'network', 'fail', 'warn'),
  story('limited', () => fake.fail('rate-limit'), 'rate-limited', 'rate-limited', 'warn', 'warn'),
  story(
    'short of balance',
    () => fake.fail('balance-limit'),
    'balance-limits-concurrency',
    'account',
    'warn',
    'warn',
  ),
  story('unpaid', () => fake.setBalance(false), 'balance-exhausted', 'account', 'warn', 'warn'),
  story(
    'behind a proxy',
    () => fake.fail('html-proxy'),
    'answered-by-proxy',
    'wrong-destination',
    'fail',
    'warn',
  ),
  story(
    'refusing the key',
    () => fake.revoke(fake.key),
    'key-rejected',
    'wrong-key',
    'fail',
    'fail',
  ),
  story(
    'never shown the key',
    () => fake.fail('strip-authorization'),
    'credential-stripped',
    'no-credential',
    'fail',
    'fail',
  ),
  story(
    'shown another key',
    () => fake.fail('echo-other-key'),
    'key-replaced',
    'wrong-key',
    'fail',
    'fail',
  ),
]

test.each(STORIES)('at boot, DeepSeek $name is $boot', async ({ happen, cause, row, boot }) => {
  happen()
  const health = await until(start(), (seen) => seen.cause === cause)
  const phase = boot === 'fail' ? 'startup' : 'steady'
  expect(health).toMatchObject({ status: boot, phase, decision: `${row}:${phase}=${boot}` })
})

test.each(STORIES)('in rotation, DeepSeek $name is $steady', async (told) => {
  const made = start()
  await made.ready()
  told.happen()
  const health = await until(made, ({ cause }) => cause !== null)
  expect(health).toMatchObject({
    status: told.steady,
    cause: told.cause,
    phase: 'steady',
    decision: `${told.row}:steady=${told.steady}`,
  })
  expect(health.consecutiveFailures).toBe(3)
})

test('a single failure of each kind leaves a ready instance alone', async () => {
  const made = start({ health: { ...HEALTH, intervalMs: 60 } })
  await made.ready()
  const changes: Health[] = []
  made.on('change', (health) => changes.push(health))
  for (const mode of ['busy', 'reset', 'governor', 'html-proxy', 'error'] as const) {
    fake.fail(mode, 1)
    const from = fake.calls.length
    // The failure, and the good answer that clears it.
    while (fake.calls.length < from + 2 || made.health().consecutiveFailures > 0) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  expect(changes).toEqual([])
})

test('live calls that fail turn the verdict without waiting for a probe', async () => {
  const made = start({ health: { ...HEALTH, intervalMs: 60_000, confirmDelayMs: 60_000 } })
  await made.ready()
  fake.fail('busy')
  for (let count = 0; count < 3; count++) await chat(made)
  expect(made.health()).toMatchObject({ status: 'warn', cause: 'service-busy', source: 'passive' })
  expect(made.health().checks['deepseek:traffic']?.[0].observedValue).toBe(1)
})

test('a burst of calls that fail together is one incident', async () => {
  const made = start({ health: { ...HEALTH, intervalMs: 60_000, confirmDelayMs: 60_000 } })
  await made.ready()
  fake.fail('busy')
  await Promise.all(Array.from({ length: 50 }, () => chat(made)))
  expect(made.health()).toMatchObject({ status: 'pass', consecutiveFailures: 1 })
})

test("the callers' own mistakes are nobody's failure", async () => {
  const made = start({ health: { ...HEALTH, intervalMs: 60_000 } })
  await made.ready()
  for (let count = 0; count < 5; count++) {
    expect(await chat(made, { model: 'deepseek-chat' })).toBe(400)
    const signal = AbortSignal.abort()
    await expect(made.fetch(made.client.baseURL, { signal })).rejects.toThrow()
  }
  expect(made.health()).toMatchObject({ status: 'pass', consecutiveFailures: 0 })
})

test('a busy app whose calls succeed is hardly ever probed', async () => {
  const made = start({ health: { ...HEALTH, intervalMs: 800 } })
  await made.ready()
  const end = Date.now() + 2_500
  while (Date.now() < end) await chat(made)
  const probes = fake.calls.filter(({ path }) => path === '/user/balance')
  expect(fake.calls.length).toBeGreaterThan(20)
  expect(probes.length).toBeLessThanOrEqual(2)
  expect(made.health().source).toBe('passive')
})

test('a model that is not on the list is a warning and no more', async () => {
  const made = start({ models: ['deepseek-flash', 'deepseek-v9'] })
  await expect(made.ready()).resolves.toMatchObject({
    status: 'warn',
    cause: 'model-unavailable',
    decision: 'request:steady=warn',
  })
})
