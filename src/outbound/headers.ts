import type { HeldToken } from '../credentials/credential'
import { GUARD_PLACEHOLDER } from '../key/echo'

/** Node has no name for it outside the DOM's types. */
export type HeadersInit = NonNullable<RequestInit['headers']>

/** As `fetch` makes text of what it is given. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : String(value)
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
export function copyHeaders(headers: HeadersInit, keepsCredential: boolean): HeadersInit {
  const isRecord = typeof headers === 'object' && !(Symbol.iterator in headers)
  const listed = isRecord ? undefined : recordOfPairs(headers)
  if (keepsCredential || (!isRecord && listed === undefined)) return listOf(headers)
  const record = listed ?? (headers as Record<string, unknown>)
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

/**
 * Pairs with names of their own as a record: a list of our class would lose the case of the names
 * in a transport that has its own. Undefined for all else.
 */
function recordOfPairs(headers: HeadersInit): Record<string, string> | undefined {
  if (!Array.isArray(headers)) return undefined
  const record: Record<string, string> = {}
  const names = new Set(['__proto__'])
  for (const pair of headers as unknown[]) {
    if (!Array.isArray(pair) || pair.length !== 2) return undefined
    const [name, value] = pair
    if (typeof name !== 'string' || typeof value !== 'string') return undefined
    if (names.size === names.add(name.toLowerCase()).size) return undefined
    record[name] = value
  }
  return record
}

/** A list of the same class, which alone knows in which case its names were written. */
function listOf(headers: HeadersInit): Headers {
  const base = Object.getPrototypeOf(Object(headers))
  const isPlain = base !== null && Object.getPrototypeOf(base) === Object.prototype
  if (!isPlain || base === Headers.prototype || base[Symbol.toStringTag] !== 'Headers') {
    return new Headers(headers)
  }
  try {
    const list = new base.constructor(headers)
    return isList(list) ? list : new Headers(headers)
  } catch {
    return new Headers(headers)
  }
}

/** A further copy of our own, for a further attempt. */
export function recopied(headers: HeadersInit): HeadersInit {
  return isList(headers) ? listOf(headers) : { ...headers }
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
