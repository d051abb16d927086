import type { EventFields, GuardLog } from '../observability/events'
import type { HeldToken, RefreshEvent } from './credential'
import type { TokenRequest } from './credential-source'

export interface ReportDeps {
  log: GuardLog
  onRefresh?: (event: RefreshEvent) => void
}

/** A refresh that ended. */
export interface Ended {
  outcome: RefreshEvent['outcome']
  reason: TokenRequest['reason']
  source: string
  durationMs: number
  /** Monotonic milliseconds. */
  now: number
  token: HeldToken | undefined
  failure?: { type: string; permanent: boolean; message: string }
}

const sentences = {
  changed: 'The credential source gave a new token.',
  unchanged: 'The credential source gave the token that is already in use.',
}

/** `token.*` fields; whole milliseconds, because a log is read by people. */
function tokenFields(source: string, token: HeldToken | undefined, now: number): EventFields {
  if (token === undefined) return { 'token.source': source }
  const age = now - token.obtainedAt
  const left = token.lifetimeMs === undefined ? undefined : token.lifetimeMs - age
  return {
    'token.source': source,
    'token.id': token.id,
    'token.generation': token.generation,
    'token.length': token.secret.length,
    'token.age_ms': Math.round(age),
    ...(left === undefined ? {} : { 'token.expires_in_ms': Math.round(left) }),
  }
}

export function reportStarted(
  { log }: ReportDeps,
  flight: { reason: string; source: string; now: number; token: HeldToken | undefined },
): void {
  if (!log.enabled('debug')) return
  const fields = tokenFields(flight.source, flight.token, flight.now)
  const message = `Asking the credential source "${flight.source}" for a token.`
  log.emit('debug', 'auth.refresh_started', { reason: flight.reason, ...fields }, message)
}

function failureLine(ended: Ended): string {
  const kept = ended.token === undefined ? 'There is no token to use.' : 'The last token is kept.'
  return `${ended.failure?.message ?? 'The refresh failed.'} ${kept}`
}

/** One line in the log and one `'refresh'` event. */
export function reportEnded({ log, onRefresh }: ReportDeps, ended: Ended): void {
  const { outcome, reason, source, token } = ended
  const durationMs = Math.round(ended.durationMs)
  const fields: EventFields = {
    reason,
    ...tokenFields(source, token, ended.now),
    duration_ms: durationMs,
  }
  if (outcome === 'failed') {
    const level = token === undefined || ended.failure?.permanent ? 'error' : 'warn'
    fields['error.type'] = ended.failure?.type ?? 'TokenError'
    log.emit(level, 'auth.refresh_failed', fields, failureLine(ended))
  } else {
    log.emit(outcome === 'changed' ? 'info' : 'debug', 'auth.refreshed', fields, sentences[outcome])
  }
  const id = token === undefined ? {} : { tokenId: token.id, generation: token.generation }
  onRefresh?.({ outcome, reason, source, ...id, durationMs })
}
