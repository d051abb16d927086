import type { CallOutcome } from '../outbound/call'
import type { FailureEvent, SuccessEvent } from './facts'

/** True when the answer was what the caller asked for. */
export function succeeded({ status = 0, diagnosis }: CallOutcome): boolean {
  return diagnosis === undefined && status >= 200 && status <= 299
}

/** What a live call says about DeepSeek; undefined when it says nothing. */
export function liveEvidence(outcome: CallOutcome): SuccessEvent | FailureEvent | undefined {
  if (!outcome.diagnosis) {
    // A success with a credential that the caller brought proves nothing about ours.
    if (!succeeded(outcome) || outcome.tokenId === undefined) return undefined
    // Lists and balances are read with GET; inference is asked for with POST.
    const proof = outcome.method === 'POST' ? 'inference' : 'models'
    return { type: 'success', source: 'passive', proof }
  }
  return isEvidence(outcome) ? failureOf(outcome, 'passive') : undefined
}

/** The failure event of an outcome that carries a diagnosis. */
export function failureOf(
  outcome: Pick<CallOutcome, 'diagnosis' | 'refreshed' | 'resendCount' | 'startedAt'>,
  source: 'active' | 'passive',
): FailureEvent | undefined {
  const { diagnosis, refreshed } = outcome
  if (!diagnosis) return undefined
  return {
    type: 'failure',
    source,
    cause: diagnosis.cause,
    inference: source === 'passive',
    startedAt: outcome.startedAt,
    credentialAccepted: diagnosis.credentialAccepted === true,
    refreshed,
    afterRefresh: refreshed && outcome.resendCount > 0,
  }
}

/** A caller's own mistake, abort or deadline is not DeepSeek's failure. */
function isEvidence({ status, diagnosis, tokenId, synthetic }: CallOutcome): boolean {
  if (!diagnosis) return false
  const { group, cause } = diagnosis
  if (group === 'caller' || group === 'request') return false
  if (status === undefined) return cause !== 'timed-out'
  if (status === 400 || status === 422) return false
  // A 401 for a credential that the caller brought says nothing about ours.
  return status !== 401 || synthetic || tokenId !== undefined
}

/** Counts of one minute. */
interface Minute {
  number: number
  good: number
  bad: number
}

/** The ratio looks back this far: long enough for a quiet app, short enough for an incident. */
const MINUTES = 5

const MINUTE_MS = 60_000

/** The share of live calls that failed lately. */
export class TrafficWindow {
  readonly #minutes: Minute[] = []
  #at: number | null = null

  add(failed: boolean, now: number): void {
    const number = Math.floor(now / MINUTE_MS)
    let minute = this.#minutes.at(-1)
    if (minute?.number !== number) {
      minute = { number, good: 0, bad: 0 }
      this.#minutes.push(minute)
      if (this.#minutes.length > MINUTES) this.#minutes.shift()
    }
    if (failed) minute.bad++
    else minute.good++
    this.#at = now
  }

  read(now: number): { failureRatio: number; at: number | null } {
    const oldest = Math.floor(now / MINUTE_MS) - MINUTES
    let good = 0
    let bad = 0
    for (const minute of this.#minutes) {
      if (minute.number <= oldest) continue
      good += minute.good
      bad += minute.bad
    }
    return { failureRatio: bad === 0 ? 0 : bad / (good + bad), at: this.#at }
  }
}
