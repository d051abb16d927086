import type { Diagnosis } from '../causes/cause'
import type { Clock } from '../clock'
import type { Acquired, CredentialHolder } from '../credentials/credential'
import type { Evidence } from '../diagnosis/evidence'
import { TokenError } from '../errors'
import type { GuardLog } from '../observability/events'
import { AbortRaces } from './abort-races'
import { Answers, syntheticRefusal } from './answer'
import { type BodySource, bufferBody, ReplayBudget } from './body'
import { Call, type CallOutcome } from './call'
import { CallLog, traceIdOf } from './call-log'
import { Destinations } from './destination'
import { Authorizer, hasOwnCredential } from './headers'
import type { ResolvedOutboundOptions } from './outbound-options'
import { Placeholders } from './placeholder'
import { Judge, mayHide401 } from './refusal'
import { Outgoing, type ReadRequest, readRequest } from './request'
import { WatchedBodies } from './stream-outcome'
import { isObject, Verdicts } from './verdicts'
import { Wire } from './wire'

/** What the wrapper needs from the guard. */
export interface OutboundDeps {
  readonly holder: CredentialHolder
  /** Exact origins that may get the credential, the base URL's own included. */
  readonly origins: ReadonlySet<string>
  readonly options: ResolvedOutboundOptions
  readonly log: GuardLog
  readonly clock: Clock
  /** What this process holds, for the diagnosis; asked only after a failure. */
  known(): Evidence['configured']
  /** Called once a call, when its answer or its error has come: for figures. */
  readonly onAnswer?: ((outcome: CallOutcome) => void) | undefined
  /**
   * Called once a call, when all is known that health lives on: with the answer, or when the body
   * of a completion has shown how it ends. Its getters are read at once or never.
   */
  readonly onOutcome?: ((outcome: CallOutcome) => void) | undefined
  /** Called once for every watched body, when it is over and its usage is known, if it told it. */
  readonly onUsage?: ((outcome: CallOutcome) => void) | undefined
  /** Called for every call that failed. */
  readonly onDiagnosis?: ((diagnosis: Diagnosis) => void) | undefined
}

type Input = string | URL | Request

type Purpose = 'call' | 'probe'

/** What came of a call: an answer or what the transport threw, and how the wrapper judged it. */
export interface Sent {
  readonly response?: Response
  readonly error?: unknown
  /** Absent for an address that is none of ours. */
  readonly outcome?: CallOutcome
}

/** The wrapper: `fetch` for the application, `send` for those who must say what a call is for. */
export interface GuardFetch {
  readonly fetch: typeof fetch
  /** The answer and the outcome together; never rejects. */
  send(input: Input, init: RequestInit | undefined, purpose: Purpose): Promise<Sent>
  /**
   * The header of the live credential for an origin that may receive it, else nothing.
   * @throws TokenError when no good credential is to be had.
   */
  headersFor(url: string | URL): Promise<{ authorization?: string }>
  /** How the call ended that this error is of; undefined when it is of no call of ours. */
  verdictOn(error: unknown): Diagnosis | undefined
  /** Warns of calls with the placeholder by clients that did not take `fetch`; gives its end. */
  watchClients(): () => void
  /** Stops the timer; bodies that are being read are watched without it. */
  close(): void
}

type Refused = Acquired & { kind: 'refused' }

class Sender {
  readonly #deps: OutboundDeps
  readonly #destinations: Destinations
  readonly #wire: Wire
  readonly #answers: Answers
  readonly #judge: Judge
  readonly #log: CallLog
  readonly bodies: WatchedBodies
  readonly placeholders: Placeholders
  readonly #keeps: boolean
  /** Absent when nobody wants to know how long a call took. */
  readonly #watch: Clock | undefined
  readonly #races = new AbortRaces()
  readonly #budget = new ReplayBudget()
  readonly verdicts = new Verdicts()

  constructor(deps: OutboundDeps) {
    const { clock, options, holder } = deps
    this.#deps = deps
    const isHeard = (deps.onOutcome ?? deps.onAnswer ?? deps.onUsage) !== undefined
    this.#watch = isHeard ? clock : undefined
    this.#keeps = options.callerAuthorization === 'keep'
    this.#destinations = new Destinations(deps.origins)
    const log = new CallLog(deps.log, clock)
    const judge = new Judge({ clock, known: () => deps.known() })
    const wire = new Wire(options.fetch, new Authorizer(), this.#races, log)
    const head = { clock, races: this.#races }
    this.#log = log
    this.#judge = judge
    this.#wire = wire
    this.#answers = new Answers({ holder, wire, judge, log, head })
    this.placeholders = new Placeholders(log, this.#destinations)
    const { stallMs, abortStalled } = options
    this.bodies = new WatchedBodies({
      ...{ clock, judge, log, stallMs, abortStalled },
      onVerdict: (call, response) => this.#judged(call, response),
      onClose: (call) => tell(deps.onUsage, call),
    })
  }

  async send(input: Input, init: RequestInit | undefined, purpose: Purpose): Promise<Sent> {
    const seen: { outcome?: CallOutcome } = {}
    const onCall = (call: Call): void => {
      seen.outcome = call
    }
    try {
      return { response: await this.fetch(input, init, purpose, onCall), ...seen }
    } catch (error) {
      return { error, ...seen }
    }
  }

  async fetch(
    input: Input,
    init: RequestInit | undefined,
    purpose: Purpose,
    onCall?: (call: Call) => void,
  ): Promise<Response> {
    const request = readRequest(input)
    const url = request === undefined ? String(input) : request.url
    const endpoint = this.#destinations.find(url)
    if (endpoint === undefined) return this.#elsewhere(input, init, url, request)
    const out = new Outgoing(url, init, request, this.#keeps)
    const call = new Call(purpose, out.method, endpoint, this.#watch)
    onCall?.(call)
    try {
      out.takeBody(this.#budget)
      if (out.signal?.aborted) throw out.signal.reason
      const acquired = this.#credentialFor(out, purpose)
      const held = acquired && 'then' in acquired ? await acquired : acquired
      if (held?.kind === 'refused') return this.#refuse(call, out, held)
      call.token = held?.token
      if (out.source !== undefined) await this.#buffer(out, out.source)
      const response = await this.#wire.post(out, held?.token)
      // A transport of the caller's own may answer with anything.
      const status = isObject(response) ? response.status : undefined
      if (status === undefined) return this.#answered(call, out, response, false)
      if (status === 200 && call.token !== undefined) return this.#succeeded(call, out, response)
      const answer = await this.#answers.settle(call, out, response)
      return this.#answered(call, out, answer, answer.status === 200 && call.token !== undefined)
    } catch (error) {
      this.#fail(call, out, error)
      throw error
    }
  }

  async headersFor(url: string | URL): Promise<{ authorization?: string }> {
    if (this.#destinations.find(String(url)) === undefined) return {}
    const acquired = await this.#deps.holder.acquire()
    if (acquired.kind === 'token') {
      return { authorization: `Bearer ${acquired.token.secret.reveal()}` }
    }
    throw new TokenError(`No credential that DeepSeek takes is to be had (${acquired.reason}).`, {
      permanent: acquired.reason === 'refresh-failed',
    })
  }

  /** Says which function the wrapper is called by, so that it does not call itself. */
  isCalledBy(fetch: typeof globalThis.fetch): void {
    this.#wire.own = fetch
  }

  /** A plain call; what stands behind `input` is not asked a second time. */
  #elsewhere(
    input: Input,
    init: RequestInit | undefined,
    url: string,
    request: ReadRequest | undefined,
  ): Promise<Response> {
    this.placeholders.check(url, request, init)
    const isPlain = request !== undefined || input instanceof URL
    return this.#wire.plain(isPlain ? input : url, init)
  }

  #credentialFor(out: Outgoing, purpose: Purpose): Acquired | Promise<Acquired> | undefined {
    if (this.#keeps && hasOwnCredential(out.headers)) return undefined
    return this.#deps.holder.acquire(out.signal, purpose)
  }

  async #buffer(out: Outgoing, source: BodySource): Promise<void> {
    out.source = undefined
    out.body = await bufferBody(source, {
      maxReplayBytes: this.#deps.options.maxReplayBytes,
      budget: this.#budget,
      races: this.#races,
      signal: out.signal,
    })
  }

  #refuse(call: Call, out: Outgoing, { reason, token }: Refused): Response {
    call.token = token
    call.synthetic = true
    call.status = 401
    call.diagnosis = this.#judge.heldBack(reason, token?.id)
    this.#log.heldBack(call, reason, call.diagnosis)
    out.source?.chunks.stop(undefined)
    return this.#answered(call, out, syntheticRefusal(reason), false)
  }

  #succeeded(call: Call, out: Outgoing, response: Response): Response {
    call.status = 200
    if (call.token !== undefined) this.#deps.holder.accepted(call.token)
    return this.#answered(call, out, response, true)
  }

  /** An answer has come; that of a completion is not judged before its body has shown its end. */
  #answered(call: Call, out: Outgoing, response: Response, isSuccess: boolean): Response {
    this.#release(call, out)
    const watched = isSuccess ? this.bodies.watch(call, out, response) : undefined
    if (watched === undefined) this.#judged(call, response)
    return watched ?? response
  }

  #fail(call: Call, out: Outgoing, error: unknown): void {
    try {
      call.status = undefined
      out.source?.chunks.stop(error)
      call.diagnosis = this.#judge.failure(call, out, error)
      call.streamError = error
      if (!out.replayable && mayHide401(error)) this.#log.perhapsHidden(call, error)
    } catch {
      // What was thrown cannot even be looked at; the caller gets it as it is.
    }
    this.#release(call, out)
    this.#judged(call, undefined)
  }

  /** The call itself is over: its figures are known, and its body is kept no longer. */
  #release(call: Call, out: Outgoing): void {
    if (out.body !== undefined) this.#budget.give(out.body.held)
    call.finish()
    tell(this.#deps.onAnswer, call)
  }

  #judged(call: Call, response: Response | undefined): void {
    const { diagnosis } = call
    const { onOutcome, onDiagnosis } = this.#deps
    if (diagnosis !== undefined) {
      const traceId = response && traceIdOf(response)
      const { text, streamError: error } = call
      this.verdicts.remember({ response, error, text, traceId }, diagnosis)
      tell(onDiagnosis, diagnosis)
    }
    tell(onOutcome, call)
  }
}

/** A listener's fault must not become the fault of somebody's call. */
function tell<T>(listener: ((what: T) => void) | undefined, what: T): void {
  try {
    listener?.(what)
  } catch {
    // The guard has told of it, where there is somebody to tell.
  }
}

/**
 * Wraps a transport: attaches the live credential on the known origins, replays a 401 once with a
 * new one, and explains every failure. Never rejects because of a bad credential.
 */
export function createFetch(deps: OutboundDeps): GuardFetch {
  const sender = new Sender(deps)
  // The global one, too, says that it takes one argument.
  const fetch: typeof globalThis.fetch = (input, init = undefined) =>
    sender.fetch(input, init, 'call')
  sender.isCalledBy(fetch)
  return {
    fetch,
    send: (input, init, purpose) => sender.send(input, init, purpose),
    headersFor: (url) => sender.headersFor(url),
    verdictOn: (error) => sender.verdicts.of(error),
    watchClients: () => sender.placeholders.watch(),
    close: () => sender.bodies.close(),
  }
}
