import type { Cause } from '../../src/causes/cause'
import type { FailureEvent, HealthEvent, SuccessEvent } from '../../src/health/facts'
import { type HealthRules, type HealthState, startingState } from '../../src/health/facts'
import { transition } from '../../src/health/health-state'
import { type PolicyOverrides, type PolicyPreset, resolvePolicy } from '../../src/health/policy'

export function rulesOf(
  policy: PolicyPreset | PolicyOverrides = 'guarded',
  rest: Partial<HealthRules> = {},
): HealthRules {
  return {
    failureThreshold: 3,
    successThreshold: 2,
    intervalMs: 30_000,
    staleAfterMs: 300_000,
    startupDeadlineMs: 60_000,
    policy: resolvePolicy(policy),
    ...rest,
  }
}

/** A probe, or with `passive` a live call, that was answered well. */
export function good(changes: Partial<SuccessEvent> = {}): SuccessEvent {
  return { type: 'success', source: 'active', proof: 'balance', tookMs: 40, ...changes }
}

/** A probe that failed; `startedAt` late enough to be an incident of its own. */
export function bad(cause: Cause, changes: Partial<FailureEvent> = {}): FailureEvent {
  return {
    type: 'failure',
    source: 'active',
    cause,
    inference: false,
    startedAt: Number.MAX_SAFE_INTEGER,
    credentialAccepted: false,
    refreshed: false,
    afterRefresh: false,
    ...changes,
  }
}

/** A refusal behind which the credential was refreshed, as the wrapper does it. */
export function refused(changes: Partial<FailureEvent> = {}): FailureEvent {
  return bad('key-rejected', { refreshed: true, ...changes })
}

/** Runs events, one each second unless a number says how many milliseconds go by before. */
export function play(
  events: (HealthEvent | number)[],
  rules: HealthRules = rulesOf(),
  from: HealthState = startingState(0),
  startAt = 0,
): HealthState {
  let now = startAt
  let state = from
  for (const event of events) {
    if (typeof event === 'number') now += event
    else {
      now += 1_000
      state = transition(state, event, now, rules)
    }
  }
  return state
}
