import type { HeldToken } from '../credentials/credential'
import { GUARD_PLACEHOLDER } from '../key/echo'
import {
  type BodySource,
  type PreparedBody,
  prepareBody,
  type ReplayBudget,
  sourceOfClone,
} from './body'

/** Node has no name for it outside the DOM's types. */
type HeadersInit = NonNullable<RequestInit['headers']>

type Loose = Record<string, unknown>

/** What is read of a `Request`, once, of this undici or of another one. */
export interface ReadRequest {
  readonly url: string
  readonly method: string
  readonly headers: Iterable<[string, string]>
  readonly hasBody: boolean
  /** Its body; a clone leaves it with another one. */
  body(): unknown
  readonly signal: AbortSignal | undefined
  readonly redirect: string | undefined
  clone(): { body: unknown }
  /** The object itself, when the global `fetch` reads of it what was read here. */
  readonly native: Request | undefined
}

/**
 * The class that answers for a request: the one nearest to `Object`. A subclass may say anything,
 * and `fetch` does not listen to it.
 */
function classOf(input: object): object | undefined {
  let found: object | undefined
  for (let at = Object.getPrototypeOf(input); at !== null; at = Object.getPrototypeOf(at)) {
    if (Object.getOwnPropertyDescriptor(at, 'url')?.get !== undefined) found = at
  }
  return found
}

/** Recognised by shape: a `Request` of another undici or realm is no `instanceof` ours. */
export function readRequest(input: unknown): ReadRequest | undefined {
  if (typeof input !== 'object' || input === null || input instanceof URL) return undefined
  const owner = classOf(input)
  const read = (name: string): unknown => {
    const getter = owner && Object.getOwnPropertyDescriptor(owner, name)?.get
    return getter === undefined ? (input as Loose)[name] : getter.call(input)
  }
  const url = read('url')
  if (typeof url !== 'string') return undefined
  const method = read('method')
  const clone = ((owner ?? input) as Loose).clone
  if (typeof method !== 'string' || typeof clone !== 'function') return undefined
  const isNative = typeof Request === 'function' && owner === Request.prototype
  const isOwnSelf = Object.getPrototypeOf(input) === owner && !Object.hasOwn(input, 'url')
  return {
    url,
    method,
    headers: read('headers') as Headers,
    hasBody: read('body') != null,
    body: () => read('body'),
    signal: read('signal') as AbortSignal | undefined,
    redirect: read('redirect') as string | undefined,
    clone: () => clone.call(input),
    native: isNative && isOwnSelf ? (input as Request) : undefined,
  }
}

/** Members of an init that `fetch` knows, in the order in which it reads them. */
const KNOWN: ReadonlySet<string> = new Set([
  ...['method', 'headers', 'body', 'referrer', 'referrerPolicy', 'mode', 'credentials', 'cache'],
  ...['redirect', 'integrity', 'keepalive', 'signal', 'window', 'duplex', 'dispatcher'],
])

/**
 * Reads an init as `fetch` does: each member once, one after the other. Written out, as a loop over
 * names costs as much as all the rest of a call.
 */
function readInit(init: Loose, copyHeaders: (headers: HeadersInit) => HeadersInit): Loose {
  const read: Loose = {}
  const { method } = init
  if (method !== undefined) read.method = textOf(method)
  const { headers } = init
  if (headers !== undefined && headers !== null) read.headers = copyHeaders(headers as HeadersInit)
  const { body, referrer, referrerPolicy, mode, credentials, cache, redirect } = init
  if (body !== undefined) read.body = body
  if (referrer !== undefined) read.referrer = referrer
  if (referrerPolicy !== undefined) read.referrerPolicy = referrerPolicy
  if (mode !== undefined) read.mode = mode
  if (credentials !== undefined) read.credentials = credentials
  if (cache !== undefined) read.cache = cache
  if (redirect !== undefined) read.redirect = textOf(redirect)
  const { integrity, keepalive, signal, window, duplex, dispatcher } = init
  if (integrity !== undefined) read.integrity = integrity
  if (keepalive !== undefined) read.keepalive = keepalive
  if (signal !== undefined) read.signal = signal
  if (window !== undefined) read.window = window
  if (duplex !== undefined) read.duplex = duplex
  if (dispatcher !== undefined) read.dispatcher = dispatcher
  // What this library does not know goes along, too: `next`, `priority`, an agent.
  for (const name in init) {
    if (!KNOWN.has(name) && !Object.hasOwn(Object.prototype, name)) read[name] = init[name]
  }
  return read
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : String(value)
}

/** As much of either end of a body as is looked at for the model that it names. */
const EDGE = 1_024

/**
 * What stood in `input` and `init` when `fetch` was called, and how each attempt says it. Read once
 * and at once, so that nothing that changes later is sent, and what is judged is what is sent.
 */
export class Outgoing {
  readonly url: string
  readonly method: string
  readonly redirect: string
  /** The signal to wait with; what is none is left to the transport to complain about. */
  readonly signal: AbortSignal | undefined
  /** A copy; without the caller's credential, where that is replaced. */
  readonly headers: HeadersInit | undefined
  /** The headers of the last attempt. */
  sent: HeadersInit | undefined
  body: PreparedBody | undefined
  /** A one-shot body that has yet to be read. */
  source: BodySource | undefined
  readonly #init: Loose
  readonly #request: ReadRequest | undefined
  #isFirst = true

  constructor(
    url: string,
    init: RequestInit | undefined,
    request: ReadRequest | undefined,
    keepsCredential: boolean,
  ) {
    const copy = (headers: HeadersInit): HeadersInit => copyHeaders(headers, keepsCredential)
    const read = init == null ? {} : readInit(init as Loose, copy)
    this.url = url
    this.#init = read
    this.#request = request
    this.method = (read.method as string | undefined) ?? request?.method ?? 'GET'
    this.redirect = (read.redirect as string | undefined) ?? request?.redirect ?? 'follow'
    const signal = (read.signal === undefined ? request?.signal : read.signal) as AbortSignal
    this.signal = typeof signal?.addEventListener === 'function' ? signal : undefined
    const own = read.headers as HeadersInit | undefined
    this.headers = own ?? (request && copy(request.headers as [string, string][]))
  }

  /** Copies a body that its owner can still change, and takes hold of one that is read once. */
  takeBody(budget: ReplayBudget): void {
    const { body } = this.#init
    const request = this.#request
    if (typeof body === 'object' && body !== null) {
      const prepared = prepareBody(body, budget)
      if ('replayable' in prepared) this.body = prepared
      else this.source = prepared
    } else if (body == null && request?.hasBody) {
      // From a clone: what the caller holds stays readable.
      this.source = sourceOfClone(request.clone())
    }
  }

  get replayable(): boolean {
    return this.body === undefined || this.body.replayable
  }

  /** Beginning and end of the body as text, where it is at hand; empty for what was streamed. */
  get edges(): string {
    const value: unknown = this.body?.value ?? this.#init.body
    if (typeof value === 'string') return `${value.slice(0, EDGE)}\0${value.slice(-EDGE)}`
    if (!(value instanceof Uint8Array)) return ''
    return `${Buffer.from(value.slice(0, EDGE))}\0${Buffer.from(value.slice(-EDGE))}`
  }

  /** The input of an attempt: a request of another undici travels as its URL. */
  get target(): string | Request {
    return this.#request?.native ?? this.url
  }

  /** The init of one attempt; `away`: without the request that the caller gave. */
  attempt(token: HeldToken | undefined, authorizer: Authorizer, away: boolean): RequestInit {
    const next: Loose = this.#isFirst ? this.#init : { ...this.#init }
    const headers = this.#isFirst ? this.headers : this.headers && recopied(this.headers)
    this.#isFirst = false
    if (away && this.#request !== undefined) {
      next.method = this.method
      next.signal = this.signal
    }
    next.redirect = this.redirect === 'error' ? 'error' : 'manual'
    const sent = token === undefined ? headers : authorizer.authorize(headers, token)
    if (sent !== undefined) next.headers = sent
    this.sent = sent
    if (this.body !== undefined) this.#replaceBody(next, this.body, away)
    return next
  }

  #replaceBody(next: Loose, body: PreparedBody, away: boolean): void {
    const live = body.value ?? (away && next.body == null ? this.#request?.body() : undefined)
    if (live == null) return
    next.body = live
    if (typeof (live as ReadableStream).getReader === 'function') next.duplex = 'half'
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

  /** Puts `token` into headers of our own; what the caller gave is never written to. */
  authorize(headers: HeadersInit | undefined, token: HeldToken): HeadersInit {
    if (token !== this.#token) {
      this.#token = token
      this.#key = token.secret.reveal()
      this.#bearer = `Bearer ${this.#key}`
    }
    if (headers === undefined) return { authorization: this.#bearer }
    if (isList(headers)) {
      headers.set(authorization, this.#bearer)
      if (headers.has(apiKey)) headers.set(apiKey, this.#key)
      return headers
    }
    const record = headers as Record<string, string>
    record.authorization = this.#bearer
    if (Object.hasOwn(record, apiKey)) record[apiKey] = this.#key
    return record
  }
}

function isList(headers: HeadersInit): headers is Headers {
  return typeof (headers as Headers).set === 'function'
}

/**
 * Reads headers once, as `fetch` does. A record stays a record, because that is cheaper, and loses
 * the credential that ours will replace.
 */
function copyHeaders(headers: HeadersInit, keepsCredential: boolean): HeadersInit {
  const isRecord = typeof headers === 'object' && !(Symbol.iterator in headers)
  if (keepsCredential || !isRecord) return new Headers(headers)
  const record = headers as Record<string, unknown>
  const copy: Record<string, string> = {}
  // A loop, not a spread: names are compared by length first, as half the calls come this way.
  for (const name in record) {
    // `fetch` reads own members only; what sits on a prototype was put there by somebody else.
    if (!Object.hasOwn(record, name)) continue
    const { length } = name
    if (length === 13 && name.toLowerCase() === authorization) continue
    const isKey = length === 9 && name.toLowerCase() === apiKey
    copy[isKey ? apiKey : name] = textOf(record[name])
  }
  return copy
}

/** A further copy of our own, for a further attempt. */
function recopied(headers: HeadersInit): HeadersInit {
  return isList(headers) ? new Headers(headers) : { ...headers }
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
