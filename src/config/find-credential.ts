import path from 'node:path'
import { holdsKey } from '../key/names'
import { decodeText, readSmallFile } from './env-files'
import { missingKey } from './missing-key'
import type { Problem } from './problem'
import { type CredentialOrigin, FILE, type FoundCredential, KEY } from './settings'
import type { Situation } from './snapshot'

/** Finds where the credential comes from. An option wins over the environment. */
export function findCredential(situation: Situation, option: unknown): FoundCredential {
  if (option !== undefined) return optionCredential(option)
  const hasKey = situation.text(KEY).trim() !== ''
  const hasFile = situation.text(FILE).trim() !== ''
  const found = { origin: { kind: 'env', name: KEY } as CredentialOrigin, variable: KEY }
  const odd = situation.oddType(KEY)
  if (odd) return { ...found, problems: [notText(odd)] }
  if (hasKey && hasFile) return { ...found, problems: [conflict(situation)] }
  // Most starts find the key in its variable; the other ways are loaded where they are gone.
  if (hasFile) {
    return fileCredential(situation)
  }
  if (hasKey) return { ...found, text: situation.text(KEY), problems: [] }
  return { ...found, problems: missingKey(situation) }
}

/** A string is judged here; a function or a source answers at run time. */
function optionCredential(option: unknown): FoundCredential {
  const found = { origin: { kind: 'option' } as CredentialOrigin, variable: 'credential' }
  if (typeof option === 'string') return { ...found, text: option, problems: [] }
  const source = option as { getToken?: unknown } | null
  const usable =
    typeof option === 'function' ||
    (typeof option === 'object' && typeof source?.getToken === 'function')
  return { ...found, problems: usable ? [] : [noCredential(option)] }
}

function noCredential(option: unknown): Problem {
  return {
    code: 'option-invalid',
    severity: 'error',
    variable: 'credential',
    title: 'The option credential is neither a key, a function nor a source.',
    evidence: [`its type is ${option === null ? 'null' : typeof option}`],
    advice: 'Pass credential as a string, a function, or fromEnv(), fromFile() and the like',
    origin: 'option',
  }
}

function notText(type: string): Problem {
  return {
    code: 'key-nullish',
    severity: 'error',
    variable: KEY,
    title: `${KEY} is no text.`,
    evidence: [`its type is ${type}`],
    advice: `Pass ${KEY} as a string`,
    validAfterFix: false,
  }
}

function conflict(situation: Situation): Problem {
  return {
    code: 'key-conflict',
    severity: 'error',
    variable: KEY,
    title: `${KEY} and ${FILE} are both set, so it is open which key is meant.`,
    evidence: [`${KEY}: ${situation.originOf(KEY)}`, `${FILE}: ${situation.originOf(FILE)}`],
    advice: `Remove ${KEY} or ${FILE}, whichever is not meant`,
    set: 'remove',
    origin: situation.originOf(KEY),
  }
}

/** Readable for everybody, by the last three of the mode bits. */
const OTHERS_READ = 0o004

/** Reads the key from the file that the environment names. */
export function fileCredential(situation: Situation): FoundCredential {
  const named = situation.text(FILE).trim()
  const file = path.resolve(situation.cwd, named)
  const found = { origin: { kind: 'file' as const, path: file }, variable: FILE }
  const reading = readSmallFile(file)
  if (!reading.ok) return { ...found, problems: [unreadable(named, reading.what, reading.code)] }
  const { text, encoding } = decodeText(reading.bytes)
  if (text.trim() === '') return { ...found, problems: [empty(reading.bytes.length)] }
  if (encoding === 'UTF-16') return { ...found, problems: [wrongEncoding(reading.bytes.length)] }
  // Editors and `echo` end a file with a line break; that is not worth a word.
  const line = text.replace(/[\r\n]+$/, '')
  const bom = encoding ? `\ufeff${line}` : line
  const exposed = process.platform !== 'win32' && (reading.mode & OTHERS_READ) !== 0
  return { ...found, text: bom, problems: exposed ? [exposedFile(reading.mode)] : [] }
}

function unreadable(named: string, what: string, code: string): Problem {
  return {
    ...fileFault(`${FILE} names a file that cannot be read: ${what}.`, [code, ...hints(named)]),
    advice: `Set ${FILE} to the path of a file that this process may read`,
    set: 'file',
  }
}

/** What the text in the place of a path looks like, when it explains the failure. */
function hints(named: string): string[] {
  if (holdsKey(named)) return ['the value is a key, not a path: it belongs into DEEPSEEK_API_KEY']
  if (/^["']|["']$/.test(named)) return ['the path has quotes that became part of it']
  if (named.startsWith('~')) return ['the path begins with ~, which only a shell expands']
  if (/\$|\{\{|%\w+%/.test(named)) return ['the path holds a reference that nobody resolved']
  return path.isAbsolute(named) ? [] : ['the path is relative to the working directory']
}

function empty(bytes: number): Problem {
  const size = bytes === 0 ? 'the file is empty' : `${bytes} bytes, all of them white space`
  return {
    ...fileFault(`${FILE} names a file that holds no key.`, [size]),
    advice: `Write the key into the file that ${FILE} names`,
  }
}

function wrongEncoding(bytes: number): Problem {
  return {
    ...fileFault(`${FILE} names a file in UTF-16, which PowerShell's > writes.`, [
      `${bytes} bytes, every other one of them zero`,
    ]),
    code: 'key-encoded',
    advice: `Write the file that ${FILE} names as UTF-8: Set-Content -Encoding utf8 -NoNewline`,
  }
}

function exposedFile(mode: number): Problem {
  return {
    ...fileFault(`${FILE} names a file that every user of this machine can read.`, [
      `mode ${(mode & 0o777).toString(8).padStart(4, '0')}`,
    ]),
    code: 'key-file-exposed',
    severity: 'warning',
    advice: `Restrict the file of ${FILE} to its owner; in Kubernetes set defaultMode: 0400`,
    command: `chmod 600 "$${FILE}"`,
  }
}

function fileFault(title: string, evidence: string[]): Omit<Problem, 'advice'> {
  return {
    code: 'key-file-unreadable',
    severity: 'error',
    variable: FILE,
    title,
    evidence,
    origin: 'file',
  }
}
