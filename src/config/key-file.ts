import path from 'node:path'
import { decodeText } from './env-file'
import type { Problem } from './finding'
import { FILE, type FoundCredential } from './found-credential'
import { readSmallFile } from './read-file'
import type { Situation } from './situation'
import { holdsKey } from './variable-names'

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
