import { TokenError } from '../errors'
import type {
  Acquired,
  AfterRejection,
  CredentialHolder,
  HeldToken,
  HolderDeps,
} from './credential'
import { type Flight, SignalWaits } from './flight'
import { Refresher } from './refresher'
import type { CredentialSource, OutboundReason, TraitedSource } from './source'
import { TokenSlot } from './token-slot'

export type { HolderDeps }

type Signal = AbortSignal | null | undefined

class Holder implements CredentialHolder {
  readonly kind: string
  readonly #source: TraitedSource
  readonly #deps: HolderDeps
  readonly #slot: TokenSlot
  readonly #refresher: Refresher
  readonly #waits = new SignalWaits()
  /** What every call gets while nothing is wrong; undefined as soon as a call has to think. */
  #ready: Acquired | undefined
  /** The token was accepted since the last change: further successes are no news. */
  #proven = false
  #closing: Promise<void> | undefined

  constructor(source: TraitedSource, deps: HolderDeps) {
    this.kind = source.kind
    this.#source = source
    this.#deps = deps
    const { clock, random, onToken } = deps
    const selfBenching = source.bench !== undefined
    this.#slot = new TokenSlot({ clock, random, onToken, source: source.kind, selfBenching })
    this.#refresher = new Refresher(source, this.#slot, deps, () => this.#takeStock())
  }

  peek(): HeldToken | undefined {
    return this.#slot.token
  }

  acquire(signal?: Signal): Acquired | Promise<Acquired> {
    const { expiresAt } = this.#slot
    if (this.#ready !== undefined) {
      if (expiresAt === Number.POSITIVE_INFINITY) return this.#ready
      if (this.#deps.clock.elapsed() < expiresAt) return this.#ready
    }
    return this.#acquireSlowly(signal)
  }

  async rejected(
    token: HeldToken,
    options: { replayed?: boolean; signal?: Signal } = {},
  ): Promise<AfterRejection> {
    const { replayed = false, signal } = options
    const isCurrent = token.generation === this.peek()?.generation
    if (isCurrent) this.#refuse(token, 'key', replayed)
    else this.#slot.refuseLate(token.id)
    if (signal?.aborted) throw signal.reason
    if (replayed) return this.#giveUp(signal)
    const refreshed = isCurrent && (await this.#refreshAfter(token, signal))
    if (token.id === this.peek()?.id) {
      return { kind: 'return', reason: this.#refreshReason(), refreshed }
    }
    return this.#replayWith(await this.#acquireOrFail(signal), refreshed)
  }

  accepted(token: HeldToken): void {
    if (this.#proven || token.generation !== this.peek()?.generation) return
    this.#slot.prove()
    this.#refresher.prove()
    this.#refresher.schedule()
    this.#takeStock()
    this.#proven = true
  }

  exhausted(token: HeldToken): void {
    if (this.#source.bench === undefined) return
    if (token.generation !== this.peek()?.generation) {
      this.#source.bench(token.id, 'account')
      return
    }
    this.#refuse(token, 'account', true)
    this.#refresher.change()
  }

  close(): Promise<void> {
    this.#closing ??= this.#refresher.close()
    return this.#closing
  }

  #acquireSlowly(signal: Signal): Acquired | Promise<Acquired> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    const flight = this.#flightForNewCall()
    if (flight === undefined || flight.settled) {
      const verdict = this.#verdict()
      return verdict instanceof TokenError ? Promise.reject(verdict) : verdict
    }
    return this.#waits.until(flight.done, signal).then(() => {
      const verdict = this.#verdict()
      if (verdict instanceof TokenError) throw verdict
      return verdict
    })
  }

  /** What a call has to wait for that found nothing ready to send. */
  #flightForNewCall(): Flight | undefined {
    const { flight } = this.#refresher
    if (flight !== undefined) return flight
    const usable = this.#slot.usable(this.#deps.clock.elapsed())
    return usable || !this.#refresher.mayAsk ? undefined : this.#refresher.askForCall()
  }

  /** What a call may send as things stand, without asking anybody. */
  #verdict(): Acquired | TokenError {
    const { acquired } = this.#slot
    const now = this.#deps.clock.elapsed()
    const expired = now >= this.#slot.expiresAt && !this.#refresher.closed
    if (acquired === undefined || expired) return this.#withoutToken()
    if (!this.#slot.blocked || this.#slot.admitProbe(now)) return acquired
    const { tripped } = this.#slot
    const reason = tripped && !this.#refresher.exhausted ? 'breaker-open' : this.#refreshReason()
    return { kind: 'refused', reason, token: acquired.token }
  }

  /** A permanent failure becomes a 401 for the caller, because SDKs repeat what throws. */
  #withoutToken(): Acquired | TokenError {
    const { failure, closed } = this.#refresher
    if (failure?.permanent) {
      return { kind: 'refused', reason: this.#refreshReason(), token: this.peek() }
    }
    if (failure !== undefined) return failure
    return new TokenError(
      closed
        ? 'The guard was closed before the credential source gave a token.'
        : 'No valid token is left, and the credential source may not be asked again yet.',
    )
  }

  #refreshReason(): OutboundReason {
    const { exhausted, failure, closed } = this.#refresher
    if (exhausted) return 'pool-exhausted'
    return failure === undefined && !closed ? 'unchanged-token' : 'refresh-failed'
  }

  #refuse(token: HeldToken, what: 'key' | 'account', certain: boolean): void {
    this.#source.bench?.(token.id, what)
    this.#slot.refuse(certain)
    this.#refresher.schedule()
    this.#takeStock()
  }

  /** Joins or starts the one refresh for a refused token; true when there was one. */
  async #refreshAfter(token: HeldToken, signal: Signal): Promise<boolean> {
    let forced = false
    while (!forced && token.generation === this.peek()?.generation) {
      const refresher = this.#refresher
      const flight = refresher.flight ?? (refresher.mayAsk ? refresher.askForAnother() : undefined)
      if (flight === undefined) return false
      forced = flight.request.reason === 'rejected'
      if (!flight.settled) await this.#waits.until(flight.done, signal)
    }
    return true
  }

  /** A replay was refused too. A pool is asked whether a key is left, for the answer's reason. */
  async #giveUp(signal: Signal): Promise<AfterRejection> {
    if (this.#source.bench !== undefined) {
      this.#refresher.change()
      const { flight } = this.#refresher
      if (flight !== undefined) await this.#waits.until(flight.done, signal)
    }
    const reason = this.#refresher.exhausted ? 'pool-exhausted' : 'refresh-failed'
    return { kind: 'return', reason, refreshed: false }
  }

  /** As `acquire`, with the source's failure as a value: a 401 is at hand to be returned. */
  async #acquireOrFail(signal: Signal): Promise<Acquired | TokenError> {
    try {
      return await this.acquire(signal)
    } catch (error) {
      if (error instanceof TokenError && !signal?.aborted) return error
      throw error
    }
  }

  #replayWith(acquired: Acquired | TokenError, refreshed: boolean): AfterRejection {
    if (acquired instanceof TokenError) {
      return { kind: 'return', reason: 'refresh-failed', refreshed }
    }
    if (acquired.kind === 'token') return { kind: 'replay', token: acquired.token, refreshed }
    return { kind: 'return', reason: acquired.reason, refreshed }
  }

  /**
   * After each change of the token, its breaker or the flight. Calls wait for the refresh after a
   * refusal; a proactive one is none of their business.
   */
  #takeStock(): void {
    this.#proven = false
    const waits = this.#refresher.flight?.request.reason === 'rejected'
    this.#ready = this.#slot.blocked || waits ? undefined : this.#slot.acquired
  }
}

/**
 * Keeps the one live token of `source`. Does no I/O before the first `acquire`; watching and timers
 * begin with it and end with `close`.
 */
export function createCredentialHolder(
  source: CredentialSource,
  deps: HolderDeps,
): CredentialHolder {
  return new Holder(source, deps)
}
