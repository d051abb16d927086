import type { Diagnosis } from '../causes/cause'
import type { Clock } from '../clock'
import type { GuardLog } from '../observability/events'
import type { Measurement } from '../observability/measurement'
import type { CallOutcome } from '../outbound/call'
import type { FailureEvent, SuccessEvent } from './facts'
import type { Health } from './health-document'
import type { ResolvedHealthOptions } from './health-options'
import type { HealthHistory } from './history'
import type { Probe } from './probe'
import type { ReadyOptions } from './ready'

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

/** What one probe found out, in a form that another process could use as well. */
export interface ProbeEvidence {
  event: SuccessEvent | FailureEvent
  /** Epoch milliseconds. */
  at: number
  durationMs: number
  diagnosis?: Diagnosis
  status?: number
  retryAfterMs?: number
  /** The answer was made in this process: it repeats the last real one and holds no news. */
  synthetic?: boolean
  /** Fingerprint of the credential that was judged: its verdict holds for no other. */
  tokenId?: string
}

/**
 * Where the monitor takes its evidence from when a probe is due. The local one asks DeepSeek every
 * time; one that is shared by a fleet asks only where this process holds the lease, publishes what
 * came out, and otherwise gives what another process published, with `source: 'shared'`.
 */
export interface VerdictSource {
  /** `undefined`: nothing was learnt. */
  next(ask: () => Promise<ProbeEvidence | undefined>): Promise<ProbeEvidence | undefined>
  close?(): void
}

/** Every process for itself. */
export const localVerdicts: VerdictSource = { next: (ask) => ask() }

/** Who wants to know about changes. */
export class Listeners {
  readonly #all = new Set<(health: Health) => void>()

  /** Returns the way out. */
  add(listener: (health: Health) => void): () => void {
    this.#all.add(listener)
    return () => this.#all.delete(listener)
  }

  tell(health: Health): void {
    for (const listener of [...this.#all]) {
      try {
        listener(health)
      } catch {
        // What an application does with the news must not stop the watching.
      }
    }
  }

  clear(): void {
    this.#all.clear()
  }
}
