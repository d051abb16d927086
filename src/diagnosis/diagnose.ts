import { causes } from './causes'
import type { Diagnosis } from './diagnosis'
import type { Evidence } from './evidence'
import type { Verdict } from './verdict'

/**
 * Says why a call to DeepSeek failed: the cause, how sure that is, what was seen, what to do, and
 * what cannot be ruled out. Pure, synchronous, and never throws, whatever it is given; of a body
 * at most 64 KiB are looked at. The answer holds no part of a key, a body or a header.
 *
 * @example
 * const { cause, title, fix } = diagnose({ error }) // in a catch block
 */
export function diagnose(evidence: Evidence): Diagnosis {
  return toDiagnosis(judge(evidence))
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

/** The rules stand in some forty files: the first failure loads them, a healthy start does not. */
function judge(evidence: Evidence): Verdict {
  const { judgeEvidence } = require('./judge-evidence') as typeof import('./judge-evidence')
  return judgeEvidence(evidence)
}

function toDiagnosis(verdict: Verdict): Diagnosis {
  const { cause, confidence, evidence, others = [], vendor, credentialAccepted } = verdict
  const row = causes[cause]
  return {
    cause,
    group: row.group,
    confidence,
    title: row.title,
    evidence: [...evidence],
    fix: { ...(verdict.fix ?? row.fix) },
    others: [...new Set(others)].filter((other) => other !== cause),
    ...(vendor === undefined ? {} : { vendor }),
    ...(credentialAccepted === undefined ? {} : { credentialAccepted }),
    retryable: row.retryable,
  }
}
