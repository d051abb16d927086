import type { CallLog } from './call-log'
import { managedPlaceholder, type ReadRequest } from './request'

/** More origins than any application calls by mistake. */
const MOST = 100

type Fields = Record<string, unknown>

/**
 * Warns once an origin of calls that leave with the placeholder of `guard.client`: the client calls
 * an address that is not listed, and its 401 would be blamed on the key.
 */
export class Placeholders {
  readonly #warned = new Set<string>()
  readonly #log: CallLog

  constructor(log: CallLog) {
    this.#log = log
  }

  /** Looks at what a plain call carries, without touching what can be read once only. */
  check(url: string, request: ReadRequest | undefined, init: RequestInit | undefined): void {
    if (this.#warned.size >= MOST || !URL.canParse(url)) return
    const own = init && Object.getOwnPropertyDescriptor(init, 'headers')?.value
    if (!carries(own ?? request?.headers)) return
    const origin = new URL(url)
    if (this.#warned.has(origin.origin)) return
    this.#warned.add(origin.origin)
    this.#log.placeholderSent(origin)
  }
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
