import { COMPLETION_PATH } from '../provider/usage'
import { headerOf } from './head'

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

/** Where calls go: an address on an origin that may receive the credential. */
export class Endpoint {
  readonly url: string
  readonly destination: Destination
  #path: string | undefined
  #isCompletion: boolean | undefined

  constructor(url: string, destination: Destination) {
    this.url = url
    this.destination = destination
  }

  get path(): string {
    this.#path ??= URL.canParse(this.url) ? new URL(this.url).pathname : '/'
    return this.#path
  }

  /** A model answers there. */
  get isCompletion(): boolean {
    this.#isCompletion ??= COMPLETION_PATH.test(this.path)
    return this.#isCompletion
  }
}

/** The exact origins that may receive the credential. */
export class Destinations {
  readonly #known: readonly Destination[]
  #lastUrl: string | undefined
  #last: Endpoint | undefined

  constructor(origins: Iterable<string>) {
    this.#known = [...origins].map(describe)
  }

  /** The endpoint of `url`, or undefined when the credential must not go there. */
  find(url: string): Endpoint | undefined {
    // An application calls the same few addresses, mostly one: what parsing costs is paid once.
    if (url !== this.#lastUrl) {
      const destination = this.#search(url)
      this.#last = destination && new Endpoint(url, destination)
      this.#lastUrl = url
    }
    return this.#last
  }

  #search(url: string): Destination | undefined {
    for (const known of this.#known) if (url.startsWith(known.prefix)) return known
    const origin = URL.canParse(url) ? new URL(url).origin : undefined
    return this.#known.find((known) => known.origin === origin)
  }
}

/** More hops than any honest server needs. */
const MAX_REDIRECTS = 5

const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** What to do with a 3xx answer. */
type RedirectVerdict =
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
  const location = redirectStatuses.has(status) ? headerOf(response, 'location') : null
  if (location === null) return none
  if (!URL.canParse(location, from)) return block('unreadable-location')
  const to = new URL(location, from)
  if (to.origin !== new URL(from).origin) return block('other-origin')
  // No fetch takes an address with a password in it, and it would stand in the error's text.
  to.username = ''
  to.password = ''
  if (status !== 307 && status !== 308) return block('method-may-change')
  if (!replayable) return block('body-not-replayable')
  if (hops >= MAX_REDIRECTS) return block('too-many-redirects')
  return { kind: 'follow', url: to.href }
}
