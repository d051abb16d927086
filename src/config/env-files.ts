import { existsSync } from 'node:fs'
import path from 'node:path'
import { type DecodedText, decodeText, type EnvEntry, parseEnvText } from './env-file'
import { readSmallFile } from './read-file'

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
  return readAll(folder, folder, [...namesFor(named), '.env.local', '.env'])
}

/** Further places where a key may lie unread: other environments, parents, the script's folder. */
export function distantFiles(folder: string, script: string | undefined): EnvFile[] {
  const near = readAll(folder, folder, namesFor(otherEnvironments))
  const scriptFolder = script ? path.dirname(path.resolve(folder, script)) : folder
  const folders = [path.dirname(folder), scriptFolder, path.dirname(scriptFolder)]
  const others = [...new Set(folders)].filter((other) => other !== folder)
  return [...near, ...others.flatMap((other) => readAll(folder, other, ['.env.local', '.env']))]
}

/** Sample files: their values are nobody's key. */
export function sampleFiles(folder: string): EnvFile[] {
  return readAll(folder, folder, sampleNames)
}

/** Reads one file as `--env-file` does; undefined when it is absent or unreadable. */
export function readEnvFile(file: string, folder = process.cwd()): EnvFile | undefined {
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

function readAll(from: string, folder: string, names: readonly string[]): EnvFile[] {
  const files = names.map((name) => path.join(folder, name))
  // Most do not exist, and asking first is cheaper than an exception each.
  return files.filter((file) => existsSync(file)).flatMap((file) => readEnvFile(file, from) ?? [])
}
