import type { Cause } from '../causes/cause'
import { type ForeignCalls, quietly } from './foreign'

type Status = 'pass' | 'warn' | 'fail'

/** One fact for metrics and traces. Every string comes from a closed list. */
export type Measurement =
  | { kind: 'state'; status: Status }
  | {
      kind: 'probe'
      source: 'active' | 'passive' | 'shared'
      outcome: 'success' | 'failure' | 'ignored'
      cause: Cause | null
      durationMs: number
    }
  /** How old the newest evidence behind the verdict was when it was taken in; milliseconds. */
  | { kind: 'evidence'; ageMs: number }
  | {
      kind: 'transition'
      from: Status
      to: Status
      cause: Cause | 'starting' | null
    }
  | { kind: 'refresh'; outcome: 'changed' | 'unchanged' | 'failed' }
  | {
      kind: 'request'
      purpose: 'call' | 'probe'
      method: string
      /** Absent when no answer came. */
      status?: number
      cause: Cause | null
      startedAt: number
      durationMs: number
      /** Default: by the port. */
      scheme?: 'http' | 'https'
      address: string
      port: number
      path: string
      resendCount: number
      /** True when the answer was made here and nothing left. Default false. */
      synthetic?: boolean
    }
  /** How the watched body of a 200 ended; what proves nothing either way is not told. */
  | { kind: 'stream'; outcome: 'success' | 'failure'; cause: Cause | null }
  /** The fleet as its rows tell it: who uses the newest credential, and who another or none yet. */
  | {
      kind: 'fleet'
      onCurrent: number
      onOther: number
      /** Everybody uses one credential and has proved it. */
      certified: boolean
      /** Milliseconds since an older credential was last used; absent when there is none. */
      olderUnusedMs?: number
    }
  /** The balance was read; `runwayHours` is absent where it is not known. */
  | {
      kind: 'account'
      balances: readonly { readonly currency: string; readonly total: number }[]
      runwayHours?: number
    }
  /** Tokens of one answer; reasoning is a part of output. */
  | { kind: 'usage'; cacheHit: number; cacheMiss: number; output: number; reasoning: number }
  /** Told once: how to know at any time whether prices are at their peak. */
  | { kind: 'prices'; isPeak: (at: number) => boolean }
  /** Somebody asked the health endpoint and hung up before the answer left. */
  | { kind: 'probe-abort' }

/** Takes measurements; `guardMetrics` and `guardTelemetry` make one. What it throws is ignored. */
export interface GuardMetrics {
  record(measurement: Measurement): void
}

/** The methods that HTTP conventions list; any other word would be a label without bounds. */
const knownMethods = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'CONNECT',
  'TRACE',
])

/** The name OpenTelemetry gives to every unlisted method. */
export const OTHER_METHOD = '_OTHER'

/** The method as a label from a closed list. */
export function methodLabel(method: string): string {
  return knownMethods.has(method) ? method : OTHER_METHOD
}

/** The status as a label; `none` when no answer came. */
export function codeLabel(status: number | undefined): string {
  if (status === undefined) return 'none'
  return Number.isInteger(status) && status >= 100 && status <= 599 ? String(status) : 'other'
}

/** The currencies that DeepSeek keeps balances in. */
const currencies = new Set(['CNY', 'USD'])

/** The currency as a label from a closed list. */
export function currencyLabel(currency: string): string {
  return currencies.has(currency) ? currency : 'other'
}

/** One place to record for none, one or several; a broken one costs its own figures only. */
export function combineMetrics(
  given: GuardMetrics | GuardMetrics[] | undefined,
  foreign: ForeignCalls = quietly,
): GuardMetrics {
  const all = (given === undefined ? [] : [given].flat()).map((metrics) => ({
    metrics,
    record: (measurement: Measurement): unknown => metrics.record(measurement),
  }))
  return {
    record(measurement) {
      for (const { metrics, record } of all) {
        foreign.call(metrics, 'A metrics object', record, measurement)
      }
    },
  }
}

/** True when loading failed because the package is not there; another fault is nobody's to hide. */
export function isMissing(error: unknown, name: string): boolean {
  const { code } = Object(error) as { code?: unknown }
  return code === 'MODULE_NOT_FOUND' && String(error).includes(`'${name}'`)
}

/**
 * Loads an optional peer dependency.
 * @throws Error that says what to install when the application has not got it; any other fault of
 *   loading comes through as it is.
 */
export function requirePeer<T>(load: () => T, name: string, user: string): T {
  try {
    return load()
  } catch (error) {
    if (!isMissing(error, name)) throw error
    throw new Error(`${user} needs the package ${name}: install it with \`npm install ${name}\`.`)
  }
}
