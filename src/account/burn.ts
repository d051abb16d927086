/** One reading of the balance in one currency; amounts in micro-units. */
export interface Reading {
  /** Epoch milliseconds. */
  readonly at: number
  readonly total: number
  readonly granted?: number
  readonly toppedUp?: number
}

/** What one hour cost. */
interface HourCell {
  /** Hours since the epoch. */
  readonly hour: number
  /** The fall of the balance, micro-units. */
  readonly fall: number
  /** The same at off-peak prices: how much was used, whatever it cost. */
  readonly load: number
  /** Milliseconds of the hour about which something is known. */
  readonly covered: number
}

/** A stretch between two readings, or several of one minute put together. */
interface Step {
  readonly from: number
  readonly to: number
  readonly fall: number
  /** Milliseconds of it about which something is known; default: all. */
  readonly covered?: number
}

/** What the balance did: the last hour in steps, the last two weeks by hours, and nothing older. */
export interface BurnHistory {
  readonly last: Reading | undefined
  readonly hours: readonly HourCell[]
  readonly steps: readonly Step[]
  /** Milliseconds between readings since the start: how much is known at all. */
  readonly known: number
  /** When the granted part last expired. */
  readonly expiredAt: number
}

/** What happened between two readings. */
export interface Fall {
  /** Micro-units that were spent, as far as can be seen. */
  readonly spent: number
  /**
   * The balance did something else besides: a top-up, an expiry, a clock that was set. What was
   * spent meanwhile cannot be told from it for certain.
   */
  readonly breaks: boolean
  readonly expired: boolean
}

/** The peak factor of the price at a time. */
export type FactorAt = (at: number) => number

export const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS

/** Two weeks and a day: the same hour of last week, and of the week before as its witness. */
export const KEPT_HOURS = 15 * 24

/** Steps of the last hour are put together up to this length, so that their number has a bound. */
const STEP_MS = 60_000

/** A fall of the granted part by so many hours' burn in one step is no use of it. */
const EXPIRY_HOURS = 20

export const noBurn: BurnHistory = {
  last: undefined,
  hours: [],
  steps: [],
  known: 0,
  expiredAt: Number.NEGATIVE_INFINITY,
}

/** Takes a reading into the history. */
export function addReading(
  history: BurnHistory,
  reading: Reading,
  factorAt: FactorAt,
): { history: BurnHistory; fall: Fall } {
  const { last } = history
  if (!last) return { history: { ...history, last: reading }, fall: nothing }
  const fall = fallBetween(history, last, reading)
  if (reading.at <= last.at) return { history: withoutFuture(history, reading), fall }
  const next = {
    last: reading,
    expiredAt: fall.expired ? reading.at : history.expiredAt,
  }
  // The time of a rise is left out of the reckoning, like the rise itself, unless the parts of the
  // balance show what was spent all the same.
  if (fall.breaks && fall.spent === 0) return { history: { ...history, ...next }, fall }
  const step: Step = { from: last.at, to: reading.at, fall: fall.spent }
  return {
    history: {
      ...next,
      known: history.known + (step.to - step.from),
      hours: addToHours(history.hours, step, factorAt),
      steps: addStep(history.steps, step),
    },
    fall,
  }
}

const nothing: Fall = { spent: 0, breaks: false, expired: false }

/** The clock was set back: what lies in its future was never. */
function withoutFuture(history: BurnHistory, reading: Reading): BurnHistory {
  const hour = Math.floor(reading.at / HOUR_MS)
  return {
    ...history,
    last: reading,
    hours: history.hours.filter((cell) => cell.hour <= hour),
    steps: history.steps.filter((step) => step.to <= reading.at),
    expiredAt: Math.min(history.expiredAt, reading.at),
  }
}

function fallBetween(history: BurnHistory, before: Reading, after: Reading): Fall {
  if (after.at <= before.at) return { spent: 0, breaks: true, expired: false }
  const parts = fallOfParts(before, after)
  if (!parts) {
    const fall = before.total - after.total
    return { spent: Math.max(0, fall), breaks: fall < 0, expired: false }
  }
  const { granted, toppedUp } = parts
  const expired = granted > 0 && isExpiry(history, before, after)
  return {
    spent: (expired ? 0 : Math.max(0, granted)) + Math.max(0, toppedUp),
    breaks: expired || granted < 0 || toppedUp < 0,
    expired,
  }
}

/** How far each part fell; undefined where a part is missing or they do not make up the total. */
function fallOfParts(before: Reading, after: Reading) {
  const [first, second] = [before, after].map(({ total, granted, toppedUp }) =>
    granted !== undefined && toppedUp !== undefined && granted + toppedUp === total
      ? { granted, toppedUp }
      : undefined,
  )
  if (!first || !second) return undefined
  return { granted: first.granted - second.granted, toppedUp: first.toppedUp - second.toppedUp }
}

function isExpiry(history: BurnHistory, before: Reading, after: Reading): boolean {
  const wasGranted = before.granted ?? 0
  const granted = wasGranted - (after.granted ?? 0)
  // Grants expire once in a while. A second such fall on one day is a load that nobody expected.
  if (after.at - history.expiredAt < DAY_MS) return false
  const burn = burnOver(history, DAY_MS) ?? 0
  // Nothing was burnt so far: twenty hours of that say nothing, but half of a grant at once does.
  if (burn === 0) return granted >= wasGranted / 2
  const hours = (after.at - before.at) / HOUR_MS
  return granted > (EXPIRY_HOURS + hours) * burn
}

/** Shares a step out among its hours. */
function addToHours(
  hours: readonly HourCell[],
  step: Step,
  factorAt: FactorAt,
): readonly HourCell[] {
  const lastHour = Math.floor((step.to - 1) / HOUR_MS)
  const oldest = lastHour - KEPT_HOURS + 1
  const kept = hours[0] && hours[0].hour < oldest ? hours.filter((c) => c.hour >= oldest) : hours
  const cells = [...kept]
  const perMs = step.fall / (step.to - step.from)
  for (let hour = Math.max(oldest, Math.floor(step.from / HOUR_MS)); hour <= lastHour; hour++) {
    const from = Math.max(step.from, hour * HOUR_MS)
    const covered = Math.min(step.to, (hour + 1) * HOUR_MS) - from
    const fall = perMs * covered
    const load = fall / factorAt(from + covered / 2)
    const cell = cells.at(-1)
    if (cell?.hour === hour) {
      cells[cells.length - 1] = {
        hour,
        fall: cell.fall + fall,
        load: cell.load + load,
        covered: cell.covered + covered,
      }
    } else cells.push({ hour, fall, load, covered })
  }
  return cells
}

function addStep(steps: readonly Step[], step: Step): readonly Step[] {
  const since = step.to - HOUR_MS
  const kept = steps.filter(({ to }) => to > since)
  const last = kept.at(-1)
  if (last?.to === step.from && step.to - last.from <= STEP_MS) {
    kept[kept.length - 1] = { from: last.from, to: step.to, fall: last.fall + step.fall }
  } else kept.push(step)
  return kept
}

/**
 * What was burnt per hour in the `ms` before the last reading, micro-units.
 *
 * @returns `undefined` while less than half an hour of it is known.
 */
export function burnOver(history: BurnHistory, ms: number): number | undefined {
  const now = history.last?.at ?? 0
  const since = now - ms
  const parts = ms > HOUR_MS ? history.hours.map((cell) => stretch(cell, now)) : history.steps
  let fall = 0
  let covered = 0
  for (const part of parts) {
    const length = part.to - part.from
    const share = length > 0 ? Math.min(1, (part.to - Math.max(part.from, since)) / length) : 0
    if (share <= 0) continue
    fall += part.fall * share
    covered += (part.covered ?? length) * share
  }
  return covered >= HOUR_MS / 2 ? (fall / covered) * HOUR_MS : undefined
}

/** An hour as a step; the running one ends now. */
function stretch({ hour, fall, covered }: HourCell, now: number): Step {
  return { from: hour * HOUR_MS, to: Math.min(now, (hour + 1) * HOUR_MS), fall, covered }
}
