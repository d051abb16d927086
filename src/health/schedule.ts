import { confirmDelay, type DetectionSettings, JITTER } from './detection'
import type { HealthState } from './health-facts'

/** What happened just before the next probe is planned. */
export interface ScheduleInput {
  state: HealthState
  /** `none`: no evidence came out of it (this process was blocked). */
  last: 'success' | 'failure' | 'none'
  /** From the answer's `Retry-After`. */
  retryAfterMs: number | undefined
  /** Epoch milliseconds. */
  now: number
  /** Uniform in [0, 1). */
  random: number
}

/** A provider may ask for patience, not for silence: ten minutes is two stale periods. */
const MAX_RETRY_AFTER_MS = 600_000

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

/** Milliseconds until the next probe. */
export function nextProbeDelay(input: ScheduleInput, settings: DetectionSettings): number {
  const { state, last, retryAfterMs, random } = input
  if (last === 'failure' && retryAfterMs !== undefined && retryAfterMs > 0) {
    // Never earlier than asked for, and not all at the same moment.
    return Math.min(retryAfterMs, MAX_RETRY_AFTER_MS) * (1 + JITTER * random)
  }
  if (last === 'none') return jittered(settings.confirmDelayMs, random)
  if (last === 'failure') return failingDelay(input, settings)
  const recovering = state.verdict.kind === 'failing' && state.successes > 0
  return recovering ? jittered(settings.confirmDelayMs, random) : healthyDelay(input, settings)
}
