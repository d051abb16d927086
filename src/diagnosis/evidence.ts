import type { Cause, Confidence } from '../causes/cause'
import type { RequestFault } from '../provider/request-text'
import type { Facts } from './facts'

/** What is known about a failed call. Every field may be absent; the more, the surer the answer. */
export interface Evidence {
  /** What this process holds. */
  configured?: {
    apiKey?: string
    baseURL?: string
    env?: Record<string, string | undefined>
    /** Variable names found in `.env` files, by file. */
    files?: { path: string; names: string[] }[]
  }
  /** The request as it was sent. */
  request?: { url?: string; method?: string; headers?: Record<string, string> }
  response?: {
    status: number
    statusText?: string
    headers?: Record<string, string>
    body?: string
    /** The URL that answered, after redirects. */
    url?: string
    redirected?: boolean
  }
  /** How a body after a 200 went, where it went wrong. */
  stream?: {
    bytes: number
    /** Events with content; a document counts as one. */
    events: number
    /** An end mark came: `[DONE]`, `message_stop` or a finish reason. */
    finished: boolean
    finishReason?: string
    /** How long nothing had come when it ended. */
    silentMs?: number
    /** What ended it. */
    error?: unknown
  }
  /** Epoch milliseconds of the answer, compared with its `Date` header and a JWT's `exp`. */
  at?: number
  /** Anything thrown: by fetch, undici, openai, ai, anthropic, langchain or axios. */
  error?: unknown
}

/** What a rule found. The words of the cause come from the table. */
export interface Verdict {
  cause: Cause
  confidence: Confidence
  /** What was seen; only constant words, numbers, statuses and names of variables. */
  evidence: string[]
  others?: readonly Cause[]
  vendor?: string
  credentialAccepted?: boolean
  /** Another variable that was sent instead of the key. */
  rival?: string
  /** What exactly an API finds wrong with the request. */
  fault?: RequestFault
}

/** Judges the facts; undefined when it has nothing to say about them. */
export type Rule = (facts: Facts) => Verdict | undefined

/** `certain(...)`, `likely(...)`, `possible(...)`: a verdict in one line. */
export const certain = as('certain')
export const likely = as('likely')
export const possible = as('possible')

function as(confidence: Confidence) {
  return (cause: Cause, evidence: string[], others: readonly Cause[] = []): Verdict => ({
    cause,
    confidence,
    evidence,
    others,
  })
}

/** The verdict with the name of who answered, where that is not DeepSeek. */
export function named({ responder }: Facts, verdict: Verdict): Verdict {
  const { kind, slug } = responder
  return slug !== undefined && kind !== 'deepseek' ? { ...verdict, vendor: slug } : verdict
}

/** The status as evidence; nothing where none came. */
export function statusSeen({ status }: Facts): string[] {
  return status === undefined ? [] : [String(status)]
}
