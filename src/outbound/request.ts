import type { HeldToken } from '../credentials/credential'
import {
  type BodySource,
  type PreparedBody,
  prepareBody,
  type ReplayBudget,
  sourceOfClone,
} from './body'
import { type Authorizer, copyHeaders, type HeadersInit, recopied, textOf } from './headers'

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
