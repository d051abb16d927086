import type { Diagnosis } from '../diagnosis/diagnosis'

/** How one call through the wrapper ended: the evidence that health and metrics live on. */
export interface CallOutcome {
  /** `probe`: the health monitor's own call; `call`: live traffic. */
  purpose: 'call' | 'probe'
  method: string
  scheme: 'http' | 'https'
  address: string
  port: number
  path: string
  /** Absent when the transport failed or the caller aborted. */
  status?: number
  /** Present when the call failed. */
  diagnosis?: Diagnosis
  /** Fingerprint of the last token sent; absent when none went out. */
  tokenId?: string
  /** True when the response was made here (breaker open, permanent credential failure). */
  synthetic: boolean
  /** True once a refresh was tried for this call's 401. */
  refreshed: boolean
  resendCount: number
  /** Epoch milliseconds. */
  startedAt: number
  durationMs: number
  /** From the answer's `Retry-After`. */
  retryAfterMs?: number
}
