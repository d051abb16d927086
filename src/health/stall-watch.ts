import type { Clock } from '../clock'

/** Tells whether this process could listen while it waited. */
export interface StallWatch {
  /** Milliseconds in which the event loop was blocked since the watch began. */
  stalledMs(): number
  stop(): void
}

/** How often the loop is felt while a probe is out: fine enough for a 100 ms stall. */
const BEAT_MS = 25

/** Lateness below this is the ordinary jitter of timers. */
const TOLERATED_MS = 25

/** Feels the event loop's pulse, only while a probe is out. */
export function watchStalls(clock: Clock): StallWatch {
  let lastBeat = clock.elapsed()
  let stalled = 0
  let cancel: () => void = () => {}
  const missed = (): number => {
    const late = clock.elapsed() - lastBeat - BEAT_MS
    return late > TOLERATED_MS ? late : 0
  }
  const arm = (): void => {
    cancel = clock.after(BEAT_MS, () => {
      stalled += missed()
      lastBeat = clock.elapsed()
      arm()
    })
  }
  arm()
  return { stalledMs: () => stalled + missed(), stop: () => cancel() }
}
