import type { Diagnosis } from '../causes/cause'
import type { Clock } from '../clock'
import type { Acquired, CredentialHolder } from '../credentials/credential'
import type { Evidence } from '../diagnosis/evidence'
import type { GuardLog } from '../observability/events'
import { AbortRaces } from './abort-races'
import { Answers, syntheticRefusal } from './answer'
import { asRequest, prepareBody, prepareRequestBody, ReplayBudget } from './body'
import { Call, type CallOutcome } from './call'
import { CallLog } from './call-log'
import type { ResolvedOutboundOptions } from './outbound-options'
import { Judge } from './refusal'
import { Authorizer, Destinations, hasOwnCredential, Outgoing } from './request'
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
  /** Called once a call, when it has settled. Its getters are read at once or never. */
  onOutcome?(outcome: CallOutcome): void
  /** Called for every call that failed. */
  onDiagnosis?(diagnosis: Diagnosis): void
}

/** The wrapper: `fetch` for the application, `send` for those who must say what a call is for. */
export interface GuardFetch {
  readonly fetch: typeof fetch
  send(
    input: string | URL | Request,
    init: RequestInit | undefined,
    purpose: 'call' | 'probe',
  ): Promise<Response>
}

type Refused = Acquired & { kind: 'refused' }

class Sender {
  readonly #deps: OutboundDeps
  readonly #destinations: Destinations
  readonly #wire: Wire
  #answers: Answers | undefined
  readonly #judge: Judge
  readonly #log: CallLog
  /** Absent when nobody wants to know how long a call took. */
  readonly #watch: Clock | undefined
  readonly #races = new AbortRaces()
  readonly #budget = new ReplayBudget()

  constructor(deps: OutboundDeps) {
    const { clock, options } = deps
    const authorizer = new Authorizer()
    this.#deps = deps
    this.#watch = deps.onOutcome === undefined ? undefined : clock
    this.#destinations = new Destinations(deps.origins)
    this.#log = new CallLog(deps.log, clock)
    this.#judge = new Judge({ clock, authorizer, known: () => deps.known() })
    this.#wire = new Wire(options.fetch, authorizer, this.#races, this.#log)
  }

  async send(
    input: string | URL | Request,
    init: RequestInit | undefined,
    purpose: 'call' | 'probe',
  ): Promise<Response> {
    const request = asRequest(input)
    const url = request === undefined ? String(input) : request.url
    const destination = this.#destinations.find(url)
    if (destination === undefined) return this.#wire.plain(input, init)
    const out = new Outgoing(input, init, request)
    const call = new Call(purpose, out.method, url, destination, this.#watch)
    try {
      if (out.signal?.aborted) throw out.signal.reason
      const acquired = this.#credentialFor(out, purpose)
      const held = isPending(acquired) ? await acquired : acquired
      if (held?.kind === 'refused') return this.#finish(call, out, this.#refuse(call, held))
      call.token = held?.token
      if (needsPreparation(out)) await this.#prepare(out)
      const response = await this.#wire.post(out, held?.token)
      if (response.status !== 200 || call.token === undefined) {
        return this.#finish(call, out, await this.#settle(call, out, response))
      }
      call.status = 200
      this.#deps.holder.accepted(call.token)
      return this.#finish(call, out, response)
    } catch (error) {
      this.#fail(call, out, error)
      throw error
    }
  }

  #credentialFor(
    out: Outgoing,
    purpose: 'call' | 'probe',
  ): Acquired | Promise<Acquired> | undefined {
    const { options, holder } = this.#deps
    if (options.callerAuthorization === 'keep' && hasOwnCredential(out.headers)) return undefined
    return holder.acquire(out.signal, purpose)
  }

  /** What is no plain success; loaded with the first such answer, so that a start need not wait. */
  #settle(call: Call, out: Outgoing, response: Response): Promise<Response> {
    if (this.#answers === undefined) {
      const { holder, clock } = this.#deps
      const head = { clock, races: this.#races }
      const [wire, judge, log] = [this.#wire, this.#judge, this.#log]
      this.#answers = new Answers({ holder, wire, judge, log, head })
    }
    return this.#answers.settle(call, out, response)
  }

  async #prepare(out: Outgoing): Promise<void> {
    const limits = {
      maxReplayBytes: this.#deps.options.maxReplayBytes,
      budget: this.#budget,
      races: this.#races,
      signal: out.signal,
    }
    const body = out.init?.body
    if (typeof body === 'object' && body !== null) out.body = await prepareBody(body, limits)
    else if (out.request) out.body = await prepareRequestBody(out.request, limits)
  }

  #refuse(call: Call, { reason, token }: Refused): Response {
    call.token = token
    call.synthetic = true
    call.status = 401
    call.diagnosis = this.#judge.heldBack(reason, token?.id)
    this.#log.heldBack(call, reason, call.diagnosis)
    return syntheticRefusal(reason)
  }

  #fail(call: Call, out: Outgoing, error: unknown): void {
    call.status = undefined
    call.diagnosis = this.#judge.failure(call, out, error)
    if (!out.replayable && isBare(error)) this.#log.perhapsHidden(call, error)
    this.#finish(call, out)
  }

  #finish<T>(call: Call, out: Outgoing, result?: T): T {
    if (out.body !== undefined) this.#budget.give(out.body.held)
    if (this.#watch !== undefined || call.diagnosis !== undefined) this.#tell(call)
    return result as T
  }

  #tell(call: Call): void {
    const { onOutcome, onDiagnosis } = this.#deps
    call.finish()
    try {
      if (call.diagnosis !== undefined) onDiagnosis?.(call.diagnosis)
      onOutcome?.(call)
    } catch {
      // A listener's fault must not become the fault of somebody's call.
    }
  }
}

/** Some versions of undici report the 401 of a streamed body as an error without a cause. */
function isBare(error: unknown): boolean {
  const { message, cause } = Object(error) as { message?: unknown; cause?: { message?: unknown } }
  return message === 'fetch failed' && (cause === undefined || cause.message === '')
}

function isPending(
  acquired: Acquired | Promise<Acquired> | undefined,
): acquired is Promise<Acquired> {
  return acquired !== undefined && 'then' in acquired
}

function needsPreparation(out: Outgoing): boolean {
  const body = out.init?.body
  if (body === undefined || body === null) return out.request?.body != null
  return typeof body === 'object'
}

/**
 * Wraps a transport: attaches the live credential on the known origins, replays a 401 once with a
 * new one, and explains every failure. Never rejects because of a bad credential.
 */
export function createFetch(deps: OutboundDeps): GuardFetch {
  const sender = new Sender(deps)
  return {
    fetch: (input, init) => sender.send(input, init, 'call'),
    send: (input, init, purpose) => sender.send(input, init, purpose),
  }
}
