import type { Clock } from '../clock'
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

function plain(headers: HeadersInit): Record<string, string> | undefined {
  try {
    return Object.fromEntries(new Headers(headers))
  } catch {
    // What cannot be a header did not leave; the transport's own error says so.
    return undefined
  }
}

/** Turns what a call met into a diagnosis. The evidence holds the key; the diagnosis never does. */
export class Judge {
  readonly #deps: JudgeDeps

  constructor(deps: JudgeDeps) {
    this.#deps = deps
  }

  answer(call: Call, out: Outgoing, response: Response, text: string | undefined): Diagnosis {
    const { status, statusText, url, redirected } = response
    const headers = plain(response.headers) ?? {}
    const body = text === undefined ? {} : { body: text }
    return diagnose({
      ...this.#sent(call, out),
      response: { status, statusText, headers, url, redirected, ...body },
    })
  }

  failure(call: Call, out: Outgoing, error: unknown): Diagnosis {
    // A reason may be anything. A caller's own deadline is no evidence against DeepSeek; that of a
    // probe is, and its TimeoutError tells so by itself.
    const left = call.purpose === 'call' && out.signal?.aborted && error === out.signal.reason
    const seen = left ? new DOMException('The caller left.', 'AbortError') : error
    return diagnose({ ...this.#sent(call, out), error: seen })
  }

  /** A call that never left, judged by what this process holds and by the 401 that it gets. */
  heldBack(call: Call, out: Outgoing): Diagnosis {
    return diagnose({ ...this.#sent(call, out), response: { status: 401 } })
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
