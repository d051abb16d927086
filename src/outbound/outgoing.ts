import type { HeldToken } from '../credentials/credential'
import type { Authorizer } from './authorize'
import type { PreparedBody } from './body'
import { initOf, isNative, type RequestLike } from './request-like'

type Loose = Record<string, unknown>

/** What the caller asked to send, and how each attempt says it. Writes to nothing it is given. */
export class Outgoing {
  readonly input: string | URL | Request
  readonly init: RequestInit | undefined
  readonly request: RequestLike | undefined
  body: PreparedBody | undefined

  constructor(
    input: string | URL | Request,
    init: RequestInit | undefined,
    request: RequestLike | undefined,
  ) {
    this.input = input
    this.init = init
    this.request = request
  }

  get replayable(): boolean {
    return this.body === undefined || this.body.replayable
  }

  get headers(): HeadersInit | null | undefined {
    return this.init?.headers ?? this.request?.headers
  }

  /** The signal to wait with; what is none is left to the transport to complain about. */
  get signal(): AbortSignal | undefined {
    const own = this.init?.signal
    const signal = own === undefined ? this.request?.signal : own
    return typeof signal?.addEventListener === 'function' ? signal : undefined
  }

  get method(): string {
    return this.init?.method ?? this.request?.method ?? 'GET'
  }

  get redirect(): RequestRedirect {
    return this.init?.redirect ?? this.request?.redirect ?? 'follow'
  }

  /** The input of an attempt: a request of another undici travels as its URL. */
  get target(): string | URL | Request {
    return this.request === undefined || isNative(this.request) ? this.input : this.request.url
  }

  /** The init of one attempt. Keys that this library does not know go along on every attempt. */
  attempt(token: HeldToken | undefined, authorizer: Authorizer, away: boolean): RequestInit {
    const next: Loose = { headers: undefined, redirect: 'manual' }
    if (away && this.request !== undefined) Object.assign(next, initOf(this.request))
    // A loop, not a spread: it takes what an init inherits, and here it is six times as fast.
    const init = this.init as Loose | undefined
    for (const key in init) next[key] = init[key]
    next.redirect = this.redirect === 'error' ? 'error' : 'manual'
    const { headers } = this
    if (token !== undefined) next.headers = authorizer.authorize(headers, token)
    else if (headers != null) next.headers = headers
    else delete next.headers
    if (this.body !== undefined) this.#replaceBody(next, this.body, away)
    return next
  }

  #replaceBody(next: Loose, body: PreparedBody, away: boolean): void {
    const live = body.value ?? (away && next.body == null ? this.request?.body : undefined)
    if (live == null) return
    next.body = live
    if (typeof (live as ReadableStream).getReader === 'function') next.duplex = 'half'
  }
}
