import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { Finding } from '../../src/diagnosis/finding'
import type { Run } from './command'

type OneOf = string | string[]
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

/** One line of the case file; its README tells the meaning. */
export interface BootCase {
  id: string
  about: string
  env: Record<string, string>
  platformHints?: Record<string, string>
  files?: Record<string, FileSpec>
  nodeArgs?: string[]
  args?: string[]
  only?: 'cli' | 'code'
  needs?: string[]
  expected: {
    ok?: boolean
    exitCode?: number
    findings: { code: OneOf; severity?: OneOf; variable?: OneOf }[]
    forbidden?: string[]
    extra?: 'none' | 'info'
    validAfterFix?: boolean
    mentions?: (OneOf | { re: string })[]
    never: string[]
  }
}

/** Makes the folder that a case describes, and the environment of its process. */
export function prepare({ env, platformHints, files = {}, nodeArgs = [], args = [] }: BootCase) {
  const cwd = mkdtempSync(path.join(os.tmpdir(), 'boot-case-'))
  // A service runs as another user than the one who made its folder.
  chmodSync(cwd, 0o755)
  for (const [name, spec] of Object.entries(files)) makeFile(path.join(cwd, name), spec)
  const filled = Object.entries({ ...env, ...platformHints }).map(([name, value]) => [
    name,
    value.replaceAll('@CWD@', cwd),
  ])
  return { cwd, nodeArgs, args, env: Object.fromEntries(filled) as Record<string, string> }
}

function makeFile(file: string, spec: FileSpec): void {
  mkdirSync(path.dirname(file), { recursive: true })
  if (spec.symlink !== undefined) {
    symlinkSync(spec.symlink, file)
    return
  }
  if (spec.dir) mkdirSync(file)
  else if (spec.fifo) execFileSync('mkfifo', [file])
  else if (spec.bytes !== undefined) writeFileSync(file, (spec.fill ?? 'x').repeat(spec.bytes))
  else
    writeFileSync(
      file,
      Buffer.from(spec.base64 ?? spec.content ?? '', spec.base64 ? 'base64' : 'utf8'),
    )
  chmodSync(file, Number.parseInt(spec.mode ?? (spec.dir ? '755' : '644'), 8))
}

const isOneOf = (wanted: OneOf | undefined, actual: string | undefined) =>
  wanted === undefined || [wanted].flat().includes(actual ?? '')

/** What is wrong with the findings, as sentences. */
export function faultsOfFindings({ expected }: BootCase, findings: readonly Finding[]): string[] {
  const faults: string[] = []
  const seen = findings.map(({ code, severity, variable }) => `${code} ${severity} ${variable}`)
  const matches = expected.findings.map((wanted) =>
    findings.find(
      (finding) =>
        isOneOf(wanted.code, finding.code) &&
        isOneOf(wanted.severity, finding.severity) &&
        isOneOf(wanted.variable, finding.variable),
    ),
  )
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
  const variables = errors.flatMap(({ variable }) => variable ?? [])
  if (new Set(variables).size < variables.length) faults.push(`two errors on one variable: ${seen}`)
  const valid = matches[0]?.validAfterFix
  if (expected.validAfterFix !== undefined && (valid === true) !== expected.validAfterFix) {
    faults.push(`validAfterFix is ${valid}`)
  }
  return faults
}

/** What the text for people lacks. */
export function faultsOfText({ expected }: BootCase, text: string): string[] {
  const folded = stripVTControlCharacters(text).replace(/\s+/g, ' ')
  return (expected.mentions ?? [])
    .filter((wanted) =>
      typeof wanted === 'object' && 're' in wanted
        ? !new RegExp(wanted.re, 'i').test(folded)
        : ![wanted].flat().some((part) => folded.includes(part)),
    )
    .map((wanted) => `does not mention ${JSON.stringify(wanted)}`)
}

/** Which secrets of the case can be read in the output, plain, encoded or in parts. */
export function leaks({ expected }: BootCase, { stdout, stderr }: Pick<Run, 'stdout' | 'stderr'>) {
  const text = `${stdout}\n${stderr}`
  return expected.never.filter((secret) => {
    const bytes = Buffer.from(secret)
    const forms = [
      secret,
      bytes.toString('base64'),
      bytes.toString('hex'),
      encodeURIComponent(secret),
    ]
    const parts = Array.from({ length: Math.max(0, secret.length - 13) }, (_, at) =>
      secret.slice(at, at + 14),
    )
    return [...forms, ...parts].some((form) => text.includes(form))
  })
}
