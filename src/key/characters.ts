import { fault, isGenuineShape, type KeyFinding, passes } from './finding'

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

// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what it looks for
const unsendable = /[^\x00-\xff]|[\x00-\x08\x0e-\x1f\x7f-\x9f]/u

/** Several keys in one value: pasted twice, or a list. */
export function judgeRepeated(core: string): KeyFinding | undefined {
  const half = core.length / 2
  const doubled = half >= 16 && core.slice(0, half) === core.slice(half)
  const genuine = core.match(/sk-[0-9a-f]{32}(?![0-9a-f])/g) ?? []
  const keys = genuine.length < 2 && doubled ? [core.slice(0, half), core.slice(half)] : genuine
  if (keys.length < 2) return undefined
  const length = count(core.length, 'character')
  if (new Set(keys).size > 1) {
    return {
      ...fault('key-repeated', [length, `${keys.length} different keys in one value`]),
      advice: 'several different ones belong in keyPool() in code',
    }
  }
  const evidence = [length, `the same text ${keys.length} times`]
  return { ...fault('key-repeated', evidence), repaired: keys[0] ?? '' }
}

/** Escapes written as text, blanks inside, and characters that no header carries. */
export function judgeCharacters(
  core: string,
  judge: (text: string) => KeyFinding | undefined,
): KeyFinding | undefined {
  const length = count(core.length, 'character')
  const literal = /\\[nrt]/.exec(core)
  const joined = core.replace(/\\[nrt]/g, '')
  const trimmed = withoutEscapes(core)
  const repaired = isGenuineShape(joined) ? joined : trimmed
  if (literal && repaired !== core) {
    const evidence = [length, `position ${literal.index + 1}: a backslash and a letter, as text`]
    const usable = repaired !== '' && passes(judge(repaired))
    return { ...fault('key-whitespace', evidence), ...(usable ? { repaired } : {}) }
  }
  const code = unsendable.test(core) ? 'key-unsendable' : 'key-whitespace'
  const pattern = code === 'key-unsendable' ? unsendable : /\s/
  if (!pattern.test(core)) return undefined
  const cleaned = plain(core)
  return {
    ...fault(code, [
      length,
      ...placesOf(core, pattern),
      ...(/\s#/.test(core) ? ['a comment behind the key'] : []),
    ]),
    ...(isGenuineShape(cleaned) ? { repaired: cleaned } : {}),
  }
}

/** Without escapes at its edges; walked, because a pattern would go back at every one of them. */
function withoutEscapes(core: string): string {
  let start = 0
  let end = core.length
  while (isEscape(core, start)) start += 2
  while (end - 2 > start && isEscape(core, end - 2)) end -= 2
  return core.slice(start, end)
}

function isEscape(text: string, at: number): boolean {
  return text[at] === '\\' && 'nrt'.includes(text[at + 1] ?? ' ')
}

/** Without blanks and invisible characters, and with plain hyphens and digits. */
function plain(core: string): string {
  return core
    .normalize('NFKC')
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replace(/[\s\p{Cf}\p{Cc}]/gu, '')
}
