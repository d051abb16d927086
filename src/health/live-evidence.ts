import type { CallOutcome } from '../outbound/call-outcome'
import type { FailureEvent, SuccessEvent } from './health-event'

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
