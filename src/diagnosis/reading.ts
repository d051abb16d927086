import type { HeaderMap } from '../provider/signs'

/** Longest text that is looked at; what stands behind it is never read, copied or kept. */
export const MAX_TEXT = 64 * 1024

/** Reads a property of anything; a getter or Proxy that throws reads as undefined. */
export function prop(value: unknown, key: string | number): unknown {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return undefined
  try {
    return (value as Record<string | number, unknown>)[key]
  } catch {
    return undefined
  }
}

/** A string, cut to the limit; everything else is undefined: nothing foreign is ever converted. */
export function text(value: unknown, limit = MAX_TEXT): string | undefined {
  if (typeof value !== 'string') return undefined
  return value.length > limit ? value.slice(0, limit) : value
}

/** A body as text: strings as they are, bytes decoded as UTF-8. */
export function bodyText(value: unknown): string | undefined {
  if (typeof value === 'string') return text(value)
  try {
    if (ArrayBuffer.isView(value)) {
      const { buffer, byteOffset, byteLength } = value
      return decode(new Uint8Array(buffer, byteOffset, Math.min(byteLength, MAX_TEXT)))
    }
    if (Object.prototype.toString.call(value) === '[object ArrayBuffer]') {
      const buffer = value as ArrayBuffer
      return decode(new Uint8Array(buffer, 0, Math.min(buffer.byteLength, MAX_TEXT)))
    }
  } catch {
    return undefined
  }
  return undefined
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

/** An HTTP status from a number or a three-digit text; anything else is undefined. */
export function httpStatus(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isInteger(number)) return undefined
  return number >= 100 && number <= 599 ? number : undefined
}

/** The elements of an array, at most `limit`; empty for everything else. */
export function items(value: unknown, limit: number): unknown[] {
  try {
    return Array.isArray(value) ? value.slice(0, limit) : []
  } catch {
    return []
  }
}

/** Own enumerable keys, at most `limit`; empty when they cannot be listed. */
export function keysOf(value: unknown, limit: number): string[] {
  if (value === null || typeof value !== 'object') return []
  try {
    return Object.keys(value).slice(0, limit)
  } catch {
    return []
  }
}

/** A URL from a string or a URL object; undefined when it cannot be parsed. */
export function url(value: unknown): URL | undefined {
  const source = text(value, 4096) ?? text(prop(value, 'href'), 4096)
  if (!source) return undefined
  try {
    return new URL(source)
  } catch {
    return undefined
  }
}

/** More headers than any server sends, and longer than any credential. */
const MAX_HEADERS = 200
const MAX_VALUE = 8 * 1024

/**
 * Reads headers in any form that a client keeps them in: `Headers`, `Map`, a plain object, pairs,
 * Node's flat raw list. Names lose their case; repeated ones are joined as HTTP does.
 */
export function readHeaders(value: unknown): HeaderMap {
  const map = new Map<string, string>()
  if (value === null || typeof value !== 'object') return map
  if (Array.isArray(value)) readList(map, items(value, 2 * MAX_HEADERS))
  else if (!readIterable(map, value)) readObject(map, value)
  return map
}

function readList(map: Map<string, string>, list: unknown[]): void {
  const flat = list.every((item) => typeof item === 'string')
  if (flat) {
    for (let i = 0; i + 1 < list.length; i += 2) add(map, list[i], list[i + 1])
    return
  }
  for (const pair of list) add(map, prop(pair, 0), prop(pair, 1))
}

/** `Headers` and `Map` of any realm: both have `forEach` with the value first. */
function readIterable(map: Map<string, string>, value: object): boolean {
  const forEach = prop(value, 'forEach')
  if (typeof forEach !== 'function') return false
  try {
    let count = 0
    forEach.call(value, (item: unknown, name: unknown) => {
      if (count++ < MAX_HEADERS) add(map, name, item)
    })
    return true
  } catch {
    return map.size > 0
  }
}

function readObject(map: Map<string, string>, value: object): void {
  for (const name of keysOf(value, MAX_HEADERS)) add(map, name, prop(value, name))
}

function add(map: Map<string, string>, name: unknown, value: unknown): void {
  const key = text(name, 256)?.toLowerCase()
  if (!key) return
  const parts = Array.isArray(value) ? items(value, 20) : [value]
  for (const part of parts) {
    const string = typeof part === 'number' ? String(part) : text(part, MAX_VALUE)
    if (string === undefined) continue
    const before = map.get(key)
    map.set(key, before === undefined ? string : `${before}, ${string}`.slice(0, MAX_VALUE))
  }
}

/** How much of a page is read: what names a product stands in the head or in the first lines. */
const MAX_PAGE = 16 * 1024
const MAX_WORDS = 1024

/** True when a text is a web page rather than an API's answer. */
export function looksLikeHtml(body: string): boolean {
  const start = body.slice(0, 512).trimStart().toLowerCase()
  return /^(?:<!--|<\?xml|<!doctype\s|<html|<head|<body|<title|<h\d|<center|<script|<div)/.test(
    start,
  )
}

/**
 * The words of a page without tags, styles and scripts, in one pass. Written as a scan, because a
 * regular expression over ten megabytes of unclosed tags would not come back.
 */
export function htmlWords(page: string): string {
  const body = page.length > MAX_PAGE ? page.slice(0, MAX_PAGE) : page
  let words = ''
  let at = 0
  while (at < body.length && words.length < MAX_WORDS) {
    const open = body.indexOf('<', at)
    if (open < 0) return words + body.slice(at)
    words += `${body.slice(at, open)} `
    const skipped = skipElement(body, open)
    const close = body.indexOf('>', skipped)
    if (close < 0) return words
    at = close + 1
  }
  return words
}

/** The place behind the text of a style or script; else the place where the tag begins. */
function skipElement(body: string, open: number): number {
  const tag = body.slice(open + 1, open + 7).toLowerCase()
  const name = tag.startsWith('style') ? '</style' : tag === 'script' ? '</script' : undefined
  if (!name) return open
  const end = body.indexOf(name, open)
  return end < 0 ? body.length : end
}

/** What may stand in front of a status: a label, a verb, or a bracket. */
const labels =
  'error|exception|failed|failure|failing|http|https|code|status|码|' +
  'returned|responded|response|got|received|with|answered|replied|httpcode'
const between =
  '[^\\w\\n]{0,5}(?:(?:error|with|of|is|was|code|status|http|response)\\b[^\\w\\n]{0,4}){0,3}'
/** A number that counts something is no status: `with 500 tokens`. */
const notCounting = '(?![\\w.%])(?!\\s{0,2}(?:ms|tokens?|bytes|seconds?|characters|times|s)\\b)'

/** How the reason phrases of HTTP begin. */
const phrases =
  'Unauthorized|Authorization|Forbidden|Not Found|Payment|Bad Request|Too Many|Client Error|' +
  'Server Error|Bad Gateway|Gateway Time|Internal Server|Service Unavailable|' +
  'Service Temporarily|Unprocessable|Request Entity|Payload Too|Method Not|Request Time|' +
  'Unsupported Media'

const patterns: readonly RegExp[] = [
  // `401 Unauthorized`, `Error: 401 {…}`.
  /^\W{0,3}(?:Error:? )?([1-5]\d\d)(?=[\s:,.{]|$)/,
  // `status code 401`, `API Error: 400`, `HTTP error, status: 402`, `returned 503`, `响应码：400`.
  new RegExp(`(?:${labels})${between}([1-5]\\d\\d)${notCounting}`, 'i'),
  // `[401]`, `(403)`, `（429）`.
  /[[(（【](?:[a-z]{1,12} )?([45]\d\d)[\])）】]/i,
  // The number with its own phrase.
  new RegExp(`\\b([45]\\d\\d):? \\(?(?:${phrases})`, 'i'),
  // The heading of a web server's own page.
  /<(?:title|h1)>\s{0,4}([45]\d\d)\b/i,
]

/** The HTTP status that an error's message names; the outermost message that has one wins. */
export function statusIn(messages: readonly string[]): number | undefined {
  for (const message of messages.slice(0, 8)) {
    const head = message.slice(0, 500)
    for (const pattern of patterns) {
      const status = httpStatus(pattern.exec(head)?.[1])
      if (status !== undefined) return status
    }
  }
  return undefined
}
