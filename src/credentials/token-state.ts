import {
  afterAnswer,
  afterFailure,
  afterProof,
  afterTrial,
  type Breaker,
  backoffMs,
  closedBreaker,
  isTooFresh,
  openSince,
  refuse,
  wasInVain,
} from './backoff'
import type { HeldToken } from './credential'
import type { TokenRequest } from './source'
import { usableMs } from './token'
import {
  type Candidate,
  type Fresh,
  heldFrom,
  isUsable,
  stamped,
  type TokenEvent,
  type TokenState,
} from './token-facts'

/** Changes further apart have nothing to do with each other. */
const IDLE_MS = 1_000

/** Refused tokens remembered: more than a source keeps in its caches. */
const MAX_REFUSED = 32

/** The state after `event`. Pure: no clock, no source, no timer. */
export function transition(state: TokenState, event: TokenEvent, now: number): TokenState {
  switch (event.type) {
    case 'asked': {
      const { reason, quiet = false } = event
      const { refusals } = state.breaker
      const generation = state.held?.generation ?? 0
      const changeDue = state.changeDue && reason !== 'changed'
      return { ...state, asking: { reason, quiet, generation, refusals }, changeDue }
    }
    case 'given':
      return withIdle(state, afterGiven(state, event, now), now)
    case 'failed':
      return afterFailed(state, event, now)
    case 'refused':
      return afterRefused(state, event, now)
    case 'accepted':
      return afterAccepted(state, event.token)
    case 'trial':
      return { ...state, breaker: afterTrial(state.breaker, now) }
    case 'watching':
      return { ...state, watching: event.on }
    case 'announced':
      return state.closed || state.changeDue ? state : { ...state, changeDue: true }
    case 'proving':
      return state.candidate === undefined
        ? state
        : { ...state, candidate: { ...state.candidate, kind: 'proving' } }
    case 'proved':
      return afterProved(state, event, now)
    case 'heard':
      return afterHeard(state, event.id, now)
    case 'closed':
      return { ...state, closed: true, candidate: undefined, changeDue: false }
  }
}

function landed(state: TokenState): TokenState {
  const { asking, answered } = state
  const forced = asking?.reason === 'rejected'
  return { ...state, asking: undefined, answered: forced ? asking.refusals : answered }
}

/** Counts the changes that brought nothing: a source that tells of them without end is slowed. */
function withIdle(before: TokenState, after: TokenState, now: number): TokenState {
  const { asking, held, candidate, idle } = before
  const isNews =
    held?.generation !== after.held?.generation ||
    candidate?.fresh.secret.id !== after.candidate?.fresh.secret.id
  if (asking?.reason !== 'changed' || isNews) return after
  const changes = now - idle.at > IDLE_MS ? 1 : idle.changes + 1
  return { ...after, idle: { changes, at: now } }
}

function afterGiven(
  before: TokenState,
  { fresh, jitter }: TokenEvent & { type: 'given' },
  now: number,
): TokenState {
  const reason = before.asking?.reason ?? 'changed'
  const state: TokenState = { ...landed(before), failure: undefined }
  const paced = (outcome: 'changed' | 'unchanged'): TokenState => {
    const again = outcome === 'unchanged' && reason === 'rejected' ? 'refused-again' : outcome
    return { ...state, pace: afterAnswer(state.pace, now, jitter, again) }
  }
  const { held, rules, refused } = state
  const { id } = fresh.secret
  if (held?.id === id) return renewed({ ...paced('unchanged'), candidate: undefined }, fresh, now)
  if ((held?.generation ?? 0) !== before.asking?.generation) {
    // Another token took over meanwhile; what was asked before it may be the one before it.
    return { ...paced('unchanged'), changeDue: state.changeDue || reason === 'changed' }
  }
  if (needsProof(state, reason, fresh, now)) {
    const candidate = candidateOf(state.candidate, fresh, now)
    return { ...paced('unchanged'), candidate, dueAt: now + fresh.dueInMs }
  }
  const refusedAt = rules.selfBenching ? undefined : refused.get(id)
  if (refusedAt === undefined) return adopted(paced('changed'), fresh, now)
  if (keepsAgainst(state, refusedAt, now)) {
    return { ...paced('unchanged'), dueAt: Number.POSITIVE_INFINITY }
  }
  return adopted(paced('changed'), fresh, now, openSince(refusedAt))
}

/**
 * A key that nothing but a rotation explains, while the one in use works: a wrong one would be
 * everybody's 401. A token with a lifetime comes fresh from an issuer, who can hardly err in it.
 */
function needsProof(
  state: TokenState,
  reason: TokenRequest['reason'],
  { lifetimeMs }: Fresh,
  now: number,
): boolean {
  const { rules, breaker, closed } = state
  if (!rules.proves || closed || lifetimeMs !== undefined) return false
  const unasked = reason === 'changed' || reason === 'expiring'
  return unasked && breaker.rounds === 0 && isUsable(state, now)
}

/** The same candidate once more is tried at once, with its history. */
function candidateOf(known: Candidate | undefined, fresh: Fresh, now: number): Candidate {
  if (known?.fresh.secret.id !== fresh.secret.id) {
    return { kind: 'due', fresh, at: now, attempts: 0, refused: false }
  }
  return { ...known, at: now }
}

/** A good token stays; one in doubt stays while the other one may not even be tried. */
function keepsAgainst(state: TokenState, refusedAt: number, now: number): boolean {
  return isUsable(state, now) && (state.breaker.rounds === 0 || isTooFresh(refusedAt, now))
}

function adopted(
  state: TokenState,
  fresh: Fresh,
  now: number,
  breaker: Breaker = closedBreaker,
): TokenState {
  const { held, rules } = state
  const doubted = held !== undefined && state.breaker.rounds > 0
  const next = heldFrom(rules, fresh, (held?.generation ?? 0) + 1, now)
  return {
    ...state,
    held: stamped(next, breaker),
    breaker,
    expiresAt: now + usableMs(fresh.lifetimeMs),
    dueAt: now + fresh.dueInMs,
    refused: doubted ? remembered(state.refused, held.id, state.breaker.at) : state.refused,
    candidate: undefined,
    proven: false,
    answered: 0,
  }
}

/** The same token again: its end is only news when the source tells a sane one. */
function renewed(state: TokenState, fresh: Fresh, now: number): TokenState {
  const { held, rules, expiresAt } = state
  if (held === undefined) return state
  const breaker = rules.selfBenching ? closedBreaker : state.breaker
  const dueAt = now + fresh.dueInMs
  if (fresh.lifetimeMs === undefined && now < expiresAt) return { ...state, breaker, dueAt }
  const again = stamped(heldFrom(rules, fresh, held.generation, now), breaker)
  return { ...state, breaker, held: again, expiresAt: now + usableMs(fresh.lifetimeMs), dueAt }
}

function afterFailed(
  before: TokenState,
  { error, exhausted, jitter }: TokenEvent & { type: 'failed' },
  now: number,
): TokenState {
  const state = landed(before)
  const again = before.asking?.reason === 'changed' && !error.permanent && !state.closed
  return {
    ...state,
    failure: { error, exhausted },
    pace: afterFailure(state.pace, now, jitter, error.retryAfterMs),
    changeDue: state.changeDue || again,
  }
}

function afterRefused(
  state: TokenState,
  { token, certain }: TokenEvent & { type: 'refused' },
  now: number,
): TokenState {
  const { held, rules, candidate } = state
  if (held === undefined || token.generation !== held.generation) {
    // Its source may be about to give it again.
    const known = token.id === held?.id || rules.selfBenching
    return known ? state : { ...state, refused: remembered(state.refused, token.id, now) }
  }
  const sure = certain ?? (rules.selfBenching ? 'certain' : undefined)
  const breaker = refuse(state.breaker, token, now, sure)
  const next = { ...state, breaker, held: stamped(held, breaker), proven: false }
  // One that is known refused, by its proof or from earlier, is no help.
  const isHope = candidate !== undefined && !state.refused.has(candidate.fresh.secret.id)
  return isHope && certain !== 'account' ? adopted(next, candidate.fresh, now) : next
}

function afterAccepted(state: TokenState, token: HeldToken): TokenState {
  const { held, breaker, pace, refused } = state
  if (held === undefined || token.generation !== held.generation) {
    return wasInVain(pace, token.obtainedAt) ? { ...state, pace: afterProof(pace) } : state
  }
  // That a key is accepted does not fill its account.
  if (breaker.why === 'account') return state
  const { refusals, refusedAt, ...clean } = held
  return {
    ...state,
    held: refusals === undefined ? held : clean,
    breaker: closedBreaker,
    pace: afterProof(pace),
    refused: refused.has(held.id) ? without(refused, held.id) : refused,
    proven: true,
    answered: 0,
  }
}

function afterProved(
  state: TokenState,
  { id, verdict, jitter, retryInMs }: TokenEvent & { type: 'proved' },
  now: number,
): TokenState {
  const { candidate } = state
  if (candidate?.kind !== 'proving' || candidate.fresh.secret.id !== id) return state
  if (verdict === 'accepted') return afterHeard(state, id, now)
  const attempts = candidate.attempts + 1
  const at = now + (retryInMs ?? backoffMs(attempts, jitter))
  const refused = candidate.refused || verdict === 'refused'
  return {
    ...state,
    candidate: { kind: 'due', fresh: candidate.fresh, at, attempts, refused },
    refused: verdict === 'refused' ? remembered(state.refused, id, now) : state.refused,
  }
}

function afterHeard(state: TokenState, id: string, now: number): TokenState {
  const { held, candidate } = state
  if (candidate?.fresh.secret.id === id) {
    const next = adopted(state, candidate.fresh, now)
    return next.held === undefined ? next : afterAccepted(next, next.held)
  }
  return held?.id === id && !state.proven ? afterAccepted(state, held) : state
}

function without(refused: ReadonlyMap<string, number>, id: string): ReadonlyMap<string, number> {
  const rest = new Map(refused)
  rest.delete(id)
  return rest
}

function remembered(
  refused: ReadonlyMap<string, number>,
  id: string,
  at: number,
): ReadonlyMap<string, number> {
  return new Map([...without(refused, id), [id, at] as const].slice(-MAX_REFUSED))
}
