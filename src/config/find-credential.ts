import path from 'node:path'
import { holdsKey, mayHoldSecret } from '../key/names'
import { decodeText, readSmallFile } from './env-files'
import type { FindingDraft } from './finding-draft'
import { missingKey } from './missing-key'
import { type CredentialOrigin, FILE, type FoundCredential, KEY } from './settings'
import type { EnvironmentSnapshot } from './snapshot'

/** Finds where the credential comes from. An option wins over the environment. */
export function findCredential(snapshot: EnvironmentSnapshot, option: unknown): FoundCredential {
  if (option !== undefined) return optionCredential(option)
  const hasKey = snapshot.text(KEY).trim() !== ''
  const hasFile = snapshot.text(FILE).trim() !== ''
  const found = { origin: { kind: 'env', name: KEY } as CredentialOrigin, variable: KEY }
  const odd = snapshot.oddType(KEY)
  if (odd) return { ...found, findings: [notText(odd)] }
  if (hasKey && hasFile) return { ...found, findings: [conflict(snapshot)] }
  if (hasFile) return fileCredential(snapshot)
  if (hasKey) return { ...found, text: snapshot.text(KEY), findings: [] }
  return { ...found, findings: missingKey(snapshot) }
}

/** A string is judged here; a function or a source answers at run time. */
function optionCredential(option: unknown): FoundCredential {
  const found = { origin: { kind: 'option' } as CredentialOrigin, variable: 'credential' }
  if (typeof option === 'string') return { ...found, text: option, findings: [] }
  const source = option as { getToken?: unknown } | null
  const usable =
    typeof option === 'function' ||
    (typeof option === 'object' && typeof source?.getToken === 'function')
  return { ...found, findings: usable ? [] : [noCredential(option)] }
}

function noCredential(option: unknown): FindingDraft {
  return {
    code: 'option-invalid',
    severity: 'error',
    variable: 'credential',
    title: 'The option credential is not a key, a function or a source.',
    evidence: [`its type is ${option === null ? 'null' : typeof option}`],
    advice: 'Pass credential as a string, a function, or fromEnv(), fromFile() and the like',
    origin: 'option',
  }
}

function notText(type: string): FindingDraft {
  return {
    code: 'key-nullish',
    severity: 'error',
    variable: KEY,
    title: `${KEY} is not a string.`,
    evidence: [`its type is ${type}`],
    advice: `Pass ${KEY} as a string`,
    validAfterFix: false,
  }
}

function conflict(snapshot: EnvironmentSnapshot): FindingDraft {
  return {
    code: 'key-conflict',
    severity: 'error',
    variable: KEY,
    title: `${KEY} and ${FILE} are both set, and only one of them can be meant.`,
    evidence: [`${KEY}: ${snapshot.originOf(KEY)}`, `${FILE}: ${snapshot.originOf(FILE)}`],
    advice: `Remove ${KEY} or ${FILE}, whichever is not meant`,
    set: 'remove',
    origin: snapshot.originOf(KEY),
  }
}

/** A key file, as findings call it. */
interface NamedFile {
  /** As the variable has it. */
  readonly named: string
  /** The path when it may be printed, else words for it. */
  readonly shown: string
}

/** Readable for everybody, by the last three of the mode bits. */
const OTHERS_READ = 0o004

/** Reads the key from the file that the environment names. */
function fileCredential(snapshot: EnvironmentSnapshot): FoundCredential {
  const named = snapshot.text(FILE).trim()
  const full = path.resolve(snapshot.cwd, named)
  const isShown = isPrintablePath(named)
  const file = { named, shown: isShown ? named : 'the file' }
  const found = {
    origin: { kind: 'file' as const, path: full },
    variable: FILE,
    ...(isShown && { shownPath: named }),
  }
  const reading = readSmallFile(full)
  if (!reading.ok) {
    const finding = unreadable(file, reading.what, reading.code)
    return { ...found, findings: [{ ...finding, origin: snapshot.originOf(FILE) }] }
  }
  const { text, encoding } = decodeText(reading.bytes)
  const bytes = reading.bytes.length
  if (text.trim() === '') return { ...found, findings: [emptyFile(file, bytes)] }
  if (encoding === 'UTF-16') return { ...found, findings: [wrongEncoding(file, bytes)] }
  // Editors and `echo` end a file with a line break; that is not worth a word.
  const line = text.replace(/[\r\n]+$/, '')
  const bom = encoding ? `\ufeff${line}` : line
  const isExposed = process.platform !== 'win32' && (reading.mode & OTHERS_READ) !== 0
  const findings = isExposed ? [exposedFile(file, reading.mode, snapshot)] : []
  return { ...found, text: bom, findings }
}

/** A path of plain letters in which no key was pasted. */
function isPrintablePath(named: string): boolean {
  return /^[\w./\\:@~ +-]{1,200}$/.test(named) && !mayHoldSecret(named) && !holdsKey(named)
}

/** What lets a process read a file where it has to ask for it. */
const grants: Readonly<Record<string, string>> = {
  ERR_ACCESS_DENIED: '--allow-fs-read',
  NotCapable: '--allow-read',
}

function unreadable(file: NamedFile, what: string, code: string): FindingDraft {
  const target = file.shown === file.named ? file.named : `"$${FILE}"`
  const grant = grants[code]
  return {
    ...fileFault(file, `cannot be read: ${what}`, [code, ...hints(file.named)]),
    advice: grant
      ? `Start the process with ${grant}=${target}`
      : `Set ${FILE} to the path of a file that this process may read`,
    ...(!grant && { set: 'file' as const }),
  }
}

/** What the text in the place of a path looks like, when it explains the failure. */
function hints(named: string): string[] {
  if (holdsKey(named)) return [`the value is a key, not a path: it belongs in ${KEY}`]
  if (/^["']|["']$/.test(named)) return ['the path has quotes that became part of it']
  if (named.startsWith('~')) return ['the path begins with ~, which only a shell expands']
  if (/\$|\{\{|%\w+%/.test(named)) return ['the path holds a reference that nobody resolved']
  return path.isAbsolute(named) ? [] : ['the path is relative to the working directory']
}

function emptyFile(file: NamedFile, bytes: number): FindingDraft {
  const size = bytes === 0 ? 'the file is empty' : `${bytes} bytes, all of them white space`
  return {
    ...fileFault(file, 'holds no key', [size]),
    advice: `Write the key into ${file.shown}, which ${FILE} names`,
  }
}

function wrongEncoding(file: NamedFile, bytes: number): FindingDraft {
  const seen = [`${bytes} bytes, every other one of them zero`]
  return {
    ...fileFault(file, "is in UTF-16, which PowerShell's > writes", seen),
    code: 'key-encoded',
    advice:
      `Write ${file.shown}, which ${FILE} names, as UTF-8: ` +
      'Set-Content -Encoding utf8 -NoNewline',
  }
}

function exposedFile(file: NamedFile, mode: number, snapshot: EnvironmentSnapshot): FindingDraft {
  const isMounted = snapshot.place().platform === 'kubernetes'
  const octal = (mode & 0o777).toString(8).padStart(4, '0')
  const target = file.shown === file.named ? `'${file.named}'` : `"$${FILE}"`
  return {
    ...fileFault(file, 'can be read by every user of this machine', [`mode ${octal}`]),
    code: 'key-file-exposed',
    severity: 'warning',
    advice: isMounted
      ? `Set defaultMode: 0400 for the volume that ${file.shown} comes from`
      : `Let only its owner read ${file.shown}, which ${FILE} names`,
    ...(!isMounted && { command: `chmod 600 ${target}` }),
  }
}

function fileFault(
  { named, shown }: NamedFile,
  what: string,
  evidence: string[],
): Omit<FindingDraft, 'advice'> {
  const title =
    shown === named ? `${FILE} names ${named}, which ${what}.` : `The file of ${FILE} ${what}.`
  return {
    code: 'key-file-unreadable',
    severity: 'error',
    variable: FILE,
    title,
    evidence,
    origin: 'file',
  }
}
