import type { Registry } from 'prom-client'
import { createInstruments, type Instruments, type Prometheus, tokenKinds } from './instruments'
import {
  codeLabel,
  currencyLabel,
  type GuardMetrics,
  isMissing,
  type Measurement,
  methodLabel,
} from './measurement'

/** The state gauge carries the set, so that the registry itself remembers what was made for it. */
const INSTRUMENTS = Symbol.for('deepseek-guard.instruments')
type Carrier = { [INSTRUMENTS]?: Instruments }

/** The registry's instruments: those made for it before, or new ones. */
function instrumentsOf(prometheus: Prometheus, registry: Registry): Instruments {
  const known = registry.getSingleMetric('deepseek_guard_state') as Carrier | undefined
  if (known?.[INSTRUMENTS]) return known[INSTRUMENTS]
  const instruments = createInstruments(prometheus, registry)
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

/** Probes have metrics of their own: here count the application's calls. */
function recordRequest(to: Instruments, request: Of<'request'>): void {
  if (request.purpose === 'probe') return
  const labels = { method: methodLabel(request.method), code: codeLabel(request.status) }
  to.requests.inc({ ...labels, cause: request.cause ?? NO_CAUSE })
  to.requestDuration.observe(labels, request.durationMs / 1_000)
}

function recordAccount(to: Instruments, { balances, runwayHours }: Of<'account'>): void {
  to.balance.reset()
  for (const { currency, total } of balances) {
    to.balance.set({ currency: currencyLabel(currency) }, total)
  }
  if (runwayHours === undefined) to.runway.remove()
  else to.runway.set(runwayHours)
}

function recordUsage(to: Instruments, usage: Of<'usage'>): void {
  const { cacheHit, cacheMiss, output, reasoning } = usage
  const counts = { cache_hit: cacheHit, cache_miss: cacheMiss, output, reasoning }
  for (const kind of tokenKinds) to.tokens.inc({ kind }, counts[kind])
}

function recordFleet(to: Instruments, fleet: Of<'fleet'>): void {
  to.instances.set({ credential: 'current' }, fleet.onCurrent)
  to.instances.set({ credential: 'other' }, fleet.onOther)
  to.certified.set(fleet.certified ? 1 : 0)
  if (fleet.olderUnusedMs === undefined) to.olderUnused.remove()
  else to.olderUnused.set(fleet.olderUnusedMs / 1_000)
}

type Recorders = { [Kind in Measurement['kind']]: (to: Instruments, one: Of<Kind>) => void }

const recorders: Recorders = {
  state(to, { status }) {
    for (const state of states) to.state.set({ state }, state === status ? 1 : 0)
  },
  probe(to, { source, outcome, cause, durationMs }) {
    to.probes.inc({ source, outcome, cause: cause ?? NO_CAUSE })
    if (source === 'active') to.probeDuration.observe(durationMs / 1_000)
  },
  evidence(to, { ageMs }) {
    to.live.evidenceAt = performance.now() - ageMs
  },
  transition: (to, { from, to: next, cause }) =>
    to.transitions.inc({ from, to: next, cause: cause ?? NO_CAUSE }),
  refresh: (to, { outcome }) => to.refreshes.inc({ outcome }),
  request: recordRequest,
  stream: (to, { outcome, cause }) => to.streams.inc({ outcome: cause ?? outcome }),
  fleet: recordFleet,
  account: recordAccount,
  usage: recordUsage,
  prices(to, { isPeak }) {
    to.live.isPeak = isPeak
  },
  'probe-abort': (to) => to.kubeletAborts.inc(),
}

function record<Kind extends Measurement['kind']>(to: Instruments, measured: Of<Kind>): void {
  // A kind of a newer version is nobody's fault.
  if (Object.hasOwn(recorders, measured.kind)) recorders[measured.kind as Kind](to, measured)
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
    if (!isMissing(error, 'prom-client')) throw error
  }
  try {
    found.push(require('@prometheus-io/client') as Prometheus)
  } catch (error) {
    if (!isMissing(error, '@prometheus-io/client')) throw error
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
