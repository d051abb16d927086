/** Time as the rooms see it, so that policy is tested under fake timers. */
export interface Clock {
  /** Wall clock, epoch milliseconds: for what people and `Date` headers read. */
  now(): number
  /** Monotonic milliseconds: for lifetimes and durations. */
  elapsed(): number
  /** Calls `fn` once after `ms`; never keeps the process alive. Returns the cancel function. */
  after(ms: number, fn: () => void): () => void
}

/** The longest delay that Node's timers take; a longer one fires at once. */
const MAX_DELAY_MS = 2 ** 31 - 1

/** The last millisecond that a `Date` can hold. */
const LAST_DATE_MS = 8.64e15

/** What `read` gives, unless it throws or gives something that is not a time. */
function sane(read: () => number, otherwise: () => number): number {
  try {
    const time = read()
    if (typeof time === 'number' && Math.abs(time) <= LAST_DATE_MS) return time
  } catch {}
  return otherwise()
}

const dateNow = (): number => Date.now()
const performanceNow = (): number => performance.now()

/** Reads the wall clock although `Date.now` was replaced by something that fails. */
const wall = (): number => performance.timeOrigin + performance.now()

/** Reads the monotonic clock although `performance.now` was. */
const uptime = (): number => process.uptime() * 1_000

/**
 * The process's own clock. Globals are read at call time, so Jest's fake timers reach it. A test
 * or a tracer may have broken them: what comes out is a time nevertheless.
 */
export const systemClock: Clock = {
  now: () => sane(dateNow, () => sane(wall, () => 0)),
  elapsed: () => sane(performanceNow, uptime),
  after(ms, fn) {
    let timer: NodeJS.Timeout
    const arm = (left: number): void => {
      const step = Math.min(left, MAX_DELAY_MS)
      timer = setTimeout(() => (left > step ? arm(left - step) : fn()), step)
      timer.unref()
    }
    arm(ms > 0 ? ms : 0)
    return () => clearTimeout(timer)
  },
}
