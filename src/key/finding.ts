import type { Cause, Finding } from '../causes/cause'

/**
 * What a finding says of the text in the place of a key, before anybody says where that is. Holds
 * nothing of the text but `repaired`.
 */
export interface KeyFinding extends Pick<Finding, 'code' | 'severity' | 'evidence'> {
  /** The text to use instead; present only when it would pass. A secret. */
  repaired?: string
  /** The slug of the vendor whose key it is. */
  vendor?: string
  /** What helps in this very case; continues a sentence, has no full stop. */
  advice?: string
  /** What the text holds instead or besides, as a phrase: `a whole JSON document`. */
  what?: string
}

/** What is known about the place where the key will be used. */
export interface KeyContext {
  /** False when the base URL is another host: others issue their own keys. Default true. */
  ownHost?: boolean
  /** The slug of the vendor that owns the host, from `vendorOfHost`. */
  hostVendor?: string
  /** Names of the variables that exist: a key that equals one is a reference. */
  names?: readonly string[]
}

/** Observed, not documented: every genuine key so far is `sk-` and 32 hexadecimal digits. */
const GENUINE = /^sk-[0-9a-f]{32}$/

/** Faults of the content: no peeling of quotes or prefixes makes a key of it. */
const hopeless: ReadonlySet<Cause> = new Set<Cause>([
  'key-nullish',
  'key-unexpanded',
  'key-placeholder',
  'key-masked',
  'key-is-path',
])

/** True for `sk-` and 32 lower-case hexadecimal digits. */
export function isGenuineShape(key: string): boolean {
  return GENUINE.test(key)
}

/** A finding that no start-up can go on with. */
export function fault(code: Cause, evidence: string[]): KeyFinding {
  return { code, severity: 'error', evidence }
}

/** True when no key is inside, whatever is taken away. */
export function isHopeless(finding: KeyFinding | undefined): boolean {
  return finding !== undefined && hopeless.has(finding.code)
}

/** True when the text could be used: nothing found, or only a warning. */
export function passes(finding: KeyFinding | undefined): boolean {
  return finding?.severity !== 'error'
}
