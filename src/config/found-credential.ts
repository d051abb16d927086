import type { Problem } from './finding'
import type { CredentialOrigin } from './settings'

export const KEY = 'DEEPSEEK_API_KEY'
export const FILE = 'DEEPSEEK_API_KEY_FILE'

/** The credential before its key is judged. */
export interface FoundCredential {
  readonly origin: CredentialOrigin
  /** The variable or option that a finding names. */
  readonly variable: string
  /** Absent when it comes at run time, or cannot be had. A secret. */
  readonly text?: string
  /** Faults that leave no key to judge, or that do not depend on the key. */
  readonly problems: readonly Problem[]
}
