import type { Cause } from '../diagnosis/cause'
import type { Health, Status } from './health-document'
import type { EvidenceSource } from './health-event'

/** One piece of evidence, as the page's bar shows it. */
export interface PastOutcome {
  /** Epoch milliseconds. */
  at: number
  source: EvidenceSource
  /** `ignored`: a probe that this process could not listen to. */
  outcome: 'success' | 'failure' | 'ignored'
  cause: Cause | null
  durationMs: number
}

/** One change of status or cause. */
export interface PastTransition {
  at: number
  from: Status
  to: Status
  cause: Health['cause']
  decision: string
}

/** What the page shows of the past, oldest first. */
export interface HealthHistory {
  outcomes: readonly PastOutcome[]
  transitions: readonly PastTransition[]
  /** Health requests whose client left before the answer: a kubelet whose deadline was over. */
  abortedProbes: number
}

const OUTCOMES_KEPT = 60
const TRANSITIONS_KEPT = 20

/** Keeps the last outcomes and transitions in memory. */
export class HistoryKeeper {
  readonly #outcomes: PastOutcome[] = []
  readonly #transitions: PastTransition[] = []
  #aborted = 0

  addOutcome(outcome: PastOutcome): void {
    this.#outcomes.push(outcome)
    if (this.#outcomes.length > OUTCOMES_KEPT) this.#outcomes.shift()
  }

  addTransition(transition: PastTransition): void {
    this.#transitions.push(transition)
    if (this.#transitions.length > TRANSITIONS_KEPT) this.#transitions.shift()
  }

  addAbort(): void {
    this.#aborted++
  }

  read(): HealthHistory {
    return {
      outcomes: [...this.#outcomes],
      transitions: [...this.#transitions],
      abortedProbes: this.#aborted,
    }
  }
}
