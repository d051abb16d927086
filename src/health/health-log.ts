import { causes } from '../diagnosis/causes'
import type { Diagnosis } from '../diagnosis/diagnosis'
import type { GuardLog, LogLevel } from '../observability/events'
import type { Health } from './health-document'
import type { Judgement } from './health-state'
import type { Status } from './policy'

const LEVELS: Readonly<Record<Status, LogLevel>> = { pass: 'info', warn: 'warn', fail: 'error' }

/** One line a change: what readiness says from now on, why, and what to do. */
export function logChange(
  log: GuardLog,
  from: Judgement,
  health: Health,
  rejection: Diagnosis | undefined,
): void {
  const { status, cause, decision, description } = health
  // A start is no incident: it is announced, not alarmed about.
  const level = health.phase === 'draining' ? 'info' : LEVELS[status]
  if (!log.enabled(level)) return
  const known = cause !== null && cause !== 'starting' ? causes[cause] : undefined
  const fix = rejection?.cause === cause ? rejection?.fix.text : known?.fix.text
  log.emit(
    level,
    'health.changed',
    { from: from.status, to: status, cause, reason: decision, ...(fix !== undefined && { fix }) },
    description,
  )
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
