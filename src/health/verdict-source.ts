import type { Diagnosis } from '../diagnosis/diagnosis'
import type { FailureEvent, SuccessEvent } from './health-event'

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
