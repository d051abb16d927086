import { renderFinding, summaryOf } from '../config/report'
import type { Check, CheckStatus, Outcome } from './document'
import { EXIT, type ExitStatus } from './exit-status'
import { bold, dim, green, red, yellow } from './style'

/** Words, not colours alone, carry the status. */
const MARKS: Record<CheckStatus, [word: string, paint: typeof red]> = {
  ok: ['ok', green],
  warning: ['warning', yellow],
  error: ['error', red],
  skipped: ['skipped', dim],
  unknown: ['unknown', yellow],
}

const MEANINGS: Record<ExitStatus, string> = {
  [EXIT.ok]: 'Nothing wrong was found',
  [EXIT.usage]: 'Wrong usage of the command',
  [EXIT.unavailable]: 'DeepSeek cannot be reached, or does not answer as it should',
  [EXIT.internal]: 'A fault in deepseek-guard itself',
  [EXIT.later]: 'DeepSeek asks to come back later',
  [EXIT.refused]: 'DeepSeek refuses the key or the account',
  [EXIT.config]: 'The configuration is missing or malformed',
}

/** One line a step. */
export function renderStep({ name, status, durationMs, detail }: Check, color: boolean): string {
  const [word, paint] = MARKS[status]
  const took = durationMs > 0 ? dim(` (${durationMs} ms)`, color) : ''
  return `  ${paint(word.padEnd(8), color)} ${name.padEnd(11)} ${detail}${took}\n`
}

/** The steps whose success proves that the key is accepted. */
const PROOFS = ['balance', 'models']

function resultOf({ exitCode, checks = [] }: Outcome): string {
  if (exitCode !== EXIT.ok) return MEANINGS[exitCode]
  const proven = checks.some(({ name, status }) => PROOFS.includes(name) && status === 'ok')
  const key = proven ? 'and the key is accepted' : 'but the key was not tried'
  return `${MEANINGS[exitCode]}, ${key}`
}

/** What the exit status means; with the variables to change, when it is theirs. */
export function verdictOf(outcome: Outcome): string {
  const { exitCode, findings } = outcome
  const variables = findings.filter(({ variable }) => variable !== undefined)
  if (exitCode === EXIT.config && variables.length > 0) return summaryOf(variables)
  return `deepseek-guard: ${resultOf(outcome)} (exit status ${exitCode}).`
}

/** The findings of a run that asked the network, worst first, and the verdict as the last line. */
export function renderOutcome(outcome: Outcome, color: boolean): string {
  const paint = outcome.exitCode === EXIT.ok ? green : red
  const blocks = outcome.findings.map((finding) => renderFinding(finding, color))
  const verdict = bold(paint(verdictOf(outcome), color), color)
  return `${['', ...blocks, verdict].join('\n\n').trimStart()}\n`
}
