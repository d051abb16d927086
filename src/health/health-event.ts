import type { Cause } from '../diagnosis/cause'

/** Where a piece of evidence came from. */
export type EvidenceSource = 'active' | 'passive' | 'shared'

export interface SuccessEvent {
  type: 'success'
  source: EvidenceSource
  /** What answered: only an inference call proves that inference works. */
  proof: 'inference' | 'balance' | 'models'
  tookMs?: number
  /** Set by the probe when it looked; else the last warning stays. */
  warning?: 'model-unavailable' | null
}

export interface FailureEvent {
  type: 'failure'
  source: EvidenceSource
  cause: Cause
  /** Live traffic, which outweighs the probe. */
  inference: boolean
  startedAt: number
  /** The answer proves that the key is good (402, unknown model). */
  credentialAccepted: boolean
  /** A credential refresh was tried after this refusal. */
  refreshed: boolean
  /** The refused attempt was itself the replay after a refresh. */
  afterRefresh: boolean
  tookMs?: number
}

export type HealthEvent =
  | SuccessEvent
  | FailureEvent
  /** The credential was asked for again between two refusals. */
  | { type: 'refreshed' }
  /** Another token is in use: earlier refusals say nothing about it. */
  | { type: 'rotated' }
  /** Time went by. */
  | { type: 'tick' }
  | { type: 'drain' }
