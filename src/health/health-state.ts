import type { Cause } from '../diagnosis/cause'
import { type Decision, decide, isCredentialCause, type Policy, rowOf, type Status } from './policy'

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

export type EvidenceSource = 'active' | 'passive' | 'shared'

/** Everything the health document is made of. Times are epoch milliseconds. */
export interface HealthState {
  readonly verdict: Verdict
  readonly judgement: Judgement
  /** Since when status and cause are what they are. */
  readonly since: number
  readonly startedAt: number
  readonly everReady: boolean
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
  /** Live traffic, which outweighs the probe. */
  inference: boolean
  startedAt: number
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
  /** The credential was asked for again between two refusals. */
  | { type: 'refreshed' }
  /** Another token is in use: earlier refusals say nothing about it. */
  | { type: 'rotated' }
  /** Time went by. */
  | { type: 'tick' }
  | { type: 'drain' }

const SEVERITY: Readonly<Record<Status, number>> = { pass: 0, warn: 1, fail: 2 }

/** Evidence this much newer than the last is worth a new state; a busy app makes thousands. */
const FRESH_MS = 1_000

function judgeVerdict(state: HealthState, now: number, rules: HealthRules): Judgement {
  const phase = state.everReady ? 'steady' : 'startup'
  const { verdict } = state
  const pastDeadline = now - state.startedAt >= rules.startupDeadlineMs
  if (verdict.kind === 'starting') {
    return { ...decide(rules.policy.starting, phase, pastDeadline), phase, cause: 'starting' }
  }
  const cause = verdict.kind === 'failing' ? verdict.cause : verdict.warning
  if (cause === null) {
    return { status: 'pass', decision: `accepted:${phase}=pass`, phase, cause }
  }
  return { ...decide(rules.policy[cause], phase, pastDeadline), phase, cause }
}

function judge(state: HealthState, now: number, rules: HealthRules): Judgement {
  const judged = judgeVerdict(state, now, rules)
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

function settle(before: HealthState, after: HealthState, now: number, rules: HealthRules) {
  let state = after
  let judgement = judge(state, now, rules)
  if (!state.everReady && judgement.status !== 'fail') {
    state = { ...state, everReady: true }
    judgement = judge(state, now, rules)
  }
  const old = before.judgement
  const same = old.decision === judgement.decision && old.cause === judgement.cause
  if (same) return state === before ? before : { ...state, judgement: old }
  const moved = old.status !== judgement.status || old.cause !== judgement.cause
  return { ...state, judgement, since: moved ? now : state.since }
}

function isOutweighed(state: HealthState, event: SuccessEvent, now: number, rules: HealthRules) {
  const failed = state.inferenceFailure
  if (event.proof === 'inference' || !failed || now - failed.at >= rules.intervalMs) return false
  // The balance answer proves the key; that inference works, it cannot prove.
  return event.proof === 'models' || !isCredentialCause(failed.cause)
}

function afterSuccess(state: HealthState, event: SuccessEvent, now: number, rules: HealthRules) {
  const { verdict } = state
  const warning =
    event.warning ?? (event.warning === undefined && 'warning' in verdict ? verdict.warning : null)
  const idle = verdict.kind === 'accepted' && verdict.warning === warning && state.failures === 0
  if (idle && event.source === 'passive' && now - (state.evidenceAt ?? 0) < FRESH_MS) return state
  const seen: HealthState = {
    ...state,
    source: event.source,
    evidenceAt: now,
    balance: event.proof === 'balance' ? { value: true, at: now } : state.balance,
    responseTime:
      event.tookMs === undefined ? state.responseTime : { value: event.tookMs, at: now },
  }
  if (isOutweighed(state, event, now, rules)) return seen
  const successes = state.successes + 1
  const needed = state.everReady ? rules.successThreshold : 1
  const turns = verdict.kind !== 'failing' || successes >= needed
  return {
    ...seen,
    failures: 0,
    successes,
    streak: null,
    inferenceFailure: null,
    credential: { value: 'accepted' as const, at: now },
    verdict: turns ? { kind: 'accepted' as const, warning } : verdict,
    downProbes: turns ? 0 : state.downProbes,
  }
}

function extend(streak: Streak | null, event: FailureEvent, now: number): Streak {
  const same = streak !== null && rowOf(streak.cause) === rowOf(event.cause)
  return {
    cause: event.cause,
    count: same ? streak.count + 1 : 1,
    refreshed: (same && streak.refreshed) || event.refreshed,
    at: now,
  }
}

/** Enough refusals in sequence, with a refresh between them. */
function isConfirmed(before: Streak | null, after: Streak, event: FailureEvent, threshold: number) {
  const between = event.afterRefresh || (after.count > 1 && before?.refreshed === true)
  return after.count >= threshold && (between || threshold === 1)
}

function verdictAfter(
  state: HealthState,
  event: FailureEvent,
  streak: Streak,
  rules: HealthRules,
): Verdict {
  const { verdict } = state
  const turned: Verdict = { kind: 'failing', cause: event.cause }
  const { failureThreshold } = rules
  if (isCredentialCause(event.cause)) {
    return isConfirmed(state.streak, streak, event, failureThreshold) ? turned : verdict
  }
  if (verdict.kind === 'starting') return turned
  if (verdict.kind === 'accepted') {
    return state.failures + 1 >= failureThreshold ? turned : verdict
  }
  // An outage says nothing about a key that was refused: only an answer that accepts it does.
  if (isCredentialCause(verdict.cause) && !event.credentialAccepted) return verdict
  const known = rowOf(verdict.cause) === rowOf(event.cause) || !state.everReady
  return known || streak.count >= failureThreshold ? turned : verdict
}

function afterFailure(state: HealthState, event: FailureEvent, now: number, rules: HealthRules) {
  const cause = event.cause
  const refusal = isCredentialCause(cause)
  const seen: HealthState = {
    ...state,
    source: event.source,
    evidenceAt: now,
    inferenceFailure: event.inference ? { at: now, cause } : state.inferenceFailure,
    balance: cause === 'balance-exhausted' ? { value: false, at: now } : state.balance,
    responseTime:
      event.tookMs === undefined ? state.responseTime : { value: event.tookMs, at: now },
  }
  if (state.streak && event.startedAt < state.streak.at) return seen
  const streak = extend(state.streak, event, now)
  const verdict = verdictAfter(state, event, streak, rules)
  const rejected = refusal && verdict.kind === 'failing' && isCredentialCause(verdict.cause)
  const failures = state.failures + 1
  const down = verdict.kind === 'failing' && failures >= rules.failureThreshold
  return {
    ...seen,
    failures,
    successes: 0,
    streak,
    verdict,
    credential: event.credentialAccepted
      ? { value: 'accepted' as const, at: now }
      : refusal
        ? { value: rejected ? ('rejected' as const) : ('unconfirmed' as const), at: now }
        : state.credential,
    downProbes: down && event.source !== 'passive' ? state.downProbes + 1 : state.downProbes,
  }
}

function apply(state: HealthState, event: HealthEvent, now: number, rules: HealthRules) {
  switch (event.type) {
    case 'success':
      return afterSuccess(state, event, now, rules)
    case 'failure':
      return afterFailure(state, event, now, rules)
    case 'refreshed':
      return state.streak && isCredentialCause(state.streak.cause) && !state.streak.refreshed
        ? { ...state, streak: { ...state.streak, refreshed: true } }
        : state
    case 'rotated':
      return state.streak && isCredentialCause(state.streak.cause)
        ? { ...state, streak: null }
        : state
    case 'drain':
      return state.draining ? state : { ...state, draining: true }
    case 'tick':
      return state
  }
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

/**
 * The state after an event; the same object when nothing that anybody sees has changed. Pure: what
 * time it is comes with the call, thresholds and policy come with the rules.
 */
export function transition(
  state: HealthState,
  event: HealthEvent,
  now: number,
  rules: HealthRules,
): HealthState {
  return settle(state, apply(state, event, now, rules), now, rules)
}
