import type { Clock } from '../clock'
import { type HealthState, inferenceEnds } from './facts'

/** The settings that decide how fast a fault is noticed. Milliseconds. */
interface DetectionSettings {
  intervalMs: number
  timeoutMs: number
  confirmDelayMs: number
  failureThreshold: number
}

/** Every planned wait is off by at most this share, so that a fleet does not ask in step. */
export const JITTER = 0.1

/** Doubled this often, any delay has reached the slowest interval or its own length. */
const DOUBLINGS = 20

/** The re-check after the `failures`-th failure in a row: doubled each time. */
export function confirmDelay(settings: DetectionSettings, failures: number): number {
  const doubled = settings.confirmDelayMs * 2 ** Math.min(failures - 1, DOUBLINGS)
  return Math.max(settings.confirmDelayMs, Math.min(doubled, 4 * settings.intervalMs))
}

/**
 * The longest time in milliseconds from a fault to the verdict, without live traffic: the fault
 * begins just after a good answer, and every probe hangs until its deadline. A `Retry-After` of
 * the provider comes on top.
 */
export function worstCaseDetectionMs(settings: DetectionSettings): number {
  const { failureThreshold, intervalMs, timeoutMs } = settings
  const growing = Math.min(failureThreshold - 1, DOUBLINGS)
  let waits = intervalMs
  for (let failures = 1; failures <= growing; failures++) waits += confirmDelay(settings, failures)
  // One by one, a threshold of a hundred million would take seconds.
  waits += (failureThreshold - 1 - growing) * confirmDelay(settings, failureThreshold)
  const worst = Math.ceil(waits * (1 + JITTER) + failureThreshold * timeoutMs)
  return Math.min(worst, Number.MAX_SAFE_INTEGER)
}

/** What happened just before the next probe is planned. */
interface ScheduleInput {
  state: HealthState
  /** `none`: no evidence came out of it (this process was blocked). */
  last: 'success' | 'failure' | 'none'
  /** From the answer's `Retry-After`. */
  retryAfterMs: number | undefined
  /** By the monotonic clock. */
  now: number
  /** Uniform in [0, 1). */
  random: number
}

/** A provider may ask for patience, not for silence: ten minutes is two stale periods. */
export const MAX_RETRY_AFTER_MS = 600_000

/** Processes that were started together drift apart within this time. */
const FIRST_MINUTE_MS = 60_000

/** A splay is for intervals that a fleet would feel; shorter ones drift apart by themselves. */
const SPLAY_FROM_INTERVAL_MS = 10_000

function jittered(delay: number, random: number): number {
  return delay * (1 - JITTER + 2 * JITTER * random)
}

function healthyDelay({ state, now, random }: ScheduleInput, settings: DetectionSettings): number {
  const { intervalMs } = settings
  const young = now - state.startedAt < Math.min(FIRST_MINUTE_MS, intervalMs / 2)
  if (!young || intervalMs < SPLAY_FROM_INTERVAL_MS) return jittered(intervalMs, random)
  // Half an interval to one: pods of one rollout spread out, and none looks later than planned.
  return intervalMs * (0.5 + random / 2)
}

function failingDelay({ state, random }: ScheduleInput, settings: DetectionSettings): number {
  const { intervalMs, failureThreshold } = settings
  const down = state.verdict.kind === 'failing' && state.failures >= failureThreshold
  if (!down) return jittered(confirmDelay(settings, Math.max(1, state.failures)), random)
  const exponent = Math.min(3, Math.max(0, state.downProbes - 1))
  return jittered((intervalMs / 2) * 2 ** exponent, random)
}

/** A process that starts is blocked by its own loading; requests wait for what it will know. */
const FIRST_AGAIN_MS = 500

/** The repetition of a probe that this process could not listen to. */
function unheardDelay({ verdict }: HealthState, { confirmDelayMs }: DetectionSettings): number {
  return verdict.kind === 'starting' ? Math.min(confirmDelayMs, FIRST_AGAIN_MS) : confirmDelayMs
}

/** Milliseconds until the next probe. */
export function nextProbeDelay(input: ScheduleInput, settings: DetectionSettings): number {
  const { state, last, retryAfterMs, random } = input
  if (last === 'failure' && retryAfterMs !== undefined && retryAfterMs > 0) {
    // Never earlier than asked for, and not all at the same moment.
    return Math.min(retryAfterMs, MAX_RETRY_AFTER_MS) * (1 + JITTER * random)
  }
  if (last === 'none') return jittered(unheardDelay(state, settings), random)
  if (last === 'failure') return failingDelay(input, settings)
  const recovering = state.verdict.kind === 'failing' && state.successes > 0
  return recovering ? jittered(settings.confirmDelayMs, random) : healthyDelay(input, settings)
}

interface TimeKeeperDeps {
  clock: Clock
  settings: { staleAfterMs: number; startupDeadlineMs: number }
  state(): HealthState
  tick(): void
}

/** Milliseconds until time alone may change the judgement. */
function nextMoment(
  state: HealthState,
  { staleAfterMs, startupDeadlineMs }: TimeKeeperDeps['settings'],
  now: number,
): number {
  const { evidenceAt, everReady, startedAt } = state
  const moments = [
    (evidenceAt ?? now) + staleAfterMs,
    inferenceEnds(state, staleAfterMs) ?? Number.POSITIVE_INFINITY,
    everReady ? Number.POSITIVE_INFINITY : startedAt + startupDeadlineMs,
  ]
  return Math.min(staleAfterMs, ...moments.map((at) => at - now).filter((wait) => wait >= 0))
}

/**
 * Ticks when the startup deadline passes and when the evidence may have become stale. Looks again
 * then, instead of setting a timer anew for every piece of evidence. Returns the way to stop it.
 */
export function keepTime({ clock, settings, state, tick }: TimeKeeperDeps): () => void {
  let cancel: () => void = () => {}
  const arm = (): void => {
    // One more, because a timer may fire a fraction of a millisecond early.
    cancel = clock.after(nextMoment(state(), settings, clock.elapsed()) + 1, () => {
      tick()
      arm()
    })
  }
  arm()
  return () => cancel()
}

/** Tells whether this process could listen while it waited. */
interface StallWatch {
  /** Milliseconds in which the event loop was blocked since the watch began. */
  stalledMs(): number
  stop(): void
}

/** How often the event loop is checked while a probe is out: fine enough for a 100 ms stall. */
const BEAT_MS = 25

/** Lateness below this is the ordinary jitter of timers. */
const TOLERATED_MS = 25

/** Measures how late the event loop runs, only while a probe is out. */
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
