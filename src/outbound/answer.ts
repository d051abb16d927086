import type { Diagnosis } from '../causes/cause'
import type { HeldToken } from '../credentials/credential'
import type { OutboundReason } from '../credentials/source'
import { retryAfterMs } from '../credentials/token'
import type { Call } from './call'
import { headerOf, readHead } from './head'
import { type RefusalDeps, Refusals } from './refusal'
import type { Outgoing } from './request'
import type { Wire } from './wire'

/** What the answers of calls are handled with. */
interface AnswerDeps extends RefusalDeps {
  readonly wire: Wire
}

function isAccountState(status: number, { cause }: Diagnosis): boolean {
  return status === 402 || cause === 'balance-exhausted' || cause === 'balance-limits-concurrency'
}

/** Statuses that mean different things by their body; for all others status and headers tell. */
const toldByBody: ReadonlySet<number> = new Set([400, 404, 429])

/** Decides what the caller gets for an answer that is not a plain success. */
export class Answers {
  readonly #deps: AnswerDeps
  readonly #refusals: Refusals

  constructor(deps: AnswerDeps) {
    this.#deps = deps
    this.#refusals = new Refusals(deps)
  }

  /** The response for the caller: this one, or that of the one replay. */
  async settle(call: Call, out: Outgoing, first: Response): Promise<Response> {
    const { wire, log, holder } = this.#deps
    const response = await wire.follow(call, out, first)
    call.status = response.status
    const { token } = call
    // Without our credential there is nothing to refresh and nothing to judge.
    if (token === undefined) return response
    if (call.replayed) log.replayed(call, response.status)
    if (response.status === 401) return this.#refused(call, out, token, response)
    if (response.ok) holder.accepted(token)
    return response.status < 400 ? response : this.#failed(call, out, token, response)
  }

  async #refused(
    call: Call,
    out: Outgoing,
    token: HeldToken,
    response: Response,
  ): Promise<Response> {
    const verdict = await this.#refusals.judge(call, out, token, response)
    if (verdict.kind === 'return') return verdict.response
    call.token = verdict.token
    call.replayed = true
    call.resendCount += 1
    const second = await this.#deps.wire.post(out, verdict.token)
    return this.settle(call, out, second)
  }

  async #failed(
    call: Call,
    out: Outgoing,
    token: HeldToken,
    response: Response,
  ): Promise<Response> {
    const { holder, judge, head } = this.#deps
    const { status } = response
    call.retryAfterMs = retryAfterMs(headerOf(response, 'retry-after'), head.clock.now())
    const inspected = toldByBody.has(status)
      ? await readHead(response, { ...head, signal: out.signal })
      : undefined
    const diagnosis = judge.answer(call, out, response, inspected?.text)
    call.diagnosis = diagnosis
    if (diagnosis.credentialAccepted === true) holder.accepted(token)
    if (isAccountState(status, diagnosis)) holder.exhausted(token)
    return inspected?.restore() ?? response
  }
}

/** What happened here and what to do, for the reader of an SDK's error message. */
const sentences: Record<OutboundReason, string> = {
  'unchanged-token':
    'DeepSeek refused the API key and its source still gives the same one. ' +
    'Put a valid key where the source reads it.',
  'refresh-failed':
    'No API key can be had: its source refuses to give one, and asking again will not help. ' +
    'Repair the source; the log event auth.refresh_failed says what it answered.',
  'breaker-open':
    'DeepSeek refused the API key again and again, so calls are held back; one is let through ' +
    'after 1, 2, 4 … 30 seconds. ' +
    'Replace the key; a changed key is used at once.',
  'pool-exhausted':
    'Every API key of the pool is refused or out of balance. ' +
    'Replace a key or top up an account; a key is tried again after its bench time.',
  'body-not-replayable':
    'DeepSeek refused the API key and the request body could be read only once. ' +
    'Send the call again.',
  'insufficient-scope':
    'The token is valid but lacks the scope that this call needs. Ask for the scope at its issuer.',
}

/**
 * The 401 that stands in for a call that must not leave. A response, because SDKs take what `fetch`
 * throws for a network fault and call again; `x-should-retry: false` keeps them from repeating it.
 */
export function syntheticRefusal(reason: OutboundReason): Response {
  const error = {
    message: `deepseek-guard: ${sentences[reason]}`,
    type: 'authentication_error',
    param: null,
    code: reason,
  }
  return new Response(JSON.stringify({ error }), {
    status: 401,
    statusText: 'Unauthorized',
    headers: {
      'content-type': 'application/json',
      'x-should-retry': 'false',
      'x-deepseek-guard': reason,
    },
  })
}
