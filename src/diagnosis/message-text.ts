import type { MessageText } from '../provider/signs'
import { htmlWords, items, keysOf, looksLikeHtml, prop } from './reading'

interface Draft {
  parts: string[]
  size: number
  codes: Set<string>
  fields: Set<string>
  nodes: number
  html: boolean
}

/** All sentences together; SDKs repeat the same one three times. */
const MAX_TEXT_KEPT = 4 * 1024
/** One sentence: what names its sender stands in its first words, or last in a stack's print. */
const MAX_PART = 768
const TAIL = 256
/** How far into a stack's print or a log a sentence of DeepSeek's is looked for. */
const MAX_SEARCHED = 8 * 1024
const landmarks =
  /Authentication Fails|[Aa][Pp][Ii] key: \*{4}|Insufficient Balance|API model names/
const MAX_NODES = 200
/** A wrapper takes up to three steps: its text, its envelope, its error. Five were never seen. */
const MAX_DEPTH = 15

const codeFields = new Set([
  'type',
  'code',
  'status',
  'reason',
  'error_code',
  'errorcode',
  'internalcode',
  'httpcode',
  'statuscode',
  'status_code',
  '__type',
  'object',
])

/** Reads a body and the texts of an error chain into one. */
export function readMessageText(body: unknown, texts: readonly unknown[]): MessageText {
  const draft: Draft = {
    parts: [],
    size: 0,
    codes: new Set(),
    fields: new Set(),
    nodes: 0,
    html: false,
  }
  const own = readBody(draft, body)
  const bare = own === 'json' && typeof body === 'string' && /^\s*"/.test(body)
  for (const item of texts) readValue(draft, item, 0)
  const form = own === 'none' && draft.html ? 'html' : own
  const text = draft.parts.join('\n')
  return { text, low: text.toLowerCase(), codes: draft.codes, fields: draft.fields, form, bare }
}

function readBody(draft: Draft, body: unknown): MessageText['form'] {
  if (body === undefined || body === null) return 'none'
  if (typeof body !== 'string') {
    readValue(draft, body, 0)
    return 'json'
  }
  if (body.trim() === '') return 'empty'
  if (looksLikeHtml(body)) {
    say(draft, htmlWords(body))
    return 'html'
  }
  // Replacement characters and control codes: compressed or encrypted bytes read as text.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control codes are what is looked for
  if (/[\u0000-\u0008\u000e-\u001a]|\ufffd/.test(body.slice(0, 64))) return 'binary'
  readValue(draft, body, 0)
  return /^\s*["{[]/.test(body) ? 'json' : 'text'
}

function readValue(draft: Draft, value: unknown, depth: number): void {
  if (depth > MAX_DEPTH || draft.nodes++ > MAX_NODES || draft.size > MAX_TEXT_KEPT) return
  if (typeof value === 'string') readText(draft, value, depth)
  else if (Array.isArray(value))
    for (const item of items(value, 20)) readValue(draft, item, depth + 1)
  else if (value !== null && typeof value === 'object') readObject(draft, value, depth)
}

function readObject(draft: Draft, value: object, depth: number): void {
  for (const key of keysOf(value, 40)) {
    const field = key.slice(0, 64).toLowerCase()
    const item = prop(value, key)
    draft.fields.add(field)
    if (codeFields.has(field)) addCode(draft, item)
    if (field === 'is_available') draft.codes.add(`available:${item === true}`)
    readValue(draft, item, depth + 1)
  }
}

function addCode(draft: Draft, value: unknown): void {
  if (typeof value === 'string') draft.codes.add(value.slice(0, 80).toLowerCase())
  if (typeof value === 'number') draft.codes.add(String(value))
}

const closing: Readonly<Record<string, string>> = { '{': '}', '[': ']', '"': '"' }

/** A text may be a sentence, a page, JSON, or a sentence with JSON behind it: `401 {"error":…}`. */
function readText(draft: Draft, value: string, depth: number): void {
  const tag = value.slice(0, 200).indexOf('<')
  if (tag >= 0 && looksLikeHtml(value.slice(tag))) {
    draft.html = true
    say(draft, value.slice(0, tag))
    say(draft, htmlWords(value.slice(tag)))
    return
  }
  const start = value.search(/[{["]/)
  if (start < 0) {
    readPlain(draft, value)
    return
  }
  // A text that was cut off has no end: parsing it would cost an exception.
  const end = value.lastIndexOf(closing[value[start] ?? ''] ?? '"')
  const inner = end > start ? parse(value.slice(start, end + 1)) : undefined
  if (!isStructured(inner) && (inner === undefined || start > 0)) {
    readPlain(draft, value)
    return
  }
  say(draft, value.slice(0, start))
  readValue(draft, inner, depth + 1)
  say(draft, value.slice(end + 1))
}

/** `messages[1]` and `[1, 8192]` inside a sentence are JSON, too, and no envelope. */
function isStructured(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return false
  return !Array.isArray(value) || items(value, 3).some((item) => typeof item === 'object')
}

/** JSON that was cut off, or Python's print of a dictionary: fields are found by their names. */
function readPlain(draft: Draft, value: string): void {
  const plain = unwrap(shorten(value))
  say(draft, plain)
  if (!plain.includes(':')) return
  const field = /["']([a-z_]{2,30})["']\s{0,3}:\s{0,3}(?:["']([^"'\n]{0,80})|(\d{1,6}))/gi
  for (const [, name = '', word, number] of plain.matchAll(field)) {
    draft.fields.add(name.toLowerCase())
    if (codeFields.has(name.toLowerCase())) addCode(draft, word ?? number)
  }
}

/** Undoes the escapes of JSON inside JSON, however often it was wrapped. */
function unwrap(value: string): string {
  if (!value.includes('\\')) return value
  return value
    .replace(/\\+u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
    .replace(/\\+n/g, '\n')
    .replace(/\\+(["'/])/g, '$1')
}

function say(draft: Draft, value: string): void {
  const part = shorten(value)
  if (part === '' || draft.size > MAX_TEXT_KEPT || draft.parts.includes(part)) return
  draft.parts.push(part)
  draft.size += part.length
}

/** Head and tail of a long text, and what stands around a sentence that is looked for. */
function shorten(value: string): string {
  if (value.length <= MAX_PART) return value
  const at = value.slice(0, MAX_SEARCHED).search(landmarks)
  const middle = at < TAIL ? '' : `${value.slice(at - TAIL / 2, at + TAIL)}\n`
  return `${value.slice(0, MAX_PART - TAIL)}\n${middle}${value.slice(-TAIL)}`
}

function parse(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    return undefined
  }
}
