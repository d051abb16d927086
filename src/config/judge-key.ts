import type { Cause } from '../causes/cause'
import { count, fault, type KeyContext, type KeyDefect, passes } from '../key/defect'
import { judgeKey } from '../key/judge'
import { sellsDeepSeek } from '../provider/hosts'
import { vendorName } from '../provider/vendors'
import { judgeVariable } from './environment'
import type { FindingDraft } from './finding-draft'
import { FILE, type FoundCredential, KEY, KEYS_PAGE } from './settings'
import { cutInFile, hashIn, shadowedEntry, shadowingFile } from './shadow'
import type { EnvironmentSnapshot } from './snapshot'

/** What a finding says about a key. `{}` is the place: a variable, a file or an option. */
interface KeyWords {
  /** Completes "DEEPSEEK_API_KEY …". */
  what: string
  /** Begins with a verb and has no full stop. */
  advice: string
}

const words: Partial<Record<Cause, KeyWords>> = {
  'key-missing': {
    what: 'holds nothing but an empty pair of quotes',
    advice: `Set {} to your key from ${KEYS_PAGE}`,
  },
  'key-placeholder': {
    what: 'holds sample text, not a key',
    advice: `Replace the sample text in {} with your key from ${KEYS_PAGE}`,
  },
  'key-unexpanded': {
    what: 'holds a reference that nobody resolved',
    advice: 'Resolve the reference in {}',
  },
  'key-nullish': {
    what: 'holds what an empty value turns into when it is printed, such as undefined or null',
    advice: 'Check what fills {}: its source was empty or not a string',
  },
  'key-quoted': {
    what: 'has quotes that became part of the key',
    advice: 'Remove the quotes from {}',
  },
  'key-whitespace': {
    what: 'has white space in the key',
    advice: 'Write the key into {} again, without the white space',
  },
  'key-unsendable': {
    what: 'has a character that no HTTP header can carry',
    advice: `Copy the key into {} again as plain text from ${KEYS_PAGE}`,
  },
  'key-prefixed': {
    what: 'holds more than the key',
    advice: 'Remove everything around the key in {}: only the key itself belongs there',
  },
  'key-encoded': {
    what: 'holds the key in encoded form',
    advice: 'Decode the key and put the result into {}',
  },
  'key-masked': {
    what: 'holds a key with its middle hidden, as consoles and logs show it',
    advice:
      'Copy the whole key into {}; it is shown only once, so create a new one at ' +
      `${KEYS_PAGE} if it is lost`,
  },
  'key-truncated': {
    what: 'holds only a part of a key',
    advice: 'Copy the whole key into {}: sk- and 32 characters',
  },
  'key-repeated': {
    what: 'holds more than one key',
    advice: 'Keep one copy of the key in {}',
  },
  'key-is-path': {
    what: 'holds a path or an address where the key itself belongs',
    advice: `Put the path into ${FILE} instead, or the key itself into {}`,
  },
  'key-session-token': {
    what: 'holds a token of a log-in session, not an API key',
    advice: `Create an API key at ${KEYS_PAGE} and put it into {}`,
  },
  'key-wrong-vendor': {
    what: 'holds the key of another vendor',
    advice: `Put a key from ${KEYS_PAGE} into {}`,
  },
  'key-unknown-shape': {
    what: 'does not look like a DeepSeek key',
    advice: `Compare {} with your keys at ${KEYS_PAGE}; other shapes belong to gateways`,
  },
}

const unusable: KeyWords = {
  what: 'holds no usable key',
  advice: `Set {} to your key from ${KEYS_PAGE}`,
}

/** What this very case says otherwise than its cause does. */
function wordsFor(defect: KeyDefect, onAws: boolean): KeyWords {
  const { cause, severity, vendor, what, advice } = defect
  const row = words[cause] ?? unusable
  if (vendor) {
    const name = vendorName(vendor)
    const elsewhere = sellsDeepSeek(vendor) ? `, or DEEPSEEK_BASE_URL to the API of ${name}` : ''
    return {
      what: `holds a key of ${name}, but calls go to DeepSeek`,
      advice: `Set {} to a key from ${KEYS_PAGE}${elsewhere}`,
    }
  }
  if (cause === 'key-whitespace' && severity !== 'error') {
    return { ...row, what: 'has white space around the key; it was left out' }
  }
  if (cause === 'key-unknown-shape' && what === 'sentinel') {
    return {
      what: 'holds the sentinel of a credential broker instead of a key',
      advice:
        'Check with `npx deepseek-guard check --online` that the broker puts the key in; nothing ' +
        'is wrong with {} when it does',
    }
  }
  if (cause === 'key-unknown-shape' && severity === 'info') {
    return {
      what: 'has another shape than a DeepSeek key, as the keys of gateways have',
      advice: 'Keep {} as it is when the gateway issued it',
    }
  }
  if (cause === 'key-is-path' && onAws) {
    return {
      ...row,
      advice:
        'Put the key itself into {}: the name of a parameter or secret is resolved only under ' +
        '`secrets` of an ECS task definition; elsewhere read it from AWS in code',
    }
  }
  if (cause === 'key-prefixed' && what) return { ...row, what: `${row.what}: ${what}` }
  return advice ? { ...row, advice: `${row.advice}: ${advice}` } : row
}

/** The place in a sentence: what a finding's title and its advice call it. */
function subjectsOf({ origin, variable, shownPath }: FoundCredential) {
  if (origin.kind === 'env') return { title: `${variable} `, slot: variable }
  if (origin.kind === 'option') {
    return { title: `The option ${variable} `, slot: `the option ${variable}` }
  }
  const file = shownPath ?? 'a file'
  const slot = shownPath ? `the file ${shownPath}` : `the file that ${variable} names`
  return { title: `${variable} names ${file}, which `, slot }
}

/** The key after judgement: absent when it cannot be used or comes at run time. A secret. */
interface JudgedCredential {
  readonly findings: readonly FindingDraft[]
  readonly key?: string
  /** True when white space or a byte order mark was left out. */
  readonly repaired: boolean
}

/** Judges the key against the host it will go to: one root cause. */
export function judgeCredential(
  found: FoundCredential,
  context: KeyContext,
  snapshot: EnvironmentSnapshot,
): JudgedCredential {
  const { text } = found
  if (text === undefined) return { findings: found.findings, repaired: false }
  const defect =
    found.variable === KEY ? judgeKeyVariable(text, context, snapshot) : judgeKey(text, context)
  const findings: FindingDraft[] = defect ? [draftOf(defect, found, snapshot)] : []
  // What breaks the key goes before what only surrounds it.
  if (!defect || defect.severity === 'info') {
    findings.push(...found.findings, ...shadowed(found, snapshot))
  }
  if (!passes(defect)) return { findings, repaired: false }
  return { findings, key: text.trim(), repaired: text !== text.trim() }
}

/** The key in the environment, read by an envalid validator as every variable is. */
function judgeKeyVariable(
  text: string,
  context: KeyContext,
  snapshot: EnvironmentSnapshot,
): KeyDefect | undefined {
  const judge = (input: string): { defect?: KeyDefect } => {
    const defect = sampleText(input, snapshot) ?? judgeKey(input, context)
    return defect ? { defect } : {}
  }
  const judged = judgeVariable(KEY, text, judge, ({ defect }) => !passes(defect))
  return judged ? judged.defect : fault('key-unsendable', ['the text cannot be read'])
}

/** The very text of a sample file is nobody's key, whatever it looks like. */
function sampleText(text: string, snapshot: EnvironmentSnapshot): KeyDefect | undefined {
  const sample = snapshot
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
function shadowed(found: FoundCredential, snapshot: EnvironmentSnapshot): FindingDraft[] {
  if (found.variable !== KEY) return []
  const shadow = shadowingFile(snapshot, KEY, (value) => passes(judgeKey(value)))
  return shadow ? [shadowedEntry(KEY, shadow, snapshot)] : []
}

function draftOf(
  defect: KeyDefect,
  found: FoundCredential,
  snapshot: EnvironmentSnapshot,
): FindingDraft {
  const { variable, origin } = found
  const { cause, severity, repaired, evidence } = defect
  const { platform } = snapshot.place()
  const { what, advice } = wordsFor(defect, platform === 'lambda' || platform === 'ecs')
  const subjects = subjectsOf(found)
  const cut = origin.kind === 'env' ? cutInFile(snapshot, variable) : undefined
  return {
    code: cause,
    severity,
    variable,
    title: `${subjects.title}${what}.`,
    evidence: cut ? [...evidence, hashIn(cut)] : evidence,
    advice: cut
      ? `Put the value of ${variable} in ${cut} into double quotes, because an unquoted # ends it`
      : advice.replaceAll('{}', subjects.slot),
    // What stands in a file of this folder is mended there, whatever the platform.
    ...(origin.kind === 'env' && !cut && severity !== 'info' && { set: 'key' as const }),
    ...(severity !== 'info' && { validAfterFix: repaired !== undefined }),
    origin: origin.kind === 'env' ? snapshot.originOf(variable) : origin.kind,
  }
}
