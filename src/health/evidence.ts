import type { Diagnosis } from '../causes/cause'
import type { CallOutcome } from '../outbound/call'
import { COMPLETION_PATH } from '../provider/usage'
import type { FailureEvent, SuccessEvent } from './facts'

/** What one probe found out, in a form that another process could use as well. */
export interface ProbeEvidence {
  event: SuccessEvent | FailureEvent
  /** Epoch milliseconds. */
  at: number
  durationMs: number
  diagnosis?: Diagnosis
  status?: number
  retryAfterMs?: number
  /** Fingerprint of the credential that was judged: its verdict holds for no other. */
  tokenId?: string
}

/**
 * Where the monitor takes its evidence from when a probe is due. The local one asks DeepSeek every
 * time; one that is shared by a fleet asks only where this process holds the lease, publishes what
 * came out, and otherwise gives what another process published, with `source: 'shared'`.
 */
export interface VerdictSource {
  next(ask: () => Promise<ProbeEvidence | undefined>): Promise<Found>
  /** This process probes no longer: another one may. */
  close?(): void
}

/** What came of one turn. */
export interface Found {
  /** Oldest first; empty when nothing was learnt. */
  evidence: readonly ProbeEvidence[]
  /** Another process probes: when to look for its next finding, in milliseconds. */
  lookAgainMs?: number
}

/** Every process for itself. */
export const localVerdicts: VerdictSource = {
  async next(ask) {
    const evidence = await ask()
    return { evidence: evidence === undefined ? [] : [evidence] }
  },
}

/** Lists and balances are read with GET; inference is asked for with POST. */
function isInference(outcome: CallOutcome): boolean {
  return outcome.method === 'POST' || COMPLETION_PATH.test(outcome.path)
}

/** True when the answer was what the caller asked for. */
export function succeeded({ status = 0, diagnosis, synthetic }: CallOutcome): boolean {
  return diagnosis === undefined && status >= 200 && status <= 299 && !synthetic
}

/**
 * What a live call says about DeepSeek; undefined when it says nothing. `startedAt` is when it
 * began, by the monotonic clock.
 */
export function liveEvidence(
  outcome: CallOutcome,
  startedAt: number,
): SuccessEvent | FailureEvent | undefined {
  if (!outcome.diagnosis) {
    // A success with a credential that the caller brought proves nothing about ours.
    if (!succeeded(outcome) || outcome.tokenId === undefined) return undefined
    const proof = isInference(outcome) ? 'inference' : 'models'
    return { type: 'success', source: 'passive', proof }
  }
  if (!isEvidence(outcome, outcome.diagnosis)) return undefined
  return { ...failureOf(outcome, outcome.diagnosis, startedAt), inference: isInference(outcome) }
}

/** The failure event of a probe, or with a caller's diagnosis of a call. */
export function failureOf(
  outcome: Partial<Pick<CallOutcome, 'purpose' | 'refreshed' | 'resendCount'>>,
  diagnosis: Diagnosis,
  startedAt: number,
): FailureEvent {
  const { purpose = 'probe', refreshed = false, resendCount = 0 } = outcome
  return {
    type: 'failure',
    source: purpose === 'probe' ? 'active' : 'passive',
    cause: diagnosis.cause,
    inference: false,
    startedAt,
    credentialAccepted: diagnosis.credentialAccepted === true,
    refreshed,
    afterRefresh: refreshed && resendCount > 0,
  }
}

/** A caller's own mistake, abort or deadline is not DeepSeek's failure. */
function isEvidence(outcome: CallOutcome, { group, cause }: Diagnosis): boolean {
  const { status, tokenId, synthetic } = outcome
  // What was answered here repeats what is known already.
  if (synthetic) return false
  if (group === 'caller') return false
  if (status === undefined) return cause !== 'timed-out'
  if (status === 400 || status === 422) return false
  if (group === 'request') return status === 404
  // A 401 for a credential that the caller brought says nothing about ours.
  return status !== 401 || tokenId !== undefined
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

/** What a window knows; undefined before the first call. */
export interface FailureRatio {
  ratio: number
  /** When the newest call was counted, by the monotonic clock. */
  at: number
}

/** The share of live calls, or of streams, that failed lately. */
export class FailureWindow {
  readonly #minutes: Minute[] = []
  #at: number | undefined

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

  read(now: number): FailureRatio | undefined {
    if (this.#at === undefined) return undefined
    const oldest = Math.floor(now / MINUTE_MS) - MINUTES
    let good = 0
    let bad = 0
    for (const minute of this.#minutes) {
      if (minute.number <= oldest) continue
      good += minute.good
      bad += minute.bad
    }
    return { ratio: bad === 0 ? 0 : bad / (good + bad), at: this.#at }
  }
}
