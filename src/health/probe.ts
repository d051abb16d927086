import type { Diagnosis } from '../causes/cause'
import type { Clock } from '../clock'
import { diagnose } from '../diagnosis/diagnose'
import type { CallOutcome } from '../outbound/call'
import type { Sent } from '../outbound/create-fetch'
import { isDeepSeekHost, isLoopbackHost } from '../provider/vendors'
import {
  emptyBalance,
  isForeign,
  isListed,
  isRefusal,
  type ProbeAnswer,
  parseObject,
  readAnswer,
  readBalance,
} from './probe-answer'

/** Which question a probe asks. */
export type Proof = 'balance' | 'models'

/** One question of the probe. */
interface Target {
  url: string
  proof: Proof
  /** The list of models beside it. */
  models: string
}

/** Where the probe goes. */
interface ProbeTargets extends Target {
  /** Asked instead, for good, once something that is not DeepSeek has answered the first. */
  instead?: Target
}

/**
 * Only the root of DeepSeek's own host has `/user/balance`; every gateway lists its models. What
 * stands on loopback may be either: a fake of DeepSeek, a gateway, a local server.
 */
export function probeTargets(baseURL: string, fixed: 'auto' | Proof = 'auto'): ProbeTargets {
  const base = new URL(baseURL)
  const list = `${base.origin}${base.pathname.replace(/\/+$/, '')}/models`
  const models: Target = { url: list, proof: 'models', models: list }
  const balance: Target = {
    url: `${base.origin}/user/balance`,
    proof: 'balance',
    models: `${base.origin}/models`,
  }
  if (fixed !== 'auto') return fixed === 'balance' ? balance : models
  if (isLoopbackHost(base.hostname)) return { ...balance, instead: models }
  return isDeepSeekHost(base.hostname) ? balance : models
}

/** How one probe ended. */
export type ProbeResult = {
  durationMs: number
  /** The wrapper's own account of the call that decided; absent when it gave none. */
  outcome?: CallOutcome
} & (
  | {
      ok: true
      proof: Proof
      /** Absent when the list of models was not looked at. */
      warning?: 'model-unavailable' | null
    }
  | {
      ok: false
      /** Absent when no answer came. */
      status?: number
      /** The one diagnosis of this probe: the wrapper's, where it made one. */
      diagnosis: Diagnosis
      /** Made in this process, and no news: the answer of a breaker or of a pool on its bench. */
      echo?: boolean
    }
)

/** What a probe needs. */
export interface ProbeDeps {
  /** Sends a request with the live credential; never rejects. */
  send: (url: string, init: RequestInit) => Promise<Sent>
  baseURL: string
  /** `health.probe`; default `auto`. */
  probe?: 'auto' | Proof
  /** Configured models, looked up in `/models` now and then. */
  models: readonly string[]
  /** Told of every balance that DeepSeek gave, as it came: the amounts are strings. */
  onBalance?: (body: Readonly<Record<string, unknown>>) => void
  clock: Clock
}

export type Probe = (signal: AbortSignal) => Promise<ProbeResult>

/** A model list changes by the month; with a good list at hand it is read again this often. */
const MODELS_EVERY_MS = 600_000

/** The look at the list of models may delay a good answer this long, and no longer. */
const MODELS_TIMEOUT_MS = 1_000

/** Where a 401 that was made in this process says why. */
const REASON = 'x-deepseek-guard'

/** The source refuses to give a credential: the one such answer that is news. */
const NO_CREDENTIAL = 'refresh-failed'

/** What one question brought. */
interface Asked {
  answer: ProbeAnswer | undefined
  result: ProbeResult
}

function warningOf(listed: boolean | undefined) {
  return listed === undefined ? {} : { warning: listed ? null : ('model-unavailable' as const) }
}

/** Asks one guard's questions, and remembers which one it is that its provider understands. */
class Prober {
  readonly #deps: ProbeDeps
  #target: Target
  #instead: Target | undefined
  /** A refusal that may be anybody's was compared with the list of models. */
  #compared = false
  #modelsReadAt: number | undefined

  constructor(deps: ProbeDeps) {
    this.#deps = deps
    const targets = probeTargets(deps.baseURL, deps.probe)
    this.#target = targets
    this.#instead = targets.instead
  }

  async ask(signal: AbortSignal): Promise<ProbeResult> {
    const asked = await this.#askAt(this.#target, signal)
    const instead = this.#instead
    const foreign = instead ? foreignness(asked) : 'no'
    if (!instead || foreign === 'no' || (foreign === 'perhaps' && this.#compared)) {
      return asked.result
    }
    const other = await this.#askAt(instead, signal)
    this.#compared = isRefusal(other.answer?.status)
    if (foreign === 'perhaps' && !other.result.ok) return asked.result
    this.#target = instead
    this.#instead = undefined
    return other.result
  }

  async #askAt(target: Target, signal: AbortSignal): Promise<Asked> {
    const { clock } = this.#deps
    const startedAt = clock.elapsed()
    let sent: Sent = {}
    try {
      sent = await this.#send(target.url, signal)
      if (sent.response === undefined) throw sent.error
      const answer = await readAnswer(sent.response)
      const durationMs = clock.elapsed() - startedAt
      const read = await this.#judge(target, answer, sent.outcome, signal)
      return { answer, result: { ...read, durationMs, ...withOutcome(sent) } }
    } catch (error) {
      const request = { url: target.url, method: 'GET' }
      const diagnosis = sent.outcome?.diagnosis ?? diagnose({ request, error })
      const durationMs = clock.elapsed() - startedAt
      const result = { ok: false as const, durationMs, diagnosis, ...withOutcome(sent) }
      return { answer: undefined, result }
    }
  }

  async #judge(
    { url, proof, models: list }: Target,
    answer: ProbeAnswer,
    outcome: CallOutcome | undefined,
    signal: AbortSignal,
  ) {
    const { models } = this.#deps
    const { status, text, headers } = answer
    const failed = (diagnosis: Diagnosis) => ({ ok: false as const, status, diagnosis })
    const unexpected = () =>
      failed(
        outcome?.diagnosis ??
          diagnose({
            request: { url, method: 'GET' },
            response: { status, headers, body: text, url },
          }),
      )
    if (outcome?.synthetic) return { ...unexpected(), echo: headers[REASON] !== NO_CREDENTIAL }
    if (status !== 200) return unexpected()
    if (proof === 'models') {
      const listed = isListed(text, models)
      return listed === undefined
        ? unexpected()
        : { ok: true as const, proof, ...warningOf(listed) }
    }
    const available = readBalance(text)
    if (available === undefined) return unexpected()
    this.#deps.onBalance?.(parseObject(text) ?? {})
    if (!available) return failed(emptyBalance())
    return { ok: true as const, proof, ...warningOf(await this.#checkModels(list, signal)) }
  }

  #send(url: string, signal: AbortSignal): Promise<Sent> {
    const headers = { accept: 'application/json' }
    return this.#deps.send(url, { method: 'GET', headers, redirect: 'manual', signal })
  }

  /** Looks whether every configured model is listed; undefined when the list cannot be had. */
  async #checkModels(url: string, signal: AbortSignal): Promise<boolean | undefined> {
    const { models, clock } = this.#deps
    const age = clock.elapsed() - (this.#modelsReadAt ?? Number.NEGATIVE_INFINITY)
    if (models.length === 0 || age < MODELS_EVERY_MS) return undefined
    const deadline = new AbortController()
    const abort = (): void => deadline.abort(signal.reason)
    const cancel = clock.after(MODELS_TIMEOUT_MS, abort)
    signal.addEventListener('abort', abort, { once: true })
    try {
      const { response } = await this.#send(url, deadline.signal)
      if (response?.status !== 200) return undefined
      const listed = isListed((await readAnswer(response)).text, models)
      if (listed !== undefined) this.#modelsReadAt = clock.elapsed()
      return listed
    } catch {
      return undefined
    } finally {
      cancel()
      signal.removeEventListener('abort', abort)
    }
  }
}

function foreignness({ answer, result }: Asked): 'yes' | 'perhaps' | 'no' {
  if (answer === undefined || result.ok || result.outcome?.synthetic) return 'no'
  return isForeign(answer, result.diagnosis)
}

function withOutcome({ outcome }: Sent): { outcome?: CallOutcome } {
  return outcome === undefined ? {} : { outcome }
}

/**
 * Makes the probe: `GET /user/balance` at the root of DeepSeek's own host, one unbilled call that
 * proves key and money; `GET <base>/models` anywhere else, and on loopback as soon as what stands
 * there turns out not to be DeepSeek. Never a completion. The returned function never rejects.
 */
export function createProbe(deps: ProbeDeps): Probe {
  const prober = new Prober(deps)
  return (signal) => prober.ask(signal)
}
