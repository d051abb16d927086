import type { Finding } from '../causes/cause'
import type { Secret } from '../secret'
import type { FindingDraft } from './finding-draft'
import type { EnvironmentValues } from './variables'

/** Where the credential comes from; tells the credential room which source to build. */
export type CredentialOrigin =
  | { readonly kind: 'env'; readonly name: string }
  /** An absolute path. */
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'option' }

/** A credential given in code, told by its shape: the classes stand in a room to the right. */
type CredentialOption =
  | string
  | (() => string | Promise<string>)
  | { getToken(request: never): unknown }

/** What `checkEnv` takes beside the environment. Options win over the environment. */
export interface CheckOptions {
  /** Where relative paths and `.env` files are looked for. Default `process.cwd()`. */
  cwd?: string | undefined
  credential?: CredentialOption | undefined
  baseURL?: string | undefined
  models?: string[] | undefined
  outbound?: { origins?: string[] }
}

/** The checked environment as the guard uses it, one member a variable and more. Frozen. */
export interface Settings extends Omit<EnvironmentValues, 'models' | 'origins' | 'guard'> {
  /** Normalised, without a slash at the end. */
  readonly baseURL: string
  readonly credential: CredentialOrigin
  /** The repaired key; absent when the option is a function or a source, or nothing is set. */
  readonly apiKey?: Secret
  readonly models: readonly string[]
  /** The exact origins that may receive the credential: the base URL's own comes first. */
  readonly origins: readonly string[]
  /** Written to at a failed start, when the file exists. */
  readonly terminationLog: string
  /** `NODE_ENV` is `production`. */
  readonly production: boolean
  /** A framework is building, not serving: nothing may throw yet. */
  readonly building: boolean
  /** `DEEPSEEK_GUARD=off`: nothing was checked, and nothing is probed. */
  readonly off: boolean
  /** The `.env` files of the working directory and the names they define, for diagnoses. */
  readonly files: readonly { readonly path: string; readonly names: readonly string[] }[]
}

/** What `checkEnv` tells about a usable configuration. Free of secrets, frozen. */
export interface ConfigSummary {
  readonly baseURL: string
  /** `DEEPSEEK_API_KEY`, `DEEPSEEK_API_KEY_FILE` or `option`. */
  readonly keyOrigin: string
  /** Twelve hexadecimal digits, as the log's `token.id`; absent when the key comes at run time. */
  readonly keyFingerprint?: string
  readonly models: readonly string[]
  /** True when white space or a byte order mark was removed from the key. */
  readonly repaired: boolean
}

/** The answer of `checkEnv`. Frozen. */
export interface CheckResult {
  /** False when a finding is an error. */
  readonly ok: boolean
  /** Worst first; one root cause a variable. */
  readonly findings: readonly Finding[]
  /** Present when `ok`. */
  readonly config?: ConfigSummary
}

/** What the guard gets: the same answer, and the settings when they can be used. */
export interface LoadedConfig extends CheckResult {
  readonly settings?: Settings
  /**
   * Errors that were printed as warnings because a framework builds; `ready()` and the first call
   * throw them as a `ConfigError`.
   */
  readonly deferred?: readonly Finding[]
  /** Needed to announce a failure, also without settings. */
  readonly terminationLog: string
}

export const KEY = 'DEEPSEEK_API_KEY'
export const FILE = 'DEEPSEEK_API_KEY_FILE'

/** The credential before its key is judged. */
export interface FoundCredential {
  readonly origin: CredentialOrigin
  /** The variable or option that a finding names. */
  readonly variable: string
  /** Absent when it comes at run time, or cannot be had. A secret. */
  readonly text?: string
  /** The path of a key file as it may be printed; absent when it could hold a secret. */
  readonly shownPath?: string
  /** Faults that leave no key to judge, or that do not depend on the key. */
  readonly findings: readonly FindingDraft[]
}
