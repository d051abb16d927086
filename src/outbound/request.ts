import type { HeldToken } from '../credentials/credential'
import { GUARD_PLACEHOLDER } from '../key/echo'
import { initOf, isNative, type PreparedBody, type RequestLike } from './body'

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

/** An origin that may receive the credential, as logs and metrics name it. */
export interface Destination {
  readonly origin: string
  readonly scheme: 'http' | 'https'
  readonly address: string
  readonly port: number
  /** The origin and the slash that ends it, so that no other host can hide behind the prefix. */
  readonly prefix: string
}

function describe(origin: string): Destination {
  const url = new URL(origin)
  const scheme = url.protocol === 'https:' ? 'https' : 'http'
  const port = Number(url.port) || (scheme === 'https' ? 443 : 80)
  return { origin: url.origin, scheme, address: url.hostname, port, prefix: `${url.origin}/` }
}

/** The exact origins that may receive the credential. */
export class Destinations {
  readonly #known: readonly Destination[]
  #lastUrl: string | undefined
  #last: Destination | undefined

  constructor(origins: Iterable<string>) {
    this.#known = [...origins].map(describe)
  }

  /** The destination of `url`, or undefined when the credential must not go there. */
  find(url: string): Destination | undefined {
    // An application calls the same few addresses, mostly one: comparing costs next to nothing.
    if (url !== this.#lastUrl) {
      this.#last = this.#search(url)
      this.#lastUrl = url
    }
    return this.#last
  }

  #search(url: string): Destination | undefined {
    for (const known of this.#known) if (url.startsWith(known.prefix)) return known
    return this.#parse(url)
  }

  #parse(url: string): Destination | undefined {
    const origin = URL.canParse(url) ? new URL(url).origin : undefined
    return this.#known.find((known) => known.origin === origin)
  }
}

/** The `apiKey` of `guard.client`: SDKs insist on one, and the wrapper replaces it. */
export const managedPlaceholder = GUARD_PLACEHOLDER

const authorization = 'authorization'
const apiKey = 'x-api-key'

/** The two header values of one token, kept for as long as it is the current one. */
export class Authorizer {
  #token: HeldToken | undefined
  #key = ''
  #bearer = ''

  /** A copy of `headers` that carries `token`; what the caller gave is never written to. */
  authorize(headers: HeadersInit | null | undefined, token: HeldToken): HeadersInit {
    if (token !== this.#token) {
      this.#token = token
      this.#key = token.secret.reveal()
      this.#bearer = `Bearer ${this.#key}`
    }
    if (headers === undefined || headers === null) return { authorization: this.#bearer }
    if (Symbol.iterator in headers) return this.#copy(headers)
    return this.#record(headers as Record<string, string>)
  }

  #copy(pairs: Iterable<unknown>): HeadersInit {
    const copy = new Headers(pairs as [string, string][])
    copy.set(authorization, this.#bearer)
    if (copy.has(apiKey)) copy.set(apiKey, this.#key)
    return copy
  }

  // Half the calls of an application come this way, so names are compared by length first.
  #record(headers: Record<string, string>): HeadersInit {
    const copy: Record<string, string> = { authorization: this.#bearer }
    for (const name in headers) {
      const length = name.length
      if (length === 13 && name.toLowerCase() === authorization) continue
      const isKey = length === 9 && name.toLowerCase() === apiKey
      copy[name] = isKey ? this.#key : (headers[name] as string)
    }
    return copy
  }
}

/** True when the caller sent a credential of its own, other than our placeholder. */
export function hasOwnCredential(headers: HeadersInit | null | undefined): boolean {
  if (headers === undefined || headers === null) return false
  const read = new Headers(headers)
  const bearer = read.get(authorization)
  const key = read.get(apiKey)
  const isOwn = (value: string | null, placeholder: string): boolean =>
    value !== null && value !== '' && value !== placeholder
  return isOwn(bearer, `Bearer ${managedPlaceholder}`) || isOwn(key, managedPlaceholder)
}

/** More hops than any honest server needs. */
export const MAX_REDIRECTS = 5

const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** What to do with a 3xx answer. */
export type RedirectVerdict =
  | { kind: 'none' }
  | { kind: 'follow'; url: string }
  | { kind: 'block'; reason: string }

const none: RedirectVerdict = { kind: 'none' }

function block(reason: string): RedirectVerdict {
  return { kind: 'block', reason }
}

/**
 * Judges one answer. Only a same-origin 307 or 308 keeps method, body and credential where they
 * were meant to go; any other redirect would hand the prompt and the key to somebody else, or turn
 * the call into another one.
 */
export function judgeRedirect(
  response: Response,
  from: string,
  hops: number,
  replayable: boolean,
): RedirectVerdict {
  const { status } = response
  const location = redirectStatuses.has(status) ? response.headers.get('location') : null
  if (location === null) return none
  if (!URL.canParse(location, from)) return block('unreadable-location')
  const to = new URL(location, from)
  if (to.origin !== new URL(from).origin) return block('other-origin')
  if (status !== 307 && status !== 308) return block('method-may-change')
  if (!replayable) return block('body-not-replayable')
  if (hops >= MAX_REDIRECTS) return block('too-many-redirects')
  return { kind: 'follow', url: to.href }
}
