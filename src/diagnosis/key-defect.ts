import type { Cause } from './cause'
import type { Severity } from './finding'

/** What is wrong with the text in the place of a key. Holds nothing of the text. */
export interface KeyDefect {
  cause: Cause
  /** Lengths, positions from 1, code points. */
  evidence: string[]
  /** The text to use instead; present only when it would pass. A secret. */
  repaired?: string
  /** The slug of the vendor whose key it is. */
  vendor?: string
  severity: Severity
  /** What helps in this very case; continues a sentence, has no full stop. */
  advice?: string
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

/** A defect that no start-up can go on with. */
export function fault(cause: Cause, evidence: string[]): KeyDefect {
  return { cause, severity: 'error', evidence }
}

/** True when no key is inside, whatever is taken away. */
export function isHopeless(defect: KeyDefect | undefined): boolean {
  return defect !== undefined && hopeless.has(defect.cause)
}

/** True when the text could be used: nothing found, or only a warning. */
export function passes(defect: KeyDefect | undefined): boolean {
  return defect?.severity !== 'error'
}
