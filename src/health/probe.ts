import type { Diagnosis } from '../causes/cause'
import { causes } from '../causes/table'
import type { Clock } from '../clock'
import { diagnose } from '../diagnosis/diagnose'

/** No honest answer to a probe is longer: the rich list of models is about 2 KiB. */
const MAX_BYTES = 64 * 1024

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

/** The body as text, at most 64 KiB of it; the rest is cancelled so that the socket is let go. */
export async function readText(response: Response): Promise<string> {
  if (!response.body) return ''
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  for (let size = 0; size < MAX_BYTES; ) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    size += value.byteLength
    text += decoder.decode(value, { stream: true })
  }
  await reader.cancel()
  return text
}

/**
 * `is_available` of `/user/balance`; undefined when the body is not DeepSeek's. Amounts are never
 * read: they are strings, and several currencies can come.
 */
export function readBalance(text: string): boolean | undefined {
  const available = parse(text)?.is_available
  return typeof available === 'boolean' ? available : undefined
}

/** True when every wanted model is listed; undefined when the body is no list of models. */
export function isListed(text: string, wanted: readonly string[]): boolean | undefined {
  const data = parse(text)?.data
  if (!Array.isArray(data)) return undefined
  const ids = new Set(data.map((model: { id?: unknown } | null) => model?.id))
  return wanted.every((model) => ids.has(model))
}

/** Why an answer to the probe is not the one that was hoped for. */
export function diagnoseAnswer(answer: {
  url: string
  status: number
  headers: Headers
  text: string
}): Diagnosis {
  return diagnose({
    request: { url: answer.url, method: 'GET' },
    response: {
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      body: answer.text,
      url: answer.url,
    },
  })
}

/** Why no answer came. */
export function diagnoseError(url: string, error: unknown): Diagnosis {
  return diagnose({ request: { url, method: 'GET' }, error })
}

/** Why no answer came in time: the probe's own deadline, which no caller set. */
export function diagnoseTimeout(): Diagnosis {
  return fromTable('timed-out', ['The probe got no answer within its deadline.'])
}

/** What `is_available: false` means; the answer itself proves the key. */
export function emptyBalance(): Diagnosis {
  const evidence = ['GET /user/balance answered 200 with is_available: false.']
  return { ...fromTable('balance-exhausted', evidence), credentialAccepted: true }
}

function fromTable(cause: 'timed-out' | 'balance-exhausted', evidence: string[]): Diagnosis {
  const { group, title, fix, retryable } = causes[cause]
  return { cause, group, confidence: 'certain', title, evidence, fix, others: [], retryable }
}

/** Where the probe goes. */
export interface ProbeTargets {
  url: string
  proof: 'balance' | 'models'
  /** The list of models beside a balance probe. */
  models: string
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/** DeepSeek's own host, or a loopback one, which counts as it so that fakes behave alike. */
function isOwnHost(hostname: string): boolean {
  return hostname === 'api.deepseek.com' || LOOPBACK.test(hostname)
}

/** Only the root of DeepSeek's own host has `/user/balance`; every gateway lists its models. */
export function probeTargets(baseURL: string): ProbeTargets {
  const base = new URL(baseURL)
  const models = `${base.origin}${base.pathname.replace(/\/+$/, '')}/models`
  return isOwnHost(base.hostname)
    ? { url: `${base.origin}/user/balance`, proof: 'balance', models: `${base.origin}/models` }
    : { url: models, proof: 'models', models }
}

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
