import type { Cause, Diagnosis } from '../../src/causes/cause'
import { causes } from '../../src/causes/table'
import { systemClock } from '../../src/clock'
import { HealthMonitor, type MonitorDeps } from '../../src/health/health-monitor'
import { type HealthOptions, resolveHealthOptions } from '../../src/health/health-options'
import type { ProbeResult } from '../../src/health/probe'
import type { EventFields, GuardEventName, LogLevel } from '../../src/observability/events'
import type { Measurement } from '../../src/observability/measurement'
import type { CallOutcome } from '../../src/outbound/call'

export function diagnosisOf(cause: Cause, changes: Partial<Diagnosis> = {}): Diagnosis {
  const { group, title, fix, retryable } = causes[cause]
  const rest = { evidence: [], fix, others: [], retryable }
  return { cause, group, confidence: 'certain', title, ...rest, ...changes }
}

export const accepted: ProbeResult = { ok: true, proof: 'balance', durationMs: 40 }

export function failed(cause: Cause, status?: number): ProbeResult {
  return { ok: false, durationMs: 40, status, diagnosis: diagnosisOf(cause) }
}

export function outcomeOf(changes: Partial<CallOutcome> = {}): CallOutcome {
  return {
    purpose: 'call',
    method: 'POST',
    scheme: 'https',
    address: 'api.deepseek.com',
    port: 443,
    path: '/chat/completions',
    status: 200,
    tokenId: 'aaaaaaaaaaaa',
    synthetic: false,
    refreshed: false,
    resendCount: 0,
    startedAt: Date.now(),
    durationMs: 10,
    ...changes,
  }
}

export function failedCall(cause: Cause, changes: Partial<CallOutcome> = {}): CallOutcome {
  return outcomeOf({ status: 503, diagnosis: diagnosisOf(cause), ...changes })
}

interface Line {
  level: LogLevel
  event: GuardEventName
  fields: EventFields
  message: string
}

export interface Rig {
  monitor: HealthMonitor
  /** When each probe left, in milliseconds since the rig was made. */
  probes: number[]
  measurements: Measurement[]
  lines: Line[]
  /** What probes answer from now on; a function may take its time. */
  answer: ProbeResult | ((signal: AbortSignal) => Promise<ProbeResult>)
  /** The wrapper's account of each probe's call. */
  account: Partial<CallOutcome> | undefined
}

/** A monitor over a scripted upstream, in fake time; jitter is in the middle unless told. */
export function rig(options: HealthOptions = {}, deps: Partial<MonitorDeps> = {}): Rig {
  const madeAt = Date.now()
  const made: Rig = {
    monitor: undefined as unknown as HealthMonitor,
    probes: [],
    measurements: [],
    lines: [],
    answer: accepted,
    account: undefined,
  }
  made.monitor = new HealthMonitor({
    options: resolveHealthOptions(options),
    async probe(signal) {
      made.probes.push(Date.now() - madeAt)
      const { answer, account } = made
      const result = await (typeof answer === 'function' ? answer(signal) : answer)
      if (!account) return result
      const outcome = outcomeOf({ purpose: 'probe', method: 'GET', ...account })
      return { ...result, outcome }
    },
    clock: systemClock,
    random: () => 0.5,
    log: {
      enabled: () => true,
      emit: (level, event, fields, message) => made.lines.push({ level, event, fields, message }),
    },
    record: (measurement) => made.measurements.push(measurement),
    ...deps,
  })
  return made
}

/** An upstream that never answers; the probe's own deadline has to end it. */
export const hanging = (): Promise<ProbeResult> => new Promise(() => {})

/** Lets the next probes hang; `signal` is what the last of them was given. */
export function hang(made: Rig): { signal: AbortSignal | undefined } {
  const out: { signal: AbortSignal | undefined } = { signal: undefined }
  made.answer = (signal) => {
    out.signal = signal
    return hanging()
  }
  return out
}
