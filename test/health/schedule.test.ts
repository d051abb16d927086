import fc from 'fast-check'
import { startingState } from '../../src/health/facts'
import { confirmDelay, nextProbeDelay, worstCaseDetectionMs } from '../../src/health/schedule'
import { bad, good, play, rulesOf } from './state-kit'

const DEFAULTS = {
  intervalMs: 30_000,
  timeoutMs: 5_000,
  confirmDelayMs: 2_000,
  failureThreshold: 3,
}

test('the worst case of the defaults is under a minute', () => {
  // 33 s to the first probe, 6.6 s of re-checks, three deadlines of 5 s.
  expect(worstCaseDetectionMs(DEFAULTS)).toBe(54_600)
})

test('the worst case of one failure has no re-checks', () => {
  expect(worstCaseDetectionMs({ ...DEFAULTS, failureThreshold: 1 })).toBe(38_000)
})

test('re-checks double up to the slowest interval', () => {
  const delays = [1, 2, 3, 10].map((failures) => confirmDelay(DEFAULTS, failures))
  expect(delays).toEqual([2_000, 4_000, 8_000, 120_000])
})

test('a re-check is never planned sooner than it was asked for', () => {
  expect(confirmDelay({ ...DEFAULTS, intervalMs: 10, confirmDelayMs: 500 }, 3)).toBe(500)
})

const at = (state = startingState(0)) => ({
  state,
  last: 'success' as const,
  retryAfterMs: undefined,
  now: 1e6,
  random: 0.5,
})

test('a fleet that was started together spreads its second probe over half an interval', () => {
  const delays = [0, 0.999].map((random) =>
    nextProbeDelay({ ...at(play([good()])), now: 1_000, random }, DEFAULTS),
  )
  expect(delays[0]).toBe(15_000)
  expect(delays[1]).toBeCloseTo(29_985)
})

test('nobody splays short intervals', () => {
  const input = { ...at(play([good()])), now: 100, random: 0 }
  expect(nextProbeDelay(input, { ...DEFAULTS, intervalMs: 1_000 })).toBe(900)
})

test('a probe that could not be heard is repeated soon', () => {
  const unheard = (state = startingState(0)) => ({ ...at(state), last: 'none' as never })
  expect(nextProbeDelay(unheard(play([good()])), DEFAULTS)).toBe(2_000)
  expect(nextProbeDelay(unheard(), DEFAULTS)).toBe(500)
  expect(nextProbeDelay(unheard(), { ...DEFAULTS, confirmDelayMs: 100 })).toBe(100)
})

test.each([1, 1_000, 1e6, 1e8, Number.MAX_SAFE_INTEGER])(
  'the worst case of a threshold of %d is a number, worked out at once',
  (failureThreshold) => {
    const startedAt = performance.now()
    const worst = worstCaseDetectionMs({ ...DEFAULTS, failureThreshold })
    expect(performance.now() - startedAt).toBeLessThan(50)
    expect(Number.isSafeInteger(worst)).toBe(true)
  },
)

test('the worst case is the sum of what it is made of, however many failures that takes', () => {
  const settings = { ...DEFAULTS, failureThreshold: 40 }
  let waits = settings.intervalMs
  for (let failures = 1; failures < 40; failures++) waits += confirmDelay(settings, failures)
  expect(worstCaseDetectionMs(settings)).toBe(Math.ceil(waits * 1.1 + 40 * settings.timeoutMs))
})

test('Retry-After is never undercut', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), (random) => {
      const input = { ...at(), last: 'failure' as never, retryAfterMs: 9_000 as never, random }
      expect(nextProbeDelay(input, DEFAULTS)).toBeGreaterThanOrEqual(9_000)
    }),
  )
})

test('Retry-After of zero is no plan', () => {
  const state = play([good(), bad('rate-limited')])
  const input = { ...at(state), last: 'failure' as never, retryAfterMs: 0 as never }
  expect(nextProbeDelay(input, DEFAULTS)).toBe(2_000)
})

test('whatever happens, the next probe is neither at once nor later than allowed', () => {
  const event = fc.constantFrom(good(), bad('service-busy'), bad('key-rejected'), bad('dns-failed'))
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 30 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      fc.constantFrom('success', 'failure', 'none' as const),
      (events, random, last) => {
        const state = play(events, rulesOf())
        const delay = nextProbeDelay({ ...at(state), random, last: last as never }, DEFAULTS)
        expect(delay).toBeGreaterThanOrEqual(450)
        expect(delay).toBeLessThanOrEqual(132_000)
      },
    ),
    { numRuns: 2_000 },
  )
})
