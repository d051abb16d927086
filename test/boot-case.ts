import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { GuardOptions } from '../src'
import type { Finding } from '../src/causes/cause'

type OneOf = string | string[]
type Wanted = OneOf | { re: string }

interface FileSpec {
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
  code: OneOf
  severity?: OneOf
  variable?: OneOf
}

/** One line of the case file; the README beside it tells the meaning. */
export interface BootCase {
  id: string
  about: string
  env: Record<string, string>
  platformHints?: Record<string, string>
  files?: Record<string, FileSpec>
  nodeArgs?: string[]
  args?: string[]
  options?: GuardOptions
  only?: 'cli' | 'code'
  needs?: string[]
  expected: {
    ok?: boolean
    exitCode?: number
    findings: ExpectedFinding[]
    forbidden?: string[]
    extra?: 'none' | 'info'
    validAfterFix?: boolean
    repairedKeyEquals?: string
    sentToBase?: boolean
    mentions?: Wanted[]
    platformMentions?: Wanted[]
    avoids?: Wanted[]
    never: string[]
  }
}

const FILES = ['boot.jsonl', 'boot-2.jsonl'].map((name) => path.join(__dirname, 'cases', name))

/** The cases of one of the two ways to use the package, without those that need another user. */
export function readBootCases(way: 'cli' | 'code'): BootCase[] {
  const lines = FILES.flatMap((file) => readFileSync(file, 'utf8').trim().split('\n'))
  const isRoot = process.getuid?.() === 0
  return lines
    .map((line) => JSON.parse(line) as BootCase)
    .filter(({ only = way }) => only === way)
    .filter(({ needs = [] }) => !(isRoot && needs.includes('unprivileged')))
}

/**
 * Takes this test file out of its own surroundings: a case says all that its process has, and CI or
 * npm around the test would be another platform.
 */
export function leaveSurroundings(): void {
  for (const name of Object.keys(process.env)) if (name !== 'PATH') delete process.env[name]
}

/** Makes the folder that a case describes, and the environment of its process. */
export function layOut({ env, platformHints, files = {} }: BootCase) {
  const cwd = mkdtempSync(path.join(os.tmpdir(), 'boot-case-'))
  // A service runs as another user than the one who made its folder.
  chmodSync(cwd, 0o755)
  for (const [name, spec] of Object.entries(files)) makeFile(path.join(cwd, name), spec)
  const filled = Object.entries({ ...env, ...platformHints }).map(([name, value]) => [
    name,
    value.replaceAll('@CWD@', cwd),
  ])
  return {
    cwd,
    env: Object.fromEntries(filled) as Record<string, string>,
    remove: () => rmSync(cwd, { recursive: true, force: true }),
  }
}

function makeFile(file: string, spec: FileSpec): void {
  mkdirSync(path.dirname(file), { recursive: true })
  if (spec.symlink !== undefined) {
    symlinkSync(spec.symlink, file)
    return
  }
  if (spec.dir) mkdirSync(file)
  else if (spec.fifo) execFileSync('mkfifo', [file])
  else writeFileSync(file, contentOf(spec))
  chmodSync(file, Number.parseInt(spec.mode ?? (spec.dir ? '755' : '644'), 8))
}

function contentOf({ content = '', base64, fill = 'x', bytes }: FileSpec): Buffer | string {
  if (base64 !== undefined) return Buffer.from(base64, 'base64')
  return bytes === undefined ? content : fill.repeat(bytes).slice(0, bytes)
}

const isOneOf = (wanted: OneOf | undefined, actual = ''): boolean =>
  wanted === undefined || [wanted].flat().includes(actual)

const fits = (finding: Finding, wanted: ExpectedFinding): boolean =>
  isOneOf(wanted.code, finding.code) &&
  isOneOf(wanted.severity, finding.severity) &&
  isOneOf(wanted.variable, finding.variable)

/** What two ways must agree about. */
export function codesOf(findings: readonly Finding[]): string[] {
  return findings.map(({ code, variable }) => `${code} ${variable}`).sort()
}

/** What is wrong with the answer of a check, as sentences. */
export function faultsOf(
  { expected }: BootCase,
  { ok, findings }: { ok: boolean; findings: readonly Finding[] },
): string[] {
  const faults: string[] = []
  const seen = findings.map(({ code, severity, variable }) => `${code} ${severity} ${variable}`)
  if (ok !== (expected.ok ?? ok)) faults.push(`ok is ${ok}: ${seen}`)
  const matches = expected.findings.map((wanted) => findings.find((found) => fits(found, wanted)))
  matches.forEach((match, index) => {
    if (!match) faults.push(`missing ${JSON.stringify(expected.findings[index])} in [${seen}]`)
  })
  const others = findings.filter((finding) => !matches.includes(finding))
  if (expected.extra === 'none' && others.length > 0) faults.push(`more than expected: ${seen}`)
  if (expected.extra === 'info' && others.some(({ severity }) => severity !== 'info')) {
    faults.push(`more than notes: ${seen}`)
  }
  for (const { code } of findings) {
    if (expected.forbidden?.includes(code)) faults.push(`forbidden ${code}`)
  }
  const errors = findings.filter(({ severity }) => severity === 'error')
  const variables = errors.map(({ variable }) => variable)
  if (new Set(variables).size < variables.length) faults.push(`two errors on one variable: ${seen}`)
  const valid = matches[0]?.validAfterFix
  if (expected.validAfterFix !== undefined && (valid === true) !== expected.validAfterFix) {
    faults.push(`validAfterFix is ${valid}`)
  }
  return faults
}

const stands = (wanted: Wanted, text: string): boolean =>
  typeof wanted === 'object' && 're' in wanted
    ? new RegExp(wanted.re, 'i').test(text)
    : [wanted].flat().some((part) => text.includes(part))

/** What the text for people lacks, and what it must not advise. */
export function faultsOfText({ expected }: BootCase, text: string): string[] {
  const folded = stripVTControlCharacters(text).replace(/\s+/g, ' ')
  const { mentions = [], platformMentions = [], avoids = [] } = expected
  // What somebody is told not to do is no advice to do it.
  const advised = folded.replace(/\bdo not [^.;]*/gi, '')
  return [
    ...[...mentions, ...platformMentions]
      .filter((wanted) => !stands(wanted, folded))
      .map((wanted) => `does not mention ${JSON.stringify(wanted)}`),
    ...avoids
      .filter((wanted) => stands(wanted, advised))
      .map((wanted) => `advises ${JSON.stringify(wanted)}`),
  ]
}

/** Which secrets of the case can be read in the texts: plain, encoded or in parts. */
export function leaksOf({ expected }: BootCase, ...texts: string[]): string[] {
  const text = texts.join('\n')
  return expected.never.filter((secret) => {
    const bytes = Buffer.from(secret)
    const encoded = [bytes.toString('base64'), bytes.toString('hex'), encodeURIComponent(secret)]
    const parts = Array.from({ length: Math.max(0, secret.length - 13) }, (_, at) =>
      secret.slice(at, at + 14),
    )
    return [secret, ...encoded, ...parts].some((form) => text.includes(form))
  })
}
