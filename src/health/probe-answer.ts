import type { Diagnosis } from '../causes/cause'
import { causes } from '../causes/table'
import { readMessageText } from '../diagnosis/message-text'
import { sentenceIn } from '../provider/deepseek'

/** No honest answer to a probe is longer: the rich list of models is about 2 KiB. */
const MAX_BYTES = 64 * 1024

/** An answer to the probe, read. */
export interface ProbeAnswer {
  status: number
  text: string
  /** Lower-case names. */
  headers: Record<string, string>
}

/** Reads an answer of any transport: `body` may be a WHATWG or a Node stream, or missing. */
export async function readAnswer(response: Response): Promise<ProbeAnswer> {
  return {
    status: response.status,
    headers: headersOf(response.headers),
    text: await readText(response),
  }
}

function headersOf(headers: Headers | Record<string, unknown> | undefined) {
  const iterable = typeof (headers as Headers | undefined)?.[Symbol.iterator] === 'function'
  const pairs = iterable ? [...(headers as Headers)] : Object.entries(headers ?? {})
  return Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), String(value)]))
}

/** The body as text, at most 64 KiB of it; the rest is cancelled so that the socket is let go. */
async function readText(response: Response): Promise<string> {
  const { body } = response
  if (!body) return ''
  if (typeof (body as Partial<ReadableStream>).getReader === 'function') return readStream(body)
  if (Symbol.asyncIterator in body) return readNodeStream(body)
  return (await response.text()).slice(0, MAX_BYTES)
}

async function readStream(body: ReadableStream<Uint8Array>): Promise<string> {
  const reader = body.getReader()
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

/** Leaving the loop early destroys the stream. */
async function readNodeStream(body: AsyncIterable<Uint8Array | string>): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of body) {
    text += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })
    if (text.length >= MAX_BYTES) break
  }
  return text
}

/** A JSON object; undefined for every other text. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

/** `is_available` of `/user/balance`; undefined when the body is not DeepSeek's. */
export function readBalance(text: string): boolean | undefined {
  const available = parseObject(text)?.is_available
  return typeof available === 'boolean' ? available : undefined
}

/** True when every wanted model is listed; undefined when the body is no list of models. */
export function isListed(text: string, wanted: readonly string[]): boolean | undefined {
  const parsed: unknown = parseObject(text)
  // Some gateways send the bare array.
  const data = Array.isArray(parsed) ? parsed : (parsed as { data?: unknown } | undefined)?.data
  if (!Array.isArray(data)) return undefined
  const ids = new Set(data.map((model: { id?: unknown } | null) => model?.id))
  return wanted.every((model) => ids.has(model))
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

/** Statuses of a server that has no `/user/balance`. */
const NO_SUCH_PATH: ReadonlySet<number> = new Set([404, 405, 410, 501])

function isPage({ text, headers }: ProbeAnswer): boolean {
  return /\bhtml\b/i.test(headers['content-type'] ?? '') || /^\s*</.test(text)
}

/** Statuses that a server gives to a key that it does not take. */
export function isRefusal(status: number | undefined): boolean {
  return status === 401 || status === 403
}

/**
 * Whether the answer to the question for the balance came from something that is not DeepSeek.
 * `perhaps`: a refusal that names nobody.
 */
export function isForeign(answer: ProbeAnswer, diagnosis: Diagnosis): 'yes' | 'perhaps' | 'no' {
  const { status, text, headers } = answer
  if (NO_SUCH_PATH.has(status)) return 'yes'
  if (status < 300) return readBalance(text) === undefined ? 'yes' : 'no'
  if (status < 400 || status >= 500) return 'no'
  if (isPage(answer) || diagnosis.vendor !== undefined) return 'yes'
  if (!isRefusal(status) || headers['x-ds-trace-id'] !== undefined) return 'no'
  return sentenceIn(readMessageText(text, [])) === undefined ? 'perhaps' : 'no'
}
