import { writeSync } from 'node:fs'
import { renderFinding, summaryOf } from '../config/report'
import { type Check, type CheckStatus, EXIT, type ExitStatus, type Outcome } from './answer'

/** Where a command writes, and what it may assume of the reader. */
export interface Output {
  /** Standard output: documents for programs. */
  out(text: string): void
  /** Standard error: sentences for people. */
  err(text: string): void
  /** True when `err` may carry colours. */
  readonly color: boolean
}

/** How long to wait before a full pipe is offered the rest, in milliseconds. */
const FULL_PIPE_PAUSE_MS = 5

/**
 * Writes everything before it returns, so that no exit can cut it off. A reader that went away is
 * no fault; every other failure is thrown: a document that is half there must not look whole.
 */
export function writeOrThrow(fd: number, text: string): void {
  let rest = Buffer.from(text)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EPIPE') return
      if (code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PIPE_PAUSE_MS)
    }
  }
}

/** Loaded when there is something to colour: it costs a tenth of a good check. */
function stderrIsTerminal(): boolean {
  const { isatty } = require('node:tty') as typeof import('node:tty')
  return isatty(2)
}

/**
 * Whether to colour. `FORCE_COLOR` decides when it is set (Node's own reading: `0` and `false` mean
 * no), then a `NO_COLOR` that is not empty means no, then only a terminal gets colours.
 */
export function wantsColor(
  env: Record<string, string | undefined>,
  isTerminal = stderrIsTerminal,
): boolean {
  try {
    return readsColor(env, isTerminal)
  } catch {
    // Deno without a grant for the environment.
    return false
  }
}

function readsColor(env: Record<string, string | undefined>, isTerminal: () => boolean): boolean {
  const forced = env.FORCE_COLOR
  if (forced !== undefined) return ['', '1', 'true', '2', '3'].includes(forced)
  if (env.NO_COLOR) return false
  return env.TERM !== 'dumb' && isTerminal()
}

const wrap = (open: number, close: number) => (text: string, color: boolean) =>
  color ? `\u001b[${open}m${text}\u001b[${close}m` : text

/** Terminal styles; the text itself when colours are off. */
export const bold = wrap(1, 22)
export const dim = wrap(2, 22)
export const red = wrap(31, 39)
export const green = wrap(32, 39)
export const yellow = wrap(33, 39)

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
