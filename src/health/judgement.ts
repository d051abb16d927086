import type { HealthRules, HealthState, Judgement } from './health-facts'
import { decide, type PolicyRow, rowOf, type Status } from './policy'

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
