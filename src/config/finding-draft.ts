import { docsOf, type Finding, type Fix, type Severity } from '../causes/cause'
import { howToSet, type Place, type SettingKind } from './platform'

/** A finding before the words of the platform and the docs are filled in. */
export interface FindingDraft extends Omit<Readonly<Finding>, 'evidence' | 'fix' | 'docs'> {
  readonly variable: string
  readonly evidence: readonly string[]
  /** Begins with a verb, names the variable, has no full stop. */
  readonly advice: string
  /** When setting the variable on this platform is part of the fix: what it holds. */
  readonly set?: SettingKind
  /** The variable to set, where it is not the one at fault. */
  readonly setVariable?: string
  /** What to set it to, where that is known and no secret; it is shown in the command. */
  readonly value?: string
  /** The `.env` file to load, for `set: 'load'`. */
  readonly file?: string
  /** What to type, where that is the same on every platform. */
  readonly command?: string
}

/** Errors before warnings before notes. */
const weights: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 }

/** A frozen finding, with the fix for the place where this process runs. */
export function findingOf(draft: FindingDraft, place: Place): Finding {
  const { code, severity, variable, title, evidence, validAfterFix, origin } = draft
  return Object.freeze({
    code,
    severity,
    variable,
    title,
    evidence: Object.freeze([...evidence]) as string[],
    fix: Object.freeze(fixOf(draft, place)),
    ...(validAfterFix !== undefined && { validAfterFix }),
    ...(origin && { origin }),
    docs: docsOf(code),
  })
}

/** Worst first; among equals the order of discovery stays. */
export function worstFirst(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => weights[a.severity] - weights[b.severity])
}

/** The same finding with another severity. */
export function withSeverity(finding: Finding, severity: Severity): Finding {
  return Object.freeze({ ...finding, severity })
}

function fixOf(draft: FindingDraft, place: Place): Fix {
  const { code, advice, set, variable, value, file, command } = draft
  if (!set) return { text: `${advice}.`, ...(command && { command }) }
  const name = draft.setVariable ?? variable
  const here = howToSet(place, { kind: set, code, variable: name, value, file })
  return { ...here, text: `${advice}. ${here.text}` }
}
