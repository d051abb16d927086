import type { Cause } from '../diagnosis/cause'
import { docsOf } from '../diagnosis/causes'
import { describe } from './describe'
import type { HealthState } from './health-facts'
import type { Status } from './policy'

export type { Status } from './policy'

/** One finding; with a unit when it was measured. */
type Check<T, Unit extends string = never> = {
  status: Status
  observedValue: T
  /** ISO 8601. */
  time: string
} & ([Unit] extends [never] ? unknown : { observedUnit: Unit })

/** What is known about DeepSeek and this instance, as `application/health+json` has it. */
export interface Health {
  /** `pass` and `warn` answer 200, `fail` answers 503. */
  status: Status
  /** One sentence for people. */
  description: string
  /** `startup`: never ready yet; `draining`: `drain()` was called. */
  phase: 'startup' | 'steady' | 'draining'
  /** `null` when nothing is wrong with DeepSeek; `starting` before the first evidence. */
  cause: Cause | 'starting' | null
  /** The policy row that produced the status, such as `service:steady=warn`. */
  decision: string
  /** Since when status and cause are what they are. ISO 8601. */
  since: string
  consecutiveFailures: number
  /** ISO 8601; null when nothing will be probed (draining, closed, or no background probe). */
  nextProbeAt: string | null
  /** Where the newest evidence came from: a probe, live traffic, or another process. */
  source: 'active' | 'passive' | 'shared'
  checks: {
    'deepseek:credential': [Check<'accepted' | 'rejected' | 'unconfirmed'>]
    /** Absent while nobody has asked: before the first probe, and at gateways. */
    'deepseek:balance'?: [Check<boolean>]
    /** Absent before the first probe was answered. */
    'deepseek:responseTime'?: [Check<number, 'ms'>]
    /** Share of live calls that failed in the last five minutes; 0 without any. */
    'deepseek:traffic': [Check<number, 'failure ratio'>]
    /** Absent before the first evidence. */
    'guard:evidenceAge'?: [Check<number, 's'>]
    /** How long a fault can go unnoticed at most, by the settings. */
    'guard:worstCaseDetection': [Check<number, 's'>]
  }
  links: {
    /** The README section about the cause. */
    about: string
  }
}

/** What the document is rendered from. */
export interface HealthView {
  state: HealthState
  /** Epoch milliseconds, or null. */
  nextProbeAt: number | null
  traffic: { failureRatio: number; at: number | null }
}

/** The settings that show in the document. */
export interface DocumentSettings {
  staleAfterMs: number
  worstCaseDetectionMs: number
}

/** Above this share of failed live calls the traffic check warns: one in twenty. */
const TRAFFIC_WARNS_AT = 0.05

const CREDENTIAL_STATUS = { accepted: 'pass', unconfirmed: 'warn', rejected: 'fail' } as const

function iso(time: number): string {
  return new Date(time).toISOString()
}

/** The README section about a cause, or the one about health when there is none to name. */
function aboutOf(cause: Health['cause']): string {
  if (cause !== null && cause !== 'starting') return docsOf(cause)
  return docsOf('unknown').replace(/#.*/, '#health-and-policy')
}

function check<T>(status: Status, observedValue: T, at: number): [Check<T>] {
  return [{ status, observedValue, time: iso(at) }]
}

function measured<Unit extends string>(
  status: Status,
  observedValue: number,
  observedUnit: Unit,
  at: number,
): [Check<number, Unit>] {
  return [{ status, observedValue, observedUnit, time: iso(at) }]
}

function checksOf(view: HealthView, settings: DocumentSettings, now: number): Health['checks'] {
  const { credential, balance, responseTime, evidenceAt, since, startedAt } = view.state
  const { failureRatio, at } = view.traffic
  const age = evidenceAt === null ? 0 : Math.max(0, now - evidenceAt)
  const { value } = credential
  const failed = Math.round(failureRatio * 1_000) / 1_000
  const busy = failureRatio > TRAFFIC_WARNS_AT ? 'warn' : 'pass'
  const old = age > settings.staleAfterMs ? 'warn' : 'pass'
  const worst = Math.ceil(settings.worstCaseDetectionMs / 1_000)
  return {
    'deepseek:credential': check(CREDENTIAL_STATUS[value], value, credential.at),
    ...(balance && {
      'deepseek:balance': check(balance.value ? 'pass' : 'warn', balance.value, balance.at),
    }),
    ...(responseTime && {
      'deepseek:responseTime': measured(
        'pass',
        Math.round(responseTime.value),
        'ms',
        responseTime.at,
      ),
    }),
    'deepseek:traffic': measured(busy, failed, 'failure ratio', at ?? since),
    ...(evidenceAt !== null && {
      'guard:evidenceAge': measured(old, Math.round(age / 1_000), 's', now),
    }),
    'guard:worstCaseDetection': measured('pass', worst, 's', startedAt),
  }
}

/** The document for `now` (epoch milliseconds). Every string in it comes from a closed list. */
export function renderHealth(view: HealthView, settings: DocumentSettings, now: number): Health {
  const { state } = view
  const { status, phase, cause, decision } = state.judgement
  return {
    status,
    description: describe(state),
    phase,
    cause,
    decision,
    since: iso(state.since),
    consecutiveFailures: state.failures,
    nextProbeAt: view.nextProbeAt === null ? null : iso(view.nextProbeAt),
    source: state.source,
    checks: checksOf(view, settings, now),
    links: { about: aboutOf(cause) },
  }
}
