import type { StartWords } from '../causes/cause'
import { startWordsOf } from '../causes/table'
import { count } from '../key/characters'
import { fault, type KeyContext, type KeyFinding, passes } from '../key/finding'
import { judgeKey } from '../key/judge'
import { KEYS_PAGE } from '../provider/deepseek'
import { sellsDeepSeek } from '../provider/hosts'
import { vendorName } from '../provider/vendors'
import { judgeVariable } from './environment'
import type { FindingDraft } from './finding-draft'
import { type FoundCredential, KEY } from './settings'
import { cutInFile, hashIn, shadowedEntry, shadowingFile } from './shadow'
import type { EnvironmentSnapshot } from './snapshot'

const unusable: StartWords = {
  what: 'holds no usable key',
  advice: `Set {} to your key from ${KEYS_PAGE}`,
}

/** What this very case says otherwise than its cause does. */
function wordsFor(defect: KeyFinding, onAws: boolean): StartWords {
  const { code, severity, vendor, what, advice } = defect
  const row = startWordsOf(code) ?? unusable
  if (vendor) {
    const name = vendorName(vendor)
    const elsewhere = sellsDeepSeek(vendor) ? `, or DEEPSEEK_BASE_URL to the API of ${name}` : ''
    return {
      what: `holds a key of ${name}, but calls go to DeepSeek`,
      advice: `Set {} to a key from ${KEYS_PAGE}${elsewhere}`,
    }
  }
  if (code === 'key-whitespace' && severity !== 'error') {
    return { ...row, what: 'has white space around the key; it was left out' }
  }
  if (code === 'key-unknown-shape' && what === 'sentinel') {
    return {
      what: 'holds the sentinel of a credential broker instead of a key',
      advice:
        'Check with `npx deepseek-guard check --online` that the broker puts the key in; nothing ' +
        'is wrong with {} when it does',
    }
  }
  if (code === 'key-unknown-shape' && severity === 'info') {
    return {
      what: 'has another shape than a DeepSeek key, as the keys of gateways have',
      advice: 'Keep {} as it is when the gateway issued it',
    }
  }
  if (code === 'key-is-path' && onAws) {
    return {
      ...row,
      advice:
        'Put the key itself into {}: the name of a parameter or secret is resolved only under ' +
        '`secrets` of an ECS task definition; elsewhere read it from AWS in code',
    }
  }
  if (code === 'key-prefixed' && what) return { ...row, what: `${row.what}: ${what}` }
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
): KeyFinding | undefined {
  const judge = (input: string): { defect?: KeyFinding } => {
    const defect = sampleText(input, snapshot) ?? judgeKey(input, context)
    return defect ? { defect } : {}
  }
  const judged = judgeVariable(KEY, text, judge, ({ defect }) => !passes(defect))
  return judged ? judged.defect : fault('key-unsendable', ['the text cannot be read'])
}

/** The very text of a sample file is nobody's key, whatever it looks like. */
function sampleText(text: string, snapshot: EnvironmentSnapshot): KeyFinding | undefined {
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
  defect: KeyFinding,
  found: FoundCredential,
  snapshot: EnvironmentSnapshot,
): FindingDraft {
  const { variable, origin } = found
  const { code, severity, repaired, evidence } = defect
  const { platform } = snapshot.place()
  const { what, advice } = wordsFor(defect, platform === 'lambda' || platform === 'ecs')
  const subjects = subjectsOf(found)
  const cut = origin.kind === 'env' ? cutInFile(snapshot, variable) : undefined
  return {
    code,
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
