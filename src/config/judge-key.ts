import type { Cause } from '../causes/cause'
import { count, fault, type KeyContext, type KeyDefect, passes } from '../key/defect'
import { judgeKey } from '../key/judge'
import { vendorName } from '../provider/vendors'
import { judgeVariable } from './environment'
import type { Problem } from './problem'
import { type FoundCredential, KEY } from './settings'
import { shadowedEntry, shadowingFile } from './shadow'
import type { Situation } from './snapshot'

/** What a finding says about a key. */
interface KeyWords {
  title: string
  /** Begins with a verb and has no full stop. */
  advice: string
}

const KEYS = 'https://platform.deepseek.com/api_keys'

const words: Partial<Record<Cause, (variable: string) => KeyWords>> = {
  'key-missing': (name) => ({
    title: `${name} is not set.`,
    advice: `Set ${name} to your key from ${KEYS}`,
  }),
  'key-placeholder': (name) => ({
    title: `${name} holds sample text, not a key.`,
    advice: `Replace the sample text in ${name} by your key from ${KEYS}`,
  }),
  'key-unexpanded': (name) => ({
    title: `${name} holds a reference that nobody resolved.`,
    advice: `Resolve the reference in ${name}`,
  }),
  'key-nullish': (name) => ({
    title: `${name} holds the print of a value that is no text, such as undefined or null.`,
    advice: `Check what fills ${name}: its source was empty or not a string`,
  }),
  'key-quoted': (name) => ({
    title: `${name} has quotes that became part of the key.`,
    advice: `Remove the quotes from the value of ${name}`,
  }),
  'key-whitespace': (name) => ({
    title: `${name} has white space in the key.`,
    advice: `Write the key into ${name} again, without the white space`,
  }),
  'key-unsendable': (name) => ({
    title: `${name} has a character that no HTTP header can carry.`,
    advice: `Copy the key into ${name} again as plain text from ${KEYS}`,
  }),
  'key-prefixed': (name) => ({
    title: `${name} has other text in front of the key.`,
    advice: `Remove everything around the key in ${name}: only the key itself belongs there`,
  }),
  'key-encoded': (name) => ({
    title: `${name} holds the key in encoded form.`,
    advice:
      `Decode the value of ${name} and store the result; Kubernetes decodes \`data:\` of a ` +
      `Secret once, so encode it once or use \`stringData:\``,
  }),
  'key-masked': (name) => ({
    title: `${name} holds a key with its middle hidden, as consoles and logs show it.`,
    advice:
      `Copy the whole key into ${name}; it is shown only once, so create a new one at ${KEYS} ` +
      'if it is lost',
  }),
  'key-truncated': (name) => ({
    title: `${name} holds only a part of a key.`,
    advice: `Copy the whole key into ${name}: sk- and 32 characters`,
  }),
  'key-repeated': (name) => ({
    title: `${name} holds more than one key.`,
    advice: `Keep one copy of the key in ${name}`,
  }),
  'key-is-path': (name) => ({
    title: `${name} holds a path or an address where the key itself belongs.`,
    advice: `Put the path into DEEPSEEK_API_KEY_FILE instead, or the key itself into ${name}`,
  }),
  'key-session-token': (name) => ({
    title: `${name} holds a token of a log-in session, not an API key.`,
    advice: `Create an API key at ${KEYS} and set ${name} to it`,
  }),
  'key-unknown-shape': (name) => ({
    title: `${name} does not look like a DeepSeek key.`,
    advice: `Compare ${name} with your keys at ${KEYS}; other shapes belong to gateways`,
  }),
}

/** Title and advice for a defect, naming the variable and nothing of its value. */
export function wordsFor(defect: KeyDefect, variable: string): KeyWords {
  if (defect.vendor) {
    const vendor = vendorName(defect.vendor)
    return {
      title: `${variable} holds a key of ${vendor}, but calls go to DeepSeek.`,
      advice: `Set ${variable} to a key from ${KEYS}, or DEEPSEEK_BASE_URL to the API of ${vendor}`,
    }
  }
  const row = words[defect.cause]?.(variable) ?? {
    title: `${variable} holds no usable key.`,
    advice: `Set ${variable} to your key from ${KEYS}`,
  }
  if (defect.cause === 'key-whitespace' && defect.severity !== 'error') {
    return { ...row, title: `${variable} has white space around the key; it was left out.` }
  }
  return defect.advice ? { ...row, advice: `${row.advice}: ${defect.advice}` } : row
}

/** The key after judgement: absent when it cannot be used or comes at run time. A secret. */
export interface JudgedCredential {
  readonly problems: readonly Problem[]
  readonly key?: string
  /** True when white space or a byte order mark was left out. */
  readonly repaired: boolean
}

/** Judges the key against the host it will go to: one root cause. */
export function judgeCredential(
  found: FoundCredential,
  context: KeyContext,
  situation: Situation,
): JudgedCredential {
  const { text } = found
  if (text === undefined) return { problems: found.problems, repaired: false }
  const defect =
    found.variable === KEY ? judgeKeyVariable(text, context, situation) : judgeKey(text, context)
  const problems: Problem[] = defect ? [problemOf(defect, found, situation)] : []
  // What breaks the key goes before what only surrounds it.
  if (!defect || defect.severity === 'info') {
    problems.push(...found.problems, ...shadowed(found, situation))
  }
  if (!passes(defect)) return { problems, repaired: false }
  return { problems, key: text.trim(), repaired: text !== text.trim() }
}

/** The key in the environment, read by an envalid validator as every variable is. */
function judgeKeyVariable(
  text: string,
  context: KeyContext,
  situation: Situation,
): KeyDefect | undefined {
  const judge = (input: string): { defect?: KeyDefect } => {
    const defect = sampleText(input, situation) ?? judgeKey(input, context)
    return defect ? { defect } : {}
  }
  const judged = judgeVariable(KEY, text, judge, ({ defect }) => !passes(defect))
  return judged ? judged.defect : fault('key-unsendable', ['the text cannot be read'])
}

/** The very text of a sample file is nobody's key, whatever it looks like. */
function sampleText(text: string, situation: Situation): KeyDefect | undefined {
  const sample = situation
    .samples()
    .find((file) =>
      [...file.entries.values()].some(({ value }) => value !== '' && value === text.trim()),
    )
  if (!sample) return undefined
  return fault('key-placeholder', [
    count(text.length, 'character'),
    `the very text of ${sample.label}`,
  ])
}

/** The process holds another key than `.env` gives. */
function shadowed(found: FoundCredential, situation: Situation): Problem[] {
  if (found.variable !== KEY) return []
  const file = shadowingFile(situation, KEY, (value) => passes(judgeKey(value)))
  return file ? [shadowedEntry(KEY, file, situation)] : []
}

function problemOf(defect: KeyDefect, found: FoundCredential, situation: Situation): Problem {
  const { variable, origin } = found
  const settable = origin.kind === 'env' ? { set: 'key' as const } : {}
  return {
    code: defect.cause,
    severity: defect.severity,
    variable,
    ...wordsFor(defect, variable),
    evidence: defect.evidence,
    ...settable,
    ...(defect.severity !== 'info' && { validAfterFix: defect.repaired !== undefined }),
    origin: origin.kind === 'env' ? situation.originOf(variable) : origin.kind,
  }
}
