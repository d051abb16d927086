import type { Clock } from '../../src/clock'

/** A clock that stands still until it is told to go on; timers fire in their order. */
export interface FakeClock extends Clock {
  advance(ms: number): Promise<void>
}

/** Lets promises that are ready go on. */
export async function settle(turns = 20): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await Promise.resolve()
}

export function fakeClock(): FakeClock {
  let elapsed = 1_000
  const timers = new Set<{ at: number; fn: () => void }>()
  return {
    now: () => 1_790_000_000_000 + elapsed,
    elapsed: () => elapsed,
    after(ms, fn) {
      const timer = { at: elapsed + Math.max(0, ms), fn }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    async advance(ms) {
      const end = elapsed + ms
      await settle()
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
        if (next === undefined) break
        timers.delete(next)
        elapsed = Math.max(elapsed, next.at)
        next.fn()
        await settle()
      }
      elapsed = end
      await settle()
    },
  }
}
