import { type HeaderMap, namesIn } from '../provider/signs'
import { bodyText, httpStatus, items, prop, readHeaders, text } from './reading'

/** What a thrown value tells, gathered down its `cause` chain and through collected errors. */
export interface ErrorTrail {
  thrown: boolean
  /** Names and codes of every error on the way, outermost first. */
  names: string[]
  codes: string[]
  /** `connect ETIMEDOUT` and `read ETIMEDOUT` are different causes. */
  syscalls: string[]
  messages: string[]
  /** Bodies as the clients keep them: text, or already parsed. */
  bodies: unknown[]
  status?: number
  headers?: HeaderMap
  /** Where the call went, as the client noted it. */
  url?: string
  /** The headers as sent, when the client keeps them (axios). */
  sent?: HeaderMap
  /** Path of a file that could not be read. */
  path?: string
  hostname?: string
  /** Where the socket was to go: a proxy, where one stands between. */
  peer?: string
}

/** Enough for an SDK around fetch around undici around Node, with an AggregateError inside. */
const MAX_ERRORS = 24

/** Walks anything thrown. Cycles, depth and breadth are bounded by the number of errors read. */
export function readTrail(thrown: unknown, streamError?: unknown): ErrorTrail {
  const trail: ErrorTrail = {
    thrown: (thrown ?? streamError ?? null) !== null,
    names: [],
    codes: [],
    syscalls: [],
    messages: [],
    bodies: [],
  }
  const queue: unknown[] = [thrown, streamError]
  const seen = new Set<unknown>()
  while (queue.length > 0 && seen.size < MAX_ERRORS) {
    const error = queue.shift()
    if (error === undefined || error === null || seen.has(error)) continue
    seen.add(error)
    if (typeof error === 'string') trail.messages.push(error.slice(0, 8192))
    else if (typeof error === 'object') readError(trail, error, queue)
  }
  return trail
}

/** Where clients keep a code besides `code`. */
const codeNames = namesIn('errno error_code errcode errorCode error_type lc_error_code')

function readError(trail: ErrorTrail, error: object, queue: unknown[]): void {
  push(trail.names, prop(error, 'name'))
  push(trail.names, prop(prop(error, 'constructor'), 'name'))
  push(trail.codes, prop(error, 'code'))
  for (const name of codeNames) push(trail.codes, prop(error, name))
  push(trail.syscalls, prop(error, 'syscall'))
  const message = text(prop(error, 'message'), 8192)
  if (message) trail.messages.push(message)
  trail.path ??= text(prop(error, 'path'), 1024)
  trail.hostname ??= text(prop(error, 'hostname') ?? prop(error, 'host'), 300)
  trail.peer ??= peerOf(error, message)
  readAnswer(trail, error)
  const response = prop(error, 'response')
  if (response !== null && typeof response === 'object') readAnswer(trail, response)
  readRequest(trail, error)
  queue.push(prop(error, 'cause'), prop(error, 'lastError'), ...items(prop(error, 'errors'), 8))
  queue.push(prop(error, 'originalError'), prop(error, 'original'), prop(error, 'error'))
}

/** `connect ECONNREFUSED 127.0.0.1:7890`, `host='localhost', port=11434`, `(localhost:11434)`. */
const peerForms: readonly RegExp[] = [
  /connect E[A-Z]{5,15} (\[?[\w.:-]{3,60}?\]?:\d{2,5})\b/,
  /host='([\w.-]{1,80})', port=(\d{2,5})/,
  /(?:dial tcp|attempted address:|to host|connect(?:ion)? to) (\[?[\w.:-]{3,80}?\]?:\d{2,5})\b/,
  /(?:https?|socks5?):\/\/([\w.-]{1,80}:\d{2,5})\b/,
  /\(([\w.-]{1,80}:\d{2,5})\)/,
  /connect to ([\w.-]{1,80}) port (\d{2,5})/,
]

/** The address that the socket was to reach, as Node notes it or as the message tells it. */
function peerOf(error: object, message: string | undefined): string | undefined {
  const address = text(prop(error, 'address') ?? prop(error, 'host'), 100)
  const port = prop(error, 'port')
  if (address !== undefined && typeof port === 'number') {
    return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
  }
  const head = message?.slice(0, 600) ?? ''
  for (const form of peerForms) {
    const found = form.exec(head)
    if (found?.[1]) return found[2] === undefined ? found[1] : `${found[1]}:${found[2]}`
  }
  return undefined
}

/** Where clients keep the body, or the sentence that was in it. */
const bodyNames = namesIn(`
  responseBody body data error detail description error_msg response_body responseText rawBody
  details context errorMessage reason stderr`)

/** And where the status. */
const statusNames = namesIn('status statusCode httpCode status_code httpStatus http_status')

/** Status, headers and body: each client has its own names for them. */
function readAnswer(trail: ErrorTrail, holder: object): void {
  trail.status ??=
    [...statusNames].map((name) => httpStatus(prop(holder, name))).find(Boolean) ??
    httpStatus(prop(prop(holder, '$metadata'), 'httpStatusCode'))
  const headers = prop(holder, 'responseHeaders') ?? prop(holder, 'headers')
  if (!trail.headers && headers !== null && typeof headers === 'object') {
    trail.headers = readHeaders(headers)
  }
  for (const name of bodyNames) {
    const body = prop(holder, name)
    const value = bodyText(body) ?? body
    if (typeof value === 'string' || (value !== null && typeof value === 'object')) {
      trail.bodies.push(value)
    }
  }
}

function readRequest(trail: ErrorTrail, error: object): void {
  const config = prop(error, 'config') ?? prop(error, 'options')
  trail.url ??=
    text(prop(error, 'url'), 4096) ??
    text(prop(prop(error, 'response'), 'url'), 4096) ??
    addressIn(config)
  const sent = prop(config, 'headers')
  if (!trail.sent && sent !== null && typeof sent === 'object') trail.sent = readHeaders(sent)
}

/** Text, a URL object (got), or the rest of a base URL (axios). */
function addressIn(config: unknown): string | undefined {
  const given = prop(config, 'url')
  const url = text(prop(given, 'href') ?? given, 4096)
  const base = text(prop(config, 'baseURL'), 4096)
  if (url === undefined || base === undefined || URL.canParse(url)) return url
  return `${base.replace(/\/+$/, '')}/${url.replace(/^\/+/, '')}`
}

function push(list: string[], value: unknown): void {
  const word = typeof value === 'number' ? String(value) : text(value, 200)
  if (word && !list.includes(word)) list.push(word)
}
