import { worstFirst } from '../config/finding'
import type { Cause } from '../diagnosis/cause'
import { causes } from '../diagnosis/causes'
import type { Diagnosis } from '../diagnosis/diagnosis'
import type { Finding, Severity } from '../diagnosis/finding'

/** A failed call, as the report shows it. */
export function findingOfDiagnosis(diagnosis: Diagnosis): Finding {
  const { cause, title, fix } = diagnosis
  const evidence = [...diagnosis.evidence]
  if (diagnosis.vendor) evidence.push(`answered by ${diagnosis.vendor}`)
  if (diagnosis.credentialAccepted) evidence.push('the answer proves that the key is accepted')
  if (diagnosis.confidence !== 'certain' && diagnosis.others.length > 0) {
    evidence.push(`${diagnosis.confidence}; not ruled out: ${diagnosis.others.join(', ')}`)
  }
  const { docs } = causes[cause]
  return { code: cause, severity: 'error', title, evidence, fix: { ...fix }, docs }
}

/** What a step saw by itself, in the words of the table. */
export function findingOfCause(cause: Cause, severity: Severity, evidence: string[]): Finding {
  const { title, fix, docs } = causes[cause]
  return { code: cause, severity, title, evidence, fix: { ...fix }, docs }
}

/**
 * What the environment check found and what the steps saw, worst first. The same cause on the same
 * variable, or on none, is told once, by whoever saw it first.
 */
export function mergeFindings(
  found: readonly Finding[],
  steps: readonly { finding?: Finding }[],
): Finding[] {
  const seen = new Set<string>()
  const all = [...found, ...steps.flatMap(({ finding }) => finding ?? [])]
  return worstFirst(
    all.filter(({ code, variable = '' }) => {
      const key = `${code} ${variable}`
      return !seen.has(key) && seen.add(key)
    }),
  )
}
