import type { Clock } from '../clock'
import { type Found, failureOf, type ProbeEvidence, type VerdictSource } from './evidence'
import type { HealthState } from './facts'
import type { Probe, ProbeResult } from './probe'
import { diagnoseTimeout } from './probe-answer'
import { nextProbeDelay, watchStalls } from './schedule'

/** One probe under its deadline. */
interface ProbeRun {
  /** `undefined`: cancelled, or this process was blocked and could not have heard the answer. */
  evidence: Promise<ProbeEvidence | undefined>
  cancel(): void
}

/** A deadline that was missed with this share of it blocked proves nothing about the provider. */
const BLOCKED_SHARE = 0.25

/** A deadline that fired this late may have overtaken an answer that lies in the socket. */
const LATE_MS = 50

function toEvidence(
  result: ProbeResult,
  at: { startedAt: number; now: number },
): ProbeEvidence | undefined {
  const { durationMs, outcome } = result
  const common = { at: at.now, durationMs, tokenId: outcome?.tokenId }
  if (result.ok) {
    const { proof, warning } = result
    const tookMs = durationMs
    return { ...common, event: { type: 'success', source: 'active', proof, tookMs, warning } }
  }
  const { status, diagnosis, echo } = result
  if (echo) return undefined
  const event = failureOf({ ...outcome, purpose: 'probe' }, diagnosis, at.startedAt)
  if (status !== undefined) event.tookMs = durationMs
  return { ...common, event, diagnosis, status, retryAfterMs: outcome?.retryAfterMs }
}

/** Calls `end` at the deadline, with whether this process was blocked; returns the way to stop. */
function watchDeadline(clock: Clock, timeoutMs: number, end: (blocked: boolean) => void) {
  const startedAt = clock.elapsed()
  const stalls = watchStalls(clock)
  const expire = (): void => {
    const late = clock.elapsed() - startedAt - timeoutMs > LATE_MS
    const blocked = late || stalls.stalledMs() > timeoutMs * BLOCKED_SHARE
    // An answer that came during the block is read in the next turns: a process that is busy
    // while it starts must not be "starting" for one more round of probing.
    if (late) cancel = clock.after(LATE_MS, () => end(true))
    else end(blocked)
  }
  let cancel = clock.after(timeoutMs, expire)
  return (): void => {
    cancel()
    stalls.stop()
  }
}

/** Starts one probe; it ends by its answer, its deadline or `cancel()`, whichever comes first. */
export function runProbe(probe: Probe, clock: Clock, timeoutMs: number): ProbeRun {
  const controller = new AbortController()
  const startedAt = clock.elapsed()
  let ending: 'deadline' | 'blocked' | 'cancelled' | undefined
  let giveUp: () => void = () => {}
  const givenUp = new Promise<undefined>((resolve) => {
    giveUp = () => {
      controller.abort(new DOMException('The probe was given up.', 'AbortError'))
      resolve(undefined)
    }
  })
  const release = watchDeadline(clock, timeoutMs, (blocked) => {
    ending = blocked ? 'blocked' : 'deadline'
    giveUp()
  })
  const finish = async (): Promise<ProbeEvidence | undefined> => {
    // A tick later, so that whoever started the run holds it before its call can end, or cancels it
    // before it has begun.
    const answer = Promise.resolve().then(() => (ending ? undefined : probe(controller.signal)))
    const result = await Promise.race([answer, givenUp]).finally(release)
    if (ending === 'blocked' || ending === 'cancelled') return undefined
    const at = { startedAt, now: clock.now() }
    const durationMs = clock.elapsed() - startedAt
    if (ending === 'deadline' || !result) {
      return toEvidence({ ok: false, durationMs, diagnosis: diagnoseTimeout() }, at)
    }
    return toEvidence(result, at)
  }
  return {
    evidence: finish(),
    cancel() {
      ending ??= 'cancelled'
      release()
      giveUp()
    },
  }
}

/** What the loop needs of the monitor around it. */
interface ProbeLoopDeps {
  clock: Clock
  random: () => number
  settings: {
    intervalMs: number
    timeoutMs: number
    confirmDelayMs: number
    failureThreshold: number
    /** A probe goes out at least this often, however well live calls go. Default: they suffice. */
    atLeastEveryMs?: () => number | undefined
  }
  probe: Probe
  verdicts: VerdictSource
  state(): HealthState
  /** Takes what a probe found; undefined when it found nothing. */
  onEvidence(evidence: ProbeEvidence | undefined): void
}

/** A live success this share of an interval ago still stands for a probe. */
const LIVE_SHARE = 0.9

/** The one background loop of a guard: single flight, plans itself, lets a process end. */
export class ProbeLoop {
  readonly #deps: ProbeLoopDeps
  #run: ProbeRun | undefined
  #busy = false
  #running = false
  /** Started again while a cancelled probe had not ended yet. */
  #again = false
  #cancelTimer: () => void = () => {}
  #lastLiveSuccess = Number.NEGATIVE_INFINITY
  #launchedAt = Number.NEGATIVE_INFINITY
  /** What the last probe found, until the next one is planned by it. */
  #landed: { evidence?: ProbeEvidence; lookAgainMs?: number } | undefined
  /** When the next probe is planned, by the monotonic clock; null while none is. */
  nextAt: number | null = null

  constructor(deps: ProbeLoopDeps) {
    this.#deps = deps
  }

  /** Probes at once and goes on until `stop()`. */
  start(): void {
    if (this.#running) return
    this.#running = true
    this.#again = this.#busy
    if (!this.#busy) this.#launch()
  }

  stop(): void {
    this.#running = false
    this.#cancelTimer()
    this.#run?.cancel()
    this.nextAt = null
  }

  /** A live call succeeded: within one interval it stands for a probe. */
  liveSuccess(now: number): void {
    this.#lastLiveSuccess = now
  }

  /** Plans anew after live evidence; the probe may come earlier by it, later only if told so. */
  replan(last: 'success' | 'failure', retryAfterMs?: number): void {
    if (!this.#running || this.#busy) return
    const delay = this.#delay(last, retryAfterMs)
    const at = this.#deps.clock.elapsed() + delay
    if (retryAfterMs !== undefined || this.nextAt === null || at < this.nextAt) this.#arm(delay)
  }

  /**
   * Plans the next probe by what the last one found. The monitor asks for it before it tells
   * anybody about a new state, so that the document names a time that lies ahead.
   */
  planNext(): void {
    const landed = this.#landed
    this.#landed = undefined
    if (landed === undefined || !this.#running) return
    const { event, retryAfterMs } = landed.evidence ?? {}
    this.#arm(landed.lookAgainMs ?? this.#delay(event?.type ?? 'none', retryAfterMs))
  }

  /** Probes now, unless a probe is out already. */
  probeNow(): void {
    if (this.#running && !this.#busy) this.#arm(0)
  }

  #delay(last: 'success' | 'failure' | 'none', retryAfterMs?: number): number {
    const { clock, random, settings, state } = this.#deps
    const input = { state: state(), last, retryAfterMs, now: clock.elapsed(), random: random() }
    return nextProbeDelay(input, settings)
  }

  #arm(delay: number): void {
    this.#cancelTimer()
    this.nextAt = this.#deps.clock.elapsed() + delay
    this.#cancelTimer = this.#deps.clock.after(delay, () => this.#due())
  }

  #due(): void {
    const { state, clock, settings } = this.#deps
    const { verdict, failures } = state()
    const now = clock.elapsed()
    const quiet = now - this.#lastLiveSuccess
    const left =
      (settings.atLeastEveryMs?.() ?? Number.POSITIVE_INFINITY) - (now - this.#launchedAt)
    const healthy = verdict.kind === 'accepted' && failures === 0
    if (!healthy || quiet >= settings.intervalMs * LIVE_SHARE || left <= 0) this.#launch()
    else this.#arm(Math.min(Math.max(0, this.#delay('success') - quiet), left))
  }

  #launch(): void {
    this.#cancelTimer()
    this.#launchedAt = this.#deps.clock.elapsed()
    this.nextAt = this.#launchedAt
    this.#busy = true
    void this.#ask().then((found) => this.#land(found))
  }

  #land({ evidence, lookAgainMs }: Found): void {
    this.#busy = false
    if (!this.#running) return
    if (this.#again) {
      this.#again = false
      this.#launch()
      return
    }
    // A look at what another process found that finds nothing new is no probe that failed.
    const looked = evidence.length === 0 && lookAgainMs !== undefined
    if (looked) this.#landed = { lookAgainMs }
    else
      for (const one of evidence.length === 0 ? [undefined] : evidence) this.#take(one, lookAgainMs)
    this.planNext()
  }

  #take(evidence: ProbeEvidence | undefined, lookAgainMs: number | undefined): void {
    this.#landed = { evidence, lookAgainMs }
    try {
      this.#deps.onEvidence(evidence)
    } catch {
      // A logger or metrics object of the application's that throws must not end the watching.
    }
  }

  /** Never rejects: a verdict source that fails leaves this process to its own probe. */
  async #ask(): Promise<Found> {
    const { probe, clock, settings, verdicts } = this.#deps
    const ask = (): Promise<ProbeEvidence | undefined> => {
      this.#run = runProbe(probe, clock, settings.timeoutMs)
      return this.#run.evidence
    }
    try {
      return await verdicts.next(ask)
    } catch {
      const evidence = this.#run ? undefined : await ask().catch(() => undefined)
      return { evidence: evidence === undefined ? [] : [evidence] }
    } finally {
      this.#run = undefined
    }
  }
}
