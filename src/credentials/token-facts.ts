import type { TokenError } from '../errors'
import type { Secret } from '../secret'
import { type Breaker, closedBreaker, freshPace, type Pace } from './backoff'
import type { HeldToken } from './credential'
import type { TokenRequest } from './source'

/** What never changes in the life of a holder. */
export interface TokenRules {
  /** The kind of the source. */
  readonly source: string
  /** Asking costs nothing (a variable, a file): every 401 asks, without backoff. */
  readonly local: boolean
  /** The source itself decides which of its keys may be sent, as a pool does. */
  readonly selfBenching: boolean
  /** A new key can be tried beside the traffic before it takes over. */
  readonly proves: boolean
}

/** A token as its source gave it, checked. */
export interface Fresh {
  readonly secret: Secret
  readonly account?: string
  readonly version?: string
  /** A sane lifetime; absent: unknown. */
  readonly lifetimeMs?: number
  /** Until the proactive refresh; infinite without one. */
  readonly dueInMs: number
}

/** A new key that has to show that it is accepted before it replaces one that works. */
export interface Candidate {
  readonly kind: 'due' | 'proving'
  /** When its next proof is due, or was. */
  readonly at: number
  readonly fresh: Fresh
  /** Proofs that did not end in its acceptance, and whether one of them ended in a refusal. */
  readonly attempts: number
  readonly refused: boolean
}

/** A question to the source that is in the air. */
export interface Asking {
  readonly reason: TokenRequest['reason']
  /** News only when it brings another token: a local source is asked for every call. */
  readonly quiet: boolean
  /** The generation of the token when it left, 0 without one, and its 401s that were known. */
  readonly generation: number
  readonly refusals: number
}

/** Everything the holder knows. Times are monotonic milliseconds. */
export interface TokenState {
  readonly rules: TokenRules
  readonly held: HeldToken | undefined
  readonly expiresAt: number
  /** When the proactive refresh is due. */
  readonly dueAt: number
  readonly breaker: Breaker
  /** The token was accepted since the last change: further successes are no news. */
  readonly proven: boolean
  /** Fingerprints of refused tokens that were replaced, and when they were refused. */
  readonly refused: ReadonlyMap<string, number>
  readonly pace: Pace
  readonly asking: Asking | undefined
  /** 401s of the token that were known when the source last answered a question by force. */
  readonly answered: number
  /** Why the last question brought no token; `exhausted`: a pool without a key to send. */
  readonly failure: { readonly error: TokenError; readonly exhausted: boolean } | undefined
  readonly candidate: Candidate | undefined
  /** The source tells of its changes. */
  readonly watching: boolean
  /** It told of one that was not fetched yet. */
  readonly changeDue: boolean
  /** Changes in a row that brought nothing, and when the last of them was fetched. */
  readonly idle: { readonly changes: number; readonly at: number }
  readonly closed: boolean
}

/** What may happen to a holder. `jitter` is 0 to 1. */
export type TokenEvent =
  | { readonly type: 'asked'; readonly reason: TokenRequest['reason']; readonly quiet?: boolean }
  | { readonly type: 'given'; readonly fresh: Fresh; readonly jitter: number }
  | {
      readonly type: 'failed'
      readonly error: TokenError
      readonly exhausted: boolean
      readonly jitter: number
    }
  /** A 401; `certain` for a replay, `account` for an account without money. */
  | {
      readonly type: 'refused'
      readonly token: HeldToken
      readonly certain?: 'certain' | 'account'
    }
  | { readonly type: 'accepted'; readonly token: HeldToken }
  /** The one call that may try a refused token has left. */
  | { readonly type: 'trial' }
  | { readonly type: 'watching'; readonly on: boolean }
  | { readonly type: 'announced' }
  | { readonly type: 'proving' }
  | {
      readonly type: 'proved'
      readonly id: string
      readonly verdict: 'accepted' | 'refused' | 'none'
      /** The wait before the next proof, where a fleet keeps one. */
      readonly retryInMs?: number
      readonly jitter: number
    }
  /** Another instance of the fleet had this token accepted. */
  | { readonly type: 'heard'; readonly id: string }
  | { readonly type: 'closed' }

export function initialState(rules: TokenRules): TokenState {
  return {
    rules,
    held: undefined,
    expiresAt: Number.POSITIVE_INFINITY,
    dueAt: Number.POSITIVE_INFINITY,
    breaker: closedBreaker,
    proven: false,
    refused: new Map(),
    pace: freshPace,
    asking: undefined,
    answered: 0,
    failure: undefined,
    candidate: undefined,
    watching: false,
    changeDue: false,
    idle: { changes: 0, at: 0 },
    closed: false,
  }
}

/** True when a call has to be told nothing but the token. */
export function isUsable({ held, breaker, expiresAt }: TokenState, now: number): boolean {
  return held !== undefined && breaker.kind === 'closed' && now < expiresAt
}

/** The candidate as calls would hold it. */
export function candidateToken(
  { rules, held }: TokenState,
  { fresh }: Candidate,
  now: number,
): HeldToken {
  return heldFrom(rules, fresh, (held?.generation ?? 0) + 1, now)
}

/** The token as calls hold it from `now` on. */
export function heldFrom(
  rules: TokenRules,
  fresh: Fresh,
  generation: number,
  now: number,
): HeldToken {
  const { secret, account, version, lifetimeMs } = fresh
  return {
    secret,
    id: secret.id,
    generation,
    source: rules.source,
    obtainedAt: now,
    ...(account === undefined ? {} : { account }),
    ...(version === undefined ? {} : { version }),
    ...(lifetimeMs === undefined ? {} : { lifetimeMs }),
  }
}

/** With what is known of its refusals, so that calls which take it from now on are told apart. */
export function stamped(token: HeldToken, breaker: Breaker): HeldToken {
  if (breaker.refusals === 0) return token
  return { ...token, refusals: breaker.refusals, refusedAt: breaker.at }
}
