import type { LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import type { Finding } from '../causes/cause'
import { probeTargets } from '../health/probe'
import { vendorName, vendorOfHost, vendorOfKey } from '../provider/vendors'
import type { Secret } from '../secret'
import { type Check, type CheckStatus, EXIT, type ExitStatus } from './answer'

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

/** Where the base URL points to. */
export interface Endpoint {
  /** Without brackets. */
  host: string
  port: number
  secure: boolean
}

export function endpointOf(baseURL: string): Endpoint {
  const url = new URL(baseURL)
  const secure = url.protocol === 'https:'
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port)
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port, secure }
}

/** Answers with addresses that are known already, so that no step waits for the resolver again. */
export function pinned(addresses: readonly LookupAddress[]): LookupFunction {
  return (_host, options, callback) => {
    const [first] = addresses
    if (options.all) callback(null, [...addresses])
    else callback(null, first?.address ?? '', first?.family ?? 0)
  }
}

/** What is asked, of whom, with which key. */
export interface Question {
  /** `balance` also proves the key; only DeepSeek's own host and loopback ones have it. */
  about: 'balance' | 'models'
  url: string
  key: Secret
  baseURL: string
  /** Amounts are told to those who asked for them: terminals are recorded, and pasted. */
  showBalance?: boolean | undefined
}

/** The same question as the guard's own probe asks. */
export function probeQuestion(baseURL: string, key: Secret): Question {
  const { url, proof } = probeTargets(baseURL)
  return { about: proof, url, key, baseURL }
}

export function modelsQuestion(baseURL: string, key: Secret): Question {
  return { about: 'models', url: probeTargets(baseURL).models, key, baseURL }
}

/** Why this key must not leave for that host; undefined when it may. */
export function reasonNotToSend(baseURL: string, key: Secret): string | undefined {
  const keyVendor = vendorOfKey(key.reveal())
  if (keyVendor) return `The key is one of ${keyVendor.name}'s, so it was not sent.`
  const hostVendor = vendorOfHost(new URL(baseURL).host)
  if (hostVendor) return `The host belongs to ${vendorName(hostVendor)}, so no key was sent there.`
  return undefined
}
