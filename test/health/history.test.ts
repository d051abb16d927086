import { causes } from '../../src/causes/table'
import { renderHealth } from '../../src/health/health-document'
import {
  HistoryKeeper,
  logFailedProbe,
  type PastOutcome,
  reportChange,
} from '../../src/health/history'
import type { EventFields, LogLevel } from '../../src/observability/events'
import { diagnosisOf } from './monitor-kit'
import { bad, good, play } from './state-kit'

const live: PastOutcome = {
  at: 5_000,
  source: 'passive',
  outcome: 'success',
  cause: null,
  durationMs: 40,
}

const keep = (...outcomes: PastOutcome[]) => {
  const keeper = new HistoryKeeper()
  for (const outcome of outcomes) keeper.addOutcome(outcome)
  return keeper.read().outcomes
}

test('live calls of one second that ended alike are one mark with the time of the last', () => {
  expect(keep(live, { ...live, at: 5_999, durationMs: 70 }, live)).toEqual([
    { ...live, count: 3, durationMs: 40 },
  ])
})

test.each<[string, Partial<PastOutcome>]>([
  ['in the next second', { at: 6_000 }],
  ['in the second before', { at: 4_999 }],
  ['as a probe', { source: 'active' }],
  ['in another way', { outcome: 'failure' }],
  ['for another cause', { cause: 'service-busy' }],
])('a call that ended %s is a mark of its own', (_name, change) => {
  expect(keep(live, { ...live, ...change })).toHaveLength(2)
  expect(keep({ ...live, ...change }, live)).toHaveLength(2)
})

test('probes are marks of their own, also within one second', () => {
  const probe: PastOutcome = { ...live, source: 'active' }
  expect(keep(probe, probe)).toHaveLength(2)
})

test('keeps the last sixty outcomes and twenty transitions, and counts what was given up', () => {
  const keeper = new HistoryKeeper()
  const change = { from: 'pass', to: 'warn', cause: null, decision: 'x' } as const
  for (let index = 0; index <= 60; index++) keeper.addOutcome({ ...live, at: index * 1_000 })
  for (let index = 0; index <= 20; index++) keeper.addTransition({ ...change, at: index })
  keeper.addAbort()
  keeper.addAbort()
  const { outcomes, transitions, abortedProbes } = keeper.read()
  expect([outcomes.length, outcomes[0]?.at]).toEqual([60, 1_000])
  expect([transitions.length, transitions[0]?.at]).toEqual([20, 1])
  expect(abortedProbes).toBe(2)
})

test('what was read does not change afterwards', () => {
  const keeper = new HistoryKeeper()
  keeper.addOutcome(live)
  const { outcomes } = keeper.read()
  keeper.addOutcome({ ...live, at: 9_000 })
  expect(outcomes).toHaveLength(1)
})

interface Line {
  level: LogLevel
  fields: EventFields
  message: string
}

function logOf(lowest: LogLevel[] = ['info', 'warn', 'error']) {
  const lines: Line[] = []
  const log = {
    enabled: (level: LogLevel) => lowest.includes(level),
    emit: (level: LogLevel, _event: string, fields: EventFields, message: string) =>
      void lines.push({ level, fields, message }),
  }
  return { log, lines }
}

const settings = { staleAfterMs: 300_000, worstCaseDetectionMs: 54_600 }
const healthOf = (events: Parameters<typeof play>[0]) => {
  const view = { nextProbeAt: null, traffic: undefined, streams: undefined, epoch: 0 }
  return renderHealth({ ...view, state: play(events) }, settings, 9_000)
}

function change(events: Parameters<typeof play>[0], rejection?: ReturnType<typeof diagnosisOf>) {
  const { log, lines } = logOf()
  const history = new HistoryKeeper()
  const measured: unknown[] = []
  const record = (measurement: unknown) => void measured.push(measurement)
  const clock = { now: () => 77, elapsed: () => 0, after: () => () => {} }
  const from = play([good()]).judgement
  reportChange({ clock, log, record }, history, from, healthOf(events), rejection)
  return { line: lines[0], measured, transitions: history.read().transitions }
}

const busy = bad('service-busy')
const refused = bad('key-rejected', { refreshed: true })

describe('a change', () => {
  test('is kept, measured and told with the fix of its cause', () => {
    const { line, measured, transitions } = change([good(), busy, busy, busy])
    const told = { from: 'pass', to: 'warn', cause: 'service-busy' }
    expect(transitions).toEqual([{ at: 77, ...told, decision: 'service:steady=warn' }])
    expect(measured).toEqual([
      { kind: 'transition', ...told },
      { kind: 'state', status: 'warn' },
    ])
    expect(line).toMatchObject({ level: 'warn', fields: { fix: causes['service-busy'].fix.text } })
  })

  test('is told with the fix of the refusal itself, where that is its cause', () => {
    const rejection = diagnosisOf('key-rejected', { fix: { text: 'Ask Anna.' } })
    const fixOf = (events: Parameters<typeof play>[0]) => change(events, rejection).line?.fields.fix
    expect(fixOf([good(), refused, refused, refused])).toBe('Ask Anna.')
    expect(fixOf([good(), busy, busy, busy])).toBe(causes['service-busy'].fix.text)
  })

  test.each<[string, Parameters<typeof play>[0], LogLevel]>([
    ['to the better', [good()], 'info'],
    ['to a warning', [good(), busy, busy, busy], 'warn'],
    ['to a failure', [good(), refused, refused, refused], 'error'],
    ['to a drain', [good(), { type: 'drain' }], 'info'],
    ['to a start', [], 'error'],
  ])('%s has its level', (_name, events, level) => {
    expect(change(events).line?.level).toBe(level)
  })

  test.each<[string, Parameters<typeof play>[0]]>([
    ['nothing is wrong', [good()]],
    ['nothing is known', []],
  ])('has no fix while %s', (_name, events) => {
    expect(change(events).line?.fields).not.toHaveProperty('fix')
  })

  test('is not put together where its level is not heard', () => {
    const { log, lines } = logOf([])
    const deps = { clock: { now: () => 0, elapsed: () => 0, after: () => () => {} }, log }
    const from = play([]).judgement
    reportChange({ ...deps, record() {} }, new HistoryKeeper(), from, healthOf([good()]), undefined)
    logFailedProbe(log, diagnosisOf('dns-failed'), { durationMs: 5 })
    expect(lines).toEqual([])
  })
})

test('a failed probe is told with its status, where there was an answer, and how long it took', () => {
  const { log, lines } = logOf()
  logFailedProbe(log, diagnosisOf('service-busy'), { status: 503, durationMs: 41.6 })
  logFailedProbe(log, diagnosisOf('dns-failed'), { durationMs: 5 })
  expect(lines[0]?.fields).toMatchObject({ duration_ms: 42, 'http.response.status_code': 503 })
  expect(lines[1]?.fields).not.toHaveProperty('http.response.status_code')
})
