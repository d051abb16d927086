import { characterName } from './characters'
import { isGenuineShape, isHopeless } from './finding'
import { judgeKey } from './judge'

/** Longer words are no slips of the finger; the bound also bounds the work. */
const LONGEST = 60

/** Slips that turn one word into another: a character added, lost, changed, or two swapped. */
export function distanceOf(from: string, to: string): number {
  if (from.length > LONGEST || to.length > LONGEST) return Math.max(from.length, to.length)
  let before: number[] = []
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= to.length; j += 1) {
      const changed = from[i - 1] === to[j - 1] ? 0 : 1
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      next.push(
        Math.min(
          (row[j] ?? 0) + 1,
          (next[j - 1] ?? 0) + 1,
          (row[j - 1] ?? 0) + changed,
          swapped ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      )
    }
    before = row
    row = next
  }
  return row[to.length] ?? 0
}

/** Letters and digits only, in lower case: how people compare names by ear. */
function sounds(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

/** The known word that was probably meant: at most a third of its letters differ. */
export function nearestOf(word: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((name) => ({ name, slips: distanceOf(sounds(word), sounds(name)) }))
    .sort((a, b) => a.slips - b.slips)
  const best = ranked[0]
  return best && best.slips <= Math.max(1, Math.floor(best.name.length / 3)) ? best.name : undefined
}

/** Names with these beginnings are copied into code that browsers load. */
const clientPrefixes = [
  'NEXT_PUBLIC_',
  'VITE_',
  'REACT_APP_',
  'NUXT_PUBLIC_',
  'PUBLIC_',
  'EXPO_PUBLIC_',
  'GATSBY_',
]

const KEY = 'DEEPSEEK_API_KEY'
const FILE = 'DEEPSEEK_API_KEY_FILE'

/** Settings of this library: whatever they hold, none of them was meant to be the key. */
const OWN = /^DEEPSEEK_GUARD(?:_|$)/i

/** What follows the word that says "key" when there are several, as in DEEPSEEK_KEY_2. */
const stage =
  /(?:_(?:PROD|PRODUCTION|DEV|DEVELOPMENT|TEST|STAGING|STAGE|QA|UAT|LOCAL|LIVE|OLD|NEW|V?\d+)|\d)$/

/**
 * True for the key of another stage, tenant or time: it has the whole name and more words around it
 * (`STAGING_DEEPSEEK_API_KEY`, `DEEPSEEK_API_KEY_OLD`), or a near name with the word of a stage at
 * its end. Somebody keeps several keys, so which one is meant is theirs to say.
 */
export function isOtherKey(name: string): boolean {
  const upper = name.toUpperCase()
  if (OWN.test(name) || upper === KEY || upper === FILE || clientPrefixOf(upper)) return false
  const whole = /(?:^|_)DEEPSEEK_API_KEY(?:_|$)/.test(upper)
  const isFile = /_(?:FILE|PATH)$/.test(upper)
  return (whole && !isFile) || (stage.test(upper) && saysDeepSeekKey(upper.replace(stage, '')))
}

/** A name that was probably meant to be DEEPSEEK_API_KEY. */
export interface Misnamed {
  readonly name: string
  /** The name that would be read. */
  readonly meant: typeof KEY | typeof FILE
  /** `certain`: equal but for case, separators and invisible characters. */
  readonly certainty: 'certain' | 'likely'
}

/** Finds the key under another name. Only values of likely names are looked at, none is kept. */
export function findMisnamed(
  names: readonly string[],
  textOf: (name: string) => string,
): Misnamed[] {
  const found = names.flatMap((name): Misnamed[] => {
    if (name === KEY || name === FILE || clientPrefixOf(name)) return []
    if (OWN.test(name) || isOtherKey(name)) return []
    const value = textOf(name)
    if (value.trim() === '') return []
    const sound = sounds(name)
    if (sound === sounds(KEY)) return [{ name, meant: KEY, certainty: 'certain' }]
    if (sound === sounds(FILE)) return [{ name, meant: FILE, certainty: 'certain' }]
    if (/deepseek.*key.*(?:file|path)$/.test(sound) && /[\\/]/.test(value)) {
      return [{ name, meant: FILE, certainty: 'likely' }]
    }
    const near = distanceOf(sound, sounds(KEY)) <= 2 || saysDeepSeekKey(name)
    const likely = (near && holdsKey(value)) || (sound.includes('deepseek') && holdsGenuine(value))
    return likely ? [{ name, meant: KEY, certainty: 'likely' }] : []
  })
  return found.sort((a, b) => (a.certainty < b.certainty ? -1 : a.certainty > b.certainty ? 1 : 0))
}

/** True for a name that was probably meant to be DEEPSEEK_API_KEY, where its value is not known. */
export function isNearKeyName(name: string): boolean {
  if (name === KEY || name === FILE || OWN.test(name)) return false
  if (clientPrefixOf(name) || isOtherKey(name)) return false
  return distanceOf(sounds(name), sounds(KEY)) <= 2 || saysDeepSeekKey(name)
}

/** Names of variables that hand a key to browsers. `key` is the process's own, when it has one. */
export function findExposed(
  names: readonly string[],
  textOf: (name: string) => string,
  key: string | undefined,
): string[] {
  return names.filter((name) => {
    const prefix = clientPrefixOf(name)
    const value = prefix === undefined ? '' : textOf(name).trim()
    if (prefix === undefined || value === '') return false
    const rest = name.slice(prefix.length)
    if (value === key || holdsGenuine(value)) return true
    if (sounds(rest) === sounds(KEY)) return !isHopeless(judgeKey(value))
    return (saysDeepSeekKey(rest) || isOtherKey(rest)) && holdsKey(value)
  })
}

/** True when the text is, or wraps, something that was issued as a key. */
export function holdsKey(value: string): boolean {
  const defect = judgeKey(value)
  if (defect?.code === 'key-unknown-shape') return isOpaque(value.trim())
  if (defect?.code === 'key-truncated') return value.length >= 12
  return !defect || defect.vendor !== undefined || defect.repaired !== undefined
}

/** True when the text is, or wraps, a key of DeepSeek's own shape. */
function holdsGenuine(value: string): boolean {
  const defect = judgeKey(value)
  return !defect || isGenuineShape(defect.repaired ?? '')
}

/**
 * The names that may hold the key that is missing: of another stage, or with DeepSeek's own shape.
 * For people to look at; never to rename.
 */
export function findKeyHolders(
  names: readonly string[],
  textOf: (name: string) => string,
): string[] {
  return names.filter((name) => {
    if (name === KEY || name === FILE || OWN.test(name) || clientPrefixOf(name)) return false
    const value = textOf(name)
    if (isOtherKey(name)) return value.trim() !== ''
    return isGenuineShape(value.trim()) && judgeKey(value)?.severity !== 'error'
  })
}

/** A run of so many letters and digits, some of each, is no word that somebody chose. */
const random = /(?=[a-z]*\d)(?=\d*[a-z])[a-z\d]{20,}/i

const prefixed = /(?:^|[^a-z])(?:sk|gsk|xai|hf|nvapi|pplx|ghp)[-_](?=[\w-]*\d)[\w-]{8,}/

/** Nobody pronounces so many consonants and digits; digits alone are a date or a number. */
const unspeakable = /(?!\d+(?![a-z\d]))[b-df-hj-np-tv-xz\d]{7,}/i

/**
 * True when a text that would be printed (a name, a path, a host) may hold something secret. Better
 * a sentence without its name than a key in a log.
 */
export function mayHoldSecret(text: string): boolean {
  const odd = unspeakable.exec(text)?.[0] ?? ''
  // Twelve in a row are nothing that somebody chose, however few different ones there are.
  const isUnspeakable = odd.length >= 12 || new Set(odd).size > 3
  return random.test(text) || prefixed.test(text) || isUnspeakable
}

/**
 * A name as it can be printed: letters as they are, everything else as a code point. A key that was
 * pasted where a name belongs is not repeated.
 */
export function printableName(name: string): string {
  if (mayHoldSecret(name)) return `<${name.length} characters>`
  return [...name.slice(0, 60)]
    .map((character) => (/[\w.-]/.test(character) ? character : `<${characterName(character)}>`))
    .join('')
}

/** Long, without blanks, and a mixture of letters and digits: nobody types that as a setting. */
function isOpaque(text: string): boolean {
  return text.length >= 16 && /^[\w.~+/=-]+$/.test(text) && /\d/.test(text) && /[a-z]/i.test(text)
}

function clientPrefixOf(name: string): string | undefined {
  return clientPrefixes.find((prefix) => name.startsWith(prefix))
}

/** DEEPSEEK and, at the end, KEY, TOKEN or SECRET: DEEPSEEK_KEY_ROTATION_DAYS is no key. */
function saysDeepSeekKey(name: string): boolean {
  const sound = sounds(name)
  return /deepseek|^ds(?=api)/.test(sound) && /(?:key|token|secret)s?$/.test(sound)
}
