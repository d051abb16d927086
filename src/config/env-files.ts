import { closeSync, constants, existsSync, fstatSync, openSync, readSync } from 'node:fs'
import path from 'node:path'

/** One definition in a `.env` file. */
interface EnvEntry {
  readonly name: string
  /** As a loader would hand it over. A secret. */
  readonly value: string
  /** As it stands after the `=`, quotes and all: what Docker's --env-file hands over. A secret. */
  readonly raw: string
  /** True when an unquoted # right behind a character ended the value: it may have been cut. */
  readonly cut: boolean
}

/** The text of a file, and the encoding when it is one that loaders do not read. */
interface DecodedText {
  readonly text: string
  readonly encoding?: 'UTF-16' | 'UTF-8 with a byte order mark'
}

const definition = /^\s*(?:export\s+)?([\w.-]+)(?:\s*=|:[ \t])[ \t]*/

/** Decodes UTF-8 and, as Windows tools write it, UTF-16 with or without a byte order mark. */
export function decodeText(bytes: Buffer): DecodedText {
  const [first, second, third] = bytes
  if (first === 0xff && second === 0xfe) return utf16(bytes.subarray(2))
  if (first === 0xfe && second === 0xff) return utf16(swapped(bytes.subarray(2)))
  if (first === 0xef && second === 0xbb && third === 0xbf) {
    return { text: bytes.subarray(3).toString('utf8'), encoding: 'UTF-8 with a byte order mark' }
  }
  // Plain letters in UTF-16 have a zero in every other byte, and UTF-8 text has none at all.
  if (bytes.length >= 4 && second === 0 && bytes[3] === 0) return utf16(bytes)
  if (bytes.length >= 4 && first === 0 && bytes[2] === 0) return utf16(swapped(bytes))
  return { text: bytes.toString('utf8') }
}

/** The definitions of a `.env` file, read as dotenv reads them. A later one wins. */
export function parseEnvText(text: string): Map<string, EnvEntry> {
  const entries = new Map<string, EnvEntry>()
  const lines = text.split(/\r\n|\n|\r/)
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? ''
    const found = definition.exec(line)
    if (!found?.[1]) continue
    const raw = line.slice(found[0].length)
    const quote = /^["'`]/.exec(raw)?.[0]
    const closed = quote ? readQuoted(quote, lines, index, found[0].length) : undefined
    // dotenv and Node end an unquoted value at the first #, whatever stands in front of it.
    const value = closed?.value ?? raw.replace(/#.*$/, '').trim()
    const cut = closed === undefined && /[^\s#]#\S/.test(raw)
    entries.set(found[1], { name: found[1], value, raw: raw.trim(), cut })
    index = closed?.lastLine ?? index
  }
  return entries
}

/** The text up to the closing quote, which may stand on a later line; undefined without one. */
function readQuoted(quote: string, lines: string[], start: number, offset: number) {
  let value = ''
  for (let index = start; index < lines.length; index += 1) {
    const part = index === start ? (lines[index] ?? '').slice(offset + 1) : (lines[index] ?? '')
    const end = closingQuote(part, quote)
    if (end >= 0) {
      value += part.slice(0, end)
      const text = quote === '"' ? value.replace(/\\n/g, '\n').replace(/\\r/g, '\r') : value
      return { value: text, lastLine: index }
    }
    value += `${part}\n`
  }
  return undefined
}

function closingQuote(part: string, quote: string): number {
  let end = part.indexOf(quote)
  while (end > 0 && part[end - 1] === '\\') end = part.indexOf(quote, end + 1)
  return end
}

function utf16(bytes: Buffer): DecodedText {
  return { text: bytes.toString('utf16le'), encoding: 'UTF-16' }
}

function swapped(bytes: Buffer): Buffer {
  return Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2))).swap16()
}

/** A key has 35 bytes, a settings file some thousand; what is larger was not meant. */
export const LARGEST = 64 * 1024

/** A small file, or why it could not be read. */
type FileReading =
  | { readonly ok: true; readonly bytes: Buffer; readonly mode: number }
  | { readonly ok: false; readonly code: string; readonly what: string }

/** System errors in words that help at night. */
const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'the file does not exist',
  EACCES: 'this user may not read it',
  EPERM: 'this user may not read it',
  ERR_ACCESS_DENIED: "Node's permission model does not let this process read it",
  NotCapable: 'Deno was not given the right to read it',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is a file, not a directory',
  ELOOP: 'its symbolic links go in a circle',
  ENAMETOOLONG: 'the path is too long',
  ENXIO: 'it is a socket or a pipe, not a file',
}

/**
 * Reads a regular file of at most 64 KiB, in bounded time: a directory, a pipe that nobody writes
 * to, a device or a circle of links is an answer, not a wait. Never throws.
 */
export function readSmallFile(path: string): FileReading {
  let descriptor: number | undefined
  try {
    // Without O_NONBLOCK, opening a pipe waits for a writer.
    descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    const stat = fstatSync(descriptor)
    if (stat.isDirectory()) return refused('EISDIR', 'it is a directory')
    if (!stat.isFile()) return refused('ENXIO', 'it is a pipe, socket or device, not a file')
    if (stat.size > LARGEST) return refused('EFBIG', 'it is larger than 64 KiB')
    return { ok: true, bytes: readAll(descriptor), mode: stat.mode }
  } catch (error) {
    const code = codeOf(error)
    return refused(code, reasons[code] ?? `the system answered ${code}`)
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

function readAll(descriptor: number): Buffer {
  const buffer = Buffer.alloc(LARGEST)
  let filled = 0
  for (;;) {
    const read = readSync(descriptor, buffer, filled, LARGEST - filled, null)
    filled += read
    if (read === 0 || filled === LARGEST) return buffer.subarray(0, filled)
  }
}

function refused(code: string, what: string): FileReading {
  return { ok: false, code, what }
}

function codeOf(error: unknown): string {
  const { code, name } = Object(error) as { code?: unknown; name?: unknown }
  if (name === 'NotCapable') return name
  return typeof code === 'string' && /^[A-Z0-9_]{1,40}$/.test(code) ? code : 'an unknown error'
}

/** A `.env` file that exists. */
export interface EnvFile {
  /** As messages show it: the file's name, or a path relative to the working directory. */
  readonly label: string
  readonly path: string
  readonly entries: ReadonlyMap<string, EnvEntry>
  /** Present when loaders do not read the file as it was meant. */
  readonly encoding?: DecodedText['encoding']
}

/** Names of sample files, in the ways that projects spell them. */
const sampleNames = [
  '.env.example',
  '.env.sample',
  '.env.template',
  '.env.dist',
  '.env.defaults',
  '.env.tpl',
  '.env-example',
  '.env-sample',
  'env.example',
  'env.sample',
  'example.env',
  'sample.env',
]

/** Environments whose files are looked at when nothing else explains a missing key. */
const otherEnvironments = ['development', 'production', 'staging', 'test']

/** The settings files that a loader would take here, the strongest first. */
export function settingsFiles(folder: string, environment: string | undefined): EnvFile[] {
  const named = environment && /^[\w-]{1,40}$/.test(environment) ? [environment] : []
  return readFiles(folder, folder, [...namesFor(named), '.env.local', '.env'])
}

/** What lies in the root of a repository or a workspace. */
const rootMarks = ['.git', 'pnpm-workspace.yaml', 'package.json']

/** The folders above, up to the root of the repository; only the next one when there is none. */
function foldersAbove(folder: string): string[] {
  const above: string[] = []
  let marked = 0
  for (let current = path.dirname(folder); above.length < 4; current = path.dirname(current)) {
    if (above.at(-1) === current) break
    above.push(current)
    if (rootMarks.some((mark) => isThere(path.join(current, mark)))) marked = above.length
  }
  return above.slice(0, Math.max(1, marked))
}

/** Where else a key may lie unread. */
interface Elsewhere {
  /** The program that runs. */
  script?: string | undefined
  /** Where npm was started: it changes into the package's own folder. */
  startFolder?: string | undefined
}

/** Further places: other environments, direnv, folders above, npm's start, the script's folder. */
export function distantFiles(folder: string, { script, startFolder }: Elsewhere): EnvFile[] {
  const near = readFiles(folder, folder, [...namesFor(otherEnvironments), NOTEPAD, DIRENV])
  const scriptFolder = script ? path.dirname(path.resolve(folder, script)) : folder
  const folders = [
    ...(startFolder ? [path.resolve(folder, startFolder)] : []),
    ...foldersAbove(folder),
    scriptFolder,
    path.dirname(scriptFolder),
  ]
  const others = [...new Set(folders)].filter((other) => other !== folder)
  const names = ['.env.local', '.env', DIRENV]
  return [...near, ...others.flatMap((other) => readFiles(folder, other, names))]
}

/** Read by direnv when a shell enters the folder, and by nobody else. */
export const DIRENV = '.envrc'

/** What Notepad makes of `.env`; Explorer hides the ending. */
const NOTEPAD = '.env.txt'

/** False also where looking is not allowed: Node's permission model, Deno without grants. */
export function isThere(file: string): boolean {
  try {
    return existsSync(file)
  } catch {
    return false
  }
}

/** Sample files: their values are nobody's key. */
export function sampleFiles(folder: string): EnvFile[] {
  return readFiles(folder, folder, sampleNames)
}

/** Reads one file as `--env-file` does; undefined when it is absent or unreadable. */
export function readEnvFile(file: string, folder: string): EnvFile | undefined {
  const full = path.resolve(folder, file)
  const reading = readSmallFile(full)
  if (!reading.ok) return undefined
  const { text, encoding } = decodeText(reading.bytes)
  const label = path.relative(folder, full) || path.basename(full)
  const entries = parseEnvText(text)
  return { label, path: full, entries, ...(encoding && { encoding }) }
}

function namesFor(environments: readonly string[]): string[] {
  return environments.flatMap((name) => [`.env.${name}.local`, `.env.${name}`])
}

function readFiles(from: string, folder: string, names: readonly string[]): EnvFile[] {
  const files = names.map((name) => path.join(folder, name))
  // Most do not exist, and asking first is cheaper than an exception each.
  return files.filter(isThere).flatMap((file) => readEnvFile(file, from) ?? [])
}
