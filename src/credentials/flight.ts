import type { Clock } from '../clock'
import { TokenError } from '../errors'
import type { HeldToken, Proof, Prove } from './credential'
import type { Token, TokenRequest, TraitedSource } from './source'
import { readTokenText, toTokenError } from './token'

/** What a source gave: a token whose text a header can carry, or the error that callers may see. */
export type FlightResult =
  | { readonly kind: 'token'; readonly token: Token }
  | { readonly kind: 'failed'; readonly error: TokenError; readonly thrown: unknown }

interface FlightDeps {
  readonly clock: Clock
  /** The kind of the source, for messages. */
  readonly kind: string
  readonly refreshTimeoutMs: number
  readonly scrub: (text: string) => string
}

/**
 * A deadline that comes later than this found the process blocked: the source's answer may already
 * be here, unread, so it gets as long again to be heard.
 */
const LATE_MS = 50

/** One question to a source, under its own deadline: no caller's signal reaches it. */
export class Flight {
  readonly request: Omit<TokenRequest, 'signal'>
  /** Monotonic milliseconds. */
  readonly startedAt: number
  /** Resolves once the result was handed over; never rejects. */
  readonly done: Promise<void>
  readonly #controller = new AbortController()
  readonly #deps: FlightDeps
  #finish: (() => void) | undefined
  #cancelDeadline: (() => void) | undefined
  #land: ((result: FlightResult) => void) | undefined

  constructor(request: Omit<TokenRequest, 'signal'>, deps: FlightDeps) {
    this.request = request
    this.#deps = deps
    this.startedAt = deps.clock.elapsed()
    this.done = new Promise((resolve) => {
      this.#finish = resolve
    })
  }

  get settled(): boolean {
    return this.#finish === undefined
  }

  /** Asks; `land` gets the one result, at once when the source answers without a promise. */
  start(source: TraitedSource, land: (result: FlightResult) => void): void {
    const { clock, refreshTimeoutMs } = this.#deps
    this.#land = land
    this.#cancelDeadline = clock.after(refreshTimeoutMs, () => this.#expire())
    try {
      const answer = source.getToken({ ...this.request, signal: this.#controller.signal })
      if (typeof (answer as PromiseLike<Token> | null)?.then !== 'function') {
        this.#settle(this.#check(answer as Token))
        return
      }
      Promise.resolve(answer).then(
        (token) => this.#settle(this.#check(token)),
        (error) => this.#settle(this.#failed(error)),
      )
    } catch (error) {
      this.#settle(this.#failed(error))
    }
  }

  /** Ends the flight now; what the source still says is not heard. */
  stop(error: TokenError): void {
    this.#settle({ kind: 'failed', error, thrown: error })
    this.#controller.abort(error)
  }

  #expire(): void {
    const { clock, refreshTimeoutMs } = this.#deps
    const giveUp = (): void => this.#giveUp()
    const late = clock.elapsed() - this.startedAt - refreshTimeoutMs > LATE_MS
    if (late) this.#cancelDeadline = clock.after(LATE_MS, giveUp)
    else giveUp()
  }

  #giveUp(): void {
    const { kind, refreshTimeoutMs } = this.#deps
    const waited = `within ${refreshTimeoutMs} ms`
    this.stop(new TokenError(`The credential source "${kind}" gave no token ${waited}.`))
  }

  /** Each member is read once: it may be a getter, which may throw. */
  #check(given: Token | null | undefined): FlightResult {
    try {
      const text = readTokenText(given?.token)
      if (typeof text === 'string') {
        const { expiresInMs, refreshInMs, version, account } = given ?? {}
        return { kind: 'token', token: { token: text, expiresInMs, refreshInMs, version, account } }
      }
      const message = `The credential source "${this.#deps.kind}" ${text.problem}.`
      const error = new TokenError(message, { permanent: true })
      return { kind: 'failed', error, thrown: error }
    } catch (error) {
      return this.#failed(error)
    }
  }

  #failed(thrown: unknown): FlightResult {
    const { kind, scrub } = this.#deps
    return { kind: 'failed', error: toTokenError(thrown, kind, scrub), thrown }
  }

  #settle(result: FlightResult): void {
    const finish = this.#finish
    if (finish === undefined) return
    this.#finish = undefined
    this.#cancelDeadline?.()
    // Whoever waits is let go whatever happens on landing.
    try {
      this.#land?.(result)
    } finally {
      finish()
    }
  }
}

/** A candidate that is being proved. */
export interface RunningProof {
  readonly id: string
  readonly startedAt: number
  /** Ends it without a verdict. */
  stop(): void
}

/** Tries a candidate beside the traffic; `land` gets the one verdict, unless `stop` comes first. */
export function startProof(
  candidate: HeldToken,
  prove: Prove,
  { clock, timeoutMs }: { clock: Clock; timeoutMs: number },
  land: (proof: Proof) => void,
): RunningProof {
  const controller = new AbortController()
  let over = false
  const end = (proof?: Proof): void => {
    if (over) return
    over = true
    cancel()
    controller.abort()
    if (proof !== undefined) land(proof)
  }
  const cancel = clock.after(timeoutMs, () => end({ verdict: 'none' }))
  const asked = async (): Promise<Proof> => prove(candidate, controller.signal)
  asked().then(end, () => end({ verdict: 'none' }))
  return { id: candidate.id, startedAt: clock.elapsed(), stop: () => end() }
}

interface Entry {
  readonly leave: Set<() => void>
  readonly onAbort: () => void
}

/**
 * Lets many callers wait for one thing, each free to leave by its own signal. A signal carries one
 * listener however many waiters share it: a signal that lives as long as the process must not
 * collect them.
 */
export class SignalWaits {
  readonly #entries = new Map<AbortSignal, Entry>()

  /** Waits for `done`, which never rejects; rejects with the signal's reason when that is first. */
  until(done: Promise<void>, signal: AbortSignal | null | undefined): Promise<void> {
    if (signal === null || signal === undefined) return done
    if (signal.aborted) return Promise.reject(signal.reason)
    return new Promise((resolve, reject) => {
      const leave = (): void => reject(signal.reason)
      const entry = this.#entryOf(signal)
      entry.leave.add(leave)
      void done.then(() => {
        entry.leave.delete(leave)
        this.#release(signal, entry)
        resolve()
      })
    })
  }

  #entryOf(signal: AbortSignal): Entry {
    const known = this.#entries.get(signal)
    if (known !== undefined) return known
    const leave = new Set<() => void>()
    const onAbort = (): void => {
      this.#entries.delete(signal)
      for (const one of leave) one()
      leave.clear()
    }
    const entry = { leave, onAbort }
    this.#entries.set(signal, entry)
    signal.addEventListener('abort', onAbort, { once: true })
    return entry
  }

  #release(signal: AbortSignal, entry: Entry): void {
    if (entry.leave.size > 0 || this.#entries.get(signal) !== entry) return
    this.#entries.delete(signal)
    signal.removeEventListener('abort', entry.onAbort)
  }
}
