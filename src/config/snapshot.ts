import path from 'node:path'
import type { Origin } from '../causes/cause'
import { once } from '../once'
import {
  type EnvFile,
  isThere,
  LARGEST,
  readEnvFile,
  readSmallFile,
  sampleFiles,
  settingsFiles,
} from './env-files'
import { type Place, placeOf } from './platform'
import { variables } from './variables'

/** What the process was given: read once, in a form that cannot throw later. */
export interface EnvironmentSnapshot {
  readonly cwd: string
  /** The variables that are set to something. */
  readonly names: readonly string[]
  /** The text as it is; an empty text when the variable is unset. */
  text(name: string): string
  /** True when the variable exists, be it empty. */
  isSet(name: string): boolean
  /** The type of a value that is not text; undefined otherwise. */
  oddType(name: string): string | undefined
  readonly place: () => Place
  /** `.env` files of the working directory, the strongest first. */
  readonly files: () => readonly EnvFile[]
  readonly samples: () => readonly EnvFile[]
  /** The files that Node itself loaded before the program began (`--env-file`). */
  readonly loaded: () => readonly EnvFile[]
  /** True when the process was started with the variable, which the program took away since. */
  wasRemoved(name: string): boolean
  /** How the variable came into the process. */
  originOf(name: string): Origin
}

/** Reads the environment, and lets files be read only when somebody asks. */
export function takeSnapshot(env: Record<string, unknown>, cwd?: unknown): EnvironmentSnapshot {
  const folder = folderOf(cwd)
  const values = new Map(namesIn(env).map((name) => [name, readValue(env, name)]))
  const text = (name: string): string => {
    const value = values.get(name)
    return typeof value === 'string' ? value : ''
  }
  const files = once(() => settingsFiles(folder, text('NODE_ENV') || undefined))
  const loaded = once(() => filesLoadedByNode(folder, text('NODE_OPTIONS')))
  const isOwn = env === process.env
  return {
    cwd: folder,
    names: [...values.keys()].filter((name) => text(name) !== ''),
    text,
    isSet: (name) => values.get(name) !== undefined,
    oddType(name) {
      const value = values.get(name)
      return value == null || typeof value === 'string' ? undefined : typeof value
    },
    place: once(() => placeFrom(values, folder, isOwn)),
    files,
    samples: once(() => sampleFiles(folder)),
    loaded,
    wasRemoved(name) {
      if (!isOwn || text(name).trim() !== '') return false
      return (textAtStart(name) ?? '').trim() !== ''
    },
    originOf(name) {
      const entries = [...files(), ...(isOwn ? loaded() : [])].map(({ entries }) =>
        entries.get(name),
      )
      if (entries.some((entry) => entry && [entry.value, entry.raw].includes(text(name)))) {
        return 'env-file'
      }
      if (!isOwn || !knowsStart()) return 'environment'
      return textAtStart(name) === text(name) ? 'environment' : 'set-after-start'
    },
  }
}

function placeFrom(values: ReadonlyMap<string, unknown>, cwd: string, isOwn: boolean): Place {
  const script = ownScript(cwd)
  return placeOf({
    env: Object.fromEntries(onlyTexts(values)),
    // An environment given in code may be partial: then the process's own tells the platform.
    ...(!isOwn && { processEnv: readableEnv(process.env) }),
    cwd,
    exists: isThere,
    read: (file) => {
      const reading = readSmallFile(file)
      return reading.ok ? reading.bytes.toString('utf8') : ''
    },
    os: process.platform,
    ...(script && { script }),
  })
}

function onlyTexts(entries: Iterable<readonly [string, unknown]>): [string, string][] {
  return [...entries].filter((entry): entry is [string, string] => typeof entry[1] === 'string')
}

/** The program as it would be typed, when it lies in the working directory. */
function ownScript(cwd: string): string | undefined {
  const script = process.argv[1]
  if (!script) return undefined
  const relative = path.relative(cwd, script)
  const isPlain = /^[\w][\w./-]*\.[cm]?[jt]s$/.test(relative)
  return isPlain && !/(?:^|\/)(?:node_modules|dist\/cli)\//.test(relative) ? relative : undefined
}

/** `--env-file` and `--env-file-if-exists`, on the command line or in NODE_OPTIONS. */
function filesLoadedByNode(cwd: string, nodeOptions: string): EnvFile[] {
  const words = [...process.execArgv, ...nodeOptions.split(/\s+/)]
  const named = words.flatMap((word, at) => {
    const found = /^--env-file(?:-if-exists)?(?:=(.+))?$/.exec(word)
    return found ? [found[1] ?? words[at + 1] ?? ''] : []
  })
  return named.flatMap((file) => (file === '' ? [] : (readEnvFile(file, cwd) ?? [])))
}

/** Linux keeps the environment of the start; elsewhere, nobody knows. */
function environAtStart(): string[] {
  const reading = readSmallFile('/proc/self/environ')
  // A longer one is cut, and what is missing from it proves nothing.
  const whole = reading.ok && reading.bytes.length < LARGEST
  return whole ? reading.bytes.toString('utf8').split('\0') : []
}

function knowsStart(): boolean {
  return environAtStart().length > 1
}

function textAtStart(name: string): string | undefined {
  return environAtStart()
    .find((entry) => entry.startsWith(`${name}=`))
    ?.slice(name.length + 1)
}

/** A working directory that was deleted under the process has no name any more. */
export function folderOf(cwd?: unknown): string {
  try {
    return path.resolve(typeof cwd === 'string' ? cwd : '.')
  } catch {
    return path.parse(process.execPath).root
  }
}

/**
 * Own names only: what was put on `Object.prototype` is no variable. Deno refuses the list where
 * single variables are granted (`--allow-env=DEEPSEEK_API_KEY`); then ours are asked for by name.
 */
function namesIn(env: Record<string, unknown>): string[] {
  try {
    return Object.keys(env)
  } catch {
    return ['NODE_ENV', ...Object.keys(variables)]
  }
}

/** A getter or a proxy may throw; then there is no value. */
function readValue(env: Record<string, unknown>, name: string): unknown {
  try {
    return env[name]
  } catch {
    return undefined
  }
}

/** A copy that never throws: Deno refuses each variable by itself. */
export function readableEnv(env: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    onlyTexts(namesIn(env).map((name) => [name, readValue(env, name)] as const)),
  )
}

/** The environment of this process, looked up at each call: a hot edit is seen. */
export function processEnv(): Record<string, string | undefined> {
  return process.env
}
