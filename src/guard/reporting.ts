import type { LoadedConfig, Settings } from '../config/settings'
import type { CredentialHolder } from '../credentials/credential'
import type { HealthMonitor } from '../health/health-monitor'
import type { GuardLog } from '../observability/events'
import type { GuardMetrics, Measurement } from '../observability/measurement'
import type { Scrubber } from '../observability/scrub'
import type { CallOutcome } from '../outbound/call'

interface Started {
  holder: CredentialHolder
  monitor: HealthMonitor
  /** DeepSeek is probed in the background. */
  watching: boolean
}

/** The first line of a guard: where it calls, with which credential, and how it watches. */
export function logStart(
  log: GuardLog,
  settings: Settings,
  { holder, monitor, watching }: Started,
): void {
  if (settings.off || !log.enabled('info')) return
  const { hostname, port, protocol } = new URL(settings.baseURL)
  const worst = Math.ceil(monitor.worstCaseDetectionMs / 1_000)
  const watch = watching
    ? `A fault shows in readiness within ${worst} s.`
    : 'Health is not watched.'
  const fields = {
    'server.address': hostname,
    'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
    'token.source': holder.kind,
    ...(settings.apiKey && {
      'token.id': settings.apiKey.id,
      'token.length': settings.apiKey.length,
    }),
  }
  log.emit('info', 'guard.started', fields, `Guarding calls to ${hostname}. ${watch}`)
}

/** One line a finding: errors at `level`, warnings at warn. */
export function logFindings(log: GuardLog, loaded: LoadedConfig, level: 'fatal' | 'warn'): void {
  for (const { code, severity, title, fix } of loaded.findings) {
    const at = severity === 'error' ? level : severity === 'warning' ? 'warn' : 'debug'
    const event = code === 'guard-off' ? 'guard.off' : 'guard.config_invalid'
    log.emit(at, event, { cause: code, fix: fix.text }, title)
  }
}

/** No honest path or method is longer; each is an attribute of a trace. */
const MAX_PATH = 1_000
const MAX_METHOD = 50

/** The figures of one call; the outcome itself may be gone when they are read. */
export function measured(outcome: CallOutcome, scrubber: Scrubber): Measurement {
  const { purpose, status, diagnosis, startedAt, durationMs } = outcome
  const { scheme, address, port, resendCount, synthetic } = outcome
  // Some services take the key in the path, and a trace goes to people who may not have it.
  const path = scrubber.line(outcome.path, MAX_PATH)
  const method = scrubber.line(outcome.method, MAX_METHOD)
  const wire = { scheme, address, port, path, resendCount, synthetic }
  const cause = diagnosis?.cause ?? null
  return { kind: 'request', purpose, method, status, cause, startedAt, durationMs, ...wire }
}

/** How the body of a completion ended; one that its caller gave up says nothing. */
export function recordStream(metrics: GuardMetrics, { stream, diagnosis }: CallOutcome): void {
  if (stream === undefined || stream === 'cancelled') return
  const outcome = stream === 'success' ? 'success' : 'failure'
  metrics.record({ kind: 'stream', outcome, cause: diagnosis?.cause ?? null })
}
