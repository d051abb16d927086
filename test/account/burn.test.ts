import fc from 'fast-check'
import {
  addReading,
  type BurnHistory,
  burnOver,
  DAY_MS,
  HOUR_MS,
  noBurn,
  type Reading,
} from '../../src/account/burn'

const START = Date.parse('2026-11-02T00:00:00Z')
const MINUTE = 60_000
const flat = () => 1

function play(readings: readonly Reading[], history: BurnHistory = noBurn): BurnHistory {
  return readings.reduce((before, reading) => addReading(before, reading, flat).history, history)
}

/** A reading every five minutes at a burn of so many units an hour. */
function steady(hours: number, perHour: number, from = START, balance = 1e9): Reading[] {
  return Array.from({ length: hours * 12 + 1 }, (_, index) => ({
    at: from + index * 5 * MINUTE,
    total: balance - (index / 12) * perHour,
  }))
}

test('a steady fall is burnt evenly over hour and day', () => {
  const history = play(steady(30, 6_000_000))
  expect(burnOver(history, HOUR_MS)).toBeCloseTo(6_000_000, 3)
  expect(burnOver(history, DAY_MS)).toBeCloseTo(6_000_000, 3)
})

test('the last hour and the last day are told apart', () => {
  const calm = play(steady(23, 1_000_000))
  const history = play(steady(1, 25_000_000, START + 23 * HOUR_MS, calm.last?.total).slice(1), calm)
  expect(burnOver(history, HOUR_MS)).toBeCloseTo(25_000_000, 3)
  expect(burnOver(history, DAY_MS)).toBeCloseTo(2_000_000, 3)
})

test('says nothing of burn below half an hour of history', () => {
  expect(burnOver(play(steady(0.25, 1e6)), HOUR_MS)).toBeUndefined()
  expect(burnOver(play(steady(0.5, 1e6)), HOUR_MS)).toBeCloseTo(1e6, 3)
})

test('a top-up is no negative burn', () => {
  const before = play(steady(2, 6_000_000))
  const total = (before.last?.total ?? 0) + 50_000_000
  const { history, fall } = addReading(
    before,
    { at: START + 2 * HOUR_MS + 5 * MINUTE, total },
    flat,
  )
  expect(fall).toEqual({ spent: 0, breaks: true, expired: false })
  expect(burnOver(history, HOUR_MS)).toBeCloseTo(6_000_000, 0)
})

test('what a granted part lost is burnt though the other part was topped up', () => {
  const row = (at: number, granted: number, toppedUp: number) => ({
    at,
    total: granted + toppedUp,
    granted,
    toppedUp,
  })
  const before = play([row(START, 9e6, 0), row(START + HOUR_MS, 8e6, 0)])
  const { fall } = addReading(before, row(START + HOUR_MS + 5 * MINUTE, 7.9e6, 50e6), flat)
  expect(fall).toEqual({ spent: 100_000, breaks: true, expired: false })
})

describe('a grant', () => {
  const grant = (granted: number, minutes: number): Reading => ({
    at: START + minutes * MINUTE,
    total: granted + 100e6,
    granted,
    toppedUp: 100e6,
  })
  const used = Array.from({ length: 13 }, (_, index) => grant(80e6 - index * 1e5, index * 5))

  test('that expires is not burnt', () => {
    const { fall } = addReading(play(used), grant(0, 65), flat)
    expect(fall).toEqual({ spent: 0, breaks: true, expired: true })
  })

  test('that is used fast is burnt', () => {
    const { fall } = addReading(play(used), grant(78.8e6 - 20e6, 65), flat)
    expect(fall).toEqual({ spent: 20e6, breaks: false, expired: false })
  })

  test('expires once a day at most', () => {
    const expired = play([...used, grant(40e6, 65)])
    expect(addReading(expired, grant(0, 70), flat).fall.spent).toBe(40e6)
  })

  test('that is touched for the first time is burnt', () => {
    const idle = play([grant(10e6, 0), grant(10e6, 30), grant(10e6, 60)])
    expect(addReading(idle, grant(9.5e6, 65), flat).fall.spent).toBe(0.5e6)
  })
})

test('a clock that is set back loses the hours that were never, and no more', () => {
  const history = play(steady(5, 6_000_000))
  const total = history.last?.total ?? 0
  const { history: back, fall } = addReading(history, { at: START + 2 * HOUR_MS, total }, flat)
  expect(fall).toEqual({ spent: 0, breaks: true, expired: false })
  expect(back.hours.every((cell) => cell.hour * HOUR_MS <= START + 2 * HOUR_MS)).toBe(true)
  expect(back.hours.length).toBeGreaterThanOrEqual(2)
})

test('keeps fifteen days of hours and an hour of steps, whatever comes', () => {
  const second = 1_000
  let history = noBurn
  for (let hour = 0; hour < 24 * 60; hour++) {
    history = addReading(history, { at: START + hour * HOUR_MS, total: 1e9 - hour }, flat).history
  }
  for (let index = 1; index < 20_000; index++) {
    const at = START + 24 * 60 * HOUR_MS + index * second
    history = addReading(history, { at, total: 9e8 - index }, flat).history
  }
  expect(history.hours.length).toBeLessThanOrEqual(360)
  expect(history.steps.length).toBeLessThanOrEqual(130)
})

test('burn is finite and never negative, whatever is read', () => {
  const readings = fc.array(
    fc.record({
      at: fc.integer({ min: 0, max: 40 * DAY_MS }).map((ms) => START + ms),
      total: fc.integer({ min: -1e6, max: 1e12 }),
      granted: fc.option(fc.integer({ min: 0, max: 1e12 }), { nil: undefined }),
      toppedUp: fc.option(fc.integer({ min: 0, max: 1e12 }), { nil: undefined }),
    }),
    { maxLength: 60 },
  )
  fc.assert(
    fc.property(readings, fc.boolean(), (found, sorted) => {
      const inOrder = sorted ? [...found].sort((a, b) => a.at - b.at) : found
      let history = noBurn
      for (const { granted, toppedUp, ...reading } of inOrder) {
        const parts = {
          ...(granted !== undefined && { granted }),
          ...(toppedUp !== undefined && { toppedUp }),
        }
        const step = addReading(history, { ...reading, ...parts }, flat)
        history = step.history
        expect(step.fall.spent).toBeGreaterThanOrEqual(0)
        for (const ms of [HOUR_MS, DAY_MS]) {
          const burn = burnOver(history, ms) ?? 0
          expect(burn).toBeGreaterThanOrEqual(0)
          expect(Number.isFinite(burn)).toBe(true)
        }
      }
    }),
    { numRuns: 60 },
  )
})

describe('burn over a stretch', () => {
  const at = (minutes: number, total: number): Reading => ({ at: START + minutes * MINUTE, total })

  test.each([
    [29.99, undefined],
    [30, 2e6],
    [60, 2e6],
  ])('is known from half an hour on: %d minutes', (minutes, perHour) => {
    const burn = burnOver(play([at(0, 1e9), at(minutes, 1e9 - (minutes / 60) * 2e6)]), HOUR_MS)
    if (perHour === undefined) expect(burn).toBeUndefined()
    else expect(burn).toBeCloseTo(perHour, 3)
  })

  test('counts of a step the part that lies in it', () => {
    // 90 minutes at 6 an hour and 30 at 2: of the first step half an hour lies in the last hour.
    const history = play([at(0, 100), at(90, 91), at(120, 90)])
    expect(burnOver(history, HOUR_MS)).toBeCloseTo(4, 9)
    expect(burnOver(history, DAY_MS)).toBeCloseTo(5, 9)
  })

  test('forgets steps that end before the last hour', () => {
    const history = play([at(0, 100), at(60, 50), at(120, 49)])
    expect(history.steps.map(({ fall }) => fall)).toEqual([1])
    expect(burnOver(history, HOUR_MS)).toBeCloseTo(1, 9)
  })

  test('puts steps of one minute together, and no longer ones', () => {
    const lengths = (...minutes: number[]) =>
      play(minutes.map((each) => at(each, 1e9 - each))).steps.map(
        ({ from, to }) => (to - from) / MINUTE,
      )
    expect(lengths(0, 0.5, 1)).toEqual([1])
    expect(lengths(0, 0.5, 1.01)).toEqual([0.5, 0.51])
    expect(lengths(0, 0.5, 1, 1.5)).toEqual([1, 0.5])
  })

  test('shares a step out among its hours, each at its price', () => {
    const dear = (time: number) => (time >= START + HOUR_MS ? 2 : 1)
    const { history } = addReading(play([at(30, 100)]), at(150, 60), dear)
    const hour = START / HOUR_MS
    expect(history.hours).toEqual([
      { hour, fall: 10, load: 10, covered: 30 * MINUTE },
      { hour: hour + 1, fall: 20, load: 10, covered: HOUR_MS },
      { hour: hour + 2, fall: 10, load: 5, covered: 30 * MINUTE },
    ])
    const more = addReading(history, at(160, 58), dear).history
    expect(more.hours.at(-1)).toEqual({
      hour: hour + 2,
      fall: 12,
      load: 6,
      covered: 40 * MINUTE,
    })
    expect(more.known).toBe(130 * MINUTE)
  })

  test('an hour that ends with a reading is not one more hour', () => {
    expect(play([at(0, 100), at(60, 90)]).hours).toHaveLength(1)
  })
})

describe('an expiry', () => {
  const grant = (granted: number, minutes: number): Reading => ({
    at: START + minutes * MINUTE,
    total: granted + 100,
    granted,
    toppedUp: 100,
  })
  /** One unit an hour for an hour. */
  const used = [grant(1_000, 0), grant(999.5, 30), grant(999, 60)]

  test.each([
    [20, false],
    [20.99, false],
    [21.01, true],
  ])('is a fall of more than twenty hours and its own: %d', (fall, expired) => {
    expect(addReading(play(used), grant(999 - fall, 120), flat).fall.expired).toBe(expired)
  })

  test.each([
    [499.9, false],
    [500, true],
  ])('of an idle account is half of the grant: %d', (fall, expired) => {
    const idle = play([grant(1_000, 0), grant(1_000, 60)])
    expect(addReading(idle, grant(1_000 - fall, 65), flat).fall.expired).toBe(expired)
  })

  test('comes again after a day, and not before', () => {
    const first = play([...used, grant(500, 120)])
    expect(first.expiredAt).toBe(START + 120 * MINUTE)
    const again = (minutes: number) => addReading(first, grant(0, minutes), flat).fall.expired
    expect([again(120 + 24 * 60 - 1), again(120 + 24 * 60)]).toEqual([false, true])
  })
})

test('a reading of the same moment is a break without a fall', () => {
  const history = play(steady(1, 12))
  const last = history.last ?? { at: 0, total: 0 }
  const { fall } = addReading(history, { ...last, total: 0 }, flat)
  expect(fall).toEqual({ spent: 0, breaks: true, expired: false })
})

test('parts that do not make up the total are not believed', () => {
  const odd = { at: START, total: 100, granted: 50, toppedUp: 10 }
  const { fall } = addReading(play([odd]), { ...odd, at: START + 1, total: 90, granted: 0 }, flat)
  expect(fall).toEqual({ spent: 10, breaks: false, expired: false })
})
