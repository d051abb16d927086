/** So many 401s of one token with no success between are no stray. */
const REFUSALS_TO_OPEN = 3

/** How long a refused token stays unsent before one probe may try it. */
export const OPEN_MS = 30_000

/** Whether the current token may be sent; `at` and `until` are monotonic milliseconds. */
export type Breaker =
  | { readonly kind: 'closed'; readonly refusals: number; readonly at: number }
  | {
      readonly kind: 'open'
      readonly refusals: number
      readonly at: number
      readonly until: number
    }

export const closedBreaker: Breaker = { kind: 'closed', refusals: 0, at: 0 }

/** After a 401. `certain`: the refusal of a replay, or of a key that a pool benches. */
export function refuse(breaker: Breaker, now: number, certain: boolean): Breaker {
  const refusals = breaker.refusals + 1
  const opens = certain || breaker.kind === 'open' || refusals >= REFUSALS_TO_OPEN
  if (!opens) return { kind: 'closed', refusals, at: now }
  return { kind: 'open', refusals, at: now, until: now + OPEN_MS }
}

/** The state for a token that is known refused since `at`, when its source gives it again. */
export function openSince(at: number): Breaker {
  return { kind: 'open', refusals: 1, at, until: at + OPEN_MS }
}

/** Lets one probe through each time the wait is over: the state after it, or undefined. */
export function admitProbe(breaker: Breaker, now: number): Breaker | undefined {
  if (breaker.kind === 'closed' || now < breaker.until) return undefined
  return { ...breaker, until: now + OPEN_MS }
}

/** True when three in a row opened it, rather than one refused replay. */
export function isTripped(breaker: Breaker): boolean {
  return breaker.kind === 'open' && breaker.refusals >= REFUSALS_TO_OPEN
}
