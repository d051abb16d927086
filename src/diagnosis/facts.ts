import { type Answerer, answererOf } from './answerer'
import { readSent, type Sent } from './credential-sent'
import { type DeepSeekSays, deepSeekSays } from './deepseek-text'
import { type ErrorTrail, readTrail } from './error-trail'
import { type HeaderMap, readHeaders } from './headers'
import { bodyText, httpStatus, items, keysOf, prop, text, url } from './read'
import { readSaid, type Said } from './said'
import { statusIn } from './status-text'

/** The evidence, read once and made safe; every rule judges by this alone. */
export interface Facts {
  /** The configured key as given; undefined when nobody said, empty when it is. */
  key?: string
  /** Variables of the process; empty when they were not given. */
  env: ReadonlyMap<string, string>
  envGiven: boolean
  /** Variable names that `.env` files define. */
  fileNames: ReadonlySet<string>
  baseURL?: URL
  baseText?: string
  sent: Sent
  /** Who was asked, after redirects. */
  url?: URL
  /** Who was asked first. */
  firstUrl?: URL
  redirected: boolean
  status?: number
  statusText: string
  headers: HeaderMap
  said: Said
  says?: DeepSeekSays
  answerer: Answerer
  trail: ErrorTrail
  at?: number
}

/** Enough for any process; a hostile one is not read further. */
const MAX_ENV = 2000

/** Reads evidence of any shape; what cannot be read is as if it were not there. */
export function gather(evidence: unknown): Facts {
  const configured = prop(evidence, 'configured')
  const request = prop(evidence, 'request')
  const response = prop(evidence, 'response')
  const trail = readTrail(prop(evidence, 'error'))
  const env = readEnv(prop(configured, 'env'))
  const key = text(prop(configured, 'apiKey')) ?? env.get('DEEPSEEK_API_KEY')
  const body = prop(response, 'body')
  const own = bodyText(body) ?? (typeof body === 'object' ? body : undefined)
  const [first, ...rest] = own === undefined || own === null ? trail.bodies : [own, ...trail.bodies]
  const said = readSaid(first, [...rest, ...trail.messages])
  const baseText = text(prop(configured, 'baseURL'), 4096) ?? env.get('DEEPSEEK_BASE_URL')
  const firstUrl = url(prop(request, 'url')) ?? url(trail.url) ?? urlIn(trail.messages)
  const answered = url(prop(response, 'url'))
  const sentHeaders = prop(request, 'headers')
  const isSent = sentHeaders !== null && typeof sentHeaders === 'object'
  const asked = answered ?? firstUrl ?? url(baseText)
  const says = deepSeekSays(said)
  const headers = readAnswerHeaders(response, trail)
  return {
    key,
    env,
    envGiven: prop(configured, 'env') !== undefined,
    fileNames: readFileNames(prop(configured, 'files')),
    baseURL: url(baseText),
    baseText,
    sent: readSent(isSent ? readHeaders(sentHeaders) : trail.sent, key),
    url: asked,
    firstUrl: firstUrl ?? url(baseText),
    redirected: prop(response, 'redirected') === true,
    status: statusOf(response, trail, said),
    statusText: text(prop(response, 'statusText'), 100) ?? '',
    headers,
    said,
    says,
    answerer: answererOf({ said, says, headers, url: asked }),
    trail,
    at: readTime(prop(evidence, 'at')),
  }
}

/** The wire's status first, then the client's, then the one that the text begins with. */
function statusOf(response: unknown, trail: ErrorTrail, said: Said): number | undefined {
  return (
    httpStatus(prop(response, 'status')) ??
    trail.status ??
    statusIn(trail.messages) ??
    [...said.codes].map(httpStatus).find((status) => status !== undefined && status >= 400)
  )
}

function readAnswerHeaders(response: unknown, trail: ErrorTrail): HeaderMap {
  const own = readHeaders(prop(response, 'headers'))
  return own.size > 0 ? own : (trail.headers ?? own)
}

function readEnv(value: unknown): ReadonlyMap<string, string> {
  const env = new Map<string, string>()
  if (Array.isArray(value)) return env
  for (const name of keysOf(value, MAX_ENV)) {
    const item = text(prop(value, name), 8192)
    if (item !== undefined) env.set(name, item)
  }
  return env
}

function readFileNames(files: unknown): ReadonlySet<string> {
  const names = items(files, 50).flatMap((file) => items(prop(file, 'names'), 500))
  return new Set(names.filter((name) => typeof name === 'string'))
}

/** Some clients name the address in the message only. */
function urlIn(messages: readonly string[]): URL | undefined {
  const match = /https?:\/\/[^\s"'<>)\]]{3,300}/.exec(messages[0]?.slice(0, 500) ?? '')
  const found = match ? url(match[0].replace(/[.,;:]$/, '')) : undefined
  return found && /^(?:POST|GET|PUT|HEAD)\s|url:\s*http/i.test(messages[0] ?? '')
    ? found
    : undefined
}

function readTime(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : undefined
}
