import { type DeepSeekSentence, hasTraceId, isQuoted, sentenceIn } from '../provider/deepseek'
import { isPrivateHost } from '../provider/hosts'
import type { HeaderMap, MessageText } from '../provider/signs'
import { isDeepSeekHost, isLoopbackHost } from '../provider/vendors'
import { type ErrorTrail, readTrail } from './error-trail'
import { readMessageText } from './message-text'
import {
  bodyText,
  httpStatus,
  items,
  keysOf,
  prop,
  readHeaders,
  statusIn,
  text,
  url,
} from './reading'
import { type Responder, responderOf } from './responder'
import { readSent, type Sent, tellsOfRefusal } from './sent-header'

/** The process's variables, read only as far as a rule asks. */
interface EnvView {
  /** True when somebody gave an environment, even an empty one. */
  given: boolean
  get(name: string): string | undefined
  /** All variables, at most two thousand; listing a huge object is slow, so it waits. */
  all(): readonly (readonly [name: string, value: string])[]
}

/** Enough for any process; a hostile one is not read further. */
const MAX_VARIABLES = 2000
const MAX_VALUE = 8192

/** A view of anything given as environment; arrays and other strangers have no variables. */
function viewEnv(value: unknown): EnvView {
  let listed: (readonly [string, string])[] | undefined
  const isBag = value !== null && typeof value === 'object' && !Array.isArray(value)
  const get = (name: string): string | undefined =>
    isBag && isOwn(value, name) ? text(prop(value, name), MAX_VALUE) : undefined
  return {
    given: value !== undefined,
    get,
    all() {
      listed ??= (isBag ? keysOf(value, MAX_VARIABLES) : []).flatMap((name) => {
        const item = get(name)
        return item === undefined ? [] : [[name, item] as const]
      })
      return listed
    },
  }
}

/** `constructor` is no variable; a Proxy may refuse to say. */
function isOwn(value: object, name: string): boolean {
  try {
    return Object.hasOwn(value, name)
  } catch {
    return false
  }
}

/** How a body after a 200 went, made safe. */
export interface StreamFacts {
  bytes: number
  events: number
  finished: boolean
  finishReason?: string
  silentMs?: number
  /** Something ended it. */
  broken: boolean
}

/** The evidence, read once and made safe; every rule judges by this alone. */
export interface Facts {
  /** The configured key as given; undefined when nobody said, empty when it is. */
  key?: string
  env: EnvView
  /** Variable names that `.env` files define. */
  fileNames: ReadonlySet<string>
  baseURL?: URL
  baseText?: string
  sent: Sent
  /** Who was asked, after redirects. */
  url?: URL
  /** Where the socket was to go, as the client tells it; a proxy, where one stands between. */
  peer?: URL
  /** Who was asked first. */
  firstUrl?: URL
  redirected: boolean
  status?: number
  /** Nothing but the name of a class tells the status: perhaps nobody answered at all. */
  isStatusGuessed: boolean
  statusText: string
  headers: HeaderMap
  /** The body as it came, at most 64 KiB; foreign text, for looking only. */
  body?: string
  method?: string
  message: MessageText
  sentence?: DeepSeekSentence
  responder: Responder
  trail: ErrorTrail
  /** How the body after a 200 went. */
  stream?: StreamFacts
  at?: number
}

/**
 * True for a host on this machine or in this network: loopback, one label, a private ending or
 * address, and the name under which containers know their machine.
 */
export function isNearHost(host: string): boolean {
  return isLoopbackHost(host) || isPrivateHost(host)
}

/**
 * True when an answer speaks for a DeepSeek key: DeepSeek gave it, and no other host is known to
 * have been asked. Loopback counts where it behaves as DeepSeek does, so that fakes are alike.
 */
export function speaksForKey({ responder, firstUrl, headers }: Facts): boolean {
  if (responder.kind !== 'deepseek' && responder.kind !== 'nobody') return false
  if (!firstUrl || isDeepSeekHost(firstUrl.hostname)) return true
  const isFake = responder.by === 'host' || hasTraceId(headers)
  return isLoopbackHost(firstUrl.hostname) && isFake
}

/** True when the answer shows by itself that it is DeepSeek's, not only by the host asked. */
export function isProven({ responder }: Facts): boolean {
  return responder.kind === 'deepseek' && responder.by !== 'host'
}

/** A 401, or words that say as much where the client kept no status. */
export function isRefusal({ status, message }: Facts): boolean {
  return status === 401 || (status === undefined && tellsOfRefusal(message.low))
}

/** Paths that are called, as opposed to read by people. */
const endpoint = /\/(?:completions|messages|responses|models|balance|embeddings)\/?$/

/** Statuses behind the class names of openai, anthropic and litellm. */
const namedStatus: Readonly<Record<string, number>> = {
  AuthenticationError: 401,
  PaymentRequiredError: 402,
  PermissionDeniedError: 403,
  NotFoundError: 404,
  UnprocessableEntityError: 422,
  RateLimitError: 429,
  InternalServerError: 500,
  ServiceUnavailableError: 503,
}

/** Reads evidence of any shape; what cannot be read is as if it were not there. */
export function gather(evidence: unknown): Facts {
  const configured = prop(evidence, 'configured')
  const request = prop(evidence, 'request')
  const response = prop(evidence, 'response')
  const stream = prop(evidence, 'stream')
  const trail = readTrail(prop(evidence, 'error'), prop(stream, 'error'))
  const env = viewEnv(prop(configured, 'env'))
  const key = text(prop(configured, 'apiKey')) ?? env.get('DEEPSEEK_API_KEY')
  const message = readMessage(prop(response, 'body'), trail)
  const baseText = text(prop(configured, 'baseURL'), 4096) ?? env.get('DEEPSEEK_BASE_URL')
  const firstUrl = url(prop(request, 'url')) ?? url(trail.url) ?? urlIn(trail.messages)
  const answered = url(prop(response, 'url'))
  const sentHeaders = prop(request, 'headers')
  const isSent = sentHeaders !== null && typeof sentHeaders === 'object'
  const peer = peerUrl(trail.peer)
  const headers = readAnswerHeaders(response, trail)
  const known = statusOf(response, trail, message)
  const status = known ?? statusOfNames([...trail.names, ...classesIn(trail.messages)])
  const sentence = readSentence(message, status, headers)
  return {
    key,
    env,
    fileNames: readFileNames(prop(configured, 'files')),
    baseURL: url(baseText),
    baseText,
    sent: readSent(isSent ? readHeaders(sentHeaders) : trail.sent, key),
    url: answered ?? firstUrl ?? url(baseText) ?? peer,
    peer,
    firstUrl: firstUrl ?? url(baseText),
    redirected: prop(response, 'redirected') === true,
    status,
    isStatusGuessed: known === undefined && status !== undefined,
    statusText: text(prop(response, 'statusText'), 100) ?? '',
    headers,
    body: text(prop(response, 'body')),
    method: text(prop(request, 'method'), 20)?.toUpperCase(),
    message,
    sentence,
    responder: responderOf({
      message,
      sentence,
      headers,
      url: answered ?? firstUrl,
      base: url(baseText) ?? peer,
    }),
    trail,
    stream: readStream(stream),
    at: readTime(prop(evidence, 'at')),
  }
}

/** A completion may speak about anything; only an error speaks for DeepSeek. */
function readSentence(
  message: MessageText,
  status: number | undefined,
  headers: HeaderMap,
): DeepSeekSentence | undefined {
  const told = message.fields.has('choices') ? undefined : sentenceIn(message)
  return isQuoted(told, status, headers) ? undefined : told
}

function readMessage(body: unknown, trail: ErrorTrail): MessageText {
  const own = bodyText(body) ?? (typeof body === 'object' ? body : undefined)
  const [first, ...rest] = own === undefined || own === null ? trail.bodies : [own, ...trail.bodies]
  return readMessageText(first, [...rest, ...trail.messages])
}

/** The wire's status first, then the client's, then the one that the text begins with. */
function statusOf(response: unknown, trail: ErrorTrail, message: MessageText): number | undefined {
  return (
    httpStatus(prop(response, 'status')) ??
    trail.status ??
    statusIn(trail.messages) ??
    [...trail.codes, ...message.codes].map(httpStatus).find((code) => code && code >= 400)
  )
}

function statusOfNames(names: readonly string[]): number | undefined {
  return names.map((name) => namedStatus[name]).find((code) => code !== undefined)
}

/** Class names that a text carries along: `litellm.NotFoundError: NotFoundError: …`. */
function classesIn(messages: readonly string[]): readonly string[] {
  return messages[0]?.slice(0, 300).match(/\b[A-Z][A-Za-z]{5,30}Error\b(?=:)/g) ?? []
}

function readAnswerHeaders(response: unknown, trail: ErrorTrail): HeaderMap {
  const own = readHeaders(prop(response, 'headers'))
  return own.size > 0 ? own : (trail.headers ?? own)
}

function readFileNames(files: unknown): ReadonlySet<string> {
  const names = items(files, 50).flatMap((file) => items(prop(file, 'names'), 500))
  return new Set(names.filter((name) => typeof name === 'string'))
}

/** Clients write the address that they asked into their message; help pages stand there, too. */
function urlIn(messages: readonly string[]): URL | undefined {
  const head = messages.find((message) => message.includes('://'))?.slice(0, 600) ?? ''
  for (const [address] of head.matchAll(/https?:\/\/[^\s"'`<>)\]}]{3,300}/g)) {
    const found = url(address.replace(/[.,;:]+$/, ''))
    if (found && endpoint.test(found.pathname)) return found
  }
  return undefined
}

/** Bare addresses of IPv6 have their port behind the last colon: `::1:11434`. */
function peerUrl(peer: string | undefined): URL | undefined {
  const bare = /^([0-9a-f:]{2,45}):(\d{2,5})$/.exec(peer ?? '')
  if (peer === undefined) return undefined
  const port = /:(\d+)$/.exec(peer)?.[1]
  const scheme = port === '443' ? 'https' : 'http'
  return url(`${scheme}://${bare?.[1]?.includes(':') ? `[${bare[1]}]:${bare[2]}` : peer}`)
}

function readStream(stream: unknown): StreamFacts | undefined {
  if (stream === null || typeof stream !== 'object') return undefined
  const error = prop(stream, 'error')
  return {
    bytes: readCount(prop(stream, 'bytes')) ?? 0,
    events: readCount(prop(stream, 'events')) ?? 0,
    finished: prop(stream, 'finished') === true,
    finishReason: text(prop(stream, 'finishReason'), 64),
    silentMs: readCount(prop(stream, 'silentMs')),
    broken: error !== undefined && error !== null,
  }
}

function readCount(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 ? Math.round(value) : undefined
}

function readTime(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : undefined
}
