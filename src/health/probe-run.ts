import type { Clock } from '../clock'
import type { CallOutcome } from '../outbound/call-outcome'
import { failureOf } from './live-evidence'
import type { Probe, ProbeResult } from './probe'
import { diagnoseTimeout } from './probe-diagnosis'
import { watchStalls } from './stall-watch'
import type { ProbeEvidence } from './verdict-source'

/** One probe under its deadline. */
export interface ProbeRun {
  /** `undefined`: cancelled, or this process was blocked and could not have heard the answer. */
  evidence: Promise<ProbeEvidence | undefined>
  /** Takes the wrapper's own account of the probe's call, which knows more than the answer. */
  observe(outcome: CallOutcome): void
  cancel(): void
}

/** A deadline that was missed with this share of it blocked proves nothing about the provider. */
const BLOCKED_SHARE = 0.25

/** A deadline that fired this late may have overtaken an answer that lies in the socket. */
const LATE_MS = 50

function toEvidence(
  result: ProbeResult,
  outcome: CallOutcome | undefined,
  at: { startedAt: number; now: number },
): ProbeEvidence | undefined {
  const { durationMs } = result
  const common = { at: at.now, durationMs, tokenId: outcome?.tokenId }
  if (result.ok) {
    const { proof, warning } = result
    const tookMs = durationMs
    return { ...common, event: { type: 'success', source: 'active', proof, tookMs, warning } }
  }
  const { status } = result
  // A refusal is judged with the request as sent, everything else with the whole body at hand.
  const sentMatters = status === undefined || status === 401
  const diagnosis = (sentMatters ? outcome?.diagnosis : undefined) ?? result.diagnosis
  const event = failureOf(
    {
      diagnosis,
      refreshed: outcome?.refreshed ?? false,
      resendCount: outcome?.resendCount ?? 0,
      startedAt: at.startedAt,
    },
    'active',
  )
  if (!event) return undefined
  if (status !== undefined) event.tookMs = durationMs
  const { retryAfterMs, synthetic = false } = outcome ?? {}
  return { ...common, event, diagnosis, status, retryAfterMs, synthetic }
}

/** Starts one probe; it ends by its answer, its deadline or `cancel()`, whichever comes first. */
export function runProbe(probe: Probe, clock: Clock, timeoutMs: number): ProbeRun {
  const controller = new AbortController()
  const stalls = watchStalls(clock)
  const started = { wall: clock.now(), elapsed: clock.elapsed() }
  let outcome: CallOutcome | undefined
  let ending: 'deadline' | 'blocked' | 'cancelled' | undefined
  let giveUp: () => void = () => {}
  const givenUp = new Promise<undefined>((resolve) => {
    giveUp = () => {
      controller.abort(new DOMException('The probe was given up.', 'AbortError'))
      resolve(undefined)
    }
  })
  const cancelDeadline = clock.after(timeoutMs, () => {
    const late = clock.elapsed() - started.elapsed - timeoutMs
    const blocked = late > LATE_MS || stalls.stalledMs() > timeoutMs * BLOCKED_SHARE
    ending = blocked ? 'blocked' : 'deadline'
    giveUp()
  })
  const release = (): void => {
    cancelDeadline()
    stalls.stop()
  }
  const finish = async (): Promise<ProbeEvidence | undefined> => {
    // A tick later, so that whoever started the run holds it before its call can end, or cancels it
    // before it has begun.
    const answer = Promise.resolve().then(() => (ending ? undefined : probe(controller.signal)))
    const result = await Promise.race([answer, givenUp]).finally(release)
    if (ending === 'blocked' || ending === 'cancelled') return undefined
    const at = { startedAt: started.wall, now: clock.now() }
    const durationMs = clock.elapsed() - started.elapsed
    if (ending === 'deadline' || !result) {
      return toEvidence({ ok: false, durationMs, diagnosis: diagnoseTimeout() }, undefined, at)
    }
    return toEvidence(result, outcome, at)
  }
  return {
    evidence: finish(),
    observe(seen) {
      outcome ??= seen
    },
    cancel() {
      ending ??= 'cancelled'
      release()
      giveUp()
    },
  }
}
