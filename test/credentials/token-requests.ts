import type { TokenRequest } from '../../src/credentials/source'

export function initial(): TokenRequest {
  return { reason: 'initial', forceRefresh: false, signal: new AbortController().signal }
}

export function rejected(rejectedId: string): TokenRequest {
  const { signal } = new AbortController()
  return { reason: 'rejected', rejectedId, forceRefresh: true, signal }
}
