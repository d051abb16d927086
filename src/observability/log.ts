import type { Clock } from '../clock'
import {
  type EventFields,
  type GuardEventName,
  type GuardLog,
  type Logger,
  type LogLevel,
  sinkFor,
} from './events'
import { type ForeignCalls, quietly } from './foreign'
import type { Scrubber } from './scrub'

/** At most one line of a kind in this time: the promise of the log section. */
const WINDOW_MS = 60_000

/** Kinds remembered. The least recently written one is forgotten first. */
const MAX_KINDS = 512

/** What to do with a line: write it and name the ones left out before it, or leave it out. */
type LineDecision = { write: true; suppressed: number } | { write: false }

/** How many lines of a kind are written in a time. */
interface Quota {
  /** Default 1. */
  lines?: number
  /** Milliseconds; default a minute. */
  windowMs?: number
}

/** Decides which lines are written. Time is handed in. */
interface LineLimit {
  /** `key` names the kind of line, `quota` how many of it may be written in which time. */
  decide(key: string, now: number, quota?: Quota): LineDecision
}

interface Kind {
  openedAt: number
  written: number
  suppressed: number
}

/** A limit that has seen no line: the first one of every kind is written. */
export function createLineLimit(): LineLimit {
  const kinds = new Map<string, Kind>()

  const open = (key: string, now: number): LineDecision => {
    const suppressed = kinds.get(key)?.suppressed ?? 0
    kinds.delete(key)
    kinds.set(key, { openedAt: now, written: 1, suppressed: 0 })
    const [oldest] = kinds.keys()
    if (kinds.size > MAX_KINDS && oldest !== undefined) kinds.delete(oldest)
    return { write: true, suppressed }
  }

  return {
    decide(key, now, { lines = 1, windowMs = WINDOW_MS } = {}) {
      const kind = kinds.get(key)
      if (!kind || now - kind.openedAt >= windowMs) return open(key, now)
      if (kind.written < lines) {
        kind.written += 1
        return { write: true, suppressed: 0 }
      }
      kind.suppressed += 1
      return { write: false }
    },
  }
}

export type { Logger }

/** What a log needs. */
interface GuardLogDeps {
  /** The caller's logger; `false` for none, `undefined` for a pino logger named deepseek-guard. */
  logger: Logger | false | undefined
  /** Least level that is written, from `DEEPSEEK_GUARD_LOG_LEVEL`. Default: the logger's own. */
  level?: string
  scrubber: Scrubber
  clock: Clock
  /** Runs the logger. Default: what it throws is told to nobody. */
  foreign?: ForeignCalls
}

/** Longer strings are cut: a path can be as long as its sender likes. */
const MAX_TEXT = 1_000

/** What is not one line a minute. */
const quotas: Partial<Record<GuardEventName, Quota>> = {
  // Each change is news, up to this many: more is flapping.
  'health.changed': { lines: 10 },
  // A balance that is low stays so until somebody pays.
  'account.low': { windowMs: 3_600_000 },
}

/** Every field that may leave, in the order in which a person reads them. */
const fieldOrder: Record<keyof EventFields, true> = {
  cause: true,
  confidence: true,
  fix: true,
  reason: true,
  from: true,
  to: true,
  'http.request.method': true,
  'server.address': true,
  'server.port': true,
  'url.path': true,
  'http.response.status_code': true,
  'http.request.resend_count': true,
  'error.type': true,
  'token.id': true,
  'token.generation': true,
  'token.source': true,
  'token.age_ms': true,
  'token.expires_in_ms': true,
  'token.length': true,
  'token.shape': true,
  key_echo: true,
  ds_trace_id: true,
  duration_ms: true,
  suppressed: true,
}
const fieldNames = Object.keys(fieldOrder) as (keyof EventFields)[]

type Line = Record<string, string | number | null>

/** A flat object of listed fields; whatever is neither text nor number stays behind. */
function lineOf(event: GuardEventName, fields: EventFields, clean: (text: string) => string): Line {
  const line: Line = { component: 'deepseek-guard', event }
  for (const name of fieldNames) {
    const value = fields[name]
    if (typeof value === 'string') line[name] = clean(value)
    else if (typeof value === 'number' || value === null) line[name] = value
  }
  return line
}

/** What else tells apart lines of one event, beside their cause and credential. */
const distinguishing: Partial<Record<GuardEventName, readonly (keyof EventFields)[]>> = {
  'health.changed': ['from', 'to'],
  'guard.config_invalid': ['fix'],
  'auth.placeholder_sent': ['server.address', 'server.port'],
  'listener.failed': ['reason'],
}

/** Lines with the same key are alike: same event, cause and credential, same change. */
function keyOf(event: GuardEventName, fields: EventFields): string {
  const more = (distinguishing[event] ?? []).map((name) => fields[name])
  return [event, fields.cause, fields['token.id'], ...more].join(' ')
}

/**
 * The log of one guard. A line is a flat object of listed fields, each scrubbed; a logger that
 * throws is ignored; of lines alike at info and above at most one a minute is written, and
 * `suppressed` counts the rest.
 */
export function createGuardLog(deps: GuardLogDeps): GuardLog {
  const { logger, level, scrubber, clock, foreign = quietly } = deps
  const sink = sinkFor(logger, level, foreign)
  const limit = createLineLimit()
  const clean = (text: string): string => scrubber.line(text, MAX_TEXT)

  const withCount = (event: GuardEventName, fields: EventFields): EventFields | undefined => {
    const decision = limit.decide(keyOf(event, fields), clock.elapsed(), quotas[event])
    if (!decision.write) return undefined
    return decision.suppressed > 0 ? { ...fields, suppressed: decision.suppressed } : fields
  }

  const enabled = (at: LogLevel): boolean => {
    try {
      return sink.enabled(at)
    } catch {
      return false
    }
  }

  return {
    enabled,
    emit(at, event, fields, message) {
      if (!enabled(at)) return
      const counted = at === 'debug' ? fields : withCount(event, fields)
      if (!counted) return
      try {
        sink.write(at, lineOf(event, counted, clean), clean(message))
      } catch {
        // The caller's call matters more than our line about it.
      }
    },
  }
}
