import type { Clock } from '../clock'
import type { Diagnosis } from '../diagnosis/diagnosis'
import { isListed, readBalance, readText } from './probe-answer'
import { diagnoseAnswer, diagnoseError, emptyBalance } from './probe-diagnosis'
import { probeTargets } from './probe-target'

/** How one probe ended. */
export type ProbeResult =
  | {
      ok: true
      proof: 'balance' | 'models'
      durationMs: number
      /** Absent when the list of models was not looked at. */
      warning?: 'model-unavailable' | null
    }
  | {
      ok: false
      durationMs: number
      /** Absent when no answer came. */
      status?: number
      /** The probe's own reading; the wrapper's, which knows the request as sent, wins over it. */
      diagnosis: Diagnosis
    }

/** What a probe needs. */
export interface ProbeDeps {
  /** Sends a request with the live credential, as `GuardFetch.send(input, init, 'probe')` does. */
  send: (url: string, init: RequestInit) => Promise<Response>
  baseURL: string
  /** Configured models, looked up in `/models` now and then. */
  models: readonly string[]
  clock: Clock
}

export type Probe = (signal: AbortSignal) => Promise<ProbeResult>

/** A model list changes by the month; with a good list at hand it is read again this often. */
const MODELS_EVERY_MS = 600_000

/** The look at the list of models may delay a good answer this long, and no longer. */
const MODELS_TIMEOUT_MS = 1_000

interface Answer {
  status: number
  text: string
  headers: Headers
}

async function get(deps: ProbeDeps, url: string, signal: AbortSignal): Promise<Answer> {
  const init: RequestInit = {
    method: 'GET',
    headers: { accept: 'application/json' },
    redirect: 'manual',
    signal,
  }
  const response = await deps.send(url, init)
  return { status: response.status, text: await readText(response), headers: response.headers }
}

/** Looks whether every configured model is listed; undefined when the list cannot be had. */
async function checkModels(deps: ProbeDeps, url: string, signal: AbortSignal) {
  const deadline = new AbortController()
  const abort = (): void => deadline.abort(signal.reason)
  const cancel = deps.clock.after(MODELS_TIMEOUT_MS, abort)
  signal.addEventListener('abort', abort, { once: true })
  try {
    const { status, text } = await get(deps, url, deadline.signal)
    return status === 200 ? isListed(text, deps.models) : undefined
  } catch {
    return undefined
  } finally {
    cancel()
    signal.removeEventListener('abort', abort)
  }
}

function warningOf(listed: boolean | undefined) {
  return listed === undefined ? {} : { warning: listed ? null : ('model-unavailable' as const) }
}

/**
 * Makes the probe: `GET /user/balance` at the root of DeepSeek's own host or of a loopback one, one
 * unbilled call that proves key and money; `GET <base>/models` anywhere else. Never a completion.
 * The returned function never rejects.
 */
export function createProbe(deps: ProbeDeps): Probe {
  const { clock, models } = deps
  const targets = probeTargets(deps.baseURL)
  let modelsReadAt: number | undefined
  const modelsDue = (): boolean =>
    models.length > 0 &&
    (modelsReadAt === undefined || clock.elapsed() - modelsReadAt >= MODELS_EVERY_MS)

  async function judge(answer: Answer, durationMs: number, signal: AbortSignal) {
    const failed = (diagnosis: Diagnosis): ProbeResult => ({
      ok: false,
      durationMs,
      status: answer.status,
      diagnosis,
    })
    const evidence = { url: targets.url, ...answer }
    if (answer.status !== 200) return failed(diagnoseAnswer(evidence))
    if (targets.proof === 'models') {
      const listed = isListed(answer.text, models)
      if (listed === undefined) return failed(diagnoseAnswer(evidence))
      return { ok: true, proof: 'models', durationMs, ...warningOf(listed) } as const
    }
    const available = readBalance(answer.text)
    if (available === undefined) return failed(diagnoseAnswer(evidence))
    if (!available) return failed(emptyBalance())
    const listed = modelsDue() ? await checkModels(deps, targets.models, signal) : undefined
    if (listed !== undefined) modelsReadAt = clock.elapsed()
    return { ok: true, proof: 'balance', durationMs, ...warningOf(listed) } as const
  }

  return async (signal) => {
    const startedAt = clock.elapsed()
    try {
      const answer = await get(deps, targets.url, signal)
      return await judge(answer, clock.elapsed() - startedAt, signal)
    } catch (error) {
      const durationMs = clock.elapsed() - startedAt
      return { ok: false, durationMs, diagnosis: diagnoseError(targets.url, error) }
    }
  }
}
