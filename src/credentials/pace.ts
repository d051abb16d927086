const FIRST_DELAY_MS = 1_000
const MAX_DELAY_MS = 5 * 60_000

/** So many questions in vain fit into a window; asking a dead credential oftener is hammering. */
const BURST = 3
const BURST_WINDOW_MS = 5_500

/** How often a source may be asked: what was in vain so far, and the earliest next time. */
export interface Pace {
  /** Failures and answers in a row that no accepted call has proven good. */
  readonly inVain: number
  /** The last question failed. */
  readonly failing: boolean
  /** Monotonic milliseconds. */
  readonly notBefore: number
  /** When the last of those in vain ended, oldest first; at most `BURST`. */
  readonly recent: readonly number[]
}

export const freshPace: Pace = { inVain: 0, failing: false, notBefore: 0, recent: [] }

/** 1, 2, 4 s … 5 min, times a random 1 to 1.5. */
export function backoffMs(attempt: number, random: () => number): number {
  const base = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (Math.max(1, attempt) - 1))
  return base * (1 + random() / 2)
}

function burstOver(recent: readonly number[]): number {
  return recent.length < BURST ? 0 : (recent[0] ?? 0) + BURST_WINDOW_MS
}

/** After a failure: wait, longer each time; the source's own `Retry-After` wins. */
export function afterFailure(
  pace: Pace,
  now: number,
  random: () => number,
  retryAfterMs?: number,
): Pace {
  const inVain = pace.inVain + 1
  const recent = [...pace.recent, now].slice(-BURST)
  const backoff = Math.max(now + backoffMs(inVain, random), burstOver(recent))
  const notBefore = retryAfterMs === undefined ? backoff : now + retryAfterMs
  return { inVain, failing: true, notBefore, recent }
}

/**
 * After an answer. A token that DeepSeek refuses may be asked about at once, since the next answer
 * may be a good one; after three in vain the source has to wait.
 */
export function afterAnswer(
  pace: Pace,
  now: number,
  random: () => number,
  outcome: 'changed' | 'refused-again' | 'unchanged',
): Pace {
  if (outcome === 'unchanged') return { ...pace, failing: false, notBefore: 0 }
  const inVain = pace.inVain + 1
  const recent = [...pace.recent, now].slice(-BURST)
  const wait = recent.length === BURST ? now + backoffMs(inVain, random) : 0
  return { inVain, failing: false, notBefore: Math.max(wait, burstOver(recent)), recent }
}

/** After a call that proves the token good. A source that fails right now stays on its schedule. */
export function afterProof(pace: Pace): Pace {
  return pace.failing ? pace : freshPace
}
