import type { Diagnosis } from '../causes/cause'
import { causes } from '../causes/table'
import type { Clock } from '../clock'
import type { CredentialHolder, HeldToken } from '../credentials/credential'
import type { OutboundReason } from '../credentials/source'
import { diagnose } from '../diagnosis/diagnose'
import type { Evidence } from '../diagnosis/evidence'
import type { Call } from './call'
import type { CallLog, Rejection } from './call-log'
import { type HeadDeps, headerOf, type ResponseHead, readHead } from './head'
import type { Outgoing } from './request'
import { statusOf } from './stream-events'
import type { FailedStream } from './stream-watch'

/** Node has no name for it outside the DOM's types. */
type HeadersInit = NonNullable<RequestInit['headers']>

/** What refusals are handled with. */
export interface RefusalDeps {
  readonly holder: CredentialHolder
  readonly judge: Judge
  readonly log: CallLog
  readonly head: Omit<HeadDeps, 'signal'>
}

/** How a 401 ends: with this response, or with one more send under this token. */
type RefusalVerdict = { kind: 'return'; response: Response } | { kind: 'replay'; token: HeldToken }

function lacksScope(response: Response): boolean {
  return /error="?insufficient_scope/i.test(headerOf(response, 'www-authenticate') ?? '')
}

/** Decides what a 401 means for the credential and for the call. */
export class Refusals {
  readonly #deps: RefusalDeps

  constructor(deps: RefusalDeps) {
    this.#deps = deps
  }

  async judge(
    call: Call,
    out: Outgoing,
    token: HeldToken,
    response: Response,
  ): Promise<RefusalVerdict> {
    const { signal } = out
    const head = await readHead(response, { ...this.#deps.head, signal })
    try {
      const diagnosis = this.#deps.judge.answer(call, out, response, head.text)
      return await this.#decide(
        call,
        out,
        token,
        { diagnosis, response, text: head.text ?? '' },
        head,
      )
    } catch (error) {
      head.discard()
      throw error
    }
  }

  async #decide(
    call: Call,
    out: Outgoing,
    token: HeldToken,
    rejection: Rejection,
    head: ResponseHead,
  ): Promise<RefusalVerdict> {
    const { holder, log } = this.#deps
    const { signal } = out
    const giveBack = (reason?: OutboundReason): RefusalVerdict => {
      call.diagnosis = rejection.diagnosis
      log.rejected(call, rejection, { final: true, reason })
      if (reason !== undefined) log.replaySkipped(call, reason)
      return { kind: 'return', response: head.restore() }
    }
    if (lacksScope(rejection.response)) return giveBack('insufficient-scope')
    if (call.replayed) {
      const after = await holder.rejected(token, { replayed: true, signal })
      const isLast = after.kind === 'return' && after.reason === 'pool-exhausted'
      return giveBack(isLast ? 'pool-exhausted' : undefined)
    }
    const isStale = token.generation < (holder.peek()?.generation ?? 0)
    const after = await holder.rejected(token, { signal })
    call.refreshed = after.refreshed
    if (after.kind === 'return') return giveBack(after.reason)
    if (!out.replayable) return giveBack('body-not-replayable')
    if (isStale) log.stale(call)
    else log.rejected(call, rejection, { final: false })
    await head.release()
    signal?.throwIfAborted()
    return { kind: 'replay', token: after.token }
  }
}

/** What the judge needs to know of this process. */
interface JudgeDeps {
  readonly clock: Clock
  /** What this process holds. */
  known(): Evidence['configured']
}

const repair = {
  text: 'Repair the credential source; the log event auth.refresh_failed says what it answered.',
}

function plain(headers: HeadersInit): Record<string, string> | undefined {
  try {
    return Object.fromEntries(new Headers(headers))
  } catch {
    // What cannot be a header did not leave; the transport's own error says so.
    return undefined
  }
}

/** A source that never gave a token, or gives none any more. */
function withoutKey(): Diagnosis {
  const { cause, group, retryable } = causes['key-missing']
  const title = 'No API key was sent, because its source gives none.'
  const evidence = ['the credential source failed for good']
  return { cause, group, confidence: 'likely', title, evidence, fix: repair, others: [], retryable }
}

/** Turns what a call met into a diagnosis. The evidence holds the key; the diagnosis never does. */
export class Judge {
  readonly #deps: JudgeDeps
  /** The last answer against a credential: what calls that are held back are told. */
  #refusal: { tokenId: string | undefined; diagnosis: Diagnosis } | undefined

  constructor(deps: JudgeDeps) {
    this.#deps = deps
  }

  answer(call: Call, out: Outgoing, response: Response, text: string | undefined): Diagnosis {
    const { status, statusText, url, redirected } = response
    const headers = plain(response.headers) ?? {}
    const body = text === undefined ? {} : { body: text }
    const diagnosis = diagnose({
      ...this.#sent(call, out),
      response: { status, statusText, headers, url, redirected, ...body },
    })
    call.text = text
    const isRefusal = status === 401 || diagnosis.group === 'account'
    if (isRefusal) this.#refusal = { tokenId: call.tokenId, diagnosis }
    return diagnosis
  }

  failure(call: Call, out: Outgoing, error: unknown): Diagnosis {
    // A reason may be anything. A caller's own deadline is no evidence against DeepSeek; that of a
    // probe is, and its TimeoutError tells so by itself.
    const left = call.purpose === 'call' && out.signal?.aborted && error === out.signal.reason
    const seen = left ? new DOMException('The caller left.', 'AbortError') : error
    return diagnose({ ...this.#sent(call, out), error: seen })
  }

  /** A body that went wrong after its 200; an error that came as an event is like an answer. */
  stream(call: Call, out: Outgoing, response: Response, { facts, body }: FailedStream): Diagnosis {
    const headers = plain(response.headers) ?? {}
    const { url, redirected, statusText } = response
    const answer = { statusText, headers, url, redirected }
    const sent = this.#sent(call, out)
    return body === undefined
      ? diagnose({ ...sent, response: { ...answer, status: 200 }, stream: facts })
      : diagnose({ ...sent, response: { ...answer, status: statusOf(body), body } })
  }

  /** A call that never left: the answer that the credential got before, if it was one. */
  heldBack(reason: OutboundReason, tokenId: string | undefined): Diagnosis {
    const last = this.#refusal
    if (reason !== 'refresh-failed') return last?.diagnosis ?? withoutKey()
    const isOurs = last !== undefined && last.tokenId === tokenId
    return isOurs ? { ...last.diagnosis, fix: repair } : withoutKey()
  }

  #sent(call: Call, out: Outgoing): Evidence {
    const { clock } = this.#deps
    const { token, url, method } = call
    const headers = plain(out.sent ?? out.headers ?? {})
    const configured = { ...this.#deps.known(), ...(token && { apiKey: token.secret.reveal() }) }
    return {
      configured,
      request: { url, method, ...(headers && { headers }) },
      at: clock.now(),
    }
  }
}

/** Some versions of undici report the 401 of a streamed body as an error without a cause. */
export function mayHide401(error: unknown): boolean {
  const { message, cause } = Object(error) as { message?: unknown; cause?: { message?: unknown } }
  return message === 'fetch failed' && (cause === undefined || cause.message === '')
}
