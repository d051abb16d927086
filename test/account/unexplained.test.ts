import { compare, newWatch, type Watch } from '../../src/account/unexplained'

const MINUTE = 60_000

interface Step {
  /** Minutes since the start. */
  at: number
  /** What the balance fell since the reading before, in cents. */
  fall?: number
  breaks?: boolean
  /** Own spending so far, in cents, and the part of it that is booked; default: all of it. */
  own?: number
  settled?: number
  unpriced?: number
  settledUnpriced?: number
}

/** A cent is 10,000 micro-units and 10,000,000 nano-units. */
function play(steps: Step[], from: Watch = newWatch): Watch {
  return steps.reduce((watch, { at, fall = 0, breaks = false, ...own }) => {
    const { own: spent = 0, settled = spent, unpriced = 0, settledUnpriced = unpriced } = own
    return compare(watch, {
      at: 1e9 + at * MINUTE,
      fall: fall * 10_000,
      breaks,
      own: {
        now: { spent: spent * 1e7, unpriced },
        settled: { spent: settled * 1e7, unpriced: settledUnpriced },
      },
    })
  }, from)
}

/** Clean readings until the first window is over. */
const clean: Step[] = [{ at: 0 }, { at: 5 }, { at: 10 }, { at: 15 }]

const perHour = (watch: Watch) => (watch.unexplained ?? 0) / 10_000

test('the first reading is where the comparison begins', () => {
  const first = play([{ at: 3, fall: 50 }])
  expect(first).toMatchObject({
    startedAt: 1e9 + 3 * MINUTE,
    suspicions: 0,
    unexplained: undefined,
  })
  expect(first.marks).toHaveLength(1)
})

test.each([
  [14.99, 0],
  [15, 1],
  [15.01, 1],
])('a fall %d minutes after the start raises %d suspicions', (at, suspicions) => {
  const watch = play([{ at: 0 }, { at: 5 }, { at, fall: 50 }])
  expect(watch).toMatchObject({ suspicions, unexplained: undefined })
})

test.each([
  [3.99, 0],
  [4, 1],
  [5, 1],
])('a fall within %d minutes of the only mark raises %d suspicions', (minutes, suspicions) => {
  const broken = play([...clean, { at: 60, breaks: true }])
  expect(play([{ at: 60 + minutes, fall: 50 }], broken).suspicions).toBe(suspicions)
})

test.each([
  ['two cents', 2, 0, 0],
  ['a little more than two cents', 2.01, 0, 1],
  ['1.3 times the own spending and two cents', 1.3 * 40 + 2, 40, 0],
  ['more than 1.3 times the own spending and two cents', 1.3 * 40 + 2.01, 40, 1],
])('a fall of %s: %d cents beside %d own raise %d suspicions', (_name, fall, own, suspicions) => {
  expect(play([...clean, { at: 20, fall, own }]).suspicions).toBe(suspicions)
})

test('what is spent and not yet booked may be what the balance fell', () => {
  const late = [...clean.slice(0, -1), { at: 15, own: 40, settled: 0 }]
  expect(play([...late, { at: 20, fall: 40, own: 40 }]).suspicions).toBe(0)
  const booked = [
    { at: 0, own: 40 },
    { at: 5, own: 40 },
    { at: 10, own: 40 },
    { at: 15, own: 40 },
  ]
  expect(play([...booked, { at: 20, fall: 40, own: 40 }]).suspicions).toBe(1)
})

test('a call of unknown cost explains any fall, until it is booked for certain', () => {
  expect(play([...clean, { at: 20, fall: 500, unpriced: 1 }]).suspicions).toBe(0)
  const before = clean.map((step) => ({ ...step, unpriced: 1 }))
  expect(play([...before, { at: 20, fall: 500, unpriced: 1 }]).suspicions).toBe(1)
  const late = before.map((step) => ({ ...step, settledUnpriced: 0 }))
  expect(play([...late, { at: 20, fall: 500, unpriced: 1 }]).suspicions).toBe(0)
})

test('the second reading in a row tells, with what somebody else spends an hour', () => {
  const doubt = play([...clean, { at: 20, fall: 60 }])
  expect(doubt).toMatchObject({ suspicions: 1, unexplained: undefined })
  const sure = play([{ at: 25, fall: 60 }], doubt)
  expect(sure.suspicions).toBe(2)
  // 120 cents in the twenty minutes since the oldest mark that is kept.
  expect(perHour(sure)).toBeCloseTo(360, 6)
  expect(play([{ at: 30, fall: 60 }], sure).suspicions).toBe(2)
})

test('own spending is no part of what somebody else spends', () => {
  const sure = play([...clean, { at: 20, fall: 90, own: 30 }, { at: 25, fall: 90, own: 60 }])
  expect(perHour(sure)).toBeCloseTo(360, 6)
})

test('own spending beyond the fall leaves nothing unexplained, and nothing below it', () => {
  const steps = clean.map((step) => ({ ...step, settled: 100 }))
  const sure = play([...steps, { at: 20, fall: 10, own: 100 }, { at: 25, fall: 10, own: 100 }])
  expect(sure.unexplained).toBe(0)
})

test('a reading that is explained ends the suspicion', () => {
  const sure = play([...clean, { at: 20, fall: 60 }, { at: 25, fall: 60 }])
  const quiet = [30, 35, 40, 45].map((at) => ({ at }))
  expect(play(quiet, sure)).toMatchObject({ suspicions: 0, unexplained: undefined })
})

test('nothing is compared across a break', () => {
  const sure = play([...clean, { at: 20, fall: 60 }, { at: 25, fall: 60 }])
  const broken = play([{ at: 30, fall: 60, breaks: true }], sure)
  expect(broken).toMatchObject({ suspicions: 0, unexplained: undefined })
  expect(broken.marks).toHaveLength(1)
  expect(broken.startedAt).toBe(sure.startedAt)
  expect(play([{ at: 35 }], broken).suspicions).toBe(0)
})

test('keeps a mark every quarter of a minute, back to one window', () => {
  const marksAt = (...minutes: number[]) =>
    play(minutes.map((at) => ({ at }))).marks.map(({ at }) => (at - 1e9) / MINUTE)
  expect(marksAt(0, 0.24)).toEqual([0])
  expect(marksAt(0, 0.25)).toEqual([0, 0.25])
  expect(marksAt(0, 5, 10, 15)).toEqual([0, 5, 10, 15])
  expect(marksAt(0, 5, 10, 19.9)).toEqual([0, 5, 10, 19.9])
  expect(marksAt(0, 5, 10, 20)).toEqual([5, 10, 20])
  expect(marksAt(0, 5, 10, 26)).toEqual([10, 26])
})
