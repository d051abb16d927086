import type { Cause, Diagnosis } from '../causes/cause'
import { causes } from '../causes/table'
import type { Clock } from '../clock'
import type { GuardLog, LogLevel } from '../observability/events'
import type { Measurement } from '../observability/measurement'
import type { EvidenceSource, Judgement } from './facts'
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

const LEVELS: Readonly<Record<Status, LogLevel>> = { pass: 'info', warn: 'warn', fail: 'error' }

interface ReportDeps {
  clock: Clock
  log: GuardLog
  record(measurement: Measurement): void
}

function logChange(log: GuardLog, from: Status, health: Health, rejection?: Diagnosis): void {
  const { status, cause, decision, description, phase } = health
  // Draining is asked for: it is announced, not alarmed about.
  const level = phase === 'draining' ? 'info' : LEVELS[status]
  if (!log.enabled(level)) return
  const known = cause !== null && cause !== 'starting' ? causes[cause] : undefined
  const fix = (rejection?.cause === cause ? rejection : known)?.fix.text
  log.emit(
    level,
    'health.changed',
    { from, to: status, cause, reason: decision, ...(fix !== undefined && { fix }) },
    description,
  )
}

/** Tells history, metrics and the log what readiness says from now on, why, and what to do. */
export function reportChange(
  deps: ReportDeps,
  history: HistoryKeeper,
  from: Judgement,
  health: Health,
  rejection: Diagnosis | undefined,
): void {
  const { status: to, cause, decision } = health
  const change = { from: from.status, to, cause }
  history.addTransition({ at: deps.clock.now(), ...change, decision })
  deps.record({ kind: 'transition', ...change })
  deps.record({ kind: 'state', status: to })
  logChange(deps.log, from.status, health, rejection)
}

/** One line a failed probe. The log itself counts repetitions instead of printing them. */
export function logFailedProbe(
  log: GuardLog,
  diagnosis: Diagnosis,
  probe: { status?: number; durationMs: number },
): void {
  if (!log.enabled('warn')) return
  const { cause, confidence, title, fix } = diagnosis
  log.emit(
    'warn',
    'probe.failed',
    {
      cause,
      confidence,
      fix: fix.text,
      duration_ms: Math.round(probe.durationMs),
      ...(probe.status !== undefined && { 'http.response.status_code': probe.status }),
    },
    title,
  )
}
