import type { Cause } from '../diagnosis/cause'

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
  /** `at` is the epoch milliseconds of the newest evidence behind the verdict. */
  | { kind: 'evidence'; at: number }
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
  /** Somebody asked the health endpoint and hung up before the answer left. */
  | { kind: 'probe-abort' }

/** Takes measurements; `guardMetrics` and `guardTelemetry` make one. What it throws is ignored. */
export interface GuardMetrics {
  record(measurement: Measurement): void
}
