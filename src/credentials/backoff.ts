/**
 * How often what failed is tried again: a source that gives no good token (the pace), and a token
 * that DeepSeek refuses (the breaker). Times are monotonic milliseconds, `jitter` is 0 to 1.
 */

const FIRST_DELAY_MS = 1_000
const MAX_DELAY_MS = 5 * 60_000

/** 1, 2, 4 s … 5 min, times a random 1 to 1.5, so that a fleet does not come back at once. */
export function backoffMs(attempt: number, jitter: number): number {
  const base = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (Math.max(1, attempt) - 1))
  return base * (1 + jitter / 2)
}

/** So many questions in vain fit into a window; asking a dead credential oftener is hammering. */
const BURST = 3
const BURST_WINDOW_MS = 5_500

/** How often a source may be asked: what was in vain so far, and the earliest next time. */
export interface Pace {
  /** Failures and answers in a row that no accepted call has proven good. */
  readonly inVain: number
  /** The last question failed. */
  readonly failing: boolean
  readonly notBefore: number
  /** When the last of those in vain ended, oldest first; at most `BURST`. */
  readonly recent: readonly number[]
}

export const freshPace: Pace = { inVain: 0, failing: false, notBefore: 0, recent: [] }

function burstOver(recent: readonly number[]): number {
  return recent.length < BURST ? 0 : (recent[0] ?? 0) + BURST_WINDOW_MS
}

/** After a failure: wait, longer each time; the source's own `Retry-After` wins. */
export function afterFailure(pace: Pace, now: number, jitter: number, retryAfterMs?: number): Pace {
  const inVain = pace.inVain + 1
  const recent = [...pace.recent, now].slice(-BURST)
  const backoff = Math.max(now + backoffMs(inVain, jitter), burstOver(recent))
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
  jitter: number,
  outcome: 'changed' | 'refused-again' | 'unchanged',
): Pace {
  if (outcome === 'unchanged') return { ...pace, failing: false, notBefore: 0 }
  const inVain = pace.inVain + 1
  const recent = [...pace.recent, now].slice(-BURST)
  const wait = recent.length === BURST ? now + backoffMs(inVain, jitter) : 0
  return { inVain, failing: false, notBefore: Math.max(wait, burstOver(recent)), recent }
}

/** After a call that proves the token good. A source that fails right now stays on its schedule. */
export function afterProof(pace: Pace): Pace {
  return pace.failing ? pace : freshPace
}

/**
 * True when a success of a token that was replaced meanwhile proves the source all the same: it was
 * one of the answers in vain. With ten calls under way the token that is proven is nearly always
 * one that the next 401 has already replaced.
 */
export function wasInVain(pace: Pace, obtainedAt: number): boolean {
  const [first] = pace.recent
  return first !== undefined && obtainedAt >= first
}

/** So many rounds of 401s without a success between are no stray. */
const ROUNDS_TO_OPEN = 3

/**
 * A round ends after this long. Under steady traffic some call is always under way, so that a dead
 * key would stay in its first round for ever; a burst of a fifth of a second stays one round.
 */
const ROUND_MS = 250

const FIRST_TRIAL_MS = 1_000
const LAST_TRIAL_MS = 30_000

/** Whether the current token may be sent. */
export type Breaker = {
  /** 401s of this token that are known, and when the last of them was. */
  readonly refusals: number
  readonly at: number
  /** Rounds of them without a success between, and when the current one began. */
  readonly rounds: number
  readonly began: number
} & (
  | { readonly kind: 'closed'; readonly why?: undefined }
  | {
      readonly kind: 'open'
      /** Opened by three rounds, by one certain refusal, or for an account without money. */
      readonly why: 'rounds' | 'certain' | 'account'
      /** One trial may leave from `until` on, the next one `waitMs` later. */
      readonly until: number
      readonly waitMs: number
    }
)

/** What a call knew of its token's refusals when it took the token; absent: of none. */
interface Stamp {
  readonly refusals?: number
  readonly refusedAt?: number
}

export const closedBreaker: Breaker = { kind: 'closed', refusals: 0, at: 0, rounds: 0, began: 0 }

/**
 * True when another 401 became known after the call had left: calls that are under way together
 * are refused together, and are one piece of evidence however many they are.
 */
function isSameRound(breaker: Breaker, stamp: Stamp): boolean {
  const { refusals = 0, refusedAt = Number.NEGATIVE_INFINITY } = stamp
  return refusals < breaker.refusals && refusedAt < breaker.began + ROUND_MS
}

/**
 * After a 401. `certain`: one is enough, as for a replay, or for a key of a pool, which has others.
 */
export function refuse(
  breaker: Breaker,
  stamp: Stamp,
  now: number,
  certain?: 'certain' | 'account',
): Breaker {
  const same = isSameRound(breaker, stamp)
  const seen = {
    refusals: breaker.refusals + 1,
    at: now,
    rounds: same ? breaker.rounds : breaker.rounds + 1,
    began: same ? breaker.began : now,
  }
  if (breaker.kind === 'open') {
    if (same) return { ...breaker, ...seen }
    const waitMs = Math.min(LAST_TRIAL_MS, breaker.waitMs * 2)
    return { ...breaker, ...seen, waitMs, until: now + waitMs }
  }
  if (certain === undefined && seen.rounds < ROUNDS_TO_OPEN) return { kind: 'closed', ...seen }
  const why = certain ?? 'rounds'
  return { kind: 'open', ...seen, why, waitMs: FIRST_TRIAL_MS, until: now + FIRST_TRIAL_MS }
}

/** The state for a token that is known refused since `at`, when its source gives it again. */
export function openSince(at: number): Breaker {
  const until = at + FIRST_TRIAL_MS
  const seen = { refusals: 1, at, rounds: 1, began: at }
  return { kind: 'open', ...seen, why: 'certain', waitMs: FIRST_TRIAL_MS, until }
}

/** True while a token that was refused at `refusedAt` may not even be tried. */
export function isTooFresh(refusedAt: number, now: number): boolean {
  return now < refusedAt + FIRST_TRIAL_MS
}

/** True when one call may try the refused token. */
export function isTrialDue(breaker: Breaker, now: number): boolean {
  return breaker.kind === 'open' && now >= breaker.until
}

/** Once that call has left: the next one comes a wait later, whatever becomes of this one. */
export function afterTrial(breaker: Breaker, now: number): Breaker {
  return breaker.kind === 'open' ? { ...breaker, until: now + breaker.waitMs } : breaker
}
