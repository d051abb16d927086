import fc from 'fast-check'
import { startingState } from '../../src/health/facts'
import {
  confirmDelay,
  keepTime,
  nextProbeDelay,
  watchStalls,
  worstCaseDetectionMs,
} from '../../src/health/schedule'
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

test.each([
  [9_999, 8_999.1],
  [10_000, 5_000],
])('an interval of %d ms is splayed from ten seconds on', (intervalMs, delay) => {
  const input = { ...at(play([good()])), now: 1_000, random: 0 }
  expect(nextProbeDelay(input, { ...DEFAULTS, intervalMs })).toBeCloseTo(delay, 6)
})

test.each([
  [30_000, 14_999, 15_000],
  [30_000, 15_000, 27_000],
  [200_000, 59_999, 100_000],
  [200_000, 60_000, 180_000],
])(
  'an interval of %d ms is splayed while the process is young: %d ms',
  (intervalMs, now, delay) => {
    const input = { ...at({ ...play([good()]), startedAt: 0 }), now, random: 0 }
    expect(nextProbeDelay(input, { ...DEFAULTS, intervalMs })).toBe(delay)
  },
)

test('waits are off by a tenth at most', () => {
  const delays = [0, 0.5, 1].map((random) =>
    nextProbeDelay({ ...at(play([good()])), random }, DEFAULTS),
  )
  expect(delays).toEqual([27_000, 30_000, 33_000])
})

test('probes of an outage slow down to four intervals', () => {
  const busy = bad('service-busy')
  const delays = [1, 2, 3, 4, 5, 6, 7, 8].map((failures) => {
    const state = play([good(), ...Array(failures).fill(busy)])
    return nextProbeDelay({ ...at(state), last: 'failure' as never }, DEFAULTS)
  })
  expect(delays).toEqual([2_000, 4_000, 15_000, 30_000, 60_000, 120_000, 120_000, 120_000])
})

test('a recovery is confirmed soon, an instance that is well waits its interval', () => {
  const down = [good(), ...Array(3).fill(bad('service-busy'))]
  expect(nextProbeDelay(at(play([...down, good()])), DEFAULTS)).toBe(2_000)
  expect(nextProbeDelay(at(play([...down, good(), good()])), DEFAULTS)).toBe(30_000)
  expect(nextProbeDelay(at(play(down)), DEFAULTS)).toBe(30_000)
})

test.each([
  [1, 1],
  [600_000, 600_000],
  [600_001, 600_000],
])('a Retry-After of %d ms is followed for %d', (retryAfterMs, delay) => {
  const input = { ...at(), last: 'failure' as never, random: 0 }
  expect(nextProbeDelay({ ...input, retryAfterMs: retryAfterMs as never }, DEFAULTS)).toBe(delay)
  expect(
    nextProbeDelay({ ...input, retryAfterMs: retryAfterMs as never, random: 1 }, DEFAULTS),
  ).toBeCloseTo(delay * 1.1, 6)
})

test('a Retry-After of an answer that went well is not waited for', () => {
  const input = { ...at(play([good()])), retryAfterMs: 5 as never }
  expect(nextProbeDelay(input, DEFAULTS)).toBe(30_000)
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

/** A clock by hand: what is asked for first, and when. */
function handClock() {
  let elapsed = 0
  let asked: { ms: number; fn: () => void } | undefined
  const clock = {
    now: () => elapsed,
    elapsed: () => elapsed,
    after: (ms: number, fn: () => void) => {
      asked = { ms, fn }
      return () => {
        asked = undefined
      }
    },
  }
  return {
    clock,
    wait: () => asked?.ms,
    go(ms: number) {
      elapsed += ms
      asked?.fn()
    },
  }
}

describe('time alone', () => {
  const settings = { staleAfterMs: 300_000, startupDeadlineMs: 60_000 }
  const waitOf = (state = startingState(0), now = 0) => {
    const { clock, go, wait } = handClock()
    go(now)
    const stop = keepTime({ clock, settings, state: () => state, tick() {} })
    const ms = wait()
    stop()
    expect(wait()).toBeUndefined()
    return ms
  }

  test.each([
    [0, 60_001],
    [59_999, 2],
    [60_000, 1],
    [60_001, 300_001],
  ])('may end the wait of a start at its deadline: %d ms', (now, ms) => {
    expect(waitOf(startingState(0), now)).toBe(ms)
  })

  test.each([
    [1_000, 300_001],
    [2_000, 299_001],
    [301_000, 1],
    [301_001, 300_001],
  ])('may make evidence of the first second stale: %d ms', (now, ms) => {
    expect(waitOf(play([good()]), now)).toBe(ms)
  })

  test('may end what failed inference says', () => {
    const lost = bad('service-busy', { source: 'passive', inference: true })
    const state = play([good(), lost, good(), lost, good(), lost, 100_000, good()])
    expect(waitOf(state, 110_000)).toBe(300_000 - (110_000 - 6_000) + 1)
  })

  test('is looked at again after each tick', () => {
    let ticks = 0
    const { clock, go, wait } = handClock()
    keepTime({ clock, settings, state: () => startingState(0), tick: () => ticks++ })
    go(60_001)
    expect([ticks, wait()]).toEqual([1, 300_001])
  })
})

describe('a process that could not listen', () => {
  test.each([
    [25, 0],
    [50, 0],
    [51, 26],
    [1_025, 1_000],
  ])('a beat of %d ms is late by %d', (ms, stalled) => {
    const { clock, go } = handClock()
    const watch = watchStalls(clock)
    go(ms)
    expect(watch.stalledMs()).toBe(stalled)
    go(25)
    expect(watch.stalledMs()).toBe(stalled)
    go(125)
    expect(watch.stalledMs()).toBe(stalled + 100)
  })

  test('is told while the beat is still out', () => {
    let elapsed = 0
    const clock = { now: () => 0, elapsed: () => elapsed, after: () => () => {} }
    const watch = watchStalls(clock)
    elapsed = 500
    expect(watch.stalledMs()).toBe(475)
  })

  test('is not watched after the end', () => {
    const { clock, wait } = handClock()
    const watch = watchStalls(clock)
    expect(wait()).toBe(25)
    watch.stop()
    expect(wait()).toBeUndefined()
  })
})
