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

/** The process's own clock. Globals are read at call time, so Jest's fake timers reach it. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(ms, fn) {
    let timer: NodeJS.Timeout
    const arm = (left: number): void => {
      const step = Math.min(left, MAX_DELAY_MS)
      timer = setTimeout(() => (left > step ? arm(left - step) : fn()), step)
      timer.unref()
    }
    arm(Math.max(0, ms))
    return () => clearTimeout(timer)
  },
}
