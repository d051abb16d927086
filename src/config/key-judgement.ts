import { fault, type KeyContext, type KeyDefect, passes } from '../diagnosis/key-defect'
import { judgeKey } from '../diagnosis/key-shape'
import { count } from '../diagnosis/key-text'
import type { Problem } from './finding'
import { type FoundCredential, KEY } from './found-credential'
import { wordsFor } from './key-words'
import { shadowedEntry, shadowingFile } from './shadow'
import type { Situation } from './situation'
import { judgeVariable } from './validate'

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
