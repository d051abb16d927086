import type { LogLevel } from './events'

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
