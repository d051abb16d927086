import { type Cause, causesByGroup } from '../../src/causes/cause'
import {
  decide,
  isCredentialCause,
  type PolicyPreset,
  resolvePolicy,
} from '../../src/health/policy'

const EXAMPLES: [string, Cause][] = [
  ['wrong-key', 'key-rejected'],
  ['no-credential', 'credential-stripped'],
  ['not-a-key', 'key-quoted'],
  ['header', 'header-malformed'],
  ['account', 'balance-exhausted'],
  ['account', 'balance-limits-concurrency'],
  ['wrong-destination', 'answered-by-proxy'],
  ['access-blocked', 'access-blocked'],
  ['network', 'dns-failed'],
  ['service', 'service-busy'],
  ['rate-limited', 'rate-limited'],
  ['request', 'model-unavailable'],
]

/** Contract section 5, line by line: startup, guarded, fail-open, strict. */
const TABLE: Record<string, [string, string, string, string]> = {
  'wrong-key': ['fail', 'fail', 'warn', 'fail'],
  'no-credential': ['fail', 'fail', 'warn', 'fail'],
  'not-a-key': ['fail', 'fail', 'warn', 'fail'],
  header: ['fail', 'fail', 'warn', 'fail'],
  account: ['warn', 'warn', 'warn', 'fail'],
  'wrong-destination': ['fail', 'warn', 'warn', 'fail'],
  'access-blocked': ['fail', 'warn', 'warn', 'fail'],
  network: ['fail', 'warn', 'warn', 'fail'],
  service: ['fail', 'warn', 'warn', 'fail'],
  'rate-limited': ['warn', 'warn', 'warn', 'warn'],
  request: ['warn', 'warn', 'warn', 'warn'],
}

const PRESETS: PolicyPreset[] = ['guarded', 'fail-open', 'strict']

describe.each(PRESETS)('the preset %s', (preset) => {
  const policy = resolvePolicy(preset)

  test.each(EXAMPLES)('judges %s (%s) by the row of the contract', (row, cause) => {
    const steady = TABLE[row]![PRESETS.indexOf(preset) + 1]
    expect(decide(policy[cause], 'steady', false)).toEqual({
      status: steady,
      decision: `${row}:steady=${steady}`,
    })
    expect(decide(policy[cause], 'startup', false).status).toBe(TABLE[row]![0])
  })

  test('gives up waiting at the startup deadline for network and service only', () => {
    const relaxed = EXAMPLES.filter(
      ([, cause]) =>
        decide(policy[cause], 'startup', true).status !==
        decide(policy[cause], 'startup', false).status,
    )
    expect(relaxed.map(([row]) => row)).toEqual(['network', 'service'])
  })

  test('holds a process back until it has evidence', () => {
    expect(decide(policy.starting, 'startup', true).status).toBe('fail')
  })

  test('fails stale evidence before first ready', () => {
    expect(decide(policy.stale, 'startup', true).status).toBe('fail')
  })
})

test('stale evidence fails a steady instance under strict alone', () => {
  const steady = PRESETS.map((preset) => decide(resolvePolicy(preset).stale, 'steady', true).status)
  expect(steady).toEqual(['warn', 'warn', 'fail'])
})

test('has a cell for every cause', () => {
  const policy = resolvePolicy()
  const causes = Object.values(causesByGroup).flat()
  expect(causes.filter((cause) => policy[cause] === undefined)).toEqual([])
})

test('an override changes the phases that it names and leaves the other', () => {
  const policy = resolvePolicy({ account: { steady: 'fail' } })
  expect(decide(policy['balance-exhausted'], 'startup', false).status).toBe('warn')
  expect(decide(policy['balance-exhausted'], 'steady', false)).toEqual({
    status: 'fail',
    decision: 'account:steady=fail',
  })
})

test('an override by one word holds in both phases, past the startup deadline too', () => {
  const policy = resolvePolicy({ network: 'fail' })
  expect(decide(policy['timed-out'], 'startup', true).status).toBe('fail')
  expect(decide(policy['timed-out'], 'steady', true).status).toBe('fail')
})

test('an override covers every cause of its group', () => {
  const policy = resolvePolicy({ service: { steady: 'fail' } })
  expect(decide(policy['rate-limited'], 'steady', false).decision).toBe('service:steady=fail')
})

test('overrides stand on their base', () => {
  const policy = resolvePolicy({ base: 'strict', stale: { steady: 'pass' } })
  expect(decide(policy['service-busy'], 'steady', false).status).toBe('fail')
  expect(decide(policy.stale, 'steady', false).status).toBe('pass')
})

test('asks for confirmation of what would be our own fault, not of an outage', () => {
  expect(isCredentialCause('key-rejected')).toBe(true)
  expect(isCredentialCause('credential-stripped')).toBe(true)
  expect(isCredentialCause('service-busy')).toBe(false)
  expect(isCredentialCause('balance-exhausted')).toBe(false)
})
