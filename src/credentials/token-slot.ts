import type { Clock } from '../clock'
import { Secret } from '../secret'
import type { Acquired, HeldToken } from './credential'
import type { Token } from './source'
import { refreshDueMs, saneLifetime, usableMs } from './token'

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

/** Refused tokens remembered: more than a source keeps in its caches. */
const MAX_REFUSED = 32

export interface SlotDeps {
  clock: Clock
  random: () => number
  onToken?: (secret: Secret) => void
  /** The kind of the source. */
  source: string
  /** True when the source itself decides which key may be sent, as a pool does. */
  selfBenching: boolean
}

/** The one live token, and whether it may be sent. Knows no source and no timer. */
export class TokenSlot {
  /** The token; the same object for all calls until the next change. */
  acquired: Extract<Acquired, { kind: 'token' }> | undefined
  /** Monotonic milliseconds at which the token ends, and at which its refresh is due. */
  expiresAt = Number.POSITIVE_INFINITY
  dueAt = Number.POSITIVE_INFINITY
  readonly #deps: SlotDeps
  readonly #refusedAt = new Map<string, number>()
  #breaker: Breaker = closedBreaker

  constructor(deps: SlotDeps) {
    this.#deps = deps
  }

  get token(): HeldToken | undefined {
    return this.acquired?.token
  }

  /** Known refused: not to be sent, but as a probe. */
  get blocked(): boolean {
    return this.#breaker.kind === 'open'
  }

  /** True when 401s in a row opened the breaker. */
  get tripped(): boolean {
    return isTripped(this.#breaker)
  }

  /** True when a call has to be told nothing but the token. */
  usable(now: number): boolean {
    return this.acquired !== undefined && !this.blocked && now < this.expiresAt
  }

  /** Takes what the source gave. A token that is known refused does not push out a good one. */
  adopt(given: Token): 'changed' | 'unchanged' {
    const now = this.#deps.clock.elapsed()
    const secret = new Secret(given.token)
    const current = this.token
    if (current?.id === secret.id) {
      if (this.#deps.selfBenching) this.#breaker = closedBreaker
      this.#renew(current, given, now)
      return 'unchanged'
    }
    const refusedAt = this.#deps.selfBenching ? undefined : this.#refusedAt.get(secret.id)
    if (refusedAt !== undefined && this.#keepsAgainst(refusedAt, now)) {
      this.dueAt = Number.POSITIVE_INFINITY
      return 'unchanged'
    }
    this.#deps.onToken?.(secret)
    this.#rememberRefused()
    this.#breaker = refusedAt === undefined ? closedBreaker : openSince(refusedAt)
    this.#hold(secret, (current?.generation ?? 0) + 1, given, now)
    return 'changed'
  }

  /** A 401 for the current token; `certain` when one is enough. */
  refuse(certain: boolean): void {
    const sure = certain || this.#deps.selfBenching
    this.#breaker = refuse(this.#breaker, this.#deps.clock.elapsed(), sure)
  }

  /** A late 401 for a token that was replaced: its source may be about to give it again. */
  refuseLate(id: string): void {
    if (id !== this.token?.id) this.#remember(id, this.#deps.clock.elapsed())
  }

  /** A success with the current token. */
  prove(): void {
    this.#breaker = closedBreaker
    if (this.token !== undefined) this.#refusedAt.delete(this.token.id)
  }

  /** True for the one call that may try a refused token once more. */
  admitProbe(now: number): boolean {
    if (this.#deps.selfBenching) return false
    const next = admitProbe(this.#breaker, now)
    if (next === undefined) return false
    this.#breaker = next
    return true
  }

  /** A good token stays; one in doubt stays while the other one may not even be probed. */
  #keepsAgainst(refusedAt: number, now: number): boolean {
    return this.usable(now) && (this.#breaker.refusals === 0 || now < refusedAt + OPEN_MS)
  }

  /** The same token again: its end is only news when the source tells a sane one. */
  #renew(current: HeldToken, given: Token, now: number): void {
    if (saneLifetime(given.expiresInMs) === undefined && now < this.expiresAt) {
      this.dueAt = now + refreshDueMs(undefined, given.refreshInMs, this.#deps.random)
    } else this.#hold(current.secret, current.generation, given, now)
  }

  #hold(secret: Secret, generation: number, given: Token, now: number): void {
    const { source, random } = this.#deps
    const lifetimeMs = saneLifetime(given.expiresInMs)
    const token: HeldToken = {
      secret,
      id: secret.id,
      generation,
      source,
      obtainedAt: now,
      ...(given.account === undefined ? {} : { account: given.account }),
      ...(lifetimeMs === undefined ? {} : { lifetimeMs }),
    }
    this.acquired = { kind: 'token', token }
    this.expiresAt = now + usableMs(lifetimeMs)
    this.dueAt = now + refreshDueMs(lifetimeMs, given.refreshInMs, random)
  }

  #rememberRefused(): void {
    const current = this.token
    if (current !== undefined && this.#breaker.refusals > 0) {
      this.#remember(current.id, this.#breaker.at)
    }
  }

  #remember(id: string, at: number): void {
    this.#refusedAt.delete(id)
    this.#refusedAt.set(id, at)
    const [oldest] = this.#refusedAt.keys()
    if (this.#refusedAt.size > MAX_REFUSED && oldest !== undefined) this.#refusedAt.delete(oldest)
  }
}

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
