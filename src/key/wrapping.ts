import type { Cause } from '../causes/cause'
import { characterName, count, spokenName } from './characters'

/** Something that was wrapped around the key. */
export interface KeyLayer {
  code: Cause
  /** The text without this layer; empty when the key cannot be told from the rest. */
  inner: string
  evidence: string
  /** What stands there besides the key, as a phrase. */
  what?: string
  /** True when no issuer makes keys of that kind: the layer is a fault whatever is inside. */
  certain?: boolean
}

/** More quotes than anybody piles up; the bound keeps hostile texts cheap. */
const EDGE = 24
const QUOTE = /["'`´‘’‚‛“”„‟«»‹›「」『』＂＇]/
const openingQuotes = new RegExp(`^(?:\\\\{0,3}${QUOTE.source})+`, 'u')
const closingQuotes = new RegExp(`(?:\\\\{0,3}${QUOTE.source})+[,;]?$`, 'u')

/** A scheme, a header's name, an assignment, or a command in front of the key. */
const prefixes: readonly [pattern: RegExp, what: string][] = [
  [/^(?:(?:proxy-)?authorization|x-api-key|api-key)\s*[:=]\s*/i, "a header's name"],
  [/^(?:bearer|token|basic|apikey|key)(?:\s*[:=]\s*|\s+)/i, 'the scheme of the header'],
  [/^bearer(?=sk-)/i, 'the scheme of the header'],
  [/^(?:export|set|setx|env|declare\s+-x|const|let|var|ENV|ARG)\s+\w+(?:\s*=\s*|\s+)/, 'a command'],
  [/^\$env:\w+\s*=\s*/i, 'an assignment'],
  [/^(?!(?:base64|b64|data):)[A-Za-z_][\w.]*\s*(?:=|:=?(?!\/\/))\s*(?!=*$)/, 'an assignment'],
  [/^(?:deepseek\s+)?(?:api\s*)?key\s*[:：=]\s*/i, 'a label'],
  [/^[=:：]\s*/, 'a separator'],
  // Whatever it is: a whole key stands behind it.
  [/^[\x20-\x7e]*?[ -/:-@[-`{-~](?=sk-[0-9a-f]{32}["'\])}>]*$)/, 'other text'],
  [/^[\s\x20-\x7e]{0,500}?\s(?=["'(]?sk-[0-9a-f]{32}(?![\w-]))/, 'other text'],
]

/** The outermost layer around a key: quotes, a prefix, a separator or an encoding. */
export function outerLayer(text: string): KeyLayer | undefined {
  const isQuoted = QUOTE.test(text[0] ?? '')
  const outside = isQuoted ? quotes(text) : prefix(text)
  return outside ?? quotes(text) ?? suffix(text) ?? encoding(text)
}

function quotes(text: string): KeyLayer | undefined {
  const opening = openingQuotes.exec(text.slice(0, EDGE))?.[0] ?? ''
  const closing = closingQuotes.exec(text.slice(opening.length).slice(-EDGE))?.[0] ?? ''
  if (opening === '' && closing === '') return undefined
  const end = text.length - closing.length
  const first = opening.replace(/^\\+/, '')
  const last = closing.replace(/^\\+/, '')
  const places = [
    ...(first ? [`${quoteName(first)} in front`] : []),
    ...(last ? [`${quoteName(last)} at the end`] : []),
  ]
  return {
    code: 'key-quoted',
    inner: text.slice(opening.length, end),
    evidence: places.join(', '),
  }
}

function quoteName(quote: string): string {
  return /["'`]/.test(quote[0] ?? '') ? spokenName(quote) : characterName(quote)
}

/** What a secret store, a ConfigMap or a template handed over whole, with the key inside. */
export function documentIn(text: string): KeyLayer | undefined {
  const what = documentKind(text)
  if (!what) return undefined
  const keys = new Set(text.match(/(?<![\w-])sk-[0-9a-f]{32}(?![\w-])/g))
  // A list of keys is a fault of its own.
  if (text.startsWith('[') && keys.size > 1) return undefined
  const inner = keys.size === 1 ? ([...keys][0] ?? '') : ''
  const evidence = `${what} around the key`
  return { code: 'key-prefixed', inner, evidence, what, certain: true }
}

/** Longer texts are read as far as this; a settings file says what it is in its first lines. */
const READ = 4096

function documentKind(text: string): string | undefined {
  const head = text.slice(0, READ)
  const isClosed = /^\{\s*["'][\s\S]*:[\s\S]*\}$/.test(head) || /^\[\s*["'{][\s\S]*\]$/.test(head)
  if (isClosed || /^\{\s*["'][^"']+["']\s*:/.test(head)) return 'a whole JSON document'
  if (/^map\[\w+:|^\w+: map\[/.test(head)) return 'a whole secret as Go prints it'
  if (/^-----BEGIN [A-Z ]*(?:PRIVATE KEY|CERTIFICATE)-----/.test(head)) return 'a PEM file'
  if (/^<\?xml\b/.test(head)) return 'an XML document'
  const lines = head.split(/[\r\n]+/).filter((line) => !/^\s*(?:[#;].*)?$/.test(line))
  const isSetting = (line: string) =>
    /^\s*(?:export\s+|-\s+|\$env:)?["']?[A-Za-z_][\w.-]*["']?\s*(?:=|:\s)/.test(line)
  const settings = lines.filter(isSetting).length
  const hasTitle = /^\s*\[[\w.-]+\]\s*$/.test(lines[0] ?? '')
  const several = lines.length >= 2 && settings >= 1 && settings >= (lines.length - 1) / 2
  return several || (hasTitle && settings >= 1) ? 'a whole settings file' : undefined
}

/** A separator of the list, the statement or the sentence that the key was copied from. */
function suffix(text: string): KeyLayer | undefined {
  const setting = /\s+[A-Za-z_]\w*=\S*(?:\s.*)?$/.exec(text.slice(0, 500))?.index
  if (setting !== undefined && setting > 0) {
    return {
      code: 'key-prefixed',
      inner: text.slice(0, setting),
      evidence: 'another setting behind the key',
      what: 'another setting behind it',
      certain: true,
    }
  }
  if (/&#?\w+;$/.test(text)) return undefined
  const end = /[;,\s]*[;,]$/.exec(text.slice(-EDGE))?.[0]
  const closer = end ?? /^sk-[0-9a-f]{32}([)\]}>.!|%]+)$/.exec(text)?.[1]
  if (!closer || closer.length === text.length) return undefined
  const name = spokenName(closer)
  return {
    code: 'key-prefixed',
    inner: text.slice(0, -closer.length),
    evidence: `${name} behind the key`,
    what: `${name} at its end`,
    certain: true,
  }
}

function prefix(text: string): KeyLayer | undefined {
  for (const [pattern, what] of prefixes) {
    const found = pattern.exec(text)?.[0]
    if (found) {
      return {
        code: 'key-prefixed',
        inner: text.slice(found.length),
        evidence: `${what} in front: ${count(found.length, 'character')}`,
        what: `${what} in front of it`,
      }
    }
  }
  return undefined
}

function encoding(text: string): KeyLayer | undefined {
  for (const [how, decode] of decoders) {
    const inner = decode(text)
    if (inner !== undefined) {
      return {
        code: 'key-encoded',
        inner,
        evidence: `${how}: decoded it has ${inner.length} characters`,
      }
    }
  }
  return undefined
}

const decoders: readonly [how: string, decode: (text: string) => string | undefined][] = [
  ['percent-encoding', (text) => (/%[0-9a-f]{2}/i.test(text) ? unpercent(text) : undefined)],
  ['HTML entities', (text) => decodedBy(text, /&(?:quot|apos|#\d+|#x[0-9a-f]+);/gi, entity)],
  ['escape sequences', (text) => decodedBy(text, /\\(?:u00|x)([0-9a-f]{2})/gi, escapeSequence)],
  ['hexadecimal', (text) => (/^(?:[0-9a-f]{2}){16,}$/i.test(text) ? unhex(text) : undefined)],
  ['base64', unbase64],
]

function unpercent(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

function decodedBy(text: string, pattern: RegExp, decode: (found: string) => string) {
  const decoded = text.replace(pattern, decode)
  return decoded === text ? undefined : decoded
}

function entity(found: string): string {
  if (!found.startsWith('&#')) return found === '&apos;' ? "'" : '"'
  const hex = found[2]?.toLowerCase() === 'x'
  const code = Number.parseInt(found.slice(hex ? 3 : 2), hex ? 16 : 10)
  return code < 0x110000 ? String.fromCodePoint(code) : ''
}

function escapeSequence(found: string): string {
  return String.fromCharCode(Number.parseInt(found.slice(-2), 16))
}

function unhex(text: string): string | undefined {
  return readable(text.replace(/../g, (pair) => String.fromCharCode(Number.parseInt(pair, 16))))
}

function unbase64(text: string): string | undefined {
  const compact = text
    .replace(/^(?:base64|b64):|^data:[^,]{0,60};base64,|^!!binary\s+/, '')
    .replace(/[\r\n]/g, '')
    .replace(/-/g, '+')
    .replace(/_/g, '/')
  if (compact.length < 12 || !/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) return undefined
  try {
    return readable(atob(compact.replace(/=+$/, '')))
  } catch {
    return undefined
  }
}

/** Random bytes are never plain text throughout; decoded text that is must have been meant. */
function readable(decoded: string): string | undefined {
  return decoded.length >= 8 && /^[\x20-\x7e\r\n\t]+$/.test(decoded) ? decoded : undefined
}
