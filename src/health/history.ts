import type { Cause } from '../causes/cause'
import type { EvidenceSource } from './facts'
import type { Health, Status } from './health-document'

/** One piece of evidence, as the page's bar shows it. */
export interface PastOutcome {
  /** Epoch milliseconds. */
  at: number
  source: EvidenceSource
  /** `ignored`: a probe that this process could not listen to. */
  outcome: 'success' | 'failure' | 'ignored'
  cause: Cause | null
  durationMs: number
  /** Live calls of one second that ended alike are one mark; default 1. */
  count?: number
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

/** A busy app makes hundreds of calls a second; one by one they would push all else out. */
function isSame(last: PastOutcome, next: PastOutcome): boolean {
  if (last.source !== 'passive' || next.source !== 'passive') return false
  if (last.outcome !== next.outcome || last.cause !== next.cause) return false
  return Math.floor(last.at / 1_000) === Math.floor(next.at / 1_000)
}

/** Keeps the last outcomes and transitions in memory. */
export class HistoryKeeper {
  readonly #outcomes: PastOutcome[] = []
  readonly #transitions: PastTransition[] = []
  #aborted = 0

  addOutcome(outcome: PastOutcome): void {
    const last = this.#outcomes.at(-1)
    if (last && isSame(last, outcome)) {
      last.count = (last.count ?? 1) + 1
      last.durationMs = outcome.durationMs
      return
    }
    this.#outcomes.push({ ...outcome })
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
