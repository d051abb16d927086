import type { Cause, Confidence } from '../causes/cause'
import type { ForeignCalls } from './foreign'

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
 * What the guard logs to: pino, winston, `console`, or anything with `info`, `warn` and `error`.
 * A level that is missing falls to the next lower one. `child`, and `isLevelEnabled` or `level`,
 * are used where they exist, so that no line is prepared for nobody.
 */
export interface Logger {
  info: LogMethod
  warn: LogMethod
  error: LogMethod
  debug?: LogMethod
  trace?: LogMethod
  fatal?: LogMethod
  child?(bindings: Record<string, unknown>, options?: { level?: string }): Logger
  isLevelEnabled?(level: string): boolean
}

/** True for what `info`, `warn` and `error` can be called on. */
export function isLogger(value: unknown): value is Logger {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  const methods = value as Partial<Record<string, unknown>>
  return ['info', 'warn', 'error'].every((level) => typeof methods[level] === 'function')
}

/** The levels of `DEEPSEEK_GUARD_LOG_LEVEL`, in pino's own order. */
const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

/** Level of the default logger: pino's own default. */
const DEFAULT_LEVEL = 'info'

/** Where lines go, and which ones. */
interface LogSink {
  enabled(level: LogLevel): boolean
  write(level: LogLevel, line: object, message: string): void
}

const silence: LogSink = { enabled: () => false, write: () => {} }

/** True when `level` is at or above `least`; an unknown word for `least` hides nothing. */
function reaches(level: LogLevel, least: string): boolean {
  return levels.indexOf(level) >= (levels as readonly string[]).indexOf(least)
}

/** A level from the environment holds for our lines only, hence the child. */
function withLevel(given: Logger, level: string): Logger {
  try {
    const child = given.child?.({}, { level })
    return isLogger(child) ? child : given
  } catch {
    return given
  }
}

type Method = Exclude<(typeof levels)[number], 'silent'>

/** The method for a level, or the next lower one; undefined when there is none down there. */
function methodOf(logger: Logger, level: LogLevel): Method | undefined {
  const lower = levels.slice(0, levels.indexOf(level) + 1).reverse() as Method[]
  return lower.find((name) => typeof logger[name] === 'function')
}

/** winston takes one object; of two arguments it would print the first as the message. */
function takesOneObject(logger: Logger): boolean {
  const { levels: known, transports } = logger as { levels?: unknown; transports?: unknown }
  return typeof known === 'object' && transports !== undefined
}

function callersSink(given: Logger, level: string | undefined, foreign: ForeignCalls): LogSink {
  const logger = level === undefined ? given : withLevel(given, level)
  const single = takesOneObject(logger)
  return {
    enabled(at) {
      if (level !== undefined && !reaches(at, level)) return false
      const method = methodOf(logger, at)
      return method !== undefined && (logger.isLevelEnabled?.(method) ?? true)
    },
    write(at, line, message) {
      const method = methodOf(logger, at)
      if (method === undefined) return
      const write = (): unknown =>
        single ? logger[method]?.({ message, ...line }) : logger[method]?.(line, message)
      foreign.call(given, 'The logger', write, undefined)
    },
  }
}

/** The first line that is really written pays for loading pino. */
function defaultSink(level = DEFAULT_LEVEL): LogSink {
  let logger: Required<Pick<Logger, LogLevel>> | undefined
  const load = () => {
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
export function sinkFor(
  logger: Logger | false | undefined,
  level: string | undefined,
  foreign: ForeignCalls,
): LogSink {
  if (logger === false || level === 'silent') return silence
  return logger ? callersSink(logger, level, foreign) : defaultSink(level)
}
