import fc from 'fast-check'
import { refreshDueMs, saneLifetime, usableMs } from '../../src/credentials/token'

const middle = (): number => 0.5
const HOUR = 3_600_000

describe('refreshDueMs', () => {
  test('leaves five minutes of a long lifetime and a quarter of a short one', () => {
    expect(refreshDueMs(HOUR, undefined, middle)).toBe(HOUR - 300_000)
    expect(refreshDueMs(60_000, undefined, middle)).toBe(45_000)
  })

  test('follows the wish of the source', () => {
    expect(refreshDueMs(HOUR, 600_000, middle)).toBe(600_000)
    expect(refreshDueMs(undefined, 600_000, middle)).toBe(600_000)
  })

  test('is never when nothing is known', () => {
    expect(refreshDueMs(undefined, undefined, middle)).toBe(Number.POSITIVE_INFINITY)
    expect(refreshDueMs(undefined, -1, middle)).toBe(Number.POSITIVE_INFINITY)
  })

  test('stays within 10 % of the plan, and before the end', () => {
    const random = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(fc.integer({ min: 2_000, max: 1e11 }), random, (lifetime, jitter) => {
        const plan = lifetime - Math.min(300_000, lifetime / 4)
        const due = refreshDueMs(lifetime, undefined, () => jitter)
        expect(due).toBeGreaterThanOrEqual(plan * 0.9 - 1)
        expect(due).toBeLessThanOrEqual(plan * 1.1 + 1)
        expect(due).toBeLessThan(lifetime)
      }),
    )
  })
})

describe('the limits of the background refresh', () => {
  test('it never comes faster than four times a second', () => {
    expect(refreshDueMs(undefined, 100, middle)).toBe(250)
    expect(refreshDueMs(undefined, 251, middle)).toBe(251)
  })

  test('half of the reserve is kept whatever the source wishes', () => {
    expect(refreshDueMs(HOUR, HOUR, middle)).toBe(HOUR - 150_000)
    expect(refreshDueMs(40_000, 40_000, middle)).toBe(35_000)
  })

  test('is off by a tenth at most', () => {
    const plans = [0, 0.5, 1].map((random) => refreshDueMs(undefined, 10_000, () => random))
    expect(plans).toEqual([9_000, 10_000, 11_000])
  })
})

describe('saneLifetime', () => {
  const TEN_YEARS = 10 * 365 * 24 * HOUR

  test.each([
    [99, undefined],
    [100, 100],
    [TEN_YEARS, TEN_YEARS],
    [TEN_YEARS + 1, undefined],
  ])('of %d ms is %p', (ms, lifetime) => expect(saneLifetime(ms)).toBe(lifetime))

  test.each([0, -1, 99, Number.NaN, Number.POSITIVE_INFINITY, 1.8e12, undefined])(
    'knows nothing from %p',
    (ms) => {
      expect(saneLifetime(ms)).toBeUndefined()
    },
  )

  test('knows nothing from a number in a string', () => {
    expect(saneLifetime('3600' as never)).toBeUndefined()
  })

  test('believes a minute and a year', () => {
    expect([saneLifetime(60_000), saneLifetime(365 * 24 * HOUR)]).toEqual([60_000, 365 * 24 * HOUR])
  })
})

describe('usableMs', () => {
  test('is for ever without a lifetime, and a second at least', () => {
    expect([usableMs(undefined), usableMs(200), usableMs(5_000)]).toEqual([
      Number.POSITIVE_INFINITY,
      1_000,
      5_000,
    ])
  })
})
