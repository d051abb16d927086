import type { Cause, Confidence } from '../causes/cause'

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
  | 'auth.rotation_refused'
  | 'auth.placeholder_sent'
  | 'stream.failed'
  | 'account.low'
  | 'store.unavailable'
  | 'listener.failed'
  | 'guard.shared_options'
  | 'guard.off'
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

type LogMethod = (fields: object, message?: string) => void

/**
 * What the guard logs to: a pino logger, or anything with these methods. `level` and
 * `isLevelEnabled` are used where they exist, so that no line is prepared for nobody.
 */
export interface Logger {
  child(bindings: Record<string, unknown>, options?: { level?: string }): Logger
  debug: LogMethod
  info: LogMethod
  warn: LogMethod
  error: LogMethod
  fatal: LogMethod
  isLevelEnabled?(level: string): boolean
}

/** The levels of `DEEPSEEK_GUARD_LOG_LEVEL`, in pino's own order. */
const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']

/** Level of the default logger: pino's own default. */
const DEFAULT_LEVEL = 'info'

/** Where lines go, and which ones. */
export interface LogSink {
  enabled(level: LogLevel): boolean
  write(level: LogLevel, line: object, message: string): void
}

const silence: LogSink = { enabled: () => false, write: () => {} }

/** True when `level` is at or above `least`; an unknown word for `least` hides nothing. */
function reaches(level: LogLevel, least: string): boolean {
  return levels.indexOf(level) >= levels.indexOf(least)
}

/** A logger may be asynchronous: its rejection is nobody's business either. */
function ignoreRejection(returned: unknown): void {
  if (returned instanceof Promise) returned.catch(() => {})
}

/** A level from the environment holds for our lines only, hence the child. */
function withLevel(given: Logger, level: string): Logger {
  try {
    return given.child({}, { level })
  } catch {
    return given
  }
}

function callersSink(given: Logger, level: string | undefined): LogSink {
  const logger = level === undefined ? given : withLevel(given, level)
  return {
    enabled: (at) =>
      (level === undefined || reaches(at, level)) && (logger.isLevelEnabled?.(at) ?? true),
    write: (at, line, message) => ignoreRejection(logger[at](line, message)),
  }
}

/** pino costs milliseconds to load: the first line that is really written pays for it. */
function defaultSink(level = DEFAULT_LEVEL): LogSink {
  let logger: Logger | undefined
  const load = (): Logger => {
    const { pino } = require('pino') as typeof import('pino')
    return pino({ name: 'deepseek-guard', level })
  }
  return {
    enabled: (at) => reaches(at, level),
    write(at, line, message) {
      logger ??= load()
      logger[at](line, message)
    },
  }
}

/** `false` is silence, nothing is the library's own pino logger. */
export function sinkFor(logger: Logger | false | undefined, level?: string): LogSink {
  if (logger === false || level === 'silent') return silence
  return logger ? callersSink(logger, level) : defaultSink(level)
}
