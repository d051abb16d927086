import type { Cause } from './cause'
import type { Confidence, Fix } from './diagnosis'
import type { Facts } from './facts'

/** What a rule found. The words of the cause come from the table. */
export interface Verdict {
  cause: Cause
  confidence: Confidence
  /** What was seen; only constant words, numbers, statuses and names of variables. */
  evidence: string[]
  others?: readonly Cause[]
  vendor?: string
  credentialAccepted?: boolean
  /** When the table's own words do not fit this very case. */
  fix?: Fix
}

/** Judges the facts; undefined when it has nothing to say about them. */
export type Rule = (facts: Facts) => Verdict | undefined

/** `certain(...)`, `likely(...)`, `possible(...)`: a verdict in one line. */
export const certain = as('certain')
export const likely = as('likely')
export const possible = as('possible')

function as(confidence: Confidence) {
  return (cause: Cause, evidence: string[], others: readonly Cause[] = []): Verdict => ({
    cause,
    confidence,
    evidence,
    others,
  })
}
