/** Why a source is asked. */
export interface TokenRequest {
  reason: 'initial' | 'expiring' | 'rejected' | 'changed'
  /** Fingerprint of the token that was refused. */
  rejectedId?: string
  /** True when `reason` is `rejected`: a cached answer is no answer. */
  forceRefresh: boolean
  /** The refresh's own deadline, never a caller's signal. */
  signal: AbortSignal
}

/** What a source gives. */
export interface Token {
  token: string
  /** Lifetime from now, in milliseconds; absent, zero, negative or absurd means unknown. */
  expiresInMs?: number | undefined
  /** Wanted time to the next proactive refresh, in milliseconds from now. */
  refreshInMs?: number | undefined
  /** Grows or changes with every rotation, when the source knows. */
  version?: string | undefined
  /** Tokens of one account share balance and limits. */
  account?: string | undefined
}

/** Where a credential comes from. `TokenError` is the way to say that no token can be had. */
export interface CredentialSource {
  /** Shown in logs as `token.source`; a closed word such as `env`, `file`, `function`. */
  readonly kind: string
  getToken(request: TokenRequest): Promise<Token> | Token
  /** Calls `onChange` when a new token may be there; returns the function that stops watching. */
  watch?(onChange: () => void): () => void
  close?(): void | Promise<void>
}

/** A fixed key, a function that gives the current one, or a source. */
export type CredentialInput = string | (() => string | Promise<string>) | CredentialSource

/** True for what the `credential` option takes. */
export function isCredential(input: unknown): input is CredentialInput {
  if (typeof input === 'string' || typeof input === 'function') return true
  try {
    return typeof (input as CredentialSource | null | undefined)?.getToken === 'function'
  } catch {
    return false
  }
}

/** What the sources of this room tell the holder and the store beyond the public interface. */
interface SourceTraits {
  /** Asking costs nothing (a variable, a file): a 401 always asks, without backoff. */
  readonly local?: boolean
  /** Names the credential across processes: the source's tokens may be shared through a store. */
  readonly id?: string
  /** How long a question may last where another process answers it. Default: the refresh's own. */
  readonly patienceMs?: number
  /**
   * Present on a source that chooses among keys and decides itself when one may be sent again.
   * Takes the fingerprint of a token that was refused (`key`), or whose account is used up.
   */
  bench?(tokenId: string, what: 'key' | 'account'): void
  watch?(onChange: () => void, onFailure?: (error: unknown) => void): () => void
}

export type TraitedSource = CredentialSource & SourceTraits

/** Why a 401 was made here, or came back without a replay: the log's `reason`. */
export type OutboundReason =
  | 'unchanged-token'
  | 'refresh-failed'
  | 'breaker-open'
  | 'pool-exhausted'
  | 'body-not-replayable'
  | 'insufficient-scope'

/** The kind of a source for logs; a foreign one may hold anything in its place. */
export function kindOf(source: CredentialSource): string {
  try {
    const { kind } = source
    return typeof kind === 'string' && /^[\w-]{1,40}$/.test(kind) ? kind : 'custom'
  } catch {
    return 'custom'
  }
}

/**
 * Watches a source; undefined when it cannot be watched. The returned function ends it. A watch or
 * its end that throws, or that is a promise and rejects, is told to `onFailure` and nobody else.
 */
export function watchSafely(
  source: TraitedSource,
  onChange: () => void,
  onFailure: (error: unknown) => void,
): (() => void) | undefined {
  let ended = false
  const tell = (): void => {
    if (!ended) onChange()
  }
  const call = (stop: unknown): void => {
    if (typeof stop === 'function') settle(() => stop(), onFailure)
  }
  let stop: unknown
  try {
    if (!canWatch(source)) return undefined
    // A pool watches foreign sources itself, and hands on what fails there.
    stop = source.bench === undefined ? source.watch?.(tell) : source.watch?.(tell, onFailure)
  } catch (error) {
    onFailure(error)
    return undefined
  }
  const later = isPromiseLike(stop)
  // Without a listener of its own a promise that rejects would end the process.
  if (later) settle(() => stop, onFailure)
  return () => {
    if (ended) return
    ended = true
    if (later) Promise.resolve(stop).then(call, () => undefined)
    else call(stop)
  }
}

/** True when the source tells of its changes. */
export function canWatch(source: CredentialSource): boolean {
  try {
    return typeof source.watch === 'function'
  } catch {
    return false
  }
}

function isPromiseLike(value: unknown): boolean {
  try {
    return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function'
  } catch {
    return false
  }
}

/** Runs foreign code, whatever it does now or later. */
function settle(act: () => unknown, onFailure: (error: unknown) => void): void {
  const run = async (): Promise<unknown> => act()
  run().catch(onFailure)
}
