import {
  type FailedInference,
  type FailureEvent,
  type HealthEvent,
  type HealthRules,
  type HealthState,
  type Streak,
  type SuccessEvent,
  settle,
  type Verdict,
} from './facts'
import { isCredentialCause, rowOf } from './policy'

/** Evidence this much newer than the last is worth a new state; a busy app makes thousands. */
const FRESH_MS = 1_000

/**
 * True while live calls have shown a moment ago that all is well: one more that succeeds changes
 * nothing that anybody sees. The monitor asks first, since nearly every call is such a one.
 */
export function isOldNews(state: HealthState, now: number, rules: HealthRules): boolean {
  const { verdict, failures, source, evidenceAt, inference } = state
  if (verdict.kind !== 'accepted' || failures > 0 || inference !== null) return false
  if (source !== 'passive' || evidenceAt === null) return false
  return now - evidenceAt < Math.min(FRESH_MS, rules.staleAfterMs / 2)
}

/** Failed inference warns until one inference succeeds, and not two. */
function isAnswered({ verdict, inference }: HealthState, event: SuccessEvent): boolean {
  if (event.proof !== 'inference' || inference?.lasting !== true) return false
  return verdict.kind === 'failing' && !isCredentialCause(verdict.cause)
}

/** A confirmed refusal is over: the inference that failed with it failed for no other reason. */
function isCured({ verdict, inference }: HealthState): boolean {
  const refused = verdict.kind === 'failing' && isCredentialCause(verdict.cause)
  return refused && inference !== null && isCredentialCause(inference.cause)
}

function afterSuccess(state: HealthState, event: SuccessEvent, now: number, rules: HealthRules) {
  const { verdict } = state
  const warning =
    event.warning ?? (event.warning === undefined && 'warning' in verdict ? verdict.warning : null)
  const known = verdict.kind === 'accepted' && verdict.warning === warning
  if (known && event.source === 'passive' && isOldNews(state, now, rules)) return state
  const successes = state.successes + 1
  const needed = state.everReady && !isAnswered(state, event) ? rules.successThreshold : 1
  const turns = verdict.kind !== 'failing' || successes >= needed
  return {
    ...state,
    source: event.source,
    evidenceAt: now,
    balance: event.proof === 'balance' ? { value: true, at: now } : state.balance,
    responseTime:
      event.tookMs === undefined ? state.responseTime : { value: event.tookMs, at: now },
    failures: 0,
    successes,
    streak: null,
    inference: event.proof === 'inference' || (turns && isCured(state)) ? null : state.inference,
    credential: { value: 'accepted' as const, at: now },
    verdict: turns ? { kind: 'accepted' as const, warning } : verdict,
    downProbes: turns ? 0 : state.downProbes,
  }
}

/** Failed inferences of one app that turn health, however many probes succeed between them. */
const INFERENCES = 3

function extendInference(
  before: FailedInference | null,
  event: FailureEvent,
  now: number,
  { staleAfterMs }: HealthRules,
): FailedInference | null {
  if (!event.inference) return before
  const { cause } = event
  const recent = (before?.at ?? []).filter((at) => now - at < staleAfterMs)
  const last = recent.at(-1)
  if (before === null || last === undefined) return { cause, count: 1, at: [now], lasting: false }
  // A call that was under way when the last one failed belongs to the same incident.
  if (event.startedAt < last) return { ...before, cause }
  const at = [...recent, now].slice(-INFERENCES)
  const lasting = before.lasting || at.length === INFERENCES
  return { cause, count: before.count + 1, at, lasting }
}

function extend(streak: Streak | null, event: FailureEvent, now: number): Streak {
  const same = streak !== null && rowOf(streak.cause) === rowOf(event.cause)
  return {
    cause: event.cause,
    count: same ? streak.count + 1 : 1,
    refreshed: (same && streak.refreshed) || event.refreshed,
    at: event.endedAt ?? now,
  }
}

/** Enough refusals in sequence, with a refresh between them. */
function isConfirmed(before: Streak | null, after: Streak, event: FailureEvent, threshold: number) {
  const between = event.afterRefresh || before?.refreshed === true
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
    inference: extendInference(state.inference, event, now, rules),
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

/** Refusals of another token say nothing about this one. */
function afterRotation(state: HealthState): HealthState {
  const { streak, inference } = state
  const refused = streak !== null && isCredentialCause(streak.cause)
  const denied = inference !== null && isCredentialCause(inference.cause)
  if (!refused && !denied) return state
  return { ...state, streak: refused ? null : streak, inference: denied ? null : inference }
}

function apply(state: HealthState, event: HealthEvent, now: number, rules: HealthRules) {
  switch (event.type) {
    case 'success':
      return afterSuccess(state, event, now, rules)
    case 'failure':
      return afterFailure(state, event, now, rules)
    case 'account':
      return event.cause === state.account ? state : { ...state, account: event.cause }
    case 'refreshed':
      return state.streak && isCredentialCause(state.streak.cause) && !state.streak.refreshed
        ? { ...state, streak: { ...state.streak, refreshed: true } }
        : state
    case 'rotated':
      return afterRotation(state)
    case 'drain':
      return state.draining ? state : { ...state, draining: true }
    case 'fleet': {
      const { credential, other } = event.rule
      const same = credential === state.fleet.credential && other === state.fleet.other
      return same ? state : { ...state, fleet: event.rule }
    }
    case 'tick':
      return state
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
