import type { Cause } from '../diagnosis/cause'
import type { Confidence } from '../diagnosis/diagnosis'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal'

/** The `event` field of every line this library logs. */
export type GuardEventName =
  | 'guard.started'
  | 'guard.config_invalid'
  | 'health.changed'
  | 'probe.failed'
  | 'auth.rejected'
  | 'auth.refresh_started'
  | 'auth.refreshed'
  | 'auth.refresh_failed'
  | 'auth.replayed'
  | 'auth.replay_skipped'
  | 'auth.stale_rejection'
  | 'redirect.blocked'
  | 'store.unavailable'
  | 'guard.closed'

/** The closed list of fields; names follow OpenTelemetry where one exists. */
export interface EventFields {
  cause?: Cause | 'starting' | null
  confidence?: Confidence
  fix?: string
  'http.request.method'?: string
  'server.address'?: string
  'server.port'?: number
  'url.path'?: string
  'http.response.status_code'?: number
  'http.request.resend_count'?: number
  'error.type'?: string
  'token.id'?: string
  'token.generation'?: number
  'token.source'?: string
  'token.age_ms'?: number
  'token.expires_in_ms'?: number
  'token.length'?: number
  'token.shape'?: string
  /** The last four characters that DeepSeek echoed, compared with ours; never the characters. */
  key_echo?: 'match' | 'mismatch' | 'placeholder' | 'none'
  ds_trace_id?: string
  duration_ms?: number
  reason?: string
  from?: string
  to?: string
  /** How many like this one were left out since the last line. */
  suppressed?: number
}

/** Where the rooms send their events. `message` is the human sentence of the line. */
export interface GuardLog {
  emit(level: LogLevel, event: GuardEventName, fields: EventFields, message: string): void
  /** False when a line at this level would go nowhere, so that nobody prepares it. */
  enabled(level: LogLevel): boolean
}
