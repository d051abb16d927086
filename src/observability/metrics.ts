import type { Registry } from 'prom-client'
import { codeLabel, methodLabel } from './http-labels'
import { type Instruments, instrumentsOf } from './instruments'
import type { GuardMetrics, Measurement } from './measurement'
import { requirePeer } from './optional-peer'

/** What is asked of a registry, so that the types do not need prom-client to be installed. */
export interface MetricsRegistry {
  registerMetric(metric: never): void
  getSingleMetric(name: string): unknown
}

export interface GuardMetricsOptions {
  /** A prom-client `Registry`: where the metrics appear. Default: prom-client's global registry. */
  registry?: MetricsRegistry
}

type Of<Kind extends Measurement['kind']> = Extract<Measurement, { kind: Kind }>

/** The label of a success: an empty one would not exist in Prometheus. */
const NO_CAUSE = 'none'

const states = ['pass', 'warn', 'fail'] as const

function recordProbe(to: Instruments, probe: Of<'probe'>): void {
  const { source, outcome, cause } = probe
  to.probes.inc({ source, outcome, cause: cause ?? NO_CAUSE })
  if (source === 'active') to.probeDuration.observe(probe.durationMs / 1_000)
}

function recordTransition(to: Instruments, change: Of<'transition'>): void {
  to.transitions.inc({ from: change.from, to: change.to, cause: change.cause ?? NO_CAUSE })
}

/** Probes have metrics of their own: here count the application's calls. */
function recordRequest(to: Instruments, request: Of<'request'>): void {
  if (request.purpose === 'probe') return
  const labels = { method: methodLabel(request.method), code: codeLabel(request.status) }
  to.requests.inc({ ...labels, cause: request.cause ?? NO_CAUSE })
  to.requestDuration.observe(labels, request.durationMs / 1_000)
}

function record(to: Instruments, measured: Measurement): void {
  switch (measured.kind) {
    case 'state':
      for (const state of states) to.state.set({ state }, state === measured.status ? 1 : 0)
      break
    case 'probe':
      recordProbe(to, measured)
      break
    case 'evidence':
      to.evidenceAt = measured.at
      break
    case 'transition':
      recordTransition(to, measured)
      break
    case 'refresh':
      to.refreshes.inc({ outcome: measured.outcome })
      break
    case 'request':
      recordRequest(to, measured)
      break
    case 'probe-abort':
      to.kubeletAborts.inc()
      break
  }
}

/**
 * Prometheus metrics for `deepseekGuard({ metrics })`. Safe to call twice on one registry; several
 * guards may share it, and then the last change of state shows: give each guard a registry of its
 * own to tell them apart. Every label comes from a closed list.
 * @throws Error when prom-client is not installed.
 */
export function guardMetrics(options: GuardMetricsOptions = {}): GuardMetrics {
  const load = () => require('prom-client') as typeof import('prom-client')
  const prometheus = requirePeer(load, 'prom-client', 'guardMetrics()')
  const registry = (options.registry as Registry | undefined) ?? prometheus.register
  const instruments = instrumentsOf(prometheus, registry)
  return { record: (measured) => record(instruments, measured) }
}
