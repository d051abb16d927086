import type { Cause, Diagnosis, Finding, Severity } from '../causes/cause'
import { causes } from '../causes/table'

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
