import { writeSync } from 'node:fs'

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
  const forced = env.FORCE_COLOR
  if (forced !== undefined) return ['', '1', 'true', '2', '3'].includes(forced)
  if (env.NO_COLOR) return false
  return env.TERM !== 'dumb' && isTerminal()
}
