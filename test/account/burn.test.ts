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
