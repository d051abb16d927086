import type { Diagnosis, Finding } from './causes/cause'

/** Stable codes of the errors that this library throws or rejects with. */
export type DeepSeekGuardErrorCode =
  | 'config'
  | 'credential-rejected'
  | 'token'
  | 'ready-timeout'
  | 'guard-closed'

/** Written out, because a bundler may shorten the names of the classes. */
const names: Record<DeepSeekGuardErrorCode, string> = {
  config: 'ConfigError',
  'credential-rejected': 'CredentialRejectedError',
  token: 'TokenError',
  'ready-timeout': 'ReadyTimeoutError',
  'guard-closed': 'GuardClosedError',
}

/** Base of every error of this library. Message, stack, cause and JSON are free of secrets. */
export abstract class DeepSeekGuardError extends Error {
  /** Stable, for `switch`; never reused for another meaning. */
  abstract readonly code: DeepSeekGuardErrorCode

  override get name(): string {
    return names[this.code]
  }

  toJSON(): Record<string, unknown> {
    return { name: this.name, code: this.code, message: this.message }
  }
}

/** The environment or an option is wrong; `findings` say what to change. Thrown at construction. */
export class ConfigError extends DeepSeekGuardError {
  readonly code = 'config'
  /**
   * Everything that was found, worst first. Holds lengths and positions, never a value. Left out of
   * `util.inspect`, since the report is on stderr by then.
   */
  declare readonly findings: readonly Finding[]

  constructor(findings: readonly Finding[]) {
    const errors = findings.filter((finding) => finding.severity === 'error')
    const titles = errors.map(({ title, code }) => `${title.replace(/\.$/, '')} (${code}).`)
    super([...titles, 'error.findings says what to do.'].join(' '))
    Object.defineProperty(this, 'findings', { value: findings })
  }

  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), findings: this.findings }
  }
}

/** DeepSeek refuses the credential, confirmed; `diagnosis` says why. `ready()` rejects with it. */
export class CredentialRejectedError extends DeepSeekGuardError {
  readonly code = 'credential-rejected'
  readonly diagnosis: Diagnosis

  constructor(diagnosis: Diagnosis) {
    super(`${diagnosis.title} ${diagnosis.fix.text}`)
    this.diagnosis = diagnosis
  }

  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), diagnosis: this.diagnosis }
  }
}

/** What a credential source may say about its failure. */
export interface TokenErrorOptions {
  /** True when asking again cannot help: `invalid_grant`, a deleted account. Default false. */
  permanent?: boolean | undefined
  /** Earliest time to ask again, in milliseconds from now. Default: the holder's own backoff. */
  retryAfterMs?: number | undefined
  cause?: unknown
}

/** A credential source could not give a token. Sources throw it; `guard.fetch` rejects with it. */
export class TokenError extends DeepSeekGuardError {
  readonly code = 'token'
  readonly permanent: boolean
  readonly retryAfterMs: number | undefined

  constructor(message: string, options: TokenErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.permanent = options.permanent ?? false
    this.retryAfterMs = options.retryAfterMs
  }

  override toJSON(): Record<string, unknown> {
    return {
      ...super.toJSON(),
      permanent: this.permanent,
      retryAfterMs: this.retryAfterMs,
    }
  }
}

/** `ready({ timeoutMs })` reached its deadline before traffic could be let in. */
export class ReadyTimeoutError extends DeepSeekGuardError {
  readonly code = 'ready-timeout'
}

/** The guard was closed while, or before, somebody waited for it. */
export class GuardClosedError extends DeepSeekGuardError {
  readonly code = 'guard-closed'

  constructor(message = 'The guard is closed: create a new one with deepseekGuard().') {
    super(message)
  }
}
