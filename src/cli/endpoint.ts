import type { LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'

/** Where the base URL points to. */
export interface Endpoint {
  /** Without brackets. */
  host: string
  port: number
  secure: boolean
}

export function endpointOf(baseURL: string): Endpoint {
  const url = new URL(baseURL)
  const secure = url.protocol === 'https:'
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port)
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port, secure }
}

/** Answers with addresses that are known already, so that no step waits for the resolver again. */
export function pinned(addresses: readonly LookupAddress[]): LookupFunction {
  return (_host, options, callback) => {
    const [first] = addresses
    if (options.all) callback(null, [...addresses])
    else callback(null, first?.address ?? '', first?.family ?? 0)
  }
}
