import type { Diagnosis } from '../causes/cause'
import type { Clock } from '../clock'
import type { GuardLog } from '../observability/events'
import type { Secret } from '../secret'
import type { OutboundReason } from './source'

/** A token as the holder keeps it. Every attempt is stamped with its `id` and `generation`. */
export interface HeldToken {
  readonly secret: Secret
  /** Fingerprint, the log's `token.id`. */
  readonly id: string
  /** Starts at 1, grows by one with every token that differs from the one before. */
  readonly generation: number
  /** The kind of the source. */
  readonly source: string
  readonly account?: string
  /** As the source gave it: what a fleet compares before it writes. */
  readonly version?: string
  /** Monotonic milliseconds at which it was obtained. */
  readonly obtainedAt: number
  /** Lifetime from `obtainedAt` in milliseconds, when the source gave a sane one. */
  readonly lifetimeMs?: number
  /**
   * How many 401s of this token were known when the call took it, and since when: by this the
   * breaker sees which calls were under way together. Absent: none.
   */
  readonly refusals?: number
  readonly refusedAt?: number
}

/** What an attempt may send: a token, or the reason why none may leave. */
export type Acquired =
  | { kind: 'token'; token: HeldToken }
  /** A permanent failure, an open breaker or an empty pool: the caller gets a synthetic 401. */
  | { kind: 'refused'; reason: OutboundReason; token?: HeldToken }

/** What to do after a 401: send once more with another token, or hand the 401 back. */
export type AfterRejection =
  | { kind: 'replay'; token: HeldToken; refreshed: boolean }
  | { kind: 'return'; reason: OutboundReason; refreshed: boolean }

/** Keeps the one live token of a source: single flight, generations, breaker, proactive refresh. */
export interface CredentialHolder {
  readonly kind: string
  /** The current token without I/O; undefined before the first one. */
  peek(): HeldToken | undefined
  /**
   * The token for an attempt; synchronous while a good one is at hand. A `probe` is never held
   * back by the breaker: while that is open, the probe is a trial.
   * @throws TokenError (as a rejection) when the source failed for now and no valid token is left;
   *   `signal.reason` when the caller's signal aborts first.
   */
  acquire(signal?: AbortSignal | null, purpose?: 'call' | 'probe'): Acquired | Promise<Acquired>
  /**
   * Reports a 401 for `token`. An older generation gets the current token without a refresh; else
   * the one refresh flight is joined or started. `replayed` marks the refusal of a replay: nothing
   * is sent again and the generation is bad.
   */
  rejected(
    token: HeldToken,
    options?: { replayed?: boolean; signal?: AbortSignal | null },
  ): Promise<AfterRejection>
  /** Reports an answer that proves the token good. */
  accepted(token: HeldToken): void
  /** Reports 402 or a balance 429: a key pool benches the whole account. */
  exhausted(token: HeldToken): void
  /** Another instance of the fleet had the token of this fingerprint accepted. */
  heard(id: string): void
  /** Settles all who wait, stops timers and watchers; `acquire` still gives the last good one. */
  close(): Promise<void>
}

/** The `'refresh'` event of the guard. */
export interface RefreshEvent {
  outcome: 'changed' | 'unchanged' | 'failed'
  reason: 'initial' | 'expiring' | 'rejected' | 'changed'
  /** The kind of the source. */
  source: string
  /** Fingerprint and generation of the token after the refresh; absent when there is none. */
  tokenId?: string
  generation?: number
  durationMs: number
}

/** What a call with a candidate told of it. `none`: nothing, as an outage does. */
export type Proof =
  | { readonly verdict: 'accepted' | 'none' }
  | {
      readonly verdict: 'refused'
      /** Absent when another instance of the fleet tried it. */
      readonly diagnosis?: Diagnosis
      /** Earliest time to try again, in milliseconds from now. Default: the own backoff. */
      readonly retryInMs?: number
    }

/** Sends one call with a new key, beside the traffic. */
export type Prove = (candidate: HeldToken, signal: AbortSignal) => Promise<Proof>

/** What a holder needs from the guard. */
export interface HolderDeps {
  clock: Clock
  /** 0 to 1, for jitter. */
  random: () => number
  log: GuardLog
  /** Deadline of one refresh, in milliseconds. */
  refreshTimeoutMs: number
  /** Removes known secrets from a text; default: none is known. */
  scrub?: (text: string) => string
  /** Called with every token before anybody else sees it, so that a scrubber can know it. */
  onToken?: (secret: Secret) => void
  onRefresh?: (event: RefreshEvent) => void
  /** Proves a new key before it replaces one that works. Default: it takes over at once. */
  prove?: Prove
  /** Deadline of one proof, in milliseconds. Default 5,000. */
  proveTimeoutMs?: number
}
