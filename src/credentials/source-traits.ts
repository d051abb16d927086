import type { CredentialSource } from './credential-source'

/** What the sources of this room tell the holder and the store beyond the public interface. */
export interface SourceTraits {
  /** Asking costs nothing (a variable, a file): a 401 always asks, without backoff. */
  readonly local?: boolean
  /** Names the credential across processes: the source's tokens may be shared through a store. */
  readonly id?: string
  /**
   * Present on a source that chooses among keys and decides itself when one may be sent again.
   * Takes the fingerprint of a token that was refused (`key`), or whose account is used up.
   */
  bench?(tokenId: string, what: 'key' | 'account'): void
}

export type TraitedSource = CredentialSource & SourceTraits
