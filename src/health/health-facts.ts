import type { Cause } from '../diagnosis/cause'
import type { EvidenceSource } from './health-event'
import type { Decision, Policy, PolicyRow } from './policy'

/** What is believed about DeepSeek, seen from this process. */
export type Verdict =
  | { kind: 'starting' }
  /** `warning`: it works, and a configured model is not listed. */
  | { kind: 'accepted'; warning: 'model-unavailable' | null }
  | { kind: 'failing'; cause: Cause }

/** Consecutive failures that one row of the policy judges. */
export interface Streak {
  cause: Cause
  count: number
  /** A credential refresh was tried after one of them. */
  refreshed: boolean
  /** When the newest was counted: a call that was under way by then is the same incident. */
  at: number
}

/** What the policy made of the verdict. */
export interface Judgement extends Decision {
  phase: 'startup' | 'steady' | 'draining'
  cause: Cause | 'starting' | null
}

interface Seen<T> {
  value: T
  at: number
}

/** Everything the health document is made of. Times are epoch milliseconds. */
export interface HealthState {
  readonly verdict: Verdict
  readonly judgement: Judgement
  /** Since when status and cause are what they are. */
  readonly since: number
  readonly startedAt: number
  readonly everReady: boolean
  /** The trouble with which the startup row let traffic in, while the steady row would not. */
  readonly admittedWith: PolicyRow | null
  readonly draining: boolean
  readonly source: EvidenceSource
  readonly evidenceAt: number | null
  /** Consecutive failures of any kind. */
  readonly failures: number
  readonly successes: number
  readonly streak: Streak | null
  /** Active failures since the verdict turned: the exponent of the slow-down. */
  readonly downProbes: number
  readonly inferenceFailure: { at: number; cause: Cause } | null
  readonly credential: Seen<'accepted' | 'rejected' | 'unconfirmed'>
  readonly balance: Seen<boolean> | null
  readonly responseTime: Seen<number> | null
}

/** The part of the options that transitions depend on. */
export interface HealthRules {
  failureThreshold: number
  successThreshold: number
  intervalMs: number
  staleAfterMs: number
  startupDeadlineMs: number
  policy: Policy
}

/** The state of a process that has not asked yet. */
export function startingState(now: number): HealthState {
  return {
    verdict: { kind: 'starting' },
    judgement: {
      status: 'fail',
      decision: 'starting:startup=fail',
      phase: 'startup',
      cause: 'starting',
    },
    since: now,
    startedAt: now,
    everReady: false,
    admittedWith: null,
    draining: false,
    source: 'active',
    evidenceAt: null,
    failures: 0,
    successes: 0,
    streak: null,
    downProbes: 0,
    inferenceFailure: null,
    credential: { value: 'unconfirmed', at: now },
    balance: null,
    responseTime: null,
  }
}
