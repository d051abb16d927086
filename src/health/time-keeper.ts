import type { Clock } from '../clock'
import type { HealthState } from './health-facts'

interface TimeKeeperDeps {
  clock: Clock
  settings: { staleAfterMs: number; startupDeadlineMs: number }
  state(): HealthState
  tick(): void
}

/** Milliseconds until time alone may change the judgement. */
function nextMoment(
  { evidenceAt, everReady, startedAt }: HealthState,
  { staleAfterMs, startupDeadlineMs }: TimeKeeperDeps['settings'],
  now: number,
): number {
  const fresh = (evidenceAt ?? now) + staleAfterMs - now
  const deadline = startedAt + startupDeadlineMs - now
  const wait = fresh >= 0 ? fresh : staleAfterMs
  return everReady || deadline <= 0 ? wait : Math.min(wait, deadline)
}

/**
 * Ticks when the startup deadline passes and when the evidence may have become stale. Looks again
 * then, instead of setting a timer anew for every piece of evidence. Returns the way to stop it.
 */
export function keepTime({ clock, settings, state, tick }: TimeKeeperDeps): () => void {
  let cancel: () => void = () => {}
  const arm = (): void => {
    // One more, because a timer may fire a fraction of a millisecond early.
    cancel = clock.after(nextMoment(state(), settings, clock.now()) + 1, () => {
      tick()
      arm()
    })
  }
  arm()
  return () => cancel()
}
