import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs'

/** Kubernetes shows at most this much of a termination message. */
const TERMINATION_LIMIT = 4096
/** A reader that takes nothing for this long is gone; a failed start must end nevertheless. */
const PATIENCE_MS = 2000

/**
 * Writes the whole text, also into a pipe that is full for the moment: stderr of a container is a
 * non-blocking pipe, and `process.exit` right after a stream's write loses the rest. Never throws;
 * false when the reader has gone.
 */
export function writeWhole(descriptor: number, text: string): boolean {
  const bytes = Buffer.from(text)
  let progress = performance.now()
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(descriptor, bytes, written)
      progress = performance.now()
    } catch (error) {
      if ((error as { code?: string }).code !== 'EAGAIN') return false
      if (performance.now() - progress > PATIENCE_MS) return false
      pause()
    }
  }
  return true
}

/**
 * Appends the report to the termination log, if that file exists. A report that is too long loses
 * its end, never its summary. Never creates a file, never throws.
 */
export function appendToTerminationLog(path: string, report: string, summary: string): void {
  let descriptor: number | undefined
  try {
    // Without O_CREAT a missing file stays missing; without O_NONBLOCK a pipe would wait.
    const flags = constants.O_WRONLY | constants.O_APPEND | (constants.O_NONBLOCK ?? 0)
    descriptor = openSync(path, flags)
    if (fstatSync(descriptor).isFile()) writeWhole(descriptor, fitting(report, summary))
  } catch {
    // No such file: not in Kubernetes. Not writable: stderr has the report.
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

/** Whole blocks from the start, as many as fit, then the summary. */
export function fitting(report: string, summary: string): string {
  if (Buffer.byteLength(report) <= TERMINATION_LIMIT) return report
  const end = `(shortened; the whole report is in the log)\n\n${cut(summary, 1000)}\n`
  const room = TERMINATION_LIMIT - Buffer.byteLength(end)
  let kept = ''
  for (const block of report.split('\n\n').slice(0, -1)) {
    const next = `${kept}${block}\n\n`
    if (Buffer.byteLength(next) > room) break
    kept = next
  }
  return `${kept}${end}`
}

/** At most so many bytes, ending between characters. */
function cut(text: string, limit: number): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= limit) return text
  return `${bytes
    .subarray(0, limit - 3)
    .toString('utf8')
    .replace(/\ufffd$/, '')}…`
}

/** Gives the reader a moment without a timer: nothing asynchronous runs on the way out. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
}
