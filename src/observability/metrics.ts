import type { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { causesByGroup } from '../causes/cause'
import { type AccountInstruments, accountInstruments, recordAccount } from './account-metrics'
import { type FleetInstruments, fleetInstruments, recordFleet } from './fleet-metrics'
import { codeLabel, type GuardMetrics, type Measurement, methodLabel } from './measurement'

type Prometheus = typeof import('prom-client')

/** Seconds; `GET /user/balance` takes some 10 ms to 1 s, the default probe timeout is 5 s. */
const PROBE_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Seconds to the head of an answer: a reasoning model may think for minutes before it. */
const REQUEST_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]

/** The metrics of one registry. Every guard that uses the registry writes to the same ones. */
interface Instruments {
  state: Gauge<'state'>
  probes: Counter<'source' | 'outcome' | 'cause'>
  probeDuration: Histogram
  evidenceAge: Gauge
  transitions: Counter<'from' | 'to' | 'cause'>
  refreshes: Counter<'outcome'>
  requests: Counter<'method' | 'code' | 'cause'>
  requestDuration: Histogram<'method' | 'code'>
  kubeletAborts: Counter
  streams: Counter<'outcome'>
  fleet: FleetInstruments
  account: AccountInstruments
  /** When the newest evidence came up, by the monotonic clock; undefined before the first. */
  evidenceAt: number | undefined
}

/** The state gauge carries the set, so that the registry itself remembers what was made for it. */
const INSTRUMENTS = Symbol.for('deepseek-guard.instruments')
type Carrier = { [INSTRUMENTS]?: Instruments }

function healthInstruments(prometheus: Prometheus, registers: Registry[]) {
  const { Counter, Gauge, Histogram } = prometheus
  return {
    state: new Gauge({
      name: 'deepseek_guard_state',
      help: 'Health status of the guard: 1 for the current one (pass, warn, fail), else 0.',
      labelNames: ['state'],
      registers,
    }),
    probes: new Counter({
      name: 'deepseek_guard_probes_total',
      help: 'Evidence about DeepSeek by source (active, passive, shared), outcome and cause.',
      labelNames: ['source', 'outcome', 'cause'],
      registers,
    }),
    probeDuration: new Histogram({
      name: 'deepseek_guard_probe_duration_seconds',
      help: 'Duration of active health probes.',
      buckets: PROBE_BUCKETS,
      registers,
    }),
    transitions: new Counter({
      name: 'deepseek_guard_transitions_total',
      help: 'Changes of the health status, by the cause of the new one.',
      labelNames: ['from', 'to', 'cause'],
      registers,
    }),
    kubeletAborts: new Counter({
      name: 'deepseek_guard_kubelet_aborts_total',
      help: 'Requests to the health endpoint that the prober gave up before the answer left.',
      registers,
    }),
  }
}

function callInstruments(prometheus: Prometheus, registers: Registry[]) {
  const { Counter, Histogram } = prometheus
  return {
    refreshes: new Counter({
      name: 'deepseek_guard_token_refreshes_total',
      help: 'Credential refreshes by outcome (changed, unchanged, failed).',
      labelNames: ['outcome'],
      registers,
    }),
    requests: new Counter({
      name: 'deepseek_guard_requests_total',
      help: 'Calls through guard.fetch by method, status code and diagnosed cause.',
      labelNames: ['method', 'code', 'cause'],
      registers,
    }),
    requestDuration: new Histogram({
      name: 'deepseek_guard_request_duration_seconds',
      help: 'Time from a call through guard.fetch to the head of its answer.',
      labelNames: ['method', 'code'],
      buckets: REQUEST_BUCKETS,
      registers,
    }),
    streams: new Counter({
      name: 'deepseek_guard_streams_total',
      help: 'Bodies of 200s by how they ended: success, or the cause such as stream-cut.',
      labelNames: ['outcome'],
      registers,
    }),
  }
}

function create(prometheus: Prometheus, registry: Registry): Instruments {
  const registers = [registry]
  const instruments: Instruments = {
    ...healthInstruments(prometheus, registers),
    ...callInstruments(prometheus, registers),
    fleet: fleetInstruments(prometheus, registers),
    account: accountInstruments(prometheus, registers),
    evidenceAge: new prometheus.Gauge({
      name: 'deepseek_guard_evidence_age_seconds',
      help: 'Age of the newest evidence behind the health status, at the time of the scrape.',
      aggregator: 'max',
      registers,
      collect() {
        const at = instruments.evidenceAt
        // No evidence yet is no age: 0 would read as fresh.
        if (at === undefined) this.remove()
        else this.set(Math.max(0, performance.now() - at) / 1_000)
      },
    }),
    evidenceAt: undefined,
  }
  // A counter that starts at its first event hides that event from rate().
  for (const outcome of ['changed', 'unchanged', 'failed'])
    instruments.refreshes.inc({ outcome }, 0)
  for (const outcome of ['success', ...causesByGroup.stream])
    instruments.streams.inc({ outcome }, 0)
  return instruments
}

/** The registry's instruments: those made for it before, or new ones. */
function instrumentsOf(prometheus: Prometheus, registry: Registry): Instruments {
  const known = registry.getSingleMetric('deepseek_guard_state') as Carrier | undefined
  if (known?.[INSTRUMENTS]) return known[INSTRUMENTS]
  const instruments = create(prometheus, registry)
  ;(instruments.state as Carrier)[INSTRUMENTS] = instruments
  return instruments
}

/** What is asked of a registry, so that the types do not need prom-client to be installed. */
export interface MetricsRegistry {
  registerMetric(metric: never): void
  getSingleMetric(name: string): unknown
}

export interface GuardMetricsOptions {
  /** Where the metrics appear: a `Registry` of either library. Default: the global registry. */
  registry?: MetricsRegistry | undefined
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
      to.evidenceAt = performance.now() - measured.ageMs
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
    case 'stream':
      to.streams.inc({ outcome: measured.cause ?? measured.outcome })
      break
    case 'fleet':
      recordFleet(to.fleet, measured)
      break
    case 'account':
    case 'usage':
    case 'prices':
      recordAccount(to.account, measured)
      break
    case 'probe-abort':
      to.kubeletAborts.inc()
      break
  }
}

/** What loading says of a package that is not there; another fault is nobody's to hide. */
function onlyMissing(error: unknown, name: string): undefined {
  const missing = (error as { code?: unknown } | undefined)?.code === 'MODULE_NOT_FOUND'
  if (!missing || !String(error).includes(`'${name}'`)) throw error
}

/**
 * The libraries that the application has. Each `require` stands in a `try` of its own: that is how
 * bundlers know that the package may be absent.
 */
function installedLibraries(): Prometheus[] {
  const found: Prometheus[] = []
  try {
    found.push(require('prom-client') as Prometheus)
  } catch (error) {
    onlyMissing(error, 'prom-client')
  }
  try {
    found.push(require('@prometheus-io/client') as Prometheus)
  } catch (error) {
    onlyMissing(error, '@prometheus-io/client')
  }
  return found
}

/** The library that made the registry; without one, the first that is there. */
function libraryFor(registry: MetricsRegistry | undefined): Prometheus {
  const libraries = installedLibraries()
  const owner = libraries.find(({ Registry }) => registry instanceof Registry) ?? libraries[0]
  if (owner) return owner
  throw new Error(
    'guardMetrics() needs the package prom-client or its successor @prometheus-io/client: ' +
      'install one of them with `npm install prom-client`.',
  )
}

/**
 * Prometheus metrics for `deepseekGuard({ metrics })`, by `prom-client` or its successor
 * `@prometheus-io/client`. Safe to call twice on one registry; several guards may share it, and
 * then the last change of state shows: give each guard a registry of its own to tell them apart.
 * Every label comes from a closed list.
 * @throws Error when neither library is installed.
 */
export function guardMetrics(options: GuardMetricsOptions = {}): GuardMetrics {
  const prometheus = libraryFor(options.registry)
  const registry = (options.registry as Registry | undefined) ?? prometheus.register
  const instruments = instrumentsOf(prometheus, registry)
  return { record: (measured) => record(instruments, measured) }
}

export type { GuardMetrics, Measurement } from './measurement'

export { guardTelemetry } from './telemetry'
