import { TokenError } from '../errors'
import type { EventFields, GuardLog } from '../observability/events'
import type { HeldToken, HolderDeps, RefreshEvent } from './credential'
import { Flight, type FlightResult } from './flight'
import { PoolExhaustedError } from './key-pool'
import type { TokenRequest, TraitedSource } from './source'
import { failureType } from './token'
import { afterAnswer, afterFailure, afterProof, freshPace, type TokenSlot } from './token-slot'

export interface ReportDeps {
  log: GuardLog
  onRefresh?: (event: RefreshEvent) => void
}

/** A refresh that ended. */
export interface Ended {
  outcome: RefreshEvent['outcome']
  reason: TokenRequest['reason']
  source: string
  durationMs: number
  /** Monotonic milliseconds. */
  now: number
  token: HeldToken | undefined
  failure?: { type: string; permanent: boolean; message: string }
}

const sentences = {
  changed: 'The credential source gave a new token.',
  unchanged: 'The credential source gave the token that is already in use.',
}

/** `token.*` fields; whole milliseconds, because a log is read by people. */
function tokenFields(source: string, token: HeldToken | undefined, now: number): EventFields {
  if (token === undefined) return { 'token.source': source }
  const age = now - token.obtainedAt
  const left = token.lifetimeMs === undefined ? undefined : token.lifetimeMs - age
  return {
    'token.source': source,
    'token.id': token.id,
    'token.generation': token.generation,
    'token.length': token.secret.length,
    'token.age_ms': Math.round(age),
    ...(left === undefined ? {} : { 'token.expires_in_ms': Math.round(left) }),
  }
}

export function reportStarted(
  { log }: ReportDeps,
  flight: { reason: string; source: string; now: number; token: HeldToken | undefined },
): void {
  if (!log.enabled('debug')) return
  const fields = tokenFields(flight.source, flight.token, flight.now)
  const message = `Asking the credential source "${flight.source}" for a token.`
  log.emit('debug', 'auth.refresh_started', { reason: flight.reason, ...fields }, message)
}

function failureLine(ended: Ended): string {
  const kept = ended.token === undefined ? 'There is no token to use.' : 'The last token is kept.'
  return `${ended.failure?.message ?? 'The refresh failed.'} ${kept}`
}

/** One line in the log and one `'refresh'` event. */
export function reportEnded({ log, onRefresh }: ReportDeps, ended: Ended): void {
  const { outcome, reason, source, token } = ended
  const durationMs = Math.round(ended.durationMs)
  const fields: EventFields = {
    reason,
    ...tokenFields(source, token, ended.now),
    duration_ms: durationMs,
  }
  if (outcome === 'failed') {
    const level = token === undefined || ended.failure?.permanent ? 'error' : 'warn'
    fields['error.type'] = ended.failure?.type ?? 'TokenError'
    log.emit(level, 'auth.refresh_failed', fields, failureLine(ended))
  } else {
    log.emit(outcome === 'changed' ? 'info' : 'debug', 'auth.refreshed', fields, sentences[outcome])
  }
  const id = token === undefined ? {} : { tokenId: token.id, generation: token.generation }
  onRefresh?.({ outcome, reason, source, ...id, durationMs })
}

type Reason = TokenRequest['reason']

const closedMessage = 'The guard was closed before the credential source gave a token.'

/** Asks the one source, one flight at a time: on demand, when due, when it tells of a change. */
export class Refresher {
  /** The running flight. */
  flight: Flight | undefined
  /** Why the last flight gave no token; undefined after one that did. */
  failure: TokenError | undefined
  /** True when `failure` is a pool without a key to send. */
  exhausted = false
  closed = false
  readonly #source: TraitedSource
  readonly #slot: TokenSlot
  readonly #deps: HolderDeps
  readonly #onState: () => void
  #pace = freshPace
  /** The source announced a change that was not fetched yet. */
  #changeDue = false
  #cancelTimer: (() => void) | undefined
  #stopWatching: (() => void) | undefined
  #watchTried = false

  constructor(source: TraitedSource, slot: TokenSlot, deps: HolderDeps, onState: () => void) {
    this.#source = source
    this.#slot = slot
    this.#deps = deps
    this.#onState = onState
  }

  /** True when the source may be asked now for a call that cannot be sent as things stand. */
  get mayAsk(): boolean {
    const local = this.#source.local === true
    if (this.closed) return local && this.#slot.token === undefined
    return local || (!this.#watchedOver && this.#deps.clock.elapsed() >= this.#pace.notBefore)
  }

  /** While the breaker is open, a source that watches says itself when it has another token. */
  get #watchedOver(): boolean {
    return this.#slot.tripped && this.#stopWatching !== undefined
  }

  /** Asks for a call that cannot be sent as things stand. */
  askForCall(): Flight {
    const { blocked, token } = this.#slot
    const repeats = this.#source.local === true && (blocked || this.failure !== undefined)
    if (blocked) return this.ask(this.#source.bench ? 'changed' : 'rejected', repeats)
    return this.ask(token === undefined ? 'initial' : 'expiring', repeats)
  }

  /** Asks after a 401, for another token than the refused one. */
  askForAnother(): Flight {
    return this.ask('rejected', this.#source.local === true && this.#slot.tripped)
  }

  /**
   * Starts the flight; nobody may be in the air. A source without a promise lands at once. A
   * `quiet` flight is news only when it brings a new token: a local source is asked for every call.
   */
  ask(reason: Reason, quiet = false): Flight {
    const rejectedId = reason === 'rejected' ? this.#slot.token?.id : undefined
    const forceRefresh = reason === 'rejected'
    const { clock, refreshTimeoutMs, scrub = (text: string) => text } = this.#deps
    const flight = new Flight(
      { reason, forceRefresh, ...(rejectedId === undefined ? {} : { rejectedId }) },
      { clock, refreshTimeoutMs, scrub },
    )
    this.flight = flight
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    if (reason === 'changed') this.#changeDue = false
    this.#watch()
    this.#onState()
    if (!quiet) this.#reportStart(flight)
    flight.start(this.#source, (result) => this.#land(flight, result, quiet))
    return flight
  }

  /** The source may have another token: fetched now, or once the running flight is down. */
  change(): void {
    if (this.closed) return
    this.#changeDue = true
    if (this.flight === undefined) this.ask('changed')
  }

  /** A call proved the token good. */
  prove(): void {
    this.#pace = afterProof(this.#pace)
  }

  /** Sets the one timer for the next thing to do in the background. */
  schedule(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    if (this.closed || this.flight !== undefined) return
    const next = this.#next()
    if (next === undefined) return
    const { clock } = this.#deps
    const at = Math.max(next.at, this.#pace.notBefore)
    this.#cancelTimer = clock.after(at - clock.elapsed(), () => this.ask(next.reason))
  }

  /** Never rejects, and waits for the source no longer than for a token. */
  async close(): Promise<void> {
    this.closed = true
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.flight?.stop(new TokenError(closedMessage))
    this.#quietly(() => this.#stopWatching?.())
    if (this.#source.close === undefined) return
    const { clock, refreshTimeoutMs } = this.#deps
    let cancel: (() => void) | undefined
    const deadline = new Promise<void>((resolve) => {
      cancel = clock.after(refreshTimeoutMs, resolve)
    })
    const closing = (async () => this.#source.close?.())()
    await Promise.race([closing.catch(() => undefined), deadline])
    cancel?.()
  }

  #next(): { at: number; reason: Reason } | undefined {
    if (this.#changeDue) return { at: 0, reason: 'changed' }
    const unwatched = this.#source.local !== true && this.#stopWatching === undefined
    if (this.#slot.blocked && unwatched) return { at: 0, reason: 'rejected' }
    if (this.#slot.dueAt === Number.POSITIVE_INFINITY) return undefined
    return { at: this.#slot.dueAt, reason: 'expiring' }
  }

  #land(flight: Flight, result: FlightResult, quiet: boolean): void {
    this.flight = undefined
    const { reason } = flight.request
    const outcome = result.kind === 'token' ? this.#adopt(result.token, reason) : this.#fail(result)
    if (outcome === 'failed' && reason === 'changed' && this.failure?.permanent === false) {
      this.#changeDue = true
    }
    this.schedule()
    this.#onState()
    if (!this.closed && (!quiet || outcome === 'changed')) this.#report(flight, outcome)
  }

  #adopt(token: Parameters<TokenSlot['adopt']>[0], reason: Reason): 'changed' | 'unchanged' {
    const outcome = this.#slot.adopt(token)
    const { clock, random } = this.#deps
    const again = outcome === 'unchanged' && reason === 'rejected' ? 'refused-again' : outcome
    this.#pace = afterAnswer(this.#pace, clock.elapsed(), random, again)
    this.failure = undefined
    this.exhausted = false
    return outcome
  }

  #fail(result: Extract<FlightResult, { kind: 'failed' }>): 'failed' {
    const { clock, random } = this.#deps
    const { retryAfterMs } = result.error
    this.#pace = afterFailure(this.#pace, clock.elapsed(), random, retryAfterMs)
    this.failure = result.error
    this.exhausted = result.thrown instanceof PoolExhaustedError
    return 'failed'
  }

  #reportStart({ request, startedAt: now }: Flight): void {
    const { kind: source } = this.#source
    const token = this.#slot.token
    this.#quietly(() => reportStarted(this.#deps, { reason: request.reason, source, now, token }))
  }

  #report(flight: Flight, outcome: 'changed' | 'unchanged' | 'failed'): void {
    const now = this.#deps.clock.elapsed()
    const { failure } = this
    const durationMs = now - flight.startedAt
    const why = failure && {
      failure: {
        type: failureType(failure),
        permanent: failure.permanent,
        message: failure.message,
      },
    }
    const { reason } = flight.request
    const source = this.#source.kind
    const token = this.#slot.token
    this.#quietly(() =>
      reportEnded(this.#deps, { outcome, reason, source, durationMs, now, token, ...why }),
    )
  }

  #watch(): void {
    if (this.#watchTried || this.closed) return
    this.#watchTried = true
    this.#quietly(() => {
      this.#stopWatching = this.#source.watch?.(() => this.change())
    })
  }

  /** What a listener or a foreign source throws here must not end the process. */
  #quietly(act: () => void): void {
    try {
      act()
    } catch {}
  }
}
