import type { Clock } from '../clock'
import type { GuardLog } from '../observability/events'
import type { Measurement } from '../observability/measurement'
import type { CallOutcome } from '../outbound/call-outcome'
import type { Health } from './health-document'
import type { ResolvedHealthOptions } from './health-options'
import type { HealthHistory } from './history'
import type { Probe } from './probe'
import type { ReadyOptions } from './ready'
import type { VerdictSource } from './verdict-source'

/** What a monitor needs from the rooms around it. */
export interface MonitorDeps {
  options: ResolvedHealthOptions
  /** From `createProbe`. */
  probe: Probe
  /**
   * Asks the source for the credential again, once between refusals, where the call that was
   * refused did not. Default: nothing to refresh.
   */
  refresh?: () => Promise<unknown>
  clock: Clock
  /** Uniform in [0, 1), such as `Math.random`. */
  random: () => number
  log: GuardLog
  record(measurement: Measurement): void
  /** Default: this process asks for itself. */
  verdictSource?: VerdictSource
}

/** Watches DeepSeek in the background and answers from memory. */
export interface HealthMonitor {
  /**
   * Probes at once, then on schedule. Without it live traffic is the evidence, and DeepSeek is
   * probed only while somebody waits for `ready()`.
   */
  start(): void
  /** The current document, without I/O; the same object while nothing in it has changed. */
  snapshot(): Health
  /** Takes the outcome of every call of the wrapper, the probe's own included. */
  observe(outcome: CallOutcome): void
  /** Another token is in use: earlier refusals do not count, and it is tried at once. */
  credentialChanged(): void
  /** A client left before its health answer was out. */
  probeAborted(): void
  /**
   * Waits for the first health that lets traffic in.
   *
   * @throws CredentialRejectedError, ReadyTimeoutError, GuardClosedError, or the signal's reason.
   */
  ready(options?: ReadyOptions): Promise<Health>
  /** Calls `listener` at every change of status, cause or decision; returns the way out. */
  onChange(listener: (health: Health) => void): () => void
  /** Readiness fails from now on, probing stops. */
  drain(): void
  /** Drains, stops every timer and flight, and settles whoever waits. Idempotent. */
  close(): void
  /** Outcomes and transitions for the page. */
  history(): HealthHistory
  readonly draining: boolean
  readonly everReady: boolean
  readonly worstCaseDetectionMs: number
}
