import type { CredentialSource } from './credential-source'

/** What the sources of this room tell the holder and the store beyond the public interface. */
export interface SourceTraits {
  /** Asking costs nothing (a variable, a file): a 401 always asks, without backoff. */
  readonly local?: boolean
  /** Names the credential across processes: the source's tokens may be shared through a store. */
  readonly id?: string
  /**
   * The source chooses among keys and decides itself when one may be sent again: takes the
   * fingerprint of a token whose account is used up, and benches the account.
   */
  exhausted?(tokenId: string): void
}

export type TraitedSource = CredentialSource & SourceTraits
