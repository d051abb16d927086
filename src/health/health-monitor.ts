import type { AccountReader } from '../account/watch'
import type { Cause, Diagnosis } from '../causes/cause'
import type { Clock } from '../clock'
import { CredentialRejectedError, GuardClosedError } from '../errors'
import type { GuardLog } from '../observability/events'
import type { Measurement } from '../observability/measurement'
import type { CallOutcome } from '../outbound/call'
import {
  FailureWindow,
  liveEvidence,
  localVerdicts,
  type ProbeEvidence,
  succeeded,
  type VerdictSource,
} from './evidence'
import {
  type FleetRule,
  type HealthEvent,
  type HealthState,
  startingState,
  switchedOffState,
  wouldFail,
} from './facts'
import { type Health, Snapshot } from './health-document'
import type { ResolvedHealthOptions } from './health-options'
import { isOldNews, transition } from './health-state'
import { type HealthHistory, HistoryKeeper, logFailedProbe, reportChange } from './history'
import { isCredentialCause } from './policy'
import type { Probe } from './probe'
import { ProbeLoop } from './probe-loop'
import { type ReadyAnswer, type ReadyOptions, ReadyQueue } from './ready'
import { keepTime, worstCaseDetectionMs } from './schedule'

/** What a monitor needs from the rooms around it. */
export interface MonitorDeps {
  options: ResolvedHealthOptions
  /** From `createProbe`. */
  probe: Probe
  clock: Clock
  /** Uniform in [0, 1), such as `Math.random`. */
  random: () => number
  log: GuardLog
  record(measurement: Measurement): void
  /** Told at every change of status, phase, cause or decision; must not throw. */
  onChange?(health: Health): void
  /** Default: this process asks for itself. */
  verdictSource?: VerdictSource
  /** `DEEPSEEK_GUARD=off`: nothing is probed, and no evidence counts. Default false. */
  off?: boolean
  /** For the document, and so that the balance is read often enough. Default: nothing is known. */
  account?: AccountReader | undefined
}

/** Watches DeepSeek in the background and answers from memory. */
export class HealthMonitor {
  /** How long a fault can go unnoticed at most, by the settings. */
  readonly worstCaseDetectionMs: number
  readonly #deps: MonitorDeps
  readonly #loop: ProbeLoop
  readonly #ready: ReadyQueue
  readonly #traffic = new FailureWindow()
  readonly #streams = new FailureWindow()
  readonly #snapshot: Snapshot
  readonly #history = new HistoryKeeper()
  readonly #stopTime: () => void
  #state: HealthState
  #rejection: Diagnosis | undefined
  #lastFailure: Diagnosis | undefined
  /** Probing goes on although nobody waits. */
  #background = false
  #closed = false

  /** Nothing is probed before `start()`. */
  constructor(deps: MonitorDeps) {
    const { clock, options } = deps
    const worst = worstCaseDetectionMs(options)
    this.#deps = deps
    this.worstCaseDetectionMs = worst
    const now = clock.elapsed()
    this.#state = deps.off ? switchedOffState(now, options) : startingState(now)
    this.#snapshot = new Snapshot(
      { staleAfterMs: options.staleAfterMs, worstCaseDetectionMs: worst },
      { traffic: this.#traffic, streams: this.#streams, account: deps.account },
    )
    this.#ready = new ReadyQueue({
      clock,
      answer: () => this.#readyAnswer(),
      health: () => this.snapshot(),
      suspicion: () => this.#state.streak?.cause,
      onEmpty: () => {
        if (!this.#background) this.#loop.stop()
      },
    })
    this.#loop = this.#openLoop(deps)
    deps.record({ kind: 'state', status: this.#state.judgement.status })
    this.#stopTime = keepTime({
      clock,
      settings: options,
      state: () => this.#state,
      tick: () => this.#dispatch({ type: 'tick' }),
    })
  }

  #openLoop({ clock, random, options, probe, verdictSource, account }: MonitorDeps) {
    return new ProbeLoop({
      clock,
      random,
      settings: { ...options, atLeastEveryMs: () => account?.readEveryMs(options.intervalMs) },
      probe,
      verdicts: verdictSource ?? localVerdicts,
      state: () => this.#state,
      onEvidence: (evidence) => this.#takeProbe(evidence),
    })
  }

  get everReady(): boolean {
    return this.#state.everReady
  }

  /**
   * Probes at once, then on schedule. Without it live traffic is the evidence, and DeepSeek is
   * probed only while somebody waits for `ready()`.
   */
  start(): void {
    if (this.#closed || this.#deps.off || this.#state.draining) return
    this.#background = true
    this.#loop.start()
  }

  /** The current document, without I/O; the same object while nothing in it has changed. */
  snapshot(): Health {
    const { clock } = this.#deps
    const at = { elapsed: clock.elapsed(), wall: clock.now() }
    return this.#snapshot.read(this.#state, this.#loop.nextAt, at)
  }

  /** Takes the outcome of every live call; a probe tells its own as evidence. */
  observe(outcome: CallOutcome): void {
    if (this.#closed || this.#deps.off) return
    if (outcome.purpose === 'probe' || outcome.stream === 'cancelled') return
    const { clock, options } = this.#deps
    const now = clock.elapsed()
    const { durationMs } = outcome
    if (succeeded(outcome) && outcome.tokenId !== undefined) {
      if (outcome.stream !== undefined) this.#streams.add(false, now)
      if (isOldNews(this.#state, now, options)) {
        this.#count(durationMs, now)
        return
      }
    }
    const startedAt = now - Math.max(durationMs, clock.now() - outcome.startedAt)
    const event = liveEvidence(outcome, startedAt)
    if (!event) return
    const failed = event.type === 'failure'
    this.#traffic.add(failed, now)
    if (failed && outcome.stream !== undefined) this.#streams.add(true, now)
    if (!failed) this.#loop.liveSuccess(now)
    const before = this.#state
    const { diagnosis } = outcome
    this.#take({ event, at: clock.now(), durationMs, ...(diagnosis && { diagnosis }) })
    if (failed) this.#loop.replan('failure', outcome.retryAfterMs)
    else if (before.failures > 0 || before.verdict.kind !== 'accepted') this.#loop.replan('success')
  }

  /** Another token is in use: earlier refusals do not count, and it is tried at once. */
  credentialChanged(): void {
    if (this.#closed || this.#deps.off) return
    this.#lastFailure = undefined
    this.#dispatch({ type: 'rotated' })
    this.#loop.probeNow()
  }

  /** The balance was read: what is wrong with the account; null when nothing is. */
  accountRead(cause: Cause | null): void {
    this.#dispatch({ type: 'account', cause })
  }

  /** A client left before its health answer was out. */
  probeAborted(): void {
    this.#history.addAbort()
    this.#deps.record({ kind: 'probe-abort' })
  }

  /**
   * Waits for the first health that lets traffic in.
   *
   * @throws CredentialRejectedError, ReadyTimeoutError, GuardClosedError, or the signal's reason.
   */
  ready(options?: ReadyOptions): Promise<Health> {
    const health = this.#ready.wait(options)
    if (this.#ready.waiting) this.#loop.start()
    return health
  }

  /** Whether the fleet can spare this instance now. */
  fleetRule(rule: FleetRule): void {
    this.#dispatch({ type: 'fleet', rule })
  }

  /** By its own judgement this instance should be out of rotation. */
  get wouldFail(): boolean {
    return wouldFail(this.#state)
  }

  /** Readiness fails from now on, probing stops; another instance of the fleet may probe. */
  drain(): void {
    this.#loop.stop()
    this.#deps.verdictSource?.close?.()
    this.#dispatch({ type: 'drain' })
    this.#ready.check()
  }

  /** Drains, stops every timer and flight, and settles whoever waits. Idempotent. */
  close(): void {
    if (this.#closed) return
    this.drain()
    this.#closed = true
    this.#stopTime()
    this.#ready.close()
  }

  /** Outcomes and transitions for the page. */
  history(): HealthHistory {
    return this.#history.read()
  }

  /** A live success that says nothing new: what nearly every call of an application is. */
  #count(durationMs: number, now: number): void {
    this.#traffic.add(false, now)
    this.#loop.liveSuccess(now)
    const at = this.#deps.clock.now()
    this.#note({ at, source: 'passive', outcome: 'success', cause: null, durationMs })
  }

  #takeProbe(evidence: ProbeEvidence | undefined): void {
    const at = this.#deps.clock.now()
    if (evidence) this.#take(evidence)
    else this.#note({ at, source: 'active', outcome: 'ignored', cause: null, durationMs: 0 })
  }

  #take({ event, diagnosis, at, durationMs, status }: ProbeEvidence): void {
    const { log, record, clock } = this.#deps
    const { source } = event
    const cause = event.type === 'failure' ? event.cause : null
    this.#note({ at, source, outcome: event.type, cause, durationMs })
    record({ kind: 'evidence', ageMs: Math.max(0, clock.now() - at) })
    this.#lastFailure = diagnosis
    if (diagnosis && isCredentialCause(diagnosis.cause)) this.#rejection = diagnosis
    if (diagnosis && source === 'active') logFailedProbe(log, diagnosis, { status, durationMs })
    this.#dispatch(event)
    this.#afterRefusal()
  }

  #note(outcome: Parameters<HistoryKeeper['addOutcome']>[0]): void {
    this.#history.addOutcome(outcome)
    // Name by name: a spread without the time costs more than all the rest of a call.
    const { source, outcome: ended, cause, durationMs } = outcome
    this.#deps.record({ kind: 'probe', source, outcome: ended, cause, durationMs })
  }

  /**
   * A refusal counts towards the verdict only with a refresh behind it. The wrapper has asked the
   * source by now, or there was nothing to ask.
   */
  #afterRefusal(): void {
    const { streak } = this.#state
    if (!streak || streak.refreshed || !isCredentialCause(streak.cause)) return
    this.#dispatch({ type: 'refreshed' })
  }

  #dispatch(event: HealthEvent): void {
    if (this.#closed) return
    const before = this.#state
    this.#state = transition(before, event, this.#deps.clock.elapsed(), this.#deps.options)
    const from = before.judgement
    const to = this.#state.judgement
    if (from === to) return
    this.#loop.planNext()
    if (from.status !== to.status || from.cause !== to.cause) {
      const known = [this.#lastFailure, this.#rejection].find((one) => one?.cause === to.cause)
      reportChange(this.#deps, this.#history, from, this.snapshot(), known)
    }
    this.#ready.check()
    this.#deps.onChange?.(this.snapshot())
  }

  #readyAnswer(): ReadyAnswer {
    if (this.#closed) return { error: new GuardClosedError() }
    if (this.#state.draining) {
      return { error: new GuardClosedError('The guard is draining: it lets no traffic in again.') }
    }
    const { judgement, verdict } = this.#state
    if (judgement.status !== 'fail') return { health: this.snapshot() }
    const rejected = verdict.kind === 'failing' && isCredentialCause(verdict.cause)
    return rejected && this.#rejection
      ? { error: new CredentialRejectedError(this.#rejection) }
      : undefined
  }
}
