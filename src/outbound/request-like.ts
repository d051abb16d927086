/** What the wrapper reads of a `Request`, of this undici or of another one. */
export type RequestLike = Pick<Request, 'url' | 'method' | 'headers' | 'body' | 'signal'> &
  Pick<Request, 'clone' | 'redirect' | 'bodyUsed'>

/** Recognised by shape: a `Request` of another undici or realm is no `instanceof` ours. */
export function asRequest(input: unknown): RequestLike | undefined {
  if (typeof input !== 'object' || input === null) return undefined
  const like = input as Partial<RequestLike>
  const hasShape = typeof like.url === 'string' && typeof like.method === 'string'
  return hasShape && typeof like.clone === 'function' ? (input as RequestLike) : undefined
}

/** True when the global `fetch` takes this object itself. */
export function isNative(request: RequestLike): boolean {
  return typeof Request === 'function' && request instanceof Request
}

/** The same request as an init, for another URL or a transport that does not know its class. */
export function initOf(request: RequestLike): RequestInit {
  return {
    method: request.method,
    headers: request.headers,
    signal: request.signal,
    redirect: request.redirect,
  }
}
