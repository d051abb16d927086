import type { HealthRules, HealthState, Judgement } from './health-facts'
import { decide, type Status } from './policy'

const SEVERITY: Readonly<Record<Status, number>> = { pass: 0, warn: 1, fail: 2 }

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

/** Judges the new state; the old judgement object stays while it says the same. */
export function settle(before: HealthState, after: HealthState, now: number, rules: HealthRules) {
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
