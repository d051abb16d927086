import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { CallLog } from './call-log'
import type { Destinations } from './destination'
import { managedPlaceholder } from './headers'
import type { ReadRequest } from './request'

/** More origins than any application calls by mistake. */
const MOST = 100

/** Published for every request of the built-in fetch and of undici, and of `node:http`. */
const UNDICI = 'undici:request:create'
const HTTP = 'http.client.request.start'

type Fields = Record<string, unknown>

/**
 * Warns once an origin of calls that leave with the placeholder of `guard.client`: the client calls
 * an address that is not listed, or got `apiKey` without `fetch`, and its 401 would be blamed on
 * the key.
 */
export class Placeholders {
  readonly #warned = new Set<string>()
  readonly #log: CallLog
  readonly #destinations: Destinations

  constructor(log: CallLog, destinations: Destinations) {
    this.#log = log
    this.#destinations = destinations
  }

  /** Looks at what a plain call carries, without touching what can be read once only. */
  check(url: string, request: ReadRequest | undefined, init: RequestInit | undefined): void {
    const own = init && Object.getOwnPropertyDescriptor(init, 'headers')?.value
    if (carries(own ?? request?.headers)) this.#warn(url)
  }

  /**
   * Looks at the requests that others send, too: a client without the guard's `fetch` passes by it.
   *
   * @returns what stops it.
   */
  watch(): () => void {
    const onUndici = (message: unknown) => this.#look(() => originOfUndici(message))
    const onHttp = (message: unknown) => this.#look(() => originOfHttp(message))
    subscribe(UNDICI, onUndici)
    subscribe(HTTP, onHttp)
    return () => {
      unsubscribe(UNDICI, onUndici)
      unsubscribe(HTTP, onHttp)
    }
  }

  #look(originOf: () => string | undefined): void {
    try {
      const origin = originOf()
      if (origin !== undefined) this.#warn(origin)
    } catch {
      // Node throws what a subscriber throws at the process; these messages are not documented.
    }
  }

  #warn(url: string): void {
    if (this.#warned.size >= MOST || !URL.canParse(url)) return
    const origin = new URL(url)
    if (this.#warned.has(origin.origin)) return
    this.#warned.add(origin.origin)
    this.#log.placeholderSent(origin, this.#destinations.find(origin.href) !== undefined)
  }
}

/** Where a request of undici's goes, when it carries the placeholder. */
function originOfUndici(message: unknown): string | undefined {
  const { request } = message as { request: { origin: unknown; headers: unknown } }
  const { headers } = request
  // A list of names and values in turn, or one text in older versions.
  const found = Array.isArray(headers) ? headers.some(isOurs) : String(headers).includes(LINE_END)
  return found ? String(request.origin) : undefined
}

const LINE_END = `${managedPlaceholder}\r\n`

/** The same of `node:http` and `node:https`. */
function originOfHttp(message: unknown): string | undefined {
  const { request } = message as { request: import('node:http').ClientRequest }
  const found = isOurs(request.getHeader('authorization')) || isOurs(request.getHeader('x-api-key'))
  return found ? `${request.protocol}//${request.getHeader('host')}` : undefined
}

function carries(headers: unknown): boolean {
  if (typeof headers !== 'object' || headers === null) return false
  if (typeof (headers as Fields).get === 'function') {
    const list = headers as Headers
    return isOurs(list.get('authorization')) || isOurs(list.get('x-api-key'))
  }
  if (Array.isArray(headers)) return headers.some((pair) => Array.isArray(pair) && isOurs(pair[1]))
  if (Symbol.iterator in headers) return false
  return Object.values(headers).some(isOurs)
}

function isOurs(value: unknown): boolean {
  return typeof value === 'string' && value.endsWith(managedPlaceholder)
}
