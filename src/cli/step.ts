import type { Finding } from '../diagnosis/finding'
import type { Check, CheckStatus } from './document'
import { EXIT, type ExitStatus } from './exit-status'

/** What a step learnt. */
export interface StepOutcome {
  status: CheckStatus
  /** One sentence for people; holds no secret. */
  detail: string
  finding?: Finding
  exit?: ExitStatus
}

export interface StepResult extends StepOutcome {
  check: Check
}

/** How long a step may take to settle after its signal fired, in milliseconds. */
const GRACE_MS = 500

/**
 * Runs one step against a deadline of its own. The signal fires at the deadline so that the step
 * can say what it was waiting for; one that stays silent even then is `unknown`.
 */
export async function runStep(
  name: string,
  deadlineMs: number,
  work: (signal: AbortSignal) => Promise<StepOutcome> | StepOutcome,
): Promise<StepResult> {
  const startedAt = performance.now()
  const deadline = new AbortController()
  const timers: NodeJS.Timeout[] = []
  const silence = new Promise<StepOutcome>((resolve) => {
    const detail = `No result within ${deadlineMs} ms.`
    const late = { status: 'unknown', detail, exit: EXIT.unavailable } as const
    timers.push(
      setTimeout(() => deadline.abort(new DOMException('Too late.', 'TimeoutError')), deadlineMs),
      setTimeout(() => resolve(late), deadlineMs + GRACE_MS),
    )
  })
  try {
    const outcome = await Promise.race([work(deadline.signal), silence])
    const durationMs = Math.round(performance.now() - startedAt)
    const { status, detail } = outcome
    return { ...outcome, check: { name, status, durationMs, detail } }
  } finally {
    for (const timer of timers) clearTimeout(timer)
  }
}

/** A step whose outcome was at hand. */
export function doneStep(name: string, outcome: StepOutcome): StepResult {
  const { status, detail } = outcome
  return { ...outcome, check: { name, status, durationMs: 0, detail } }
}

/** A step that was not tried; `why` is a sentence. */
export function skippedStep(name: string, why: string): StepResult {
  return doneStep(name, { status: 'skipped', detail: why })
}
