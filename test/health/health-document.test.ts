import fc from 'fast-check'
import { type Cause, causesByGroup } from '../../src/causes/cause'
import { FailureWindow } from '../../src/health/evidence'
import type { HealthState } from '../../src/health/facts'
import { renderHealth, Snapshot } from '../../src/health/health-document'
import { bad, good, play, refused, rulesOf } from './state-kit'

const SETTINGS = { staleAfterMs: 300_000, worstCaseDetectionMs: 54_600 }
const quiet = { traffic: undefined, streams: undefined, epoch: 0 }

const render = (state: HealthState, now = 10_000) =>
  renderHealth({ state, nextProbeAt: now + 30_000, ...quiet }, SETTINGS, now)

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
  expect(Object.keys(health.checks)).toEqual(['deepseek:credential', 'guard:worstCaseDetection'])
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

test('tells at the start what the first failure looks like', () => {
  expect(render(play([bad('base-url-invalid')])).description).toBe(
    'Our configuration keeps calls from working; this instance is out of rotation.',
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
  const view = (ratio: number) => ({
    ...quiet,
    state: play([good()]),
    nextProbeAt: null,
    traffic: { ratio, at: 5_000 },
  })
  const check = (ratio: number) =>
    renderHealth(view(ratio), SETTINGS, 9_000).checks['deepseek:traffic']?.[0]
  expect(check(0.0204)).toMatchObject({ status: 'pass', observedValue: 0.02 })
  expect(check(0.2)).toMatchObject({ status: 'warn', time: '1970-01-01T00:00:05.000Z' })
})

test('has no next probe where none will come', () => {
  const view = { state: play([good(), { type: 'drain' }]), nextProbeAt: null, ...quiet }
  expect(renderHealth(view, SETTINGS, 5_000)).toMatchObject({
    nextProbeAt: null,
    phase: 'draining',
    description: 'This instance is draining: it takes no new traffic.',
  })
})

test('shows the share of streams that broke off', () => {
  const view = { ...quiet, state: play([good()]), nextProbeAt: null }
  const streams = { ratio: 0.01, at: 5_000 }
  expect(renderHealth({ ...view, streams }, SETTINGS, 9_000).checks['deepseek:streams']).toEqual([
    {
      status: 'pass',
      observedValue: 0.01,
      observedUnit: 'failure ratio',
      time: '1970-01-01T00:00:05.000Z',
    },
  ])
})

test('writes a date for every number, however far away', () => {
  const view = { ...quiet, state: play([good()]), nextProbeAt: Number.MAX_SAFE_INTEGER }
  expect(renderHealth(view, SETTINGS, 5_000).nextProbeAt).toBe('9999-12-31T23:59:59.999Z')
  const before = { ...view, epoch: Number.NEGATIVE_INFINITY, nextProbeAt: 0 }
  expect(renderHealth(before, SETTINGS, 5_000).since).toBe('1970-01-01T00:00:00.000Z')
})

describe('a snapshot', () => {
  const windows = () => ({ traffic: new FailureWindow(), streams: new FailureWindow() })
  const state = play([good()])

  test('cannot be written to by whoever holds it, at any depth', () => {
    const health = new Snapshot(SETTINGS, windows()).read(state, null, {
      elapsed: 5_000,
      wall: 9e5,
    })
    const isFrozen = (value: unknown): boolean =>
      typeof value !== 'object' ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every(isFrozen))
    expect(isFrozen(health)).toBe(true)
  })

  test('is the same object for one second of one state and one next probe, and no longer', () => {
    const snapshot = new Snapshot(SETTINGS, windows())
    const read = (elapsed: number, next: number | null = null, of = state) =>
      snapshot.read(of, next, { elapsed, wall: elapsed })
    const first = read(5_000)
    expect(read(5_999)).toBe(first)
    expect(read(6_000)).not.toBe(first)
    const second = read(6_000)
    expect(read(6_000, 9_000)).not.toBe(second)
    const third = read(6_000, 9_000)
    expect(read(6_000, 9_000, play([good()]))).not.toBe(third)
  })

  test('keeps its dates while the wall clock drifts, and moves them when it is set', () => {
    const snapshot = new Snapshot(SETTINGS, windows())
    const read = (elapsed: number, wall: number) => snapshot.read(state, null, { elapsed, wall })
    const { since } = read(5_000, 1_000_000)
    expect(read(6_000, 1_001_400).since).toBe(since)
    expect(Date.parse(read(7_000, 0).since)).toBe(0)
    expect(read(7_000, 0).checks['guard:evidenceAge']?.[0].observedValue).toBe(6)
  })
})

test('counts inference that failed between probes that went well', () => {
  const lost = bad('service-busy', { source: 'passive', inference: true })
  const state = play([good(), lost, good(), lost, good(), lost, good()])
  expect(render(state).consecutiveFailures).toBe(3)
  expect(render(state, 400_000).consecutiveFailures).toBe(0)
})

test('never shows an age below zero', () => {
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
