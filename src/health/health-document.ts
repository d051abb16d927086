import type { AccountFacts, AccountReader } from '../account/watch'
import { type Cause, docsOf } from '../causes/cause'
import type { FailureRatio, FailureWindow } from './evidence'
import type { HealthState } from './facts'
import { type PolicyRow, rowOf, type Status } from './policy'

/** What is going on, by the row that judges it. */
const WHAT: Readonly<Record<PolicyRow, string>> = {
  'wrong-key': 'DeepSeek refuses our credential',
  'no-credential': 'No usable credential of ours reaches DeepSeek',
  'not-a-key': 'What is configured as our key is not a key',
  header: 'Our Authorization header has the wrong form',
  config: 'Our configuration keeps calls from working',
  account: 'Our DeepSeek account is out of balance; the key is good',
  'wrong-destination': 'Something other than the DeepSeek API answers our calls',
  'access-blocked': 'Our calls are blocked on the way to DeepSeek',
  network: 'DeepSeek cannot be reached from here',
  service: 'DeepSeek is answering with server errors',
  stream: 'Answers of DeepSeek break off before their end',
  'rate-limited': 'DeepSeek limits the rate of our calls',
  request: 'DeepSeek works, but a configured model is not on its list',
  caller: 'Calls to DeepSeek are given up by their callers',
  unknown: 'DeepSeek does not answer as expected',
  stale: 'There has been no news of DeepSeek for too long',
  starting: 'DeepSeek has not answered yet',
  'guard-off': 'The guard is switched off, so nothing is known about DeepSeek',
}

/** Where the row says too much or too little. */
const WHAT_ELSE: Partial<Readonly<Record<Cause, string>>> = {
  'service-busy': 'DeepSeek is answering 503 for everyone',
  'balance-low': 'DeepSeek works; the balance of our account will not last much longer',
  'spending-unexplained': 'DeepSeek works; our balance falls faster than our calls explain',
}

const DENIED = 'DeepSeek refuses calls for answers with a credential that it accepts otherwise'
const UNCONFIRMED = 'DeepSeek refused our credential and the refusal is being confirmed'

const CONSEQUENCE: Readonly<Record<Status, string>> = {
  pass: 'this instance is in rotation',
  warn: 'this instance stays in rotation',
  fail: 'this instance is out of rotation',
}
const suspected = (row: PolicyRow): string => (row === 'wrong-key' ? UNCONFIRMED : WHAT[row])

function whatOf({ judgement, failures, streak }: HealthState): string {
  const { cause, decision } = judgement
  if (decision.startsWith('stale:')) return WHAT.stale
  if (decision.startsWith('inference:')) return DENIED
  if (cause === 'starting') return streak ? suspected(rowOf(streak.cause)) : WHAT.starting
  if (cause !== null) return WHAT_ELSE[cause] ?? WHAT[rowOf(cause)]
  return failures > 0 ? 'DeepSeek worked; a recent failure is being checked' : 'DeepSeek works'
}

/** The document's sentence: what is going on, and what that means for this instance. */
export function describe(state: HealthState): string {
  const { status, phase } = state.judgement
  if (phase === 'draining') return 'This instance is draining: it takes no new traffic.'
  return `${whatOf(state)}; ${CONSEQUENCE[status]}.`
}

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
    /** Share of live calls that failed in the last five minutes; absent before the first. */
    'deepseek:traffic'?: [Check<number, 'failure ratio'>]
    /** Share of 200s whose body broke off, in the last five minutes; absent before the first. */
    'deepseek:streams'?: [Check<number, 'failure ratio'>]
    /** How long the balance lasts; absent while that is not known. */
    'deepseek:runway'?: [Check<number, 'h'>]
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
interface HealthView {
  state: HealthState
  nextProbeAt: number | null
  traffic: FailureRatio | undefined
  streams: FailureRatio | undefined
  /** Absent: nothing is known of it. */
  account?: AccountFacts | undefined
  /** What makes epoch milliseconds of the monotonic times in here. */
  epoch: number
}

/** The settings that show in the document. */
interface DocumentSettings {
  staleAfterMs: number
  worstCaseDetectionMs: number
}

/** Above this share of failed live calls or streams their check warns: one in twenty. */
const RATIO_WARNS_AT = 0.05

const CREDENTIAL_STATUS = { accepted: 'pass', unconfirmed: 'warn', rejected: 'fail' } as const

/** The last moment of the years that every reader of ISO 8601 takes: 9999-12-31. */
const LAST_MOMENT = 253_402_300_799_999

/** Any delay is allowed, and a date that cannot be written must not end the process. */
function iso(time: number): string {
  return new Date(Math.round(Math.min(Math.max(time, 0), LAST_MOMENT))).toISOString()
}

/** The README section about a cause, or the one about health when there is none to name. */
function aboutOf(cause: Health['cause']): string {
  if (cause !== null && cause !== 'starting') return docsOf(cause)
  return docsOf('unknown').replace(/#.*/, '#health-and-policy')
}

function check<T>(status: Status, observedValue: T, time: string): [Check<T>] {
  return [{ status, observedValue, time }]
}

function measured<Unit extends string>(
  status: Status,
  observedValue: number,
  observedUnit: Unit,
  time: string,
): [Check<number, Unit>] {
  return [{ status, observedValue, observedUnit, time }]
}

function checkRatio({ ratio, at }: FailureRatio, when: (at: number) => string) {
  const status = ratio > RATIO_WARNS_AT ? 'warn' : 'pass'
  return measured(status, Math.round(ratio * 1_000) / 1_000, 'failure ratio', when(at))
}

/** Whole hours, but tenths of them where hours are few. */
function checkRunway({ runwayHours = 0, low, at }: AccountFacts) {
  const hours = runwayHours < 10 ? Math.round(runwayHours * 10) / 10 : Math.round(runwayHours)
  return measured(low ? 'warn' : 'pass', hours, 'h', iso(at))
}

function checksOf(view: HealthView, settings: DocumentSettings, now: number): Health['checks'] {
  const { credential, balance, responseTime, evidenceAt, startedAt } = view.state
  const { traffic, streams, account, epoch } = view
  const when = (at: number): string => iso(at + epoch)
  const age = evidenceAt === null ? 0 : Math.max(0, now - evidenceAt)
  const { value } = credential
  const old = age > settings.staleAfterMs ? 'warn' : 'pass'
  const worst = Math.ceil(settings.worstCaseDetectionMs / 1_000)
  const took = responseTime && Math.round(responseTime.value)
  return {
    'deepseek:credential': check(CREDENTIAL_STATUS[value], value, when(credential.at)),
    ...(balance && {
      'deepseek:balance': check(balance.value ? 'pass' : 'warn', balance.value, when(balance.at)),
    }),
    ...(responseTime && {
      'deepseek:responseTime': measured('pass', took ?? 0, 'ms', when(responseTime.at)),
    }),
    ...(traffic && { 'deepseek:traffic': checkRatio(traffic, when) }),
    ...(streams && { 'deepseek:streams': checkRatio(streams, when) }),
    ...(account?.runwayHours !== undefined && { 'deepseek:runway': checkRunway(account) }),
    ...(evidenceAt !== null && {
      'guard:evidenceAge': measured(old, Math.round(age / 1_000), 's', when(now)),
    }),
    'guard:worstCaseDetection': measured('pass', worst, 's', when(startedAt)),
  }
}

/** A probe that goes well ends the row of failures, but not that of inference. */
function failuresOf(
  { failures, inference }: HealthState,
  { staleAfterMs }: DocumentSettings,
  now: number,
) {
  const newest = inference?.at.at(-1)
  const counts = inference !== null && newest !== undefined && now - newest < staleAfterMs
  return counts ? Math.max(failures, inference.count) : failures
}

/** The document for `now`, a monotonic time. Every string in it comes from a closed list. */
export function renderHealth(view: HealthView, settings: DocumentSettings, now: number): Health {
  const { state } = view
  const { status, phase, cause, decision } = state.judgement
  return {
    status,
    description: describe(state),
    phase,
    cause,
    decision,
    since: iso(state.since + view.epoch),
    consecutiveFailures: failuresOf(state, settings, now),
    nextProbeAt: view.nextProbeAt === null ? null : iso(view.nextProbeAt + view.epoch),
    source: state.source,
    checks: checksOf(view, settings, now),
    links: { about: aboutOf(cause) },
  }
}

interface Rendered {
  state: HealthState
  nextProbeAt: number | null
  second: number
  health: Health
}

/** Steps of the wall clock below this are drift; a date must not flicker by a millisecond. */
const CLOCK_STEP_MS = 1_000

/** Whoever gets a snapshot may keep it, and cannot change what the endpoint says. */
function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object' && inner !== null) deepFreeze(inner)
  }
  return Object.freeze(value)
}

/** What the document shows besides the state. */
interface Windows {
  traffic: FailureWindow
  streams: FailureWindow
  account?: AccountReader | undefined
}

/**
 * Renders the document at most once a second and state: a health endpoint under load costs one
 * comparison a request, and whoever caches bytes can go by the identity of the object.
 */
export class Snapshot {
  readonly #settings: DocumentSettings
  readonly #windows: Windows
  #epoch: number | undefined
  #last: Rendered | undefined

  constructor(settings: DocumentSettings, windows: Windows) {
    this.#settings = settings
    this.#windows = windows
  }

  /** `elapsed` and `wall` are the same moment by the monotonic and by the wall clock. */
  read(
    state: HealthState,
    nextProbeAt: number | null,
    at: { elapsed: number; wall: number },
  ): Health {
    const last = this.#last
    const now = at.elapsed
    const second = Math.floor(now / 1_000)
    if (last?.state === state && last.nextProbeAt === nextProbeAt && last.second === second) {
      return last.health
    }
    const { traffic, streams, account } = this.#windows
    const epoch = this.#follow(at.wall - now)
    const ratios = { traffic: traffic.read(now), streams: streams.read(now) }
    const known = account?.facts()
    const view: HealthView = { state, nextProbeAt, epoch, ...ratios, account: known }
    const health = deepFreeze(renderHealth(view, this.#settings, now))
    this.#last = { state, nextProbeAt, second, health }
    return health
  }

  #follow(epoch: number): number {
    if (this.#epoch === undefined || Math.abs(epoch - this.#epoch) > CLOCK_STEP_MS) {
      this.#epoch = epoch
    }
    return this.#epoch
  }
}
