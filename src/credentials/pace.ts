const FIRST_DELAY_MS = 1_000
const MAX_DELAY_MS = 5 * 60_000

/** How often a source may be asked: what was in vain so far, and the earliest next time. */
export interface Pace {
  /** Failures and answers in a row that no accepted call has proven good. */
  readonly inVain: number
  /** The last question failed. */
  readonly failing: boolean
  /** Monotonic milliseconds. */
  readonly notBefore: number
}

export const freshPace: Pace = { inVain: 0, failing: false, notBefore: 0 }

/** 1, 2, 4 s … 5 min, times a random 1 to 1.5. */
export function backoffMs(attempt: number, random: () => number): number {
  const base = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (Math.max(1, attempt) - 1))
  return base * (1 + random() / 2)
}

/** After a failure: wait, longer each time; the source's own `Retry-After` wins. */
export function afterFailure(
  pace: Pace,
  now: number,
  random: () => number,
  retryAfterMs?: number,
): Pace {
  const inVain = pace.inVain + 1
  const delay = retryAfterMs ?? backoffMs(inVain, random)
  return { inVain, failing: true, notBefore: now + delay }
}

/**
 * After an answer. The first one may be asked about at once when DeepSeek refuses it; a second one
 * in a row, or the refused token given again, is a source that gives dead tokens: it has to wait.
 */
export function afterAnswer(
  pace: Pace,
  now: number,
  random: () => number,
  outcome: 'changed' | 'refused-again' | 'unchanged',
): Pace {
  if (outcome === 'unchanged') return { ...pace, failing: false, notBefore: 0 }
  const inVain = pace.inVain + 1
  const free = outcome === 'changed' && inVain === 1
  return { inVain, failing: false, notBefore: free ? 0 : now + backoffMs(inVain, random) }
}

/** After a call that proves the token good. A source that fails right now stays on its schedule. */
export function afterProof(pace: Pace): Pace {
  return pace.failing ? pace : freshPace
}
