import { TokenError } from '../errors'
import { Secret } from '../secret'
import type { Acquired, HeldToken, HolderDeps, Proof } from './credential'
import { Flight, type FlightResult, type RunningProof, startProof } from './flight'
import { PoolExhaustedError } from './key-pool'
import { RefreshReport } from './refresh-report'
import { kindOf, type Token, type TraitedSource, watchSafely } from './source'
import { failureType, refreshDueMs, saneLifetime, toTokenError } from './token'
import { calmAt, isPlain, nextStep, type Question } from './token-decision'
import {
  candidateToken,
  type Fresh,
  initialState,
  type TokenEvent,
  type TokenState,
} from './token-facts'
import { transition } from './token-state'

const PROVE_TIMEOUT_MS = 5_000

const forChange: Question = { kind: 'ask', reason: 'changed', quiet: false }

export const closedMessage = 'The guard was closed before the credential source gave a token.'

/** Owns what the state cannot: the source, its watch, the flight, the proof and the timer. */
export class TokenKeeper {
  readonly kind: string
  state: TokenState
  /** The same object for all calls until the next change of the token. */
  acquired: (Acquired & { kind: 'token' }) | undefined
  /** What every call gets while nothing is wrong; undefined as soon as a call has to think. */
  ready: Acquired | undefined
  /** The running flight. */
  flight: Flight | undefined
  readonly #source: TraitedSource
  readonly #deps: HolderDeps
  readonly #report: RefreshReport
  #proof: RunningProof | undefined
  #cancelTimer: (() => void) | undefined
  #stopWatching: (() => void) | undefined
  #watchTried = false
  #watchFailed = false

  constructor(source: TraitedSource, deps: HolderDeps) {
    this.kind = kindOf(source)
    this.#source = source
    this.#deps = deps
    this.#report = new RefreshReport(this.kind, deps)
    this.state = initialState({
      source: this.kind,
      local: source.local === true,
      selfBenching: source.bench !== undefined,
      proves: deps.prove !== undefined,
    })
  }

  /** The source may have another token: fetched now, or once the running flight is down. */
  change(): void {
    this.dispatch({ type: 'announced' })
    if (this.state.changeDue && this.state.asking === undefined) this.ask(forChange)
  }

  /** It says so itself, perhaps without end. */
  #announced(): void {
    this.dispatch({ type: 'announced' })
    const { changeDue, asking } = this.state
    const calm = calmAt(this.state) <= this.#deps.clock.elapsed()
    if (changeDue && asking === undefined && calm) this.ask(forChange)
  }

  /** Starts the one flight; a source without a promise has landed when this returns. */
  ask({ reason, quiet }: Question): Flight {
    const { clock, refreshTimeoutMs, scrub = (text: string) => text } = this.#deps
    const forceRefresh = reason === 'rejected'
    const rejectedId = forceRefresh ? this.state.held?.id : undefined
    const request = { reason, forceRefresh, ...(rejectedId === undefined ? {} : { rejectedId }) }
    const patienceMs = this.#source.patienceMs ?? refreshTimeoutMs
    const deadline = { clock, kind: this.kind, refreshTimeoutMs: patienceMs, scrub }
    const flight = new Flight(request, deadline)
    this.flight = flight
    this.dispatch({ type: 'asked', reason, quiet })
    // Only now: a source may tell of a change while it is being watched for the first time.
    this.#watch()
    if (!quiet) this.#report.started(reason, this.state.held, flight.startedAt)
    flight.start(this.#source, (result) => this.#land(flight, result, quiet))
    return flight
  }

  #land(flight: Flight, result: FlightResult, quiet: boolean): void {
    this.flight = undefined
    const { held, candidate } = this.state
    const jitter = this.#deps.random()
    if (result.kind === 'token') {
      this.dispatch({ type: 'given', fresh: this.#freshFrom(result.token), jitter })
    } else {
      // Nobody but a pool says so; what others throw may not even let itself be compared.
      const pooled = this.#source.bench !== undefined
      const exhausted = pooled && result.thrown instanceof PoolExhaustedError
      this.dispatch({ type: 'failed', error: result.error, exhausted, jitter })
    }
    const state = this.state
    const changed = state.held?.generation !== held?.generation
    // A candidate is news once it is proved.
    const waits = state.candidate !== undefined && state.candidate !== candidate
    if (state.closed || waits || (quiet && !changed)) return
    const outcome = result.kind === 'failed' ? 'failed' : changed ? 'changed' : 'unchanged'
    this.#tell(outcome, flight.request.reason, flight.startedAt)
  }

  #freshFrom({ token, expiresInMs, refreshInMs, version, account }: Token): Fresh {
    const { random, onToken } = this.#deps
    const secret = new Secret(token)
    if (secret.id !== this.state.held?.id) onToken?.(secret)
    const lifetimeMs = saneLifetime(expiresInMs)
    return {
      secret,
      dueInMs: refreshDueMs(lifetimeMs, refreshInMs, random),
      ...(lifetimeMs === undefined ? {} : { lifetimeMs }),
      ...(typeof version === 'string' ? { version } : {}),
      ...(typeof account === 'string' ? { account } : {}),
    }
  }

  #tell(outcome: 'changed' | 'unchanged' | 'failed', reason: Question['reason'], since: number) {
    const now = this.#deps.clock.elapsed()
    this.#report.ended({ outcome, reason, durationMs: now - since }, this.state, now)
  }

  /** What happened, and all that follows from it. */
  dispatch(event: TokenEvent): void {
    const before = this.state
    const now = this.#deps.clock.elapsed()
    this.state = transition(before, event, now)
    if (this.state !== before) this.#follow(before, event, now)
  }

  /** Brings everything around the state in line with it. */
  #follow(before: TokenState, event: TokenEvent, now: number): void {
    const { held, candidate } = this.state
    if (held !== before.held) {
      this.acquired = held === undefined ? undefined : { kind: 'token', token: held }
    }
    this.ready = isPlain(this.state) ? this.acquired : undefined
    const proof = this.#proof
    if (proof !== undefined && candidate?.fresh.secret.id !== proof.id) {
      this.#proof = undefined
      proof.stop()
    }
    const tookOver = held?.generation !== before.held?.generation && event.type !== 'given'
    if (tookOver) this.#tell('changed', 'changed', proof?.startedAt ?? now)
    this.#schedule(now)
  }

  /** Sets the one timer for the next thing to do in the background. */
  #schedule(now: number): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    const step = nextStep(this.state)
    if (step === undefined) return
    if (step.kind === 'prove') {
      if (step.at <= now) this.#prove()
      else this.#cancelTimer = this.#deps.clock.after(step.at - now, () => this.#prove())
      return
    }
    const question: Question = { kind: 'ask', reason: step.reason, quiet: false }
    this.#cancelTimer = this.#deps.clock.after(step.at - now, () => this.ask(question))
  }

  #prove(): void {
    const { prove, clock, proveTimeoutMs: timeoutMs = PROVE_TIMEOUT_MS } = this.#deps
    const { candidate } = this.state
    if (prove === undefined || candidate === undefined) return
    const token = candidateToken(this.state, candidate, clock.elapsed())
    const land = (proof: Proof): void => this.#proved(token, proof)
    this.#proof = startProof(token, prove, { clock, timeoutMs }, land)
    this.dispatch({ type: 'proving' })
  }

  #proved(token: HeldToken, proof: Proof): void {
    const { candidate } = this.state
    const jitter = this.#deps.random()
    this.dispatch({ ...proof, type: 'proved', id: token.id, jitter })
    this.#proof = undefined
    // A pool that is asked meanwhile has to give another of its keys.
    if (proof.verdict === 'refused') this.#source.bench?.(token.id, 'key')
    const isNews = candidate?.refused === false && this.state.candidate?.refused === true
    if (isNews && proof.verdict === 'refused') this.#report.rotationRefused(token, proof.diagnosis)
  }

  #watch(): void {
    if (this.#watchTried || this.state.closed) return
    this.#watchTried = true
    const failed = (error: unknown): void => this.#watchFails(error)
    this.#stopWatching = watchSafely(this.#source, () => this.#announced(), failed)
    if (this.#stopWatching !== undefined) this.dispatch({ type: 'watching', on: true })
  }

  /** Told once, however often the foreign code fails. */
  #watchFails(error: unknown): void {
    this.dispatch({ type: 'watching', on: false })
    if (this.#watchFailed) return
    this.#watchFailed = true
    const { scrub = (text: string) => text } = this.#deps
    this.#report.watchFailed(failureType(toTokenError(error, this.kind, scrub)))
  }

  /** Never rejects, and waits for the source no longer than for a token. */
  async close(): Promise<void> {
    this.dispatch({ type: 'closed' })
    this.flight?.stop(new TokenError(closedMessage))
    this.#stopWatching?.()
    const { clock, refreshTimeoutMs } = this.#deps
    const closing = (async () => this.#source.close?.())()
    let cancel: (() => void) | undefined
    const deadline = new Promise<void>((resolve) => {
      cancel = clock.after(refreshTimeoutMs, resolve)
    })
    await Promise.race([closing.catch(() => undefined), deadline])
    cancel?.()
  }
}
