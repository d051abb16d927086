import { inspect } from 'node:util'
import { resolveHealthOptions } from '../../src/health/health-options'
import { decide } from '../../src/health/policy'
import { Secret } from '../../src/secret'

test.each(['with\nbreak', 'ümlaut', 'nul\0', '  '])(
  'a token that no header can carry is refused without being shown',
  (token) => {
    const refused = () => resolveHealthOptions({ token })
    expect(refused).toThrow(/health\.token/)
    expect(refused).not.toThrow(token)
  },
)

test('a token is taken without the blanks that a header would lose', () => {
  expect(resolveHealthOptions({ token: ' a token of words ' }).token?.reveal()).toBe(
    'a token of words',
  )
})

test('evidence is never stale before the next probe but one', () => {
  expect(resolveHealthOptions({ staleAfterMs: 500 }).staleAfterMs).toBe(60_000)
  expect(resolveHealthOptions({ staleAfterMs: 500, intervalMs: 100 }).staleAfterMs).toBe(500)
  expect(resolveHealthOptions({ intervalMs: 200_000 }).staleAfterMs).toBe(400_000)
})

test('has the defaults of the contract', () => {
  const { policy, ...rest } = resolveHealthOptions(undefined)
  expect(rest).toEqual({
    path: '/health/deepseek',
    probe: 'auto',
    intervalMs: 30_000,
    timeoutMs: 5_000,
    confirmDelayMs: 2_000,
    failureThreshold: 3,
    successThreshold: 2,
    staleAfterMs: 300_000,
    startupDeadlineMs: 60_000,
    details: 'authorized',
    token: undefined,
  })
  expect(decide(policy['key-rejected'], 'steady', false).status).toBe('fail')
})

test('takes what the environment says', () => {
  const token = new Secret('from-the-environment')
  const options = resolveHealthOptions(undefined, { path: '/up', token, policy: 'fail-open' })
  expect(options).toMatchObject({ path: '/up', token })
  expect(decide(options.policy['key-rejected'], 'steady', false).status).toBe('warn')
})

test('lets code win over the environment', () => {
  const fromEnvironment = { path: '/up', token: new Secret('other'), policy: 'strict' } as const
  const given = { path: '/ok', token: 'in-code', policy: 'guarded' } as const
  const { path, token, policy } = resolveHealthOptions(given, fromEnvironment)
  expect(path).toBe('/ok')
  expect(token?.reveal()).toBe('in-code')
  expect(decide(policy['service-busy'], 'steady', false).status).toBe('warn')
})

test('takes undefined for not given', () => {
  const options = resolveHealthOptions({ path: undefined, intervalMs: undefined })
  expect(options).toMatchObject({ path: '/health/deepseek', intervalMs: 30_000 })
})

test('leaves the object of the caller alone', () => {
  const given = Object.freeze({ policy: Object.freeze({ base: 'strict' as const }) })
  expect(() => resolveHealthOptions(given)).not.toThrow()
})

test('hides the token from whoever prints the options', () => {
  const printed = inspect(resolveHealthOptions({ token: 'open-sesame-123' }), { depth: 9 })
  expect(printed).not.toContain('sesame')
})

const WRONG: [string, object, string][] = [
  ['a misspelt name', { interval: 5 }, 'Did you mean health.intervalMs?'],
  ['a string for a number', { timeoutMs: '5s' }, 'health.timeoutMs must be'],
  ['zero', { intervalMs: 0 }, 'health.intervalMs must be at least 1'],
  ['half a millisecond', { confirmDelayMs: 0.5 }, 'health.confirmDelayMs must be an integer'],
  ['an unknown policy', { policy: 'lenient' }, 'health.policy must be "guarded" or "fail-open"'],
  ['an unknown group', { policy: { netwrok: 'warn' } }, 'Did you mean health.policy.network?'],
  ['an unknown status', { policy: { network: 'ok' } }, 'health.policy.network must be'],
  ['an unknown phase', { policy: { network: { boot: 'warn' } } }, 'health.policy.network.boot'],
  ['an unknown audience', { details: 'everyone' }, 'health.details must be "never"'],
  ['a path without a slash', { path: 'health' }, 'health.path must be a path that begins'],
  ['a path with a query', { path: '/health?x' }, 'health.path must be'],
  ['a blank token', { token: ' ' }, 'health.token must be a token that is not blank'],
]

test.each(WRONG)('refuses %s by name', (_, options, words) => {
  expect(() => resolveHealthOptions(options)).toThrow(TypeError)
  expect(() => resolveHealthOptions(options)).toThrow(words)
})

test('never repeats the value of a wrong option', () => {
  const wrong = { token: 12345678 as unknown as string }
  expect(() => resolveHealthOptions(wrong)).toThrow('health.token must be a string')
  expect(() => resolveHealthOptions(wrong)).not.toThrow('12345678')
})
