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
  expiresInMs?: number
  /** Wanted time to the next proactive refresh, in milliseconds from now. */
  refreshInMs?: number
  /** Grows or changes with every rotation, when the source knows. */
  version?: string
  /** Tokens of one account share balance and limits. */
  account?: string
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
