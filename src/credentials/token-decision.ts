import { isTrialDue } from './backoff'
import type { HeldToken } from './credential'
import type { OutboundReason, TokenRequest } from './source'
import { isUsable, type TokenState } from './token-facts'

/** After so many changes in a row that brought nothing the next one is fetched a little later. */
const IDLE_CHANGES = 3
const CALM_MS = 100

/** `probe`: the health monitor's own call, which is never held back by the breaker. */
export type Purpose = 'call' | 'probe'

/** What a call gets as things stand, without asking anybody. */
export type Conclusion =
  | { readonly kind: 'send'; readonly token: HeldToken }
  /** As `send`, and the one call that may try the refused token. */
  | { readonly kind: 'trial'; readonly token: HeldToken }
  /** A synthetic 401, because SDKs repeat what throws. */
  | { readonly kind: 'refuse'; readonly reason: OutboundReason }
  /** No token for now. */
  | { readonly kind: 'fail' }

/** A question that has to be put to the source first. */
export interface Question {
  readonly kind: 'ask'
  readonly reason: TokenRequest['reason']
  readonly quiet: boolean
}

/** What a call has to do before it knows. */
export type Decision = Conclusion | Question | { readonly kind: 'wait' }

function isBlocked({ breaker }: TokenState): boolean {
  return breaker.kind === 'open'
}

/** While the breaker is open, a source that watches says itself when it has another token. */
function isWatchedOver({ breaker, watching }: TokenState): boolean {
  return breaker.why === 'rounds' && watching
}

/** True when the source may be asked now for a call that cannot be sent as things stand. */
export function mayAsk(state: TokenState, now: number): boolean {
  const { rules, closed, held, pace } = state
  if (closed) return rules.local && held === undefined
  return rules.local || (!isWatchedOver(state) && now >= pace.notBefore)
}

/** True when every call may be given the token without a further look, until it ends. */
export function isPlain({ held, breaker, asking }: TokenState): boolean {
  return held !== undefined && breaker.kind === 'closed' && asking?.reason !== 'rejected'
}

/** What a call that wants a token has to do first, or what it gets. */
export function decide(state: TokenState, purpose: Purpose, now: number): Decision {
  const { asking, held, expiresAt, rules } = state
  // A probe waits for no source that may hang: it would time out and blame DeepSeek.
  const patient = purpose === 'call' || held === undefined || now >= expiresAt
  const usable = isUsable(state, now)
  if (asking !== undefined) {
    const waits = patient && (!usable || asking.reason === 'rejected')
    return waits ? { kind: 'wait' } : conclude(state, purpose, now)
  }
  if (usable || !mayAsk(state, now)) return conclude(state, purpose, now)
  return patient || rules.local ? questionFor(state) : conclude(state, purpose, now)
}

function questionFor(state: TokenState): Question {
  const { rules, held, failure } = state
  const blocked = isBlocked(state)
  const quiet = rules.local && (blocked || failure !== undefined)
  const another = rules.selfBenching ? 'changed' : 'rejected'
  const reason = blocked ? another : held === undefined ? 'initial' : 'expiring'
  return { kind: 'ask', reason, quiet }
}

/** What a call gets when it asks and waits no more. */
export function conclude(state: TokenState, purpose: Purpose, now: number): Conclusion {
  const { held, breaker, expiresAt, closed, rules, failure } = state
  if (held === undefined || (now >= expiresAt && !closed)) {
    return failure?.error.permanent
      ? { kind: 'refuse', reason: refreshReason(state) }
      : { kind: 'fail' }
  }
  if (breaker.kind === 'closed' || purpose === 'probe') return { kind: 'send', token: held }
  if (!rules.selfBenching && isTrialDue(breaker, now)) return { kind: 'trial', token: held }
  return { kind: 'refuse', reason: heldBackReason(state) }
}

/** What to do about a 401; `refreshed`: the source was asked since the call had left. */
type AfterRefusal =
  | Question
  | { readonly kind: 'wait'; readonly forced: boolean }
  | { readonly kind: 'done'; readonly refreshed: boolean }

/** What to do about a 401 for `token`: ask, wait for who asks already, or nothing more. */
export function decideAfterRefusal(state: TokenState, token: HeldToken, now: number): AfterRefusal {
  const { held, asking, rules, breaker, answered } = state
  if (token.generation !== held?.generation) return { kind: 'done', refreshed: true }
  const { refusals = 0 } = token
  // The source was asked by force after this call had left, and gave the same token.
  if (!rules.local && refusals < answered) return { kind: 'done', refreshed: true }
  if (asking !== undefined) return { kind: 'wait', forced: asking.reason === 'rejected' }
  if (!mayAsk(state, now)) return { kind: 'done', refreshed: false }
  const tripped = breaker.why === 'rounds'
  const quiet = rules.local && (tripped || refusals < breaker.refusals - 1)
  return { kind: 'ask', reason: 'rejected', quiet }
}

/** Why a 401 comes back without a replay. */
export function refreshReason({ failure, closed }: TokenState): OutboundReason {
  if (failure?.exhausted) return 'pool-exhausted'
  return failure === undefined && !closed ? 'unchanged-token' : 'refresh-failed'
}

function heldBackReason(state: TokenState): OutboundReason {
  const { breaker } = state
  const reason = refreshReason(state)
  if (reason === 'pool-exhausted') return reason
  const tripped = breaker.why === 'rounds'
  return tripped || reason === 'unchanged-token' ? 'breaker-open' : reason
}

/** The next thing to do in the background, and the earliest time for it. */
export type Step =
  | { readonly kind: 'ask'; readonly reason: TokenRequest['reason']; readonly at: number }
  | { readonly kind: 'prove'; readonly at: number }

export function nextStep(state: TokenState): Step | undefined {
  if (state.closed) return undefined
  const { candidate } = state
  const ask = state.asking === undefined ? nextQuestion(state) : undefined
  if (candidate?.kind !== 'due') return ask
  const { at } = candidate
  return ask === undefined || at <= ask.at ? { kind: 'prove', at } : ask
}

/** When a change that the source tells of may be fetched, whatever the pace: it is news. */
export function calmAt({ idle }: TokenState): number {
  return idle.changes < IDLE_CHANGES ? 0 : idle.at + CALM_MS
}

function nextQuestion(state: TokenState): Step | undefined {
  const { changeDue, dueAt, rules, watching, pace } = state
  if (changeDue) {
    const patience = rules.local && !pace.failing ? 0 : pace.notBefore
    return { kind: 'ask', reason: 'changed', at: Math.max(calmAt(state), patience) }
  }
  const alone = !rules.local && !watching
  if (isBlocked(state) && alone) return { kind: 'ask', reason: 'rejected', at: pace.notBefore }
  if (dueAt === Number.POSITIVE_INFINITY) return undefined
  return { kind: 'ask', reason: 'expiring', at: Math.max(dueAt, pace.notBefore) }
}
