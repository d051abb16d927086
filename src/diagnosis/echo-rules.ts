import type { Cause } from '../causes/cause'
import { echoOf } from '../provider/deepseek-text'
import { certain, likely, possible, type Rule, type Verdict } from './evidence'
import type { Facts } from './facts'
import {
  asSent,
  defectOf,
  heldKey,
  isFatal,
  isWellFormed,
  shownName,
  variablesEnding,
} from './sent-key'

/**
 * What four characters give away when the key itself is not at hand. Ordered: `_KEY}` is a
 * reference before it is a sample. Every pattern has a character that no DeepSeek key has.
 */
const tails: readonly [Cause, RegExp, string][] = [
  ['key-nullish', /^(?:ined|null|none|nan|ect\])$/i, 'the print of a missing value'],
  ['key-quoted', /["'`\u201c\u201d\u2018\u2019]$/, 'a quotation mark'],
  ['key-unexpanded', /[}$%{]|\)\)$/, 'the end of a template reference'],
  ['key-masked', /\*{2,}|\.{3}|\u2026|\u2022/, 'masking characters'],
  ['key-encoded', /=$|%[0-9A-F]{2}/i, 'the padding of an encoding'],
  ['key-is-path', /^(?:json|yaml|[a-z]?\.(?:txt|env|key|pem|yml|cfg|ini|toml))$/i, 'a file ending'],
  ['key-whitespace', /\s|\u200b|\ufeff|\\[nrt]$/, 'white space'],
  ['key-placeholder', /[>\]]$|^([^0-9a-f])\1{2,3}$/i, 'the end of sample text'],
]

/** No vendor's keys are shorter: what is, somebody made up. */
const SHORTEST = 12

/** Faults that the text proves; a sample, a reference and a path can be read as each other. */
const provenByText: ReadonlySet<Cause> = new Set<Cause>([
  'key-nullish',
  'key-quoted',
  'key-prefixed',
  'key-encoded',
  'key-repeated',
  'key-wrong-vendor',
])

/** How sample texts end: `your_key_here`, `YOUR_API_KEY`, `dummy`, `example`, `user_provided`. */
const sampleEnds = new Set([
  ...['here', '_key', '-key', '.key', 'ikey', 'tkey', 'xxxx', 'oken', 'ummy', 'mple', 'ided'],
  ...['geme', 'e_me', 'e-me', 'lder', 'test', 'demo', 'your', 'todo', 'cret', 'alue', 'seek'],
  ...['tion', 'word', 'fake', 'mock', 'uard'],
])

/** "Your api key: ****fcc2 is invalid": DeepSeek shows the end of the text that it saw. */
export const echo: Rule = (facts) => {
  const seen = facts.sentence === 'echo' ? echoOf(facts.message) : undefined
  if (seen === undefined) return undefined
  const key = heldKey(facts)
  if (key === undefined) return judgeTail(facts, seen)
  return endsLike(key, seen) ? judgeOwn(facts, key) : judgeOther(facts, key, seen)
}

/** DeepSeek saw the key that we hold. */
function judgeOwn(facts: Facts, key: string): Verdict {
  const seen = ['401: DeepSeek echoes the end of the key that is held here']
  const defect = defectOf(facts, key)
  if (isWellFormed(key)) return judgeGenuine(facts, key, seen)
  const echoed = echoOf(facts.message) ?? ''
  if (isFatal(defect)) {
    const verdict = provenByText.has(defect.cause) ? certain : likely
    const others: Cause[] = defect.cause === 'key-placeholder' ? ['key-unexpanded'] : []
    return { ...verdict(defect.cause, [...seen, ...defect.evidence], others), vendor: undefined }
  }
  if (defect?.cause === 'key-whitespace' || defect?.cause === 'key-truncated') {
    return likely(defect.cause, [...seen, ...defect.evidence], ['key-rejected'])
  }
  const evidence = [...seen, ...(defect?.evidence ?? [])]
  if (key.trim().length < SHORTEST) {
    return likely('key-placeholder', evidence, ['key-truncated', 'key-rejected'])
  }
  if (!/^[0-9a-f]+$/.test(echoed)) {
    const outside = [...evidence, 'it ends in characters that no DeepSeek key has']
    return likely('key-wrong-vendor', outside, ['key-rejected', 'key-truncated'])
  }
  return likely('key-rejected', evidence, ['key-wrong-vendor', 'key-truncated'])
}

/** A genuine shape, received unchanged: only the key list tells more. */
function judgeGenuine(facts: Facts, key: string, seen: string[]): Verdict {
  const meant = facts.key?.trim()
  if (meant && meant !== key.trim() && isWellFormed(meant)) {
    const evidence = [...seen, 'and another key is configured than the one that was sent']
    return likely('key-replaced', evidence, ['key-rejected'])
  }
  const proof = [...seen, 'it has the shape of a DeepSeek key: sk- and 32 hexadecimal digits']
  return facts.status === 401 || facts.status === undefined
    ? certain('key-rejected', proof)
    : likely('key-rejected', proof)
}

/** DeepSeek saw another text than we hold. */
function judgeOther(facts: Facts, key: string, echoed: string): Verdict {
  const seen = ['401: DeepSeek echoes other characters than the key held here ends in']
  const source = variablesEnding(facts, echoed)[0]
  if (source) {
    const [name, value] = source
    const evidence = [...seen, `${shownName(name)} ends in them`]
    const defect = defectOf(facts, value)
    return defect?.cause === 'key-wrong-vendor'
      ? likely('key-wrong-vendor', evidence, ['key-replaced'])
      : likely('key-replaced', evidence)
  }
  if (key.trim().toLowerCase().endsWith(echoed.toLowerCase())) {
    const evidence = [...seen, 'they differ in upper and lower case only: something rewrote it']
    return likely('key-replaced', evidence)
  }
  const own = defectOf(facts, key)
  if (isFatal(own) && own.repaired?.endsWith(echoed)) {
    const evidence = [...seen, 'they are its end after repair, so the key arrived clean']
    return likely('key-rejected', evidence, [own.cause])
  }
  const tail = tailCause(echoed)
  if (tail) return likely('key-replaced', [...seen, `they are ${tail[1]}`], [tail[0]])
  const isSent = facts.sent.token !== undefined && isWellFormed(key)
  if (isSent && /^[0-9a-f]{4}$/.test(echoed)) {
    return certain('key-replaced', [...seen, 'the request as sent had the key held here'])
  }
  return likely('key-replaced', seen, ['key-wrong-vendor'])
}

/** The key is not at hand: its last characters must do. */
function judgeTail(facts: Facts, echoed: string): Verdict {
  const seen = ['401: DeepSeek echoes the end of the text that it saw']
  const tail = tailCause(echoed)
  if (tail) {
    const others: Cause[] = tail[0] === 'key-placeholder' ? ['key-unexpanded', 'key-is-path'] : []
    return likely(tail[0], [...seen, `the echo is ${tail[1]}`], others)
  }
  if (/^([0-9a-f])\1{3}$/i.test(echoed)) {
    const evidence = [...seen, 'the echo is one character repeated']
    return possible('key-placeholder', evidence, ['key-rejected'])
  }
  if (/^[0-9a-f]{1,4}$/.test(echoed)) {
    const source = variablesEnding(facts, echoed)[0]
    const named = source ? [`${shownName(source[0])} ends in it`] : []
    if (source && defectOf(facts, source[1])?.cause === 'key-wrong-vendor') {
      return likely('key-wrong-vendor', [...seen, ...named], ['key-replaced', 'key-rejected'])
    }
    return likely('key-rejected', [...seen, ...named], ['key-wrong-vendor', 'key-replaced'])
  }
  const evidence = [...seen, 'the echo has a character that no DeepSeek key has']
  return likely('key-wrong-vendor', evidence, ['key-unknown-shape', 'key-rejected'])
}

function tailCause(echoed: string): [Cause, string] | undefined {
  if (sampleEnds.has(echoed.toLowerCase())) return ['key-placeholder', 'the end of sample text']
  const tail = tails.find(([, pattern]) => pattern.test(echoed))
  return tail && [tail[0], tail[2]]
}

/** `fetch` trims what it sends, so the edges of our own text do not count. */
function endsLike(key: string, echoed: string): boolean {
  return key.endsWith(echoed) || asSent(key).endsWith(echoed)
}
