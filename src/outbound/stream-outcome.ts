import type { Clock } from '../clock'
import { findModel } from '../provider/usage'
import type { Call } from './call'
import type { CallLog } from './call-log'
import { headerOf, isReadable, withBody } from './head'
import type { Judge } from './refusal'
import type { Outgoing } from './request'
import { BodyTaps } from './stream-body'
import { ResponseTaps } from './stream-response'
import { StallTicker, StreamTap } from './stream-tap'
import { type FailedStream, type StreamVerdict, StreamWatch, stallError } from './stream-watch'

/** What watched bodies are told to. */
interface StreamDeps {
  readonly clock: Clock
  readonly judge: Judge
  readonly log: CallLog
  readonly stallMs: number
  readonly abortStalled: boolean
  /** The call is over: how its body ended is known. Called once a call. */
  onVerdict(call: Call, response: Response): void
  /** Nothing more comes of the body, its usage included. */
  onClose(call: Call): void
}

/**
 * Engines that read a body without asking its stream or its reader: Deno and Bun in `Response`,
 * Node from 25 on in `Readable.fromWeb` and `clone`. There the body has to be another one.
 */
function readsPastStreams(): boolean {
  const major = Number.parseInt(process.versions.node ?? '0', 10)
  return major >= 25 || 'Deno' in globalThis || 'Bun' in globalThis
}

/** Watches the bodies of completions, and makes the outcome of their calls complete. */
export class WatchedBodies {
  readonly #deps: StreamDeps
  readonly #taps = new BodyTaps()
  readonly #responses = new ResponseTaps()
  readonly #ticker: StallTicker
  readonly #wraps: boolean

  constructor(deps: StreamDeps) {
    this.#deps = deps
    this.#ticker = new StallTicker(deps.clock, deps.stallMs)
    this.#wraps = deps.abortStalled || readsPastStreams()
  }

  /** The response for the caller; undefined when its body is none that is watched. */
  watch(call: Call, out: Outgoing, response: Response): Response | undefined {
    const isTraffic = call.purpose === 'call' && out.method !== 'HEAD'
    if (!isTraffic || !call.endpoint.isCompletion) return undefined
    if (this.#wraps) return this.#wrapped(call, out, response)
    const onTouch = (): void => {
      if (!this.#tapped(call, out, response)) this.#deps.onVerdict(call, response)
    }
    if (this.#responses.attach(response, onTouch)) return response
    return this.#tapped(call, out, response) ? response : undefined
  }

  #tapped(call: Call, out: Outgoing, response: Response): boolean {
    const { body } = response
    // Nothing at all in it; an object that only looks like an answer may keep its body elsewhere.
    if (body === null && typeof response.arrayBuffer === 'function') {
      this.#tap(call, out, response).ended()
      return true
    }
    // Whether it was read before is not asked: that costs more than all the rest, and harms nobody.
    if (typeof body?.getReader !== 'function' || body.locked) return false
    return this.#taps.attach(body, this.#tap(call, out, response))
  }

  #tap(call: Call, out: Outgoing, response: Response): StreamTap {
    const watch = new StreamWatch(() => headerOf(response, 'content-type') ?? '')
    return new StreamTap({
      watch,
      ticker: this.#ticker,
      signal: out.signal,
      onVerdict: (verdict) => this.#settle(call, out, response, watch, verdict),
      onClose: () => this.#close(call, out, watch),
    })
  }

  /** No timer is left; bodies under way are watched without one. */
  close(): void {
    this.#ticker.close()
  }

  #wrapped(call: Call, out: Outgoing, response: Response): Response | undefined {
    if (!isReadable(response)) return this.#tapped(call, out, response) ? response : undefined
    const tap = this.#tap(call, out, response)
    const own = this.#taps.wrap(response.body as ReadableStream<Uint8Array<ArrayBuffer>>, tap)
    if (this.#deps.abortStalled) {
      tap.abort = (error, silentMs) => own.fail(error ?? stallError(silentMs))
    }
    return withBody(response, own.stream)
  }

  #settle(
    call: Call,
    out: Outgoing,
    response: Response,
    watch: StreamWatch,
    verdict: StreamVerdict,
  ): void {
    this.#read(call, watch)
    if (verdict.kind === 'failed') this.#fail(call, out, response, verdict)
    else call.stream = verdict.kind === 'left' ? 'cancelled' : 'success'
    this.#deps.onVerdict(call, response)
  }

  #fail(call: Call, out: Outgoing, response: Response, verdict: FailedStream): void {
    const { judge, log } = this.#deps
    const diagnosis = judge.stream(call, out, response, verdict)
    call.diagnosis = diagnosis
    call.stream = diagnosis.cause
    call.streamError = verdict.facts.error
    log.streamFailed(call, response, diagnosis)
  }

  #close(call: Call, out: Outgoing, watch: StreamWatch): void {
    this.#read(call, watch)
    // An answer that names no model came from the one that was asked for.
    if (call.usage !== undefined) call.model ??= findModel(out.edges)
    this.#deps.onClose(call)
  }

  #read(call: Call, { usage, model }: StreamWatch): void {
    call.usage = usage
    call.model = model
  }
}
