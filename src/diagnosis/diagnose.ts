import { causes } from './causes'
import type { Diagnosis } from './diagnosis'
import type { Evidence } from './evidence'
import { gather } from './facts'
import { rules } from './rules'
import { possible, type Verdict } from './verdict'

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

function judge(evidence: Evidence): Verdict {
  try {
    const facts = gather(evidence)
    for (const [, rule] of rules) {
      const verdict = rule(facts)
      if (verdict) return verdict
    }
  } catch {
    // Hostile evidence: whatever broke, the caller is about to handle an error of its own.
    return possible('unknown', ['the evidence could not be read'])
  }
  return possible('unknown', ['no rule knows this error or answer'])
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
