import type { SpendingMark } from './ledger'

/** What is known at one reading of the balance. Money in micro-units of one currency. */
interface Comparison {
  /** Monotonic milliseconds. */
  readonly at: number
  /** What the balance fell since the reading before. */
  readonly fall: number
  /** The balance did something else besides, so that a comparison cannot reach across it. */
  readonly breaks: boolean
  /** Own spending by now, and the part of it that is booked by now. */
  readonly own: { readonly now: SpendingMark; readonly settled: SpendingMark }
}

interface Mark {
  readonly at: number
  readonly fallen: number
  readonly now: SpendingMark
  readonly settled: SpendingMark
}

/** Readings of the last quarter of an hour, and what they led to. */
export interface Watch {
  readonly startedAt: number | undefined
  readonly fallen: number
  readonly marks: readonly Mark[]
  /** Readings in a row at which the fall was not explained. */
  readonly suspicions: number
  /** Micro-units an hour that nobody here spent; undefined while all is explained. */
  readonly unexplained: number | undefined
}

export const newWatch: Watch = {
  startedAt: undefined,
  fallen: 0,
  marks: [],
  suspicions: 0,
  unexplained: undefined,
}

const MINUTE_MS = 60_000

/** The window of the comparison. */
const WINDOW_MS = 15 * MINUTE_MS

/**
 * Shorter ones count, too, down to one step where the balance is read every five minutes: after a
 * leak has begun, the whole window holds ten clean minutes and would take until its end to tell.
 */
const SHORT_MS = 4 * MINUTE_MS

/** More marks than these tell nothing more. */
const MARK_EVERY_MS = 15_000

/** Own usage explains a fall up to this multiple of it; prices change, and some is not seen. */
const TOLERANCE = 1.3

/** And two cents: the balance is rounded at both ends. */
const SLACK = 20_000

/** The first doubt is followed by one probe more. */
const READINGS = 2

const NANO_PER_MICRO = 1_000

/** Compares a reading of the balance with what this process spent. */
export function compare(watch: Watch, seen: Comparison): Watch {
  const { startedAt = seen.at } = watch
  const fallen = watch.fallen + seen.fall
  const mark = { at: seen.at, fallen, ...seen.own }
  if (seen.breaks || watch.startedAt === undefined) {
    return { ...newWatch, startedAt, fallen, marks: [mark] }
  }
  const marks = keepMarks(watch.marks, mark)
  const next = { startedAt, fallen, marks }
  // The first window after a start may hold what an earlier process spent.
  if (seen.at - startedAt < WINDOW_MS) return { ...next, suspicions: 0, unexplained: undefined }
  const unexplained = findUnexplained(watch.marks, mark)
  if (unexplained === undefined) return { ...next, suspicions: 0, unexplained }
  const suspicions = Math.min(READINGS, watch.suspicions + 1)
  return { ...next, suspicions, unexplained: suspicions >= READINGS ? unexplained : undefined }
}

/** Keeps what reaches back one window, a mark every now and then. */
function keepMarks(marks: readonly Mark[], mark: Mark): readonly Mark[] {
  const last = marks.at(-1)
  const grown = last && mark.at - last.at < MARK_EVERY_MS ? marks : [...marks, mark]
  const first = grown.findLastIndex(({ at }) => mark.at - at >= WINDOW_MS)
  return first > 0 ? grown.slice(first) : grown
}

/** Micro-units an hour, of the longest window that is not explained. */
function findUnexplained(marks: readonly Mark[], now: Mark): number | undefined {
  const start = marks.find((mark) => isUnexplained(mark, now))
  return start && perHour(start, now)
}

function isUnexplained(start: Mark, now: Mark): boolean {
  if (now.at - start.at < SHORT_MS) return false
  // A call of unknown cost explains any fall.
  if (now.now.unpriced > start.settled.unpriced) return false
  const own = (now.now.spent - start.settled.spent) / NANO_PER_MICRO
  return now.fallen - start.fallen > TOLERANCE * own + SLACK
}

function perHour(start: Mark, now: Mark): number {
  const own = (now.now.spent - start.now.spent) / NANO_PER_MICRO
  const unexplained = Math.max(0, now.fallen - start.fallen - own)
  return (unexplained / (now.at - start.at)) * 3_600_000
}
