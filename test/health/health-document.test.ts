import fc from 'fast-check'
import { type Cause, causesByGroup } from '../../src/causes/cause'
import type { HealthState } from '../../src/health/facts'
import { renderHealth } from '../../src/health/health-document'
import { bad, good, play, refused, rulesOf } from './state-kit'

const SETTINGS = { staleAfterMs: 300_000, worstCaseDetectionMs: 54_600 }
const quiet = { failureRatio: 0, at: null }

const render = (state: HealthState, now = 10_000) =>
  renderHealth({ state, nextProbeAt: now + 30_000, traffic: quiet }, SETTINGS, now)

test('has exactly the fields of the contract', () => {
  expect(render(play([good()]))).toEqual({
    status: 'pass',
    description: 'DeepSeek works; this instance is in rotation.',
    phase: 'steady',
    cause: null,
    decision: 'accepted:steady=pass',
    since: '1970-01-01T00:00:01.000Z',
    consecutiveFailures: 0,
    nextProbeAt: '1970-01-01T00:00:40.000Z',
    source: 'active',
    checks: {
      'deepseek:credential': [
        { status: 'pass', observedValue: 'accepted', time: '1970-01-01T00:00:01.000Z' },
      ],
      'deepseek:balance': [
        { status: 'pass', observedValue: true, time: '1970-01-01T00:00:01.000Z' },
      ],
      'deepseek:responseTime': [
        {
          status: 'pass',
          observedValue: 40,
          observedUnit: 'ms',
          time: '1970-01-01T00:00:01.000Z',
        },
      ],
      'deepseek:traffic': [
        {
          status: 'pass',
          observedValue: 0,
          observedUnit: 'failure ratio',
          time: '1970-01-01T00:00:01.000Z',
        },
      ],
      'guard:evidenceAge': [
        { status: 'pass', observedValue: 9, observedUnit: 's', time: '1970-01-01T00:00:10.000Z' },
      ],
      'guard:worstCaseDetection': [
        { status: 'pass', observedValue: 55, observedUnit: 's', time: '1970-01-01T00:00:00.000Z' },
      ],
    },
    links: { about: expect.stringMatching(/#health-and-policy$/) },
  })
})

test('says before the first probe that nothing is known', () => {
  const health = render(play([]))
  expect(health).toMatchObject({ status: 'fail', cause: 'starting', phase: 'startup' })
  expect(Object.keys(health.checks)).toEqual([
    'deepseek:credential',
    'deepseek:traffic',
    'guard:worstCaseDetection',
  ])
})

test('speaks of an outage as the contract does', () => {
  const busy = bad('service-busy')
  const health = render(play([good(), busy, busy, busy]))
  expect(health.description).toBe(
    'DeepSeek is answering 503 for everyone; this instance stays in rotation.',
  )
  expect(health.links.about).toMatch(/#service-busy$/)
})

test('tells a refusal that is not confirmed yet', () => {
  expect(render(play([refused()])).description).toBe(
    'DeepSeek refused our credential and the refusal is being confirmed; ' +
      'this instance is out of rotation.',
  )
})

test('shows an empty balance without an amount', () => {
  const health = render(play([bad('balance-exhausted', { credentialAccepted: true })]))
  expect(health.checks['deepseek:balance']?.[0]).toMatchObject({
    status: 'warn',
    observedValue: false,
  })
  expect(health.checks['deepseek:credential'][0].observedValue).toBe('accepted')
})

test('rounds the share of failed live calls and warns above one in twenty', () => {
  const view = (failureRatio: number) => ({
    state: play([good()]),
    nextProbeAt: null,
    traffic: { failureRatio, at: 5_000 },
  })
  const check = (ratio: number) =>
    renderHealth(view(ratio), SETTINGS, 9_000).checks['deepseek:traffic'][0]
  expect(check(0.0204)).toMatchObject({ status: 'pass', observedValue: 0.02 })
  expect(check(0.2)).toMatchObject({ status: 'warn', time: '1970-01-01T00:00:05.000Z' })
})

test('has no next probe where none will come', () => {
  const view = { state: play([good(), { type: 'drain' }]), nextProbeAt: null, traffic: quiet }
  expect(renderHealth(view, SETTINGS, 5_000)).toMatchObject({
    nextProbeAt: null,
    phase: 'draining',
    description: 'This instance is draining: it takes no new traffic.',
  })
})

test('never shows an age below zero when the wall clock was set back', () => {
  const age = render(play([good()]), 0).checks['guard:evidenceAge']?.[0].observedValue
  expect(age).toBe(0)
})

test('has a sentence for every cause under every policy', () => {
  const causes = Object.values(causesByGroup).flat() as Cause[]
  for (const preset of ['guarded', 'fail-open', 'strict'] as const) {
    for (const cause of causes) {
      const failure = bad(cause, { refreshed: true })
      const health = render(play([failure, failure, failure], rulesOf(preset)))
      expect(health.description).toMatch(/^[A-Z][^.]+; this instance [a-z ]+\.$/)
      expect(health.cause).toBe(cause)
    }
  }
})

test('holds nothing but words of closed lists, numbers and times', () => {
  const words = new Set<string>()
  const event = fc.constantFrom(good(), refused(), bad('service-busy'), bad('dns-failed'))
  const collect = (value: unknown): void => {
    if (typeof value === 'string') words.add(value)
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(collect)
  }
  fc.assert(fc.property(fc.array(event), (events) => collect(render(play(events)))))
  const unexpected = [...words].filter(
    (word) =>
      !/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(word) &&
      !/^[a-z-]+(:(startup|steady)=(pass|warn|fail))?$/.test(word) &&
      !/^(DeepSeek|Our) [\w ';]+\.$/.test(word) &&
      !/^https:\/\/github\.com\/[\w/-]+#[a-z-]+$/.test(word) &&
      !['ms', 's', 'failure ratio'].includes(word),
  )
  expect(unexpected).toEqual([])
})
