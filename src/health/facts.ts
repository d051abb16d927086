import type { Cause } from '../causes/cause'
import {
  type Decision,
  decide,
  isCredentialCause,
  type Policy,
  type PolicyRow,
  rowOf,
  type Status,
} from './policy'

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

/**
 * Inference calls that failed in a row. Only an inference that succeeds takes them back: a balance
 * or a list of models that is answered well proves nothing about inference.
 */
export interface FailedInference {
  /** Of the newest. */
  cause: Cause
  count: number
  /** When the newest three failed, oldest first. */
  at: readonly number[]
  /** Three of them came within `staleAfterMs`. */
  lasting: boolean
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

/**
 * Whether this instance may leave rotation: not for a fault that half of the fleet has as well, or
 * one outage becomes two. By what the fault would be: its credential, or something else.
 */
export interface FleetRule {
  credential: boolean
  other: boolean
}

/** Everything the health document is made of. Times are milliseconds of the monotonic clock. */
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
  /** Whether the fleet can spare this instance. */
  readonly fleet: FleetRule
  readonly source: EvidenceSource
  readonly evidenceAt: number | null
  /** Consecutive failures of any kind. */
  readonly failures: number
  readonly successes: number
  readonly streak: Streak | null
  /** Active failures since the verdict turned: the exponent of the slow-down. */
  readonly downProbes: number
  readonly inference: FailedInference | null
  /** What is wrong with the account, though calls go well. */
  readonly account: Cause | null
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
    fleet: { credential: true, other: true },
    source: 'active',
    evidenceAt: null,
    failures: 0,
    successes: 0,
    streak: null,
    downProbes: 0,
    inference: null,
    account: null,
    credential: { value: 'unconfirmed', at: now },
    balance: null,
    responseTime: null,
  }
}

/** The state of a process whose guard is switched off: traffic comes in, and nothing is known. */
export function switchedOffState(now: number, rules: HealthRules): HealthState {
  const before = startingState(now)
  const verdict: Verdict = { kind: 'failing', cause: 'guard-off' }
  return settle(before, { ...before, verdict }, now, rules)
}

/** Inference is refused while probes with the same credential are not. */
const UNPROVEN_REFUSAL = { status: 'warn', decision: 'inference:steady=warn' } as const

/** The row of the fleet: half of it or more has the same fault. */
const SPARED = { status: 'warn', decision: 'fleet:steady=warn' } as const

const SEVERITY: Readonly<Record<Status, number>> = { pass: 0, warn: 1, fail: 2 }

/** The row of the policy that judges what is wrong; null when nothing is. */
function troubleOf({ verdict }: HealthState): PolicyRow | null {
  return verdict.kind === 'failing' ? rowOf(verdict.cause) : null
}

function judgeVerdict(state: HealthState, now: number, rules: HealthRules): Judgement {
  const phase = state.everReady && state.admittedWith === null ? 'steady' : 'startup'
  const { verdict } = state
  const pastDeadline = now - state.startedAt >= rules.startupDeadlineMs
  if (verdict.kind === 'starting') {
    return { ...decide(rules.policy.starting, phase, pastDeadline), phase, cause: 'starting' }
  }
  const cause = verdict.kind === 'failing' ? verdict.cause : (state.account ?? verdict.warning)
  if (cause === null) {
    return { status: 'pass', decision: `accepted:${phase}=pass`, phase, cause }
  }
  return { ...decide(rules.policy[cause], phase, pastDeadline), phase, cause }
}

/** When failed inference stops counting; null while it does not count. */
export function inferenceEnds({ inference }: HealthState, staleAfterMs: number): number | null {
  if (!inference?.lasting) return null
  return (inference.at.at(-1) ?? 0) + staleAfterMs
}

/**
 * What failed inference makes of an accepted credential: the row of its cause, but never `fail` for
 * a refusal, which the probes between them deny.
 */
function judgeInference(state: HealthState, judged: Judgement, now: number, rules: HealthRules) {
  const { inference, verdict } = state
  const ends = inferenceEnds(state, rules.staleAfterMs)
  if (inference === null || ends === null || now >= ends) return judged
  if (verdict.kind !== 'accepted' || judged.phase === 'startup') return judged
  const { cause } = inference
  const { phase } = judged
  const made = decide(rules.policy[cause], 'steady', true)
  const capped = made.status === 'fail' && isCredentialCause(cause)
  const { status, decision } = capped ? UNPROVEN_REFUSAL : made
  return SEVERITY[status] === 0 ? judged : { status, decision, phase, cause }
}

/** What stays in rotation because the fleet has the same trouble. */
function judgeFleet({ verdict, fleet }: HealthState, judged: Judgement): Judgement {
  if (judged.status !== 'fail' || judged.phase !== 'steady') return judged
  const cause = verdict.kind === 'failing' ? verdict.cause : undefined
  if (cause === undefined || fleet[isCredentialCause(cause) ? 'credential' : 'other']) return judged
  return { ...judged, ...SPARED }
}

/** By its own judgement the instance should be out of rotation, whatever the fleet can spare. */
export function wouldFail({ judgement, verdict, draining }: HealthState): boolean {
  if (draining || verdict.kind !== 'failing') return false
  return judgement.status === 'fail' || judgement.decision === SPARED.decision
}

function judge(state: HealthState, now: number, rules: HealthRules): Judgement {
  const own = judgeInference(state, judgeVerdict(state, now, rules), now, rules)
  const judged = judgeFleet(state, own)
  if (state.draining) {
    const decision = `draining:${judged.phase}=fail`
    return { status: 'fail', decision, phase: 'draining', cause: null }
  }
  if (state.evidenceAt === null || now - state.evidenceAt <= rules.staleAfterMs) return judged
  const phase = state.everReady ? 'steady' : 'startup'
  const stale = decide(rules.policy.stale, phase, true)
  // Staleness may only make it worse: a confirmed bad key does not get better with age.
  if (SEVERITY[stale.status] <= SEVERITY[judged.status]) return judged
  return { ...stale, phase, cause: judged.cause ?? 'unknown' }
}

/**
 * From the first judgement that lets traffic in, the steady rows hold. Where the steady row would
 * take back at once what the startup row has just granted (`strict`, in an outage at boot), the
 * startup row stays for as long as that same trouble lasts: an instance that turned ready and
 * failed in one moment would never have been ready.
 */
function admit(state: HealthState, judged: Judgement, now: number, rules: HealthRules) {
  const steady = { ...state, everReady: true, admittedWith: null }
  const judgement = judge(steady, now, rules)
  if (judgement.status !== 'fail') return { state: steady, judgement }
  return { state: { ...steady, admittedWith: troubleOf(state) }, judgement: judged }
}

/** Judges the new state; the old judgement object stays while it says the same. */
export function settle(before: HealthState, after: HealthState, now: number, rules: HealthRules) {
  const over = after.admittedWith !== null && after.admittedWith !== troubleOf(after)
  let state = over ? { ...after, admittedWith: null } : after
  let judgement = judge(state, now, rules)
  if (!state.everReady && judgement.status !== 'fail') {
    const admitted = admit(state, judgement, now, rules)
    state = admitted.state
    judgement = admitted.judgement
  }
  const old = before.judgement
  const same = old.decision === judgement.decision && old.cause === judgement.cause
  if (same) return state === before ? before : { ...state, judgement: old }
  const moved = old.status !== judgement.status || old.cause !== judgement.cause
  return { ...state, judgement, since: moved ? now : state.since }
}

/** Where a piece of evidence came from. */
export type EvidenceSource = 'active' | 'passive' | 'shared'

export interface SuccessEvent {
  type: 'success'
  source: EvidenceSource
  /** What answered: only an inference call proves that inference works. */
  proof: 'inference' | 'balance' | 'models'
  tookMs?: number
  /** Set by the probe when it looked; else the last warning stays. */
  warning?: 'model-unavailable' | null
}

export interface FailureEvent {
  type: 'failure'
  source: EvidenceSource
  cause: Cause
  /** An inference call, which outweighs the probe. */
  inference: boolean
  /** When the call began, by the monotonic clock. */
  startedAt: number
  /** When another process was told so; default: now. */
  endedAt?: number
  /** The answer proves that the key is good (402, unknown model). */
  credentialAccepted: boolean
  /** A credential refresh was tried after this refusal. */
  refreshed: boolean
  /** The refused attempt was itself the replay after a refresh. */
  afterRefresh: boolean
  tookMs?: number
}

export type HealthEvent =
  | SuccessEvent
  | FailureEvent
  /** The balance was read: `cause` says what is wrong with the account, `null` that nothing is. */
  | { type: 'account'; cause: Cause | null }
  /** The credential was asked for again between two refusals. */
  | { type: 'refreshed' }
  /** Another token is in use: earlier refusals say nothing about it. */
  | { type: 'rotated' }
  /** Time went by. */
  | { type: 'tick' }
  | { type: 'drain' }
  /** The fleet has changed. */
  | { type: 'fleet'; rule: FleetRule }
