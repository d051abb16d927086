import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Origin } from '../causes/cause'
import { type EnvFile, LARGEST, readSmallFile, sampleFiles, settingsFiles } from './env-files'
import type { Platform } from './platform'
import { detectPlatform } from './platform'

/** What the process was given: read once, in a form that cannot throw later. */
export interface Situation {
  readonly cwd: string
  readonly names: readonly string[]
  /** The text as it is; an empty text when the variable is unset. */
  text(name: string): string
  /** True when the variable exists, be it empty. */
  isSet(name: string): boolean
  /** The type of a value that is no text; undefined otherwise. */
  oddType(name: string): string | undefined
  readonly platform: () => Platform
  /** `.env` files of the working directory, the strongest first. */
  readonly files: () => readonly EnvFile[]
  readonly samples: () => readonly EnvFile[]
  /** True when the process was started with the variable, which the program took away since. */
  wasRemoved(name: string): boolean
  /** How the variable came into the process. */
  originOf(name: string): Origin
}

/** Reads the environment, and lets files be read only when somebody asks. */
export function situationOf(env: Record<string, unknown>, cwd?: unknown): Situation {
  const folder = folderOf(cwd)
  const values = new Map(namesIn(env).map((name) => [name, readValue(env, name)]))
  const text = (name: string): string => {
    const value = values.get(name)
    return typeof value === 'string' ? value : ''
  }
  const files = once(() => settingsFiles(folder, text('NODE_ENV') || undefined))
  return {
    cwd: folder,
    names: [...values.keys()].filter((name) => text(name) !== ''),
    text,
    isSet: (name) => values.get(name) !== undefined,
    oddType(name) {
      const value = values.get(name)
      return value == null || typeof value === 'string' ? undefined : typeof value
    },
    platform: once(() => platformOf(Object.fromEntries(values))),
    files,
    samples: once(() => sampleFiles(folder)),
    wasRemoved(name) {
      if (env !== process.env || text(name).trim() !== '') return false
      return (textAtStart(name) ?? '').trim() !== ''
    },
    originOf(name) {
      const entries = files().map((file) => file.entries.get(name))
      if (entries.some((entry) => entry && [entry.value, entry.raw].includes(text(name)))) {
        return 'env-file'
      }
      if (env !== process.env || !knowsStart()) return 'environment'
      return textAtStart(name) === text(name) ? 'environment' : 'set-after-start'
    },
  }
}

/** An environment given in code may be partial: then the process's own tells the platform. */
function platformOf(given: Record<string, unknown>): Platform {
  const probe = { exists: existsSync, os: process.platform }
  const texts = Object.fromEntries(
    Object.entries(given).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  )
  const platform = detectPlatform({ ...probe, env: texts })
  return platform === 'shell' ? detectPlatform({ ...probe, env: process.env }) : platform
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
function folderOf(cwd: unknown): string {
  try {
    return path.resolve(typeof cwd === 'string' ? cwd : '.')
  } catch {
    return path.parse(process.execPath).root
  }
}

function namesIn(env: Record<string, unknown>): string[] {
  try {
    return Object.keys(env)
  } catch {
    return []
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

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** The environment of this process, looked up at each call: a hot edit is seen. */
export function processEnv(): Record<string, string | undefined> {
  return process.env
}
