import type { Clock } from '../clock'
import type { OutboundReason } from '../credentials/outbound-reason'
import { causes } from '../diagnosis/causes'
import { diagnose } from '../diagnosis/diagnose'
import type { Diagnosis } from '../diagnosis/diagnosis'
import type { Evidence } from '../diagnosis/evidence'
import type { Authorizer } from './authorize'
import type { Call } from './call'
import type { Outgoing } from './outgoing'

/** What the judge needs to know of this process. */
export interface JudgeDeps {
  readonly clock: Clock
  readonly authorizer: Authorizer
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

  /** A call that never left: the answer that the credential got before, if it was one. */
  heldBack(reason: OutboundReason, tokenId: string | undefined): Diagnosis {
    const last = this.#refusal
    if (reason !== 'refresh-failed') return last?.diagnosis ?? withoutKey()
    const isOurs = last !== undefined && last.tokenId === tokenId
    return isOurs ? { ...last.diagnosis, fix: repair } : withoutKey()
  }

  #sent(call: Call, out: Outgoing): Evidence {
    const { clock, authorizer } = this.#deps
    const { token, url, method } = call
    const headers = plain(
      token === undefined ? (out.headers ?? {}) : authorizer.authorize(out.headers, token),
    )
    const configured = { ...this.#deps.known(), ...(token && { apiKey: token.secret.reveal() }) }
    return {
      configured,
      request: { url, method, ...(headers && { headers }) },
      at: clock.now(),
    }
  }
}
