/** How calls leave: transport, further origins, limits. Every field is optional. */
export interface OutboundOptions {
  /** Transport below the wrapper. Default: the global `fetch`, looked up at every call. */
  fetch?: typeof fetch
  /**
   * Further exact origins (`https://gateway.example`) that may receive the credential. A plain-http
   * origin other than loopback gets it only when it is listed here. Default: none.
   */
  origins?: string[]
  /**
   * Streamed request bodies up to this many bytes are kept so that a 401 can be replayed; longer
   * ones are sent once. Default 1,048,576 (1 MiB).
   */
  maxReplayBytes?: number
  /** Deadline of one credential refresh, in milliseconds. Default 10,000. */
  refreshTimeoutMs?: number
  /**
   * What happens to an `Authorization` or `x-api-key` that the caller sent. `keep` sends it as it is
   * and neither refreshes nor judges it. Default `replace`.
   */
  callerAuthorization?: 'replace' | 'keep'
}

/** The options with every default filled in; `fetch` stays absent when the global one is meant. */
export interface ResolvedOutboundOptions {
  readonly fetch: typeof fetch | undefined
  readonly origins: readonly string[]
  readonly maxReplayBytes: number
  readonly refreshTimeoutMs: number
  readonly callerAuthorization: 'replace' | 'keep'
}

/** Fills in the defaults. The caller's object is read once and never written to. */
export function resolveOutboundOptions(options: OutboundOptions = {}): ResolvedOutboundOptions {
  return {
    fetch: options.fetch,
    origins: [...(options.origins ?? [])],
    maxReplayBytes: options.maxReplayBytes ?? 1_048_576,
    refreshTimeoutMs: options.refreshTimeoutMs ?? 10_000,
    callerAuthorization: options.callerAuthorization ?? 'replace',
  }
}
