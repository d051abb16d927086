import type { HeldToken } from '../credentials/credential'

/** The `apiKey` of `guard.client`: SDKs insist on one, and the wrapper replaces it. */
export const managedPlaceholder = 'managed-by-deepseek-guard'

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
