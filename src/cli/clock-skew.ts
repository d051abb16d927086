import type { Answer } from './ask'
import { findingOfCause } from './finding-of'
import type { StepOutcome } from './step'

/** `Date` counts whole seconds and an answer takes some; a minute is what token checks allow. */
const TOLERATED_MS = 60_000

function inWords(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return seconds < 600 ? `${seconds} s` : `${Math.round(seconds / 60)} minutes`
}

/**
 * Compares this machine's clock with the `Date` of an answer. A cache answers with an old one
 * (`Age`), which proves nothing.
 */
export function judgeClock(answers: readonly Answer[]): StepOutcome {
  const dated = answers.find(({ headers }) => headers.date && headers.age === undefined)
  const theirs = Date.parse(dated?.headers.date ?? '')
  if (!dated || Number.isNaN(theirs)) {
    return { status: 'unknown', detail: 'No answer carried a fresh Date header.' }
  }
  const skew = dated.at - theirs
  if (Math.abs(skew) <= TOLERATED_MS) {
    return { status: 'ok', detail: 'The clock agrees with the Date header.' }
  }
  const direction = skew > 0 ? 'ahead' : 'behind'
  const detail = `This machine's clock is ${inWords(Math.abs(skew))} ${direction}.`
  return { status: 'warning', detail, finding: findingOfCause('clock-skewed', 'warning', [detail]) }
}
