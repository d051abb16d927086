import type { Clock } from '../clock'
import { Secret } from '../secret'
import {
  admitProbe,
  type Breaker,
  closedBreaker,
  isTripped,
  OPEN_MS,
  openSince,
  refuse,
} from './breaker'
import type { Acquired, HeldToken } from './credential'
import type { Token } from './credential-source'
import { refreshDueMs, saneLifetime, usableMs } from './lifetime'

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
