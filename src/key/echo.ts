import type { Cause } from '../causes/cause'

/** What a guard hands to clients instead of the key; who sees it was called without the guard. */
export const GUARD_PLACEHOLDER = 'managed-by-deepseek-guard'

const GUARD_END = GUARD_PLACEHOLDER.slice(-4)

/** "Your api key: ****fcc2 is invalid": up to four characters, of the text as it was received. */
const form = /api key: {0,2}\*{4}([^\n]{0,4}?) is invalid/i

/** The characters that DeepSeek echoed. */
export function echoIn(text: string): string | undefined {
  // Terminals and logs break lines in the middle of a sentence.
  const echo = (form.exec(text) ?? form.exec(text.replace(/\s{0,20}\n\s{0,20}/g, ' ')))?.[1]
  return echo === undefined || echo === '' ? undefined : echo
}

/** What four characters give away when the key itself is not at hand. */
interface EchoTail {
  cause: Cause
  /** Continues "the echo is". */
  what: string
}

/**
 * Ordered: `_KEY}` is a reference before it is a sample. Every pattern has a character that no
 * DeepSeek key has.
 */
const tails: readonly [Cause, RegExp, string][] = [
  ['key-nullish', /^(?:ined|null|none|nan|ect\])$/i, 'what a missing value is printed as'],
  ['key-quoted', /["'`\u201c\u201d\u2018\u2019]$/, 'a quotation mark'],
  ['key-unexpanded', /[}$%{]|\)\)$/, 'the end of a template reference'],
  ['key-masked', /\*{2,}|\.{3}|\u2026|\u2022/, 'masking characters'],
  ['key-encoded', /=$|%[0-9A-F]{2}/i, 'the padding of an encoding'],
  ['key-is-path', /^(?:json|yaml|[a-z]?\.(?:txt|env|key|pem|yml|cfg|ini|toml))$/i, 'a file ending'],
  ['key-whitespace', /\s|\u200b|\ufeff|\\[nrt]$/, 'white space'],
  ['key-placeholder', /[>\]]$|^([^0-9a-f])\1{2,3}$/i, 'the end of sample text'],
]

/**
 * How sample texts and fillers end: `your_key_here`, `YOUR_API_KEY`, `dummy`, `example`, `EMPTY`,
 * `no-key-required`, `ollama`, `lm-studio`, `not-needed`, `sk-local`.
 */
const sampleEnds = new Set([
  ...['here', '_key', '-key', '.key', 'ikey', 'tkey', 'xxxx', 'oken', 'ummy', 'mple', 'ided'],
  ...['geme', 'e_me', 'e-me', 'lder', 'test', 'demo', 'your', 'todo', 'cret', 'alue', 'seek'],
  ...['tion', 'word', 'fake', 'mock', 'ired', 'mpty', 'lama', 'udio', 'sary', 'used'],
  ...['ocal', 'tual', 'real', 'ring', 'text', 'name', 'user', 'thub', 'host', 'vllm'],
  ...['ings', 'ault', 'enai', 'pass', 'unny', 'nkey', 'ykey', 'akey', 'ekey', 'skey', 'dkey'],
])

/** What an echo gives away by itself; undefined when it could be the end of somebody's key. */
export function judgeTail(echoed: string): EchoTail | undefined {
  const low = echoed.toLowerCase()
  if (low === GUARD_END) {
    return { cause: 'credential-not-attached', what: "the end of the guard's own placeholder" }
  }
  if (sampleEnds.has(low)) return { cause: 'key-placeholder', what: 'the end of sample text' }
  const tail = tails.find(([, pattern]) => pattern.test(echoed))
  return tail && { cause: tail[0], what: tail[2] }
}

/** True for the end of a text as `fetch` sends it: blanks and line ends behind it are dropped. */
export function endsLike(key: string, echoed: string): boolean {
  return key.endsWith(echoed) || key.replace(/[ \t\r\n]+$/, '').endsWith(echoed)
}

/** Compares the echoed tail with the key that was sent, in one word for the log. */
export function keyEcho(
  text: string,
  sent: string | undefined,
): 'match' | 'mismatch' | 'placeholder' | 'none' {
  const echoed = echoIn(text)
  if (echoed === undefined) return 'none'
  if (judgeTail(echoed)) return 'placeholder'
  return sent !== undefined && endsLike(sent, echoed) ? 'match' : 'mismatch'
}
