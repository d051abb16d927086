import type { CallContext } from './call-context'

/** Every cause by group: the vocabulary of findings, diagnoses, logs, metrics and health. */
export const causesByGroup = {
  'no-credential': [
    'key-missing',
    'key-misnamed',
    'env-not-loaded',
    'credential-not-attached',
    'credential-stripped',
  ],
  'not-a-key': [
    'key-placeholder',
    'key-unexpanded',
    'key-nullish',
    'key-quoted',
    'key-whitespace',
    'key-unsendable',
    'key-prefixed',
    'key-encoded',
    'key-masked',
    'key-truncated',
    'key-repeated',
    'key-is-path',
  ],
  'wrong-key': [
    'key-rejected',
    'key-replaced',
    'key-wrong-vendor',
    'key-session-token',
    'token-expired',
  ],
  'wrong-destination': [
    'answered-by-other-vendor',
    'answered-by-gateway',
    'answered-by-proxy',
    'wrong-path',
    'wrong-host',
  ],
  header: ['header-malformed'],
  account: [
    'balance-exhausted',
    'balance-limits-concurrency',
    'balance-low',
    'quota-exhausted',
    'spending-unexplained',
  ],
  request: [
    'model-unavailable',
    'request-invalid',
    'reasoning-not-returned',
    'thinking-mode-conflict',
    'context-too-long',
    'content-refused',
    'message-format-unsupported',
  ],
  stream: [
    'stream-cut',
    'stream-stalled',
    'stream-empty',
    'stream-malformed',
    'interrupted-by-service',
  ],
  service: ['rate-limited', 'service-busy', 'service-error'],
  network: [
    'network-unreachable',
    'dns-failed',
    'tls-intercepted',
    'proxy-auth-required',
    'access-blocked',
    'timed-out',
  ],
  config: [
    'key-conflict',
    'key-file-unreadable',
    'key-file-exposed',
    'key-exposed-to-client',
    'key-unknown-shape',
    'env-shadowed',
    'base-url-invalid',
    'base-url-insecure',
    'base-url-has-endpoint',
    'base-url-wrong-host',
    'base-url-has-credentials',
    'model-retired',
    'clock-skewed',
    'option-invalid',
    'guard-off',
  ],
  caller: ['aborted'],
  unknown: ['unknown'],
} as const

export type CauseGroup = keyof typeof causesByGroup

/** A stable code; once published it keeps its meaning for ever. */
export type Cause = (typeof causesByGroup)[CauseGroup][number]

const README = 'https://github.com/deepseek-guard/deepseek-guard'

/** The README address that explains a cause. Here, so that no word is loaded to name it. */
export function docsOf(cause: Cause): string {
  return `${README}#${cause}`
}

/** Words, or how they follow from what is known of one call. */
type Told<T> = T | ((call: CallContext) => T)

/** The words of one cause, as its author writes them. */
export interface CauseWords {
  /** One sentence: what is wrong. */
  title: Told<string>
  /** What that means, and how it comes about. */
  meaning: string
  /** What you see: status, body or error as it is in the log. */
  see: string
  /** What to do; begins with a verb. */
  fix: Told<string | Fix>
  /** How this library knows, and what it cannot rule out. */
  proof: string
  /** True when the same request may succeed later without a change. Default false. */
  retryable?: boolean
  /** What the public table takes for known of a call, beside that DeepSeek refused it. */
  general?: Partial<CallContext>
  /** What the check at the start says of a text that should be a key. */
  atStart?: StartWords
}

/** What the check at the start says; `{}` is the place: a variable, a file or an option. */
export interface StartWords {
  /** Completes "DEEPSEEK_API_KEY …". */
  what: string
  /** Begins with a verb and has no full stop. */
  advice: string
}

/** One row of the public table. */
export interface CauseRow {
  cause: Cause
  group: CauseGroup
  /** One sentence: what is wrong. */
  title: string
  /** What that means, and how it comes about. */
  meaning: string
  /** What you see: status, body or error as it is in the log. */
  see: string
  /** What to do; begins with a verb. */
  fix: Fix
  /** How this library knows, and what it cannot rule out. */
  proof: string
  /** True when the same request may succeed later without a change. */
  retryable: boolean
  /** Address of the cause in the README. */
  docs: string
}

/** `certain`: the evidence proves it. `likely`: best reading. `possible`: cannot be told apart. */
export type Confidence = 'certain' | 'likely' | 'possible'

/** What to change; `command` can be pasted into a shell. */
export interface Fix {
  text: string
  command?: string
}

/** Why a call failed. Holds no part of a key, a body or a prompt. */
export interface Diagnosis {
  cause: Cause
  group: CauseGroup
  confidence: Confidence
  /** One sentence: what is wrong. */
  title: string
  /** What was seen: statuses, lengths, positions, header names. Never a value. */
  evidence: string[]
  fix: Fix
  /** What the evidence cannot rule out, most likely first. */
  others: Cause[]
  /** Lower-case slug of who answered, when it was not DeepSeek. */
  vendor?: string
  /** True when the answer proves that the key is good (402, unknown model). */
  credentialAccepted?: boolean
  /** True when the same request may succeed later without a change. */
  retryable: boolean
}

export type Severity = 'error' | 'warning' | 'info'

/** Where a value came from. */
export type Origin = 'environment' | 'env-file' | 'file' | 'option' | 'set-after-start'

/** One thing that is wrong, or odd, with the configuration. */
export interface Finding {
  code: Cause
  severity: Severity
  /** The variable or option at fault. */
  variable?: string
  /** One sentence: what is wrong. */
  title: string
  /** Lengths, positions (counted from 1), code points, origins. Never a value. */
  evidence: string[]
  /** Exact for the platform that was detected. */
  fix: Fix
  /** True when the repaired value would pass. */
  validAfterFix?: boolean
  origin?: Origin
  /** README anchor. */
  docs: string
}
