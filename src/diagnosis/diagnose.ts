import type { Diagnosis } from '../causes/cause'
import type { Evidence } from './evidence'
import { judge } from './judge'
import { keysOf } from './reading'

/**
 * Says why a call to DeepSeek failed: the cause, how sure that is, what was seen, what to do, and
 * what cannot be ruled out. Pure and synchronous; of a body at most 64 KiB are looked at. The
 * answer holds no part of a key, a body or a header.
 *
 * @throws {TypeError} when the argument is an answer or an error itself instead of the evidence
 * that holds it. Never throws for what stands inside the evidence, whatever that is.
 *
 * @example
 * const { cause, title, fix } = diagnose({ error }) // in a catch block
 */
export function diagnose(evidence: Evidence): Diagnosis {
  if (isMisplaced(evidence)) {
    throw new TypeError(
      'diagnose() takes evidence: { response: { status, headers, body } } or { error }, and ' +
        'beside ' +
        'them `configured` and `request` where they are known. In a catch block: diagnose({ ' +
        'error }).',
    )
  }
  return judge(evidence)
}

const evidenceKeys = ['configured', 'request', 'response', 'stream', 'at', 'error']

/** True for an answer or an error in the place of the evidence; nothing at all is no evidence. */
function isMisplaced(value: unknown): boolean {
  if (isError(value)) return true
  const keys = keysOf(value, 50)
  return keys.length > 0 && !keys.some((key) => evidenceKeys.includes(key))
}

/** A Proxy may refuse to say. */
function isError(value: unknown): boolean {
  try {
    return value instanceof Error
  } catch {
    return false
  }
}

/**
 * Diagnoses thrown errors with what is already known: the configuration and the request. What a
 * guard's `diagnose(error)` is made of.
 */
export function explainWith(
  known: Pick<Evidence, 'configured' | 'request'>,
): (error: unknown) => Diagnosis {
  return (error) => diagnose({ ...known, error })
}
