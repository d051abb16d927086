import type { Diagnosis } from '../causes/cause'
import { CredentialRejectedError, GuardClosedError } from '../errors'
import type { CallOutcome } from '../outbound/call'
import { type HealthEvent, type HealthState, startingState } from './facts'
import { type Health, Snapshot } from './health-document'
import { isOldNews, transition } from './health-state'
import { type HealthHistory, HistoryKeeper } from './history'
import {
  type HealthMonitor,
  Listeners,
  localVerdicts,
  type MonitorDeps,
  type ProbeEvidence,
} from './monitor'
import { isCredentialCause } from './policy'
import { ProbeLoop } from './probe-loop'
import { type ReadyAnswer, type ReadyOptions, ReadyQueue } from './ready'
import { logFailedProbe, reportChange } from './report'
import { keepTime, worstCaseDetectionMs } from './schedule'
import { liveEvidence, succeeded, TrafficWindow } from './traffic'

export type { HealthMonitor, MonitorDeps }

class Monitor implements HealthMonitor {
  readonly worstCaseDetectionMs: number
  readonly #deps: MonitorDeps
  readonly #loop: ProbeLoop
  readonly #ready: ReadyQueue
  readonly #traffic = new TrafficWindow()
  readonly #snapshot: Snapshot
  readonly #history = new HistoryKeeper()
  readonly #stopTime: () => void
  readonly #listeners = new Listeners()
  #state: HealthState
  #rejection: Diagnosis | undefined
  #lastFailure: Diagnosis | undefined
  /** Probing goes on although nobody waits. */
  #background = false
  #closed = false

  constructor(deps: MonitorDeps) {
    const { clock, random, options, probe, verdictSource: verdicts = localVerdicts } = deps
    this.#deps = deps
    this.worstCaseDetectionMs = worstCaseDetectionMs(options)
    this.#state = startingState(clock.now())
    const { worstCaseDetectionMs: worst } = this
    const { staleAfterMs } = options
    this.#snapshot = new Snapshot({ staleAfterMs, worstCaseDetectionMs: worst }, this.#traffic)
    this.#ready = new ReadyQueue(
      clock,
      () => this.#readyAnswer(),
      () => {
        if (!this.#background) this.#loop.stop()
      },
    )
    this.#loop = new ProbeLoop({
      clock,
      random,
      settings: options,
      probe,
      verdicts,
      state: () => this.#state,
      onEvidence: (evidence) => this.#takeProbe(evidence),
    })
    deps.record({ kind: 'state', status: this.#state.judgement.status })
    this.#stopTime = keepTime({
      clock,
      settings: options,
      state: () => this.#state,
      tick: () => this.#dispatch({ type: 'tick' }),
    })
  }

  get draining(): boolean {
    return this.#state.draining
  }

  get everReady(): boolean {
    return this.#state.everReady
  }

  start(): void {
    if (this.#closed || this.draining) return
    this.#background = true
    this.#loop.start()
  }

  snapshot(): Health {
    return this.#snapshot.read(this.#state, this.#loop.nextAt, this.#deps.clock.now())
  }

  observe(outcome: CallOutcome): void {
    if (this.#closed) return
    if (outcome.purpose === 'probe') {
      this.#loop.observeProbe(outcome)
      return
    }
    const { clock, options } = this.#deps
    const now = clock.now()
    if (succeeded(outcome) && isOldNews(this.#state, now, options)) {
      this.#count(outcome.durationMs, now)
      return
    }
    const event = liveEvidence(outcome)
    if (!event) return
    const failed = event.type === 'failure'
    this.#traffic.add(failed, now)
    if (!failed) this.#loop.liveSuccess(now)
    const before = this.#state
    const { diagnosis, durationMs, synthetic } = outcome
    this.#take({ event, at: now, durationMs, synthetic, ...(diagnosis && { diagnosis }) })
    if (failed) this.#loop.replan('failure', outcome.retryAfterMs)
    else if (before.failures > 0 || before.verdict.kind !== 'accepted') this.#loop.replan('success')
  }

  credentialChanged(): void {
    if (this.#closed) return
    this.#lastFailure = undefined
    this.#dispatch({ type: 'rotated' })
    this.#loop.probeNow()
  }

  probeAborted(): void {
    this.#history.addAbort()
    this.#deps.record({ kind: 'probe-abort' })
  }

  ready(options?: ReadyOptions): Promise<Health> {
    const health = this.#ready.wait(options)
    if (this.#ready.waiting) this.#loop.start()
    return health
  }

  onChange(listener: (health: Health) => void): () => void {
    return this.#listeners.add(listener)
  }

  drain(): void {
    this.#loop.stop()
    this.#dispatch({ type: 'drain' })
    this.#ready.check()
  }

  close(): void {
    if (this.#closed) return
    this.drain()
    this.#closed = true
    this.#stopTime()
    this.#ready.close()
    this.#listeners.clear()
    this.#deps.verdictSource?.close?.()
  }

  history(): HealthHistory {
    return this.#history.read()
  }

  /** A live success that says nothing new: what nearly every call of an application is. */
  #count(durationMs: number, at: number): void {
    this.#traffic.add(false, at)
    this.#loop.liveSuccess(at)
    this.#note({ at, source: 'passive', outcome: 'success', cause: null, durationMs })
  }

  #takeProbe(evidence: ProbeEvidence | undefined): void {
    const at = this.#deps.clock.now()
    if (evidence) this.#take(evidence)
    else this.#note({ at, source: 'active', outcome: 'ignored', cause: null, durationMs: 0 })
  }

  #take(news: ProbeEvidence): void {
    const evidence = this.#withoutEcho(news)
    const { event, diagnosis, at, durationMs } = evidence
    const { source } = event
    const cause = event.type === 'failure' ? event.cause : null
    this.#note({ at, source, outcome: event.type, cause, durationMs })
    this.#deps.record({ kind: 'evidence', at })
    this.#lastFailure = diagnosis
    if (diagnosis && isCredentialCause(diagnosis.cause)) this.#rejection = diagnosis
    if (diagnosis && source === 'active') logFailedProbe(this.#deps.log, diagnosis, evidence)
    this.#dispatch(event)
    this.#ensureRefresh()
  }

  /** While the breaker holds calls back, their 401 is the echo of the last real answer. */
  #withoutEcho(evidence: ProbeEvidence): ProbeEvidence {
    const { event, synthetic } = evidence
    const diagnosis = this.#lastFailure
    if (!synthetic || !diagnosis || event.type === 'success') return evidence
    return { ...evidence, diagnosis, event: { ...event, cause: diagnosis.cause } }
  }

  #note(outcome: Parameters<HistoryKeeper['addOutcome']>[0]): void {
    this.#history.addOutcome(outcome)
    // Name by name: a spread without the time costs more than all the rest of a call.
    const { source, outcome: ended, cause, durationMs } = outcome
    this.#deps.record({ kind: 'probe', source, outcome: ended, cause, durationMs })
  }

  /** A refusal counts towards the verdict only with a refresh behind it: sees that there is one. */
  #ensureRefresh(): void {
    const { streak } = this.#state
    if (!streak || streak.refreshed || streak.count > 1 || !isCredentialCause(streak.cause)) return
    const tried = (): void => this.#dispatch({ type: 'refreshed' })
    if (this.#deps.refresh) void this.#deps.refresh().then(tried, tried)
    else tried()
  }

  #dispatch(event: HealthEvent): void {
    if (this.#closed) return
    const before = this.#state
    this.#state = transition(before, event, this.#deps.clock.now(), this.#deps.options)
    const from = before.judgement
    const to = this.#state.judgement
    if (from === to) return
    this.#loop.planNext()
    if (from.status !== to.status || from.cause !== to.cause) {
      reportChange(this.#deps, this.#history, from, this.snapshot(), this.#rejection)
    }
    this.#ready.check()
    this.#listeners.tell(this.snapshot())
  }

  #readyAnswer(): ReadyAnswer {
    if (this.#closed) return { error: new GuardClosedError() }
    if (this.draining) {
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

/** Makes the monitor of one guard; nothing is probed before `start()`. */
export function createHealthMonitor(deps: MonitorDeps): HealthMonitor {
  return new Monitor(deps)
}
