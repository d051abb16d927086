import { TokenError } from '../errors'
import type {
  Acquired,
  AfterRejection,
  CredentialHolder,
  HeldToken,
  HolderDeps,
} from './credential'
import { SignalWaits } from './flight'
import type { TraitedSource } from './source'
import { conclude, decide, decideAfterRefusal, type Purpose, refreshReason } from './token-decision'
import { closedMessage, TokenKeeper } from './token-keeper'

type Signal = AbortSignal | null | undefined

const waitingMessage =
  'No valid token is left, and the credential source may not be asked again yet.'

/** What callers see of the one live token: they take it, wait for it, and say what became of it. */
class Holder implements CredentialHolder {
  readonly kind: string
  readonly #source: TraitedSource
  readonly #deps: HolderDeps
  readonly #keeper: TokenKeeper
  readonly #waits = new SignalWaits()
  #closing: Promise<void> | undefined

  constructor(source: TraitedSource, deps: HolderDeps) {
    this.#source = source
    this.#deps = deps
    this.#keeper = new TokenKeeper(source, deps)
    this.kind = this.#keeper.kind
  }

  peek(): HeldToken | undefined {
    return this.#keeper.state.held
  }

  acquire(signal?: Signal, purpose: Purpose = 'call'): Acquired | Promise<Acquired> {
    const { ready, state } = this.#keeper
    if (ready !== undefined) {
      if (state.expiresAt === Number.POSITIVE_INFINITY) return ready
      if (this.#deps.clock.elapsed() < state.expiresAt) return ready
    }
    return this.#acquireSlowly(signal, purpose)
  }

  async rejected(
    token: HeldToken,
    options: { replayed?: boolean; signal?: Signal } = {},
  ): Promise<AfterRejection> {
    const { replayed = false, signal } = options
    const isCurrent = token.generation === this.peek()?.generation
    if (isCurrent) this.#source.bench?.(token.id, 'key')
    this.#keeper.dispatch({ type: 'refused', token, ...(replayed ? { certain: 'certain' } : {}) })
    if (signal?.aborted) throw signal.reason
    if (replayed) return this.#giveUp(signal)
    const refreshed = isCurrent && (await this.#refreshAfter(token, signal))
    if (token.id === this.peek()?.id) {
      return { kind: 'return', reason: refreshReason(this.#keeper.state), refreshed }
    }
    return this.#replayWith(await this.#acquireOrFail(signal), refreshed)
  }

  accepted(token: HeldToken): void {
    const { held, proven, pace } = this.#keeper.state
    const isCurrent = token.generation === held?.generation
    if (isCurrent ? proven : pace.inVain === 0) return
    this.#keeper.dispatch({ type: 'accepted', token })
  }

  exhausted(token: HeldToken): void {
    if (this.#source.bench === undefined) return
    this.#source.bench(token.id, 'account')
    if (token.generation !== this.peek()?.generation) return
    this.#keeper.dispatch({ type: 'refused', token, certain: 'account' })
    this.#keeper.change()
  }

  heard(id: string): void {
    this.#keeper.dispatch({ type: 'heard', id })
  }

  close(): Promise<void> {
    this.#closing ??= this.#keeper.close()
    return this.#closing
  }

  #acquireSlowly(signal: Signal, purpose: Purpose): Acquired | Promise<Acquired> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    const decision = decide(this.#keeper.state, purpose, this.#deps.clock.elapsed())
    const asks = decision.kind === 'ask' || decision.kind === 'wait'
    const flight = decision.kind === 'ask' ? this.#keeper.ask(decision) : this.#keeper.flight
    if (asks && flight?.settled === false) {
      return this.#waits.until(flight.done, signal).then(() => {
        const late = this.#conclude(purpose)
        if (late instanceof TokenError) throw late
        return late
      })
    }
    const acquired = this.#conclude(purpose)
    return acquired instanceof TokenError ? Promise.reject(acquired) : acquired
  }

  /** What a call gets as things stand, without asking anybody. */
  #conclude(purpose: Purpose): Acquired | TokenError {
    const conclusion = conclude(this.#keeper.state, purpose, this.#deps.clock.elapsed())
    if (conclusion.kind === 'fail') {
      const { failure, closed } = this.#keeper.state
      return failure?.error ?? new TokenError(closed ? closedMessage : waitingMessage)
    }
    if (conclusion.kind === 'refuse') {
      const token = this.peek()
      const { reason } = conclusion
      return token === undefined ? { kind: 'refused', reason } : { kind: 'refused', reason, token }
    }
    if (conclusion.kind === 'trial') this.#keeper.dispatch({ type: 'trial' })
    return this.#keeper.acquired ?? { kind: 'token', token: conclusion.token }
  }

  /** Joins or starts the one refresh for a refused token; true when the source was asked. */
  async #refreshAfter(token: HeldToken, signal: Signal): Promise<boolean> {
    for (;;) {
      const next = decideAfterRefusal(this.#keeper.state, token, this.#deps.clock.elapsed())
      if (next.kind === 'done') return next.refreshed
      const forced = next.kind === 'ask' || next.forced
      const flight = next.kind === 'ask' ? this.#keeper.ask(next) : this.#keeper.flight
      if (flight?.settled === false) await this.#waits.until(flight.done, signal)
      if (forced) return true
    }
  }

  /** A replay was refused too. A pool is asked whether a key is left, for the answer's reason. */
  async #giveUp(signal: Signal): Promise<AfterRejection> {
    if (this.#source.bench !== undefined) {
      this.#keeper.change()
      if (this.#keeper.flight !== undefined)
        await this.#waits.until(this.#keeper.flight.done, signal)
    }
    const reason = this.#keeper.state.failure?.exhausted ? 'pool-exhausted' : 'refresh-failed'
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
}

/**
 * Keeps the one live token of `source`. Does no I/O before the first `acquire`; watching and timers
 * begin with it and end with `close`.
 */
export function createCredentialHolder(source: TraitedSource, deps: HolderDeps): CredentialHolder {
  return new Holder(source, deps)
}
