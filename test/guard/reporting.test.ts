import { logStart, measured, recordStream } from '../../src/guard/reporting'
import type { Measurement } from '../../src/observability/measurement'
import { createScrubber } from '../../src/observability/scrub'
import type { CallOutcome } from '../../src/outbound/call'
import { diagnosisOf, outcomeOf } from '../health/monitor-kit'

function start(settings: object, watching = true, level = true) {
  const lines: unknown[][] = []
  const log = { enabled: () => level, emit: (...line: unknown[]) => void lines.push(line) }
  const monitor = { worstCaseDetectionMs: 54_001 }
  const started = { holder: { kind: 'env' }, monitor, watching }
  logStart(log, { baseURL: 'https://api.deepseek.com', ...settings } as never, started as never)
  return lines
}

describe('the first line', () => {
  test('says where the guard calls, and how soon a fault shows', () => {
    expect(start({})).toEqual([
      [
        'info',
        'guard.started',
        { 'server.address': 'api.deepseek.com', 'server.port': 443, 'token.source': 'env' },
        'Guarding calls to api.deepseek.com. A fault shows in readiness within 55 s.',
      ],
    ])
  })

  test('says that health is not watched', () => {
    expect(start({}, false)[0]?.[3]).toContain('Health is not watched.')
  })

  test.each([
    ['https://a.example', 443],
    ['http://a.example', 80],
    ['http://a.example:8080', 8_080],
  ])('%s is at port %d', (baseURL, port) => {
    expect(start({ baseURL })[0]?.[2]).toMatchObject({ 'server.port': port })
  })

  test('knows a key by its fingerprint and length', () => {
    expect(start({ apiKey: { id: 'abc', length: 35 } })[0]?.[2]).toMatchObject({
      'token.id': 'abc',
      'token.length': 35,
    })
  })

  test('is left out by a guard that is off, and where nobody listens', () => {
    expect(start({ off: true })).toEqual([])
    expect(start({}, true, false)).toEqual([])
  })
})

test('a call is measured with its cause, its long parts cut', () => {
  const diagnosis = diagnosisOf('service-busy')
  const long = { path: `/${'a '.repeat(999)}`, method: 'M'.repeat(99), resendCount: 2 }
  const figures = measured(outcomeOf({ ...long, status: 503, diagnosis }), createScrubber())
  expect(figures).toMatchObject({
    kind: 'request',
    cause: 'service-busy',
    status: 503,
    resendCount: 2,
  })
  const { path, method } = figures as { path: string; method: string }
  expect(path.length).toBeLessThan(1_010)
  expect(method.length).toBeLessThan(60)
  expect(measured(outcomeOf(), createScrubber())).toMatchObject({ cause: null, durationMs: 10 })
})

test.each<[CallOutcome['stream'], object | undefined]>([
  [undefined, undefined],
  ['cancelled', undefined],
  ['success', { kind: 'stream', outcome: 'success', cause: null }],
  ['stream-cut', { kind: 'stream', outcome: 'failure', cause: 'stream-cut' }],
])('a body that ended as %p is measured as %j', (stream, figures) => {
  const found: Measurement[] = []
  const record = (measurement: Measurement) => void found.push(measurement)
  const diagnosis = stream === 'stream-cut' ? diagnosisOf('stream-cut') : undefined
  recordStream(
    { record } as never,
    outcomeOf({ ...(stream && { stream }), ...(diagnosis && { diagnosis }) }),
  )
  expect(found).toEqual(figures === undefined ? [] : [figures])
})
