import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs'
import type { Finding, Severity } from '../causes/cause'

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

/** How a report looks. */
interface ReportOptions {
  /** ANSI colours; only for a terminal. Default false. */
  color?: boolean
}

const labels: Readonly<Record<Severity, string>> = {
  error: 'ERROR',
  warning: 'WARNING',
  info: 'NOTE',
}
const colours: Readonly<Record<Severity, string>> = {
  error: '\u001b[31m',
  warning: '\u001b[33m',
  info: '\u001b[36m',
}
/** Fits a terminal of 100 columns. */
const WIDTH = 96
const PLAIN = '\u001b[0m'

/** How each origin reads in a sentence. */
const origins: Readonly<Record<NonNullable<Finding['origin']>, string>> = {
  environment: "read from the process's environment",
  'env-file': 'read from a .env file',
  file: 'read from the key file',
  option: 'passed in code',
  'set-after-start': 'set by the program itself, after the process started',
}

/**
 * The report for people: every finding, worst first, the summary last, because log viewers and
 * Kubernetes keep the tail. An empty text when there is nothing to say.
 */
export function renderReport(findings: readonly Finding[], options: ReportOptions = {}): string {
  if (findings.length === 0) return ''
  const blocks = findings.map((finding) => renderFinding(finding, options.color ?? false))
  const parts = ['deepseek-guard checked the configuration:', ...blocks, summaryOf(findings)]
  return `${parts.join('\n\n')}\n`
}

/** The last line: counts, and which variables to change. */
export function summaryOf(findings: readonly Finding[]): string {
  const counts = (['error', 'warning', 'info'] as const).flatMap((severity) => {
    const amount = findings.filter((finding) => finding.severity === severity).length
    const noun = severity === 'info' ? 'note' : severity
    return amount === 0 ? [] : [`${amount} ${noun}${amount === 1 ? '' : 's'}`]
  })
  const errors = findings.filter(({ severity }) => severity === 'error')
  if (errors.length === 0) {
    const isFine = findings.every(({ severity }) => severity === 'info')
    const verdict = isFine ? 'fine' : 'usable'
    return `deepseek-guard: The configuration is ${verdict}, with ${counts.join(' and ')}.`
  }
  const causes = errors.map(({ variable, code }) => (variable ? `${variable} (${code})` : code))
  return `deepseek-guard: ${counts.join(', ')}. Fix ${causes.join(', ')}, then restart.`
}

/**
 * Says why the start failed: the whole report to stderr and, if that file already exists, its tail
 * to the termination log, which `kubectl describe pod` shows. Never throws.
 */
export function announceFailure(
  { findings, terminationLog }: { findings: readonly Finding[]; terminationLog: string },
  options: ReportOptions = {},
): void {
  writeWhole(2, renderReport(findings, options))
  appendToTerminationLog(terminationLog, renderReport(findings), summaryOf(findings))
}

/** One finding as a block of lines, without a newline at its end. */
export function renderFinding(finding: Finding, color: boolean): string {
  const { severity, code, title, evidence, fix, validAfterFix, origin, docs } = finding
  const label = color ? `${colours[severity]}${labels[severity]}${PLAIN}` : labels[severity]
  const seen = [...evidence, ...(origin ? [origins[origin]] : [])]
  return [
    `${label} ${title} [${code}]`,
    ...(seen.length > 0 ? [wrapped(`  Seen: ${seen.join('; ')}`)] : []),
    wrapped(`  Fix:  ${fix.text}`),
    ...(fix.command ? [`        $ ${fix.command}`] : []),
    ...(validAfterFix ? ['  With that change the value passes.'] : []),
    // The address needs a network and this version's README; the command needs neither.
    `  More: npx deepseek-guard explain ${code}\n        ${docs}`,
  ].join('\n')
}

/** Breaks between words; a command is never broken, so that it can be pasted. */
function wrapped(text: string): string {
  const lines: string[] = []
  for (const word of text.trim().split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < WIDTH - 8) {
      lines[lines.length - 1] = `${last} ${word}`
    } else lines.push(word)
  }
  return lines.map((line, at) => (at === 0 ? `  ${line}` : `        ${line}`)).join('\n')
}
