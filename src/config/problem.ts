import type { Cause, Finding, Fix, Origin, Severity } from '../causes/cause'
import { docsOf } from '../causes/table'
import { howToSet, type Platform, type SettingKind } from './platform'

/** A finding before the platform and the docs are filled in. */
export interface Problem {
  readonly code: Cause
  readonly severity: Severity
  readonly variable: string
  /** One sentence. */
  readonly title: string
  readonly evidence: readonly string[]
  /** Begins with a verb, names the variable, has no full stop. */
  readonly advice: string
  /** When setting `variable` on this platform is part of the fix: what it holds. */
  readonly set?: SettingKind
  readonly command?: string
  readonly validAfterFix?: boolean
  readonly origin?: Origin
}

/** Errors before warnings before notes. */
const weights: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 }

/** A frozen finding, with the fix for this platform. */
export function findingOf(problem: Problem, platform: Platform): Finding {
  const { code, severity, variable, title, evidence, validAfterFix, origin } = problem
  // The words are loaded only when there is something to say: a good start stays fast.
  return Object.freeze({
    code,
    severity,
    variable,
    title,
    evidence: Object.freeze([...evidence]) as string[],
    fix: Object.freeze(fixOf(problem, platform)),
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

function fixOf(problem: Problem, platform: Platform): Fix {
  const { advice, set, variable } = problem
  const here = set && howToSet(platform, variable, set)
  const command = problem.command ?? here?.command
  const text = here ? `${advice}. ${here.text}` : `${advice}.`
  return command ? { text, command } : { text }
}
