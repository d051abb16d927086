import type { Diagnosis } from '../causes/cause'
import { causes } from '../causes/table'
import type { Clock } from '../clock'
import type { GuardLog, LogLevel } from '../observability/events'
import type { Measurement } from '../observability/measurement'
import type { Judgement } from './facts'
import type { Health } from './health-document'
import type { HistoryKeeper } from './history'
import type { Status } from './policy'

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
