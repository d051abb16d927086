import type { IncomingHttpHeaders } from 'node:http'

/** The credential of a request as the provider reads it. */
export type Credential =
  | { form: 'none' }
  | { form: 'malformed' }
  | { form: 'bearer' | 'x-api-key'; key: string }

/**
 * Reads the credential as observed on the wire: `Authorization` wins; `x-api-key` counts under
 * `/anthropic` only. An empty key leaves Node's fetch as the bare word `Bearer`: malformed.
 */
export function readCredential(path: string, headers: IncomingHttpHeaders): Credential {
  const authorization = headers.authorization
  if (authorization !== undefined) {
    const key = /^Bearer (.*\S.*)$/.exec(authorization)?.[1]
    return key === undefined ? { form: 'malformed' } : { form: 'bearer', key }
  }
  const apiKey = path.startsWith('/anthropic/') ? headers['x-api-key'] : undefined
  if (typeof apiKey !== 'string') return { form: 'none' }
  return apiKey.trim() === '' ? { form: 'malformed' } : { form: 'x-api-key', key: apiKey }
}
