import type { Check, CheckStatus } from './document'
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
  [EXIT.ok]: 'nothing stands in the way of a call',
  [EXIT.usage]: 'wrong usage of the command',
  [EXIT.unavailable]: 'DeepSeek cannot be reached, or does not answer as it should',
  [EXIT.internal]: 'a fault in deepseek-guard itself',
  [EXIT.later]: 'DeepSeek asks to come back later',
  [EXIT.refused]: 'DeepSeek refuses the key or the account',
  [EXIT.config]: 'the configuration is missing or malformed',
}

/** One line a step. */
export function renderStep({ name, status, durationMs, detail }: Check, color: boolean): string {
  const [word, paint] = MARKS[status]
  const took = durationMs > 0 ? dim(` (${durationMs} ms)`, color) : ''
  return `  ${paint(word.padEnd(8), color)} ${name.padEnd(11)} ${detail}${took}\n`
}

/** The last line: what the exit status means. */
export function renderVerdict(exitCode: ExitStatus, color: boolean): string {
  const paint = exitCode === EXIT.ok ? green : red
  const words = `${MEANINGS[exitCode]} (exit status ${exitCode})`
  return `${bold(paint(`deepseek-guard: ${words}`, color), color)}\n`
}
