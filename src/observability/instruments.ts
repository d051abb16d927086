import type { Gauge, GaugeConfiguration, Registry } from 'prom-client'
import { causesByGroup } from '../causes/cause'
import { systemClock } from '../clock'

export type Prometheus = typeof import('prom-client')

/** Seconds; `GET /user/balance` takes some 10 ms to 1 s, the default probe timeout is 5 s. */
const PROBE_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Seconds to the head of an answer: a reasoning model may think for minutes before it. */
const REQUEST_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]

/** `reasoning` is a part of `output`; the three others make up what is paid for. */
export const tokenKinds = ['cache_hit', 'cache_miss', 'output', 'reasoning'] as const

/** What the scrape itself reads: filled in as it becomes known. */
interface Live {
  /** When the newest evidence came up, by the monotonic clock. */
  evidenceAt: number | undefined
  /** Whether prices are at their peak at a time. */
  isPeak: ((at: number) => boolean) | undefined
}

function makersFor({ Counter, Gauge, Histogram }: Prometheus, registry: Registry) {
  const registers = [registry]
  const gauge = <L extends string>(
    name: string,
    help: string,
    more: Partial<GaugeConfiguration<L>> = {},
  ) => new Gauge<L>({ name, help, registers, ...more })
  return {
    counter: <L extends string>(name: string, help: string, ...labelNames: L[]) =>
      new Counter<L>({ name, help, labelNames, registers }),
    histogram: <L extends string>(
      name: string,
      help: string,
      buckets: number[],
      ...labelNames: L[]
    ) => new Histogram<L>({ name, help, labelNames, buckets, registers }),
    gauge,
    /** A gauge of what every process sees alike: merged figures must not add up. */
    common: <L extends string>(
      name: string,
      help: string,
      more: Partial<GaugeConfiguration<L>> = {},
    ) => gauge(name, help, { ...more, aggregator: 'max' }),
  }
}

type Makers = ReturnType<typeof makersFor>

function healthInstruments({ counter, gauge, histogram, common }: Makers, live: Live) {
  return {
    state: gauge(
      'deepseek_guard_state',
      'Health status of the guard: 1 for the current one (pass, warn, fail), else 0.',
      { labelNames: ['state'] },
    ),
    probes: counter(
      'deepseek_guard_probes_total',
      'Evidence about DeepSeek by source (active, passive, shared), outcome and cause.',
      ...(['source', 'outcome', 'cause'] as const),
    ),
    probeDuration: histogram(
      'deepseek_guard_probe_duration_seconds',
      'Duration of active health probes.',
      PROBE_BUCKETS,
    ),
    evidenceAge: common(
      'deepseek_guard_evidence_age_seconds',
      'Age of the newest evidence behind the health status, at the time of the scrape.',
      {
        collect(this: Gauge) {
          // No evidence yet is no age: 0 would read as fresh.
          if (live.evidenceAt === undefined) this.remove()
          else this.set(Math.max(0, performance.now() - live.evidenceAt) / 1_000)
        },
      },
    ),
    transitions: counter(
      'deepseek_guard_transitions_total',
      'Changes of the health status, by the cause of the new one.',
      ...(['from', 'to', 'cause'] as const),
    ),
    kubeletAborts: counter(
      'deepseek_guard_kubelet_aborts_total',
      'Requests to the health endpoint that the prober gave up before the answer left.',
    ),
  }
}

function callInstruments({ counter, histogram }: Makers) {
  return {
    refreshes: counter(
      'deepseek_guard_token_refreshes_total',
      'Credential refreshes by outcome (changed, unchanged, failed).',
      'outcome',
    ),
    requests: counter(
      'deepseek_guard_requests_total',
      'Calls through guard.fetch by method, status code and diagnosed cause.',
      ...(['method', 'code', 'cause'] as const),
    ),
    requestDuration: histogram(
      'deepseek_guard_request_duration_seconds',
      'Time from a call through guard.fetch to the head of its answer.',
      REQUEST_BUCKETS,
      ...(['method', 'code'] as const),
    ),
    streams: counter(
      'deepseek_guard_streams_total',
      'Bodies of 200s by how they ended: success, or the cause such as stream-cut.',
      'outcome',
    ),
  }
}

function accountInstruments({ counter, common }: Makers, live: Live) {
  return {
    balance: common(
      'deepseek_guard_balance',
      'Balance of the DeepSeek account by currency, as the newest probe read it.',
      { labelNames: ['currency'] },
    ),
    runway: common(
      'deepseek_guard_balance_runway_hours',
      'Hours until the balance is gone, by what the same hours of last week cost.',
    ),
    tokens: counter(
      'deepseek_guard_tokens_total',
      'Tokens of answers by kind; reasoning is a part of output.',
      'kind',
    ),
    peakPrice: common('deepseek_guard_peak_price', '1 while prices are at their peak, else 0.', {
      collect(this: Gauge) {
        if (live.isPeak === undefined) this.remove()
        else this.set(live.isPeak(systemClock.now()) ? 1 : 0)
      },
    }),
  }
}

/** What the rows of the fleet say, as `deepseek-guard fleet` prints it. */
function fleetInstruments({ common }: Makers) {
  return {
    instances: common(
      'deepseek_guard_fleet_instances',
      'Live instances of the fleet by the credential in use: current (the newest) or other.',
      { labelNames: ['credential'] },
    ),
    certified: common(
      'deepseek_guard_fleet_certified',
      '1 while every live instance uses one credential and has proved it: older may go.',
    ),
    olderUnused: common(
      'deepseek_guard_fleet_older_unused_seconds',
      'Time since any instance used an older credential, at the last look at the fleet.',
    ),
  }
}

/** The metrics of one registry. Every guard that uses the registry writes to the same ones. */
export type Instruments = ReturnType<typeof createInstruments>

/** Registers every metric, with the values that show before anything has happened. */
export function createInstruments(prometheus: Prometheus, registry: Registry) {
  const live: Live = { evidenceAt: undefined, isPeak: undefined }
  const makers = makersFor(prometheus, registry)
  const instruments = {
    ...healthInstruments(makers, live),
    ...callInstruments(makers),
    ...accountInstruments(makers, live),
    ...fleetInstruments(makers),
    live,
  }
  const { refreshes, streams, tokens, runway, certified, olderUnused } = instruments
  // A counter that starts at its first event hides that event from rate().
  for (const outcome of ['changed', 'unchanged', 'failed']) refreshes.inc({ outcome }, 0)
  for (const outcome of ['success', ...causesByGroup.stream]) streams.inc({ outcome }, 0)
  for (const kind of tokenKinds) tokens.inc({ kind }, 0)
  // Before the first look, 0 would read as the end of the money, or as an objection.
  for (const gauge of [runway, certified, olderUnused]) gauge.remove()
  return instruments
}
