import type { Cause, Finding } from '../causes/cause'
import { worstFirst } from '../config/finding-draft'

/** `unknown`: could not be told; `skipped`: was not tried, `detail` says why. */
export type CheckStatus = 'ok' | 'warning' | 'error' | 'skipped' | 'unknown'

/** One step of `check --online` or `doctor`. */
export interface Check {
  name: string
  status: CheckStatus
  durationMs: number
  /** One sentence for people; holds no secret. */
  detail: string
}

/** How a command ended. */
export interface Outcome {
  /** False when something is wrong; warnings alone never make it so, whatever they exit with. */
  ok: boolean
  exitCode: ExitStatus
  findings: readonly Finding[]
  checks?: readonly Check[]
}

/** What `--json` prints: version 1, one line. Fields may be added, none is renamed or removed. */
export function toDocument({ ok, exitCode, findings, checks }: Outcome): string {
  return `${JSON.stringify({ schemaVersion: 1, ok, exitCode, findings, checks })}\n`
}

/** What the process ends with; the numbers follow BSD's sysexits. Promised to scripts. */
export const EXIT = {
  /** Fine; warnings allowed. */
  ok: 0,
  /** Wrong usage of the command. */
  usage: 64,
  /** DeepSeek cannot be reached, or it answers 5xx. */
  unavailable: 69,
  /** A fault in the tool itself. */
  internal: 70,
  /** Told to come back later: 429, 503. */
  later: 75,
  /** The credential or the account is refused: 401, 402, 403. */
  refused: 77,
  /** Configuration missing or malformed. */
  config: 78,
} as const

export type ExitStatus = (typeof EXIT)[keyof typeof EXIT]

/** Which one wins when several apply: first what a change here can cure, waiting last. */
const PRECEDENCE: readonly ExitStatus[] = [
  EXIT.internal,
  EXIT.usage,
  EXIT.config,
  EXIT.refused,
  EXIT.unavailable,
  EXIT.later,
]

/** Answers whose cure is another base URL. */
const WRONG_ADDRESS: ReadonlySet<Cause> = new Set([
  'wrong-path',
  'wrong-host',
  'answered-by-other-vendor',
])

/** Exit status of what the environment check found. */
export function statusOfFindings(
  findings: readonly Finding[],
  failOn: 'warning' | 'error',
): ExitStatus {
  const fails = findings.some(
    ({ severity }) => severity === 'error' || (failOn === 'warning' && severity === 'warning'),
  )
  return fails ? EXIT.config : EXIT.ok
}

/** Exit status of a call that failed; `status` is absent when no answer came. */
export function statusOfFailure(cause: Cause, status?: number): ExitStatus {
  if (status === 401 || status === 402 || status === 403) return EXIT.refused
  if (status === 429 || status === 503) return EXIT.later
  return WRONG_ADDRESS.has(cause) ? EXIT.config : EXIT.unavailable
}

/** The one status of a run with several results. */
export function worstStatus(statuses: readonly ExitStatus[]): ExitStatus {
  return PRECEDENCE.find((status) => statuses.includes(status)) ?? EXIT.ok
}

/**
 * What the environment check found and what the steps saw, worst first. The same cause on the same
 * variable, or on none, is told once, by whoever saw it first.
 */
export function mergeFindings(
  found: readonly Finding[],
  steps: readonly { finding?: Finding }[],
): Finding[] {
  const seen = new Set<string>()
  const all = [...found, ...steps.flatMap(({ finding }) => finding ?? [])]
  return worstFirst(
    all.filter(({ code, variable = '' }) => {
      const key = `${code} ${variable}`
      return !seen.has(key) && seen.add(key)
    }),
  )
}
