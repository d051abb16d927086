import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Finding } from '../../src/diagnosis/finding'

interface CaseFile {
  content?: string
  base64?: string
  fill?: string
  bytes?: number
  mode?: string
  symlink?: string
  dir?: boolean
  fifo?: boolean
}

interface ExpectedFinding {
  code: string | string[]
  severity?: string | string[]
  variable?: string | string[]
}

export interface BootCase {
  id: string
  about: string
  env: Record<string, string>
  platformHints?: Record<string, string>
  files?: Record<string, CaseFile>
  nodeArgs?: string[]
  args?: string[]
  options?: Record<string, unknown>
  only?: 'cli' | 'code'
  needs?: string[]
  expected: {
    ok?: boolean
    exitCode?: number
    findings: ExpectedFinding[]
    forbidden: string[]
    extra?: 'none' | 'info'
    validAfterFix?: boolean
    repairedKeyEquals?: string
    mentions?: (string | string[] | { re: string })[]
    never: string[]
  }
}

/** One situation a line: labelled by people, not by this program. */
const CASES = path.join(__dirname, 'boot-cases.jsonl')

export function readCases(): BootCase[] {
  return readFileSync(CASES, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

/** Lays out the files of a case in a folder of its own and fills in the folder's name. */
export function layOut(testCase: BootCase): { cwd: string; env: Record<string, string> } {
  const cwd = mkdtempSync(path.join(os.tmpdir(), 'boot-'))
  for (const [name, file] of Object.entries(testCase.files ?? {})) {
    makeFile(path.join(cwd, name), file)
  }
  const all = { ...testCase.platformHints, ...testCase.env }
  const env = Object.fromEntries(
    Object.entries(all).map(([name, value]) => [name, value.replaceAll('@CWD@', cwd)]),
  )
  return { cwd, env }
}

function makeFile(full: string, file: CaseFile): void {
  mkdirSync(path.dirname(full), { recursive: true })
  if (file.dir) mkdirSync(full)
  else if (file.symlink !== undefined) symlinkSync(file.symlink, full)
  else if (file.fifo) execFileSync('mkfifo', [full])
  else {
    const mode = Number.parseInt(file.mode ?? '0644', 8)
    writeFileSync(full, contentOf(file), { mode })
    execFileSync('chmod', [(mode & 0o777).toString(8), full])
  }
}

function contentOf(file: CaseFile): Buffer | string {
  if (file.base64 !== undefined) return Buffer.from(file.base64, 'base64')
  if (file.fill !== undefined) return file.fill.repeat(file.bytes ?? 1).slice(0, file.bytes)
  return file.content ?? ''
}

export function matches(finding: Finding, expected: ExpectedFinding): boolean {
  const isOneOf = (actual: string | undefined, wanted: string | string[] | undefined): boolean =>
    wanted === undefined || [wanted].flat().includes(actual ?? '')
  return (
    isOneOf(finding.code, expected.code) &&
    isOneOf(finding.severity, expected.severity) &&
    isOneOf(finding.variable, expected.variable)
  )
}

export function isMentioned(text: string, wanted: string | string[] | { re: string }): boolean {
  const folded = text.replace(/\s+/g, ' ')
  if (typeof wanted === 'string') return folded.includes(wanted)
  if (Array.isArray(wanted)) return wanted.some((word) => folded.includes(word))
  return new RegExp(wanted.re, 'i').test(folded)
}

/** Everything that a leak could look like: plain, encoded, and in parts of 14 characters. */
export function leaksOf(text: string, secret: string): string[] {
  const parts = Array.from({ length: Math.max(1, secret.length - 13) }, (_, at) =>
    secret.slice(at, at + 14),
  )
  const forms = [
    secret,
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('hex'),
    encodeURIComponent(secret),
    ...parts,
  ]
  return forms.filter((form) => text.includes(form))
}
