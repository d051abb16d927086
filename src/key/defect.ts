import type { Cause, Severity } from '../causes/cause'

/** What is wrong with the text in the place of a key. Holds nothing of the text. */
export interface KeyDefect {
  cause: Cause
  /** Lengths, positions from 1, code points. */
  evidence: string[]
  /** The text to use instead; present only when it would pass. A secret. */
  repaired?: string
  /** The slug of the vendor whose key it is. */
  vendor?: string
  severity: Severity
  /** What helps in this very case; continues a sentence, has no full stop. */
  advice?: string
  /** What the text holds instead or besides, as a phrase: `a whole JSON document`. */
  what?: string
}

/** What is known about the place where the key will be used. */
export interface KeyContext {
  /** False when the base URL is another host: others issue their own keys. Default true. */
  ownHost?: boolean
  /** The slug of the vendor that owns the host, from `vendorOfHost`. */
  hostVendor?: string
  /** Names of the variables that exist: a key that equals one is a reference. */
  names?: readonly string[]
}

/** Observed, not documented: every genuine key so far is `sk-` and 32 hexadecimal digits. */
const GENUINE = /^sk-[0-9a-f]{32}$/

/** Faults of the content: no peeling of quotes or prefixes makes a key of it. */
const hopeless: ReadonlySet<Cause> = new Set<Cause>([
  'key-nullish',
  'key-unexpanded',
  'key-placeholder',
  'key-masked',
  'key-is-path',
])

/** True for `sk-` and 32 lower-case hexadecimal digits. */
export function isGenuineShape(key: string): boolean {
  return GENUINE.test(key)
}

/** A defect that no start-up can go on with. */
export function fault(cause: Cause, evidence: string[]): KeyDefect {
  return { cause, severity: 'error', evidence }
}

/** True when no key is inside, whatever is taken away. */
export function isHopeless(defect: KeyDefect | undefined): boolean {
  return defect !== undefined && hopeless.has(defect.cause)
}

/** True when the text could be used: nothing found, or only a warning. */
export function passes(defect: KeyDefect | undefined): boolean {
  return defect?.severity !== 'error'
}

/** Names of the characters that people paste along without seeing them. */
const names: Readonly<Record<string, string>> = {
  '\t': 'tab',
  '\n': 'line feed',
  '\v': 'vertical tab',
  '\f': 'form feed',
  '\r': 'carriage return',
  ' ': 'space',
  '"': 'double quote',
  "'": 'single quote',
  '`': 'backtick',
  '\u0000': 'NUL',
  '\u00a0': 'no-break space',
  '\u00ad': 'soft hyphen',
  '\u200b': 'zero-width space',
  '\u200c': 'zero-width non-joiner',
  '\u200d': 'zero-width joiner',
  '\u200e': 'left-to-right mark',
  '\u200f': 'right-to-left mark',
  '\u2010': 'typographic hyphen',
  '\u2011': 'no-break hyphen',
  '\u2012': 'figure dash',
  '\u2013': 'en dash',
  '\u2014': 'em dash',
  '\u2018': 'curly quote',
  '\u2019': 'curly quote',
  '\u201c': 'curly quote',
  '\u201d': 'curly quote',
  '\u2026': 'ellipsis',
  '\u2028': 'line separator',
  '\u202f': 'narrow no-break space',
  '\u2060': 'word joiner',
  '\u2212': 'minus sign',
  '\u3000': 'ideographic space',
  '\ufeff': 'byte order mark, BOM',
  '\ufffd': 'replacement character',
}

/** What can be seen is called by its name; a position would send people counting. */
const visible: Readonly<Record<string, string>> = {
  '"': 'a double quote',
  "'": 'a single quote',
  '`': 'a backtick',
  $: 'a dollar sign',
  ':': 'a colon',
  ';': 'a semicolon',
  ',': 'a comma',
  '#': 'a hash sign (#)',
  '@': 'an at sign',
  '/': 'a slash',
  '\\': 'a backslash',
  '=': 'an equals sign',
  '+': 'a plus sign',
  '%': 'a percent sign',
  '&': 'an ampersand',
  '*': 'an asterisk',
  '|': 'a vertical bar',
  '!': 'an exclamation mark',
  '?': 'a question mark',
}

/** Three are enough to find the place, and too few to spell a secret. */
const SHOWN = 3

/** `a semicolon` for what a keyboard shows, `U+200B (zero-width space)` for everything else. */
export function spokenName(character: string): string {
  const [first = ''] = character
  if (visible[first] !== undefined) return visible[first]
  return /[\x21-\x7e]/.test(first) ? `the character ${first}` : characterName(first)
}

/** `U+200B (zero-width space)`: the first character of the text, so that it can be read aloud. */
export function characterName(character: string): string {
  const [first = ''] = character
  const code = (first.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  const name = names[first]
  return name ? `U+${code} (${name})` : `U+${code}`
}

/**
 * `position 16: U+0020 (space)` for each match, counted from 1, and `a semicolon` for what can be
 * seen; never more than three.
 */
export function placesOf(text: string, pattern: RegExp): string[] {
  const found = new Set<string>()
  let left = 0
  for (const match of text.matchAll(new RegExp(pattern.source, 'gu'))) {
    const place = /^[\x21-\x7e]/.test(match[0])
      ? spokenName(match[0])
      : `position ${match.index + 1}: ${characterName(match[0])}`
    if (found.has(place)) continue
    if (found.size < SHOWN) found.add(place)
    else left += 1
  }
  return left > 0 ? [...found, `and ${count(left, 'more such character')}`] : [...found]
}

/** What stands around the text at its edges: `at the end: U+000A (line feed)`. */
export function edgesOf(text: string, core: string): string[] {
  const start = text.indexOf(core)
  const edge = (where: string, part: string): string[] => {
    if (part === '') return []
    const shown = [...part.slice(0, SHOWN)].map(characterName).join(', ')
    return [`${where}: ${shown}${part.length > SHOWN ? ', …' : ''}`]
  }
  return [
    ...edge('before the key', text.slice(0, start)),
    ...edge('after the key', text.slice(start + core.length)),
  ]
}

/** `1 character`, `2 characters`. */
export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`
}
