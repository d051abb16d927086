import type { Evidence } from './evidence'
import { gather } from './facts'
import { rules } from './rules'
import { possible, type Verdict } from './verdict'

/** The verdict of the first rule that knows the case. Never throws. */
export function judgeEvidence(evidence: Evidence): Verdict {
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
