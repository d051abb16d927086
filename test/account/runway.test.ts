import { type BurnHistory, DAY_MS, HOUR_MS } from '../../src/account/burn'
import { type Calendar, calendarOf, runwayHours } from '../../src/account/runway'
import { deepseekPrices } from '../../src/provider/prices'
import { randomOf } from './patterns'

/** A Monday, 00:00 UTC. */
const MONDAY = Date.parse('2026-11-02T00:00:00Z') / HOUR_MS
const DAY = 24

const flat: Calendar = { factorAt: () => 1, factorOfHour: () => 1, isWorkday: () => true }
const weekdays: Calendar = { ...flat, isWorkday: (day) => (day + 3) % 7 < 5 }

/** Hours from Monday on, each with its load; the balance is read in the middle of the last. */
function history(loads: readonly number[], total: number, covered = 1, part = 0.5): BurnHistory {
  const hours = loads.map((load, index) => {
    const share = index === loads.length - 1 ? part * covered : covered
    const hour = MONDAY + index
    return { hour, load: load * share, fall: load * share, covered: share * HOUR_MS }
  })
  const at = (MONDAY + loads.length - 1 + part) * HOUR_MS
  const known = hours.reduce((sum, cell) => sum + cell.covered, 0)
  return { last: { at, total }, hours, steps: [], known, expiredAt: Number.NEGATIVE_INFINITY }
}

const days = (count: number, load: (hour: number, day: number) => number) =>
  Array.from({ length: count * DAY }, (_, index) => load(index % DAY, Math.floor(index / DAY)))

const office = (hour: number, day: number) => (day % 7 < 5 && hour >= 8 && hour < 18 ? 6 : 1)

describe('a steady load', () => {
  const steady = days(10, () => 4)

  test.each([
    [0, 0],
    [1, 0.25],
    [2, 0.5],
    [3, 0.75],
    [40, 10],
    [2_000, 500],
    [4_000, 1_000],
  ])('of 4 an hour lasts for %d just %d hours', (total, hours) => {
    expect(runwayHours(history(steady, total), flat)).toBeCloseTo(hours, 9)
  })

  test('is told from an account that is overdrawn: nothing is left', () => {
    expect(runwayHours(history(steady, -5), flat)).toBe(0)
  })

  test('at twice the price lasts half as long', () => {
    const dear = { ...flat, factorOfHour: () => 2 }
    expect(runwayHours(history(steady, 40), dear)).toBeCloseTo(5, 9)
  })

  test('pays the price of each hour ahead', () => {
    const hour = MONDAY + steady.length - 1
    const dear = { ...flat, factorOfHour: (each: number) => (each > hour ? 2 : 1) }
    expect(runwayHours(history(steady, 10), dear)).toBeCloseTo(1.5, 9)
  })

  test('never lasts longer than ten years', () => {
    expect(runwayHours(history(steady, 4 * 87_599), flat)).toBeCloseTo(87_599, 3)
    expect(runwayHours(history(steady, 1e12), flat)).toBe(87_600)
  })

  test('of a part of every hour is scaled to the whole of it', () => {
    expect(runwayHours(history(steady, 40, 0.25), flat)).toBeCloseTo(10, 9)
  })
})

test.each([
  ['nothing is known', 0, undefined],
  ['29 minutes are known', 29, undefined],
  ['30 minutes are known', 30, 10],
])('foresees from half an hour on: %s', (_name, minutes, hours) => {
  const known = minutes * 60_000
  const cell = { hour: MONDAY, load: (4 * known) / HOUR_MS, fall: 0, covered: known }
  const at = MONDAY * HOUR_MS + known
  const found: BurnHistory = {
    last: { at, total: 40 },
    hours: known > 0 ? [cell] : [],
    steps: [],
    known,
    expiredAt: Number.NEGATIVE_INFINITY,
  }
  const foreseen = runwayHours(found, flat)
  if (hours === undefined) expect(foreseen).toBeUndefined()
  else expect(foreseen).toBeCloseTo(hours, 9)
})

test('has no end where nothing is burnt', () => {
  expect(
    runwayHours(
      history(
        days(8, () => 0),
        10,
      ),
      flat,
    ),
  ).toBeUndefined()
})

test('an hour of which less than a quarter is known has no say', () => {
  const steady = history(
    days(10, () => 4),
    40,
  )
  const wild = { hour: MONDAY + 10 * DAY - 3, load: 0.24 * 4_000, fall: 0, covered: 0.24 * HOUR_MS }
  const hours = steady.hours.map((cell) => (cell.hour === wild.hour ? wild : cell))
  expect(runwayHours({ ...steady, hours }, flat)).toBeCloseTo(10, 9)
})

test('hours outside the two weeks and a day have no say', () => {
  const steady = history(
    days(10, () => 4),
    40,
  )
  const foreign = [-200, 10 * DAY + 1, 400].map((index) => ({
    hour: MONDAY + index,
    load: 4_000,
    fall: 4_000,
    covered: HOUR_MS,
  }))
  expect(runwayHours({ ...steady, hours: [...foreign, ...steady.hours] }, flat)).toBeCloseTo(10, 9)
})

test('a working day foretells working days, a weekend weekends', () => {
  // Friday evening after two weeks: 60 hours of 1 follow, until Monday at 8.
  const known = history(days(12, office), 54, 1, 1)
  expect(runwayHours(known, weekdays)).toBeCloseTo(54, 6)
  // And then 6 an hour.
  const more = history(days(12, office), 56 + 60, 1, 1)
  expect(runwayHours(more, weekdays)).toBeCloseTo(56 + 10, 6)
})

/**
 * What this very forecast says of weeks that are not smooth. Its quality is measured in
 * `simulation.slow.test.ts`; here a change of it is seen at once, and made on purpose or not.
 */
describe('the forecast of', () => {
  const noisy = (seed: number, load: (hour: number, day: number) => number, count: number) => {
    const random = randomOf(seed)
    return days(count, (hour, day) => load(hour, day) * (0.5 + random()))
  }
  const gaps = (loads: readonly number[], from: number, to: number): BurnHistory => {
    const whole = history(loads, 300)
    return { ...whole, hours: whole.hours.filter((_, index) => index < from || index >= to) }
  }
  const shapes: [name: string, found: () => BurnHistory, hours: number[]][] = [
    [
      'two noisy hours',
      () => history(noisy(1, () => 4, 1).slice(0, 2), 300),
      [80.934, 80.934, 60.661],
    ],
    ['a noisy day', () => history(noisy(2, office, 1), 300), [95.517, 95.517, 81.277]],
    ['three noisy days', () => history(noisy(3, office, 3), 300), [83.728, 83.728, 66.208]],
    ['six noisy days', () => history(noisy(4, office, 6), 300), [165.785, 138.101, 117.684]],
    ['eight noisy days', () => history(noisy(5, office, 8), 300), [145.886, 145.647, 88.05]],
    ['two noisy weeks', () => history(noisy(6, office, 15), 300, 1, 0.2), [88.422, 88.8, 71.218]],
    [
      'two noisy weeks, hours half seen',
      () => history(noisy(7, office, 15), 300, 0.5, 0.7),
      [120.875, 117.617, 83.803],
    ],
    [
      'a load that doubled yesterday',
      () =>
        history(
          days(13, (h, d) => office(h, d) * (d < 12 ? 1 : 2)),
          300,
        ),
      [106.927, 90.36, 82.18],
    ],
    [
      'a load that grows',
      () =>
        history(
          noisy(8, (_, day) => 1.15 ** day, 14),
          300,
        ),
      [34.464, 35.784, 27.77],
    ],
    [
      'a load that began today',
      () =>
        history(
          days(12, (h, d) => (d < 11 ? 0.001 : h)),
          300,
        ),
      [108.288, 108.288, 94.288],
    ],
    [
      'a Monday after a weekend',
      () =>
        history(
          noisy(9, (h, d) => (d % 7 < 5 ? office(h, d) : 0.01), 15),
          300,
        ),
      [154.886, 154.924, 82.502],
    ],
    [
      'a weekend after a working week',
      () =>
        history(
          noisy(10, (h, d) => (d % 7 < 5 ? office(h, d) : 0.01), 13),
          300,
        ),
      [113.083, 112.165, 101.967],
    ],
    [
      'a restless week',
      () =>
        history(
          noisy(11, (h, d) => ((h * 7 + d * 5) % 11 < 3 ? 20 : 0.2), 12),
          300,
        ),
      [54.918, 54.962, 52.351],
    ],
    [
      'a week with a day unseen',
      () => gaps(noisy(12, office, 11), 8 * DAY, 9 * DAY),
      [131.619, 132.593, 110.925],
    ],
    [
      'a week with last week unseen',
      () => gaps(noisy(13, office, 13), 4 * DAY, 7 * DAY),
      [191.765, 160.345, 128.343],
    ],
  ]

  test.each(shapes)('%s', (_name, found, hours) => {
    const foreseen = [flat, weekdays, calendarOf(deepseekPrices.peak, deepseekPrices.isPeak)].map(
      (calendar) => runwayHours(found(), calendar),
    )
    expect(foreseen.map((each) => Math.round((each ?? -1) * 1e3) / 1e3)).toEqual(hours)
  })
})

describe('the calendar of a price table', () => {
  const peak = { ...deepseekPrices.peak, factor: 2, holidays: ['2026-11-03'] }
  const calendar = calendarOf(peak, (at) => at % DAY_MS < 8 * HOUR_MS)
  const dayOf = (date: string) => Date.parse(date) / DAY_MS

  test.each([
    ['2026-11-02', true],
    ['2026-11-03', false],
    ['2026-11-04', true],
    ['2026-11-06', true],
    ['2026-11-07', false],
    ['2026-11-08', false],
    ['2026-11-09', true],
  ])('%s is a working day: %s', (date, workday) => {
    expect(calendar.isWorkday(dayOf(date))).toBe(workday)
  })

  test('has the price of every hour, and of every moment', () => {
    const factors = [0, 7, 8, 23, 24, 1_024, 1_032].map((hour) =>
      calendar.factorOfHour(MONDAY + hour),
    )
    expect(factors).toEqual([2, 2, 1, 1, 2, 1, 2])
    expect(calendar.factorAt((MONDAY + 7.9) * HOUR_MS)).toBe(2)
    expect(calendar.factorAt((MONDAY + 8) * HOUR_MS)).toBe(1)
  })

  test('asks for the middle of an hour, once', () => {
    const asked: number[] = []
    const { factorOfHour } = calendarOf(peak, (at) => asked.push(at) > 0)
    factorOfHour(MONDAY)
    factorOfHour(MONDAY)
    expect(asked).toEqual([(MONDAY + 0.5) * HOUR_MS])
    factorOfHour(MONDAY + 1_024)
    factorOfHour(MONDAY)
    expect(asked).toHaveLength(3)
  })

  test.each([0, -1])('takes a factor of %d for none', (factor) => {
    expect(calendarOf({ ...peak, factor }, () => true).factorAt(0)).toBe(1)
  })
})
