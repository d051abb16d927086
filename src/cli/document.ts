import type { Finding } from '../diagnosis/finding'
import type { ExitStatus } from './exit-status'

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
  exitCode: ExitStatus
  findings: readonly Finding[]
  checks?: readonly Check[]
}

/** What `--json` prints: version 1, one line. Fields may be added, none is renamed or removed. */
export function toDocument({ exitCode, findings, checks }: Outcome): string {
  return `${JSON.stringify({ schemaVersion: 1, ok: exitCode === 0, exitCode, findings, checks })}\n`
}
