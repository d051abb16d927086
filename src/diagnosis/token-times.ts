import { prop } from './read'

/** The times inside a JSON web token, epoch milliseconds. */
export interface TokenTimes {
  expires?: number
  notBefore?: number
}

/** Longer payloads than this are no bearer token's. */
const MAX_PAYLOAD = 8 * 1024

/** Reads `exp`, `nbf` and `iat` of a JSON web token; undefined for every other text. */
export function tokenTimes(token: string): TokenTimes | undefined {
  const [, payload] = /^ey[\w-]+\.([\w-]+)\.[\w-]*$/.exec(token.slice(0, MAX_PAYLOAD)) ?? []
  if (!payload) return undefined
  try {
    const claims: unknown = JSON.parse(atob(payload.replace(/-/g, '+').replace(/_/g, '/')))
    const seconds = (name: string): number | undefined => {
      const value = prop(claims, name)
      return typeof value === 'number' && Number.isFinite(value) ? value * 1000 : undefined
    }
    const start = Math.max(seconds('nbf') ?? 0, seconds('iat') ?? 0)
    return { expires: seconds('exp'), notBefore: start > 0 ? start : undefined }
  } catch {
    return undefined
  }
}
