import type { Diagnosis } from '../causes/cause'
import type { EventFields, GuardLog } from '../observability/events'
import type { HeldToken, RefreshEvent } from './credential'
import type { TokenRequest } from './source'
import { failureType } from './token'
import type { TokenState } from './token-facts'

/** Who hears of what the holder does. */
export interface ReportDeps {
  readonly log: GuardLog
  readonly onRefresh?: ((event: RefreshEvent) => void) | undefined
}

/** A refresh that ended. */
export interface Ended {
  readonly outcome: RefreshEvent['outcome']
  readonly reason: TokenRequest['reason']
  readonly durationMs: number
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

/** Tells the log and the listeners what became of a refresh. Whatever they throw ends here. */
export class RefreshReport {
  readonly #source: string
  readonly #deps: ReportDeps

  constructor(source: string, deps: ReportDeps) {
    this.#source = source
    this.#deps = deps
  }

  started(reason: string, token: HeldToken | undefined, now: number): void {
    this.#quietly((log) => {
      if (!log.enabled('debug')) return
      const fields = tokenFields(this.#source, token, now)
      const message = `Asking the credential source "${this.#source}" for a token.`
      log.emit('debug', 'auth.refresh_started', { reason, ...fields }, message)
    })
  }

  /** One line in the log and one `'refresh'` event. */
  ended({ outcome, reason, durationMs }: Ended, { held, failure }: TokenState, now: number): void {
    const duration_ms = Math.round(durationMs)
    const fields = { reason, ...tokenFields(this.#source, held, now), duration_ms }
    this.#quietly((log) => {
      if (outcome !== 'failed') {
        const level = outcome === 'changed' ? 'info' : 'debug'
        log.emit(level, 'auth.refreshed', fields, sentences[outcome])
        return
      }
      const { error } = failure ?? {}
      const level = held === undefined || error?.permanent ? 'error' : 'warn'
      const type = error === undefined ? 'TokenError' : failureType(error)
      const kept = held === undefined ? 'There is no token to use.' : 'The last token is kept.'
      const line = `${error?.message ?? 'The refresh failed.'} ${kept}`
      log.emit(level, 'auth.refresh_failed', { ...fields, 'error.type': type }, line)
    })
    const id = held === undefined ? {} : { tokenId: held.id, generation: held.generation }
    const event = { outcome, reason, source: this.#source, ...id, durationMs: duration_ms }
    this.#quietly(() => this.#deps.onRefresh?.(event))
  }

  /** A new key that DeepSeek does not take: the rotation has to be repaired, traffic goes on. */
  rotationRefused(candidate: HeldToken, diagnosis: Diagnosis | undefined): void {
    const fields: EventFields = {
      ...(diagnosis && {
        cause: diagnosis.cause,
        confidence: diagnosis.confidence,
        fix: diagnosis.fix.text,
      }),
      'token.source': this.#source,
      'token.id': candidate.id,
      'token.length': candidate.secret.length,
    }
    const why =
      diagnosis === undefined
        ? 'Another instance tried it: its log has the diagnosis.'
        : `${diagnosis.title} ${diagnosis.fix.text}`
    const line =
      `The credential source "${this.#source}" gave a new key that is refused, ` +
      `so the present one stays in use. ${why}`
    this.#quietly((log) => log.emit('error', 'auth.rotation_refused', fields, line))
  }

  /** A source that cannot be watched is asked after a 401 all the same. */
  watchFailed(errorType: string): void {
    const fields = { reason: 'changed', 'token.source': this.#source, 'error.type': errorType }
    const line =
      `The credential source "${this.#source}" failed to tell of its changes (${errorType}); ` +
      'it is asked after a 401 all the same.'
    this.#quietly((log) => log.emit('warn', 'listener.failed', fields, line))
  }

  /** What a listener or a logger throws here must not end the process. */
  #quietly(act: (log: GuardLog) => void): void {
    try {
      act(this.#deps.log)
    } catch {}
  }
}
