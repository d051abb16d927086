import { DIRENV, type EnvFile } from './env-files'
import type { FindingDraft } from './finding-draft'
import type { EnvironmentSnapshot } from './snapshot'

/** A `.env` file that says something else than the process has. */
interface Shadow {
  readonly file: string
  /** True when an unquoted # ends the value in the file. */
  readonly cut: boolean
}

/**
 * The `.env` file of the working directory that gives the variable another value than the process
 * has. Undefined when one of the files agrees with the process, or when none gives a usable value.
 */
export function shadowingFile(
  snapshot: EnvironmentSnapshot,
  name: string,
  isUsable: (value: string) => boolean,
): Shadow | undefined {
  const held = snapshot.text(name).trim()
  const entries = snapshot.files().flatMap(({ label, entries }) => {
    const entry = entries.get(name)
    const value = entry?.value.trim() ?? ''
    return value === '' ? [] : [{ file: label, value, cut: entry?.cut ?? false }]
  })
  if (entries.some(({ value }) => value === held)) return undefined
  return entries.find(({ value }) => isUsable(value))
}

/** The process has another value than the file. */
export function shadowedEntry(
  name: string,
  { file, cut }: Shadow,
  snapshot: EnvironmentSnapshot,
): FindingDraft {
  return {
    code: 'env-shadowed',
    severity: 'warning',
    variable: name,
    title: `${name} differs from the entry in ${file}; the process's own value is used.`,
    evidence: [`${file} defines ${name} with another value`, ...(cut ? [hashIn(file)] : [])],
    advice:
      `Remove ${name} from ${file}, or unset it where the process is started, ` +
      'whichever is stale',
    ...(snapshot.place().platform === 'pm2' && { set: 'key' as const }),
    origin: snapshot.originOf(name),
  }
}

/** Why the value in a file may be shorter than what somebody wrote there. */
export function hashIn(file: string): string {
  return `an unquoted hash sign (#) ends the value in ${file}`
}

/** The file whose entry the process has, when an unquoted # ended the value there. */
export function cutInFile(snapshot: EnvironmentSnapshot, name: string): string | undefined {
  const held = snapshot.text(name)
  const isCut = ({ entries }: EnvFile) =>
    entries.get(name)?.cut && entries.get(name)?.value === held
  return [...snapshot.loaded(), ...snapshot.files()].find(isCut)?.label
}

/** The process has an empty value, which loaders do not overwrite. */
export function emptyShadow(name: string, file: string): Omit<FindingDraft, 'evidence'> {
  return {
    code: 'env-shadowed',
    severity: 'error',
    variable: name,
    title: `${name} is set and empty, and hides the entry in ${file}.`,
    advice: `Unset ${name} where the process is started: loaders do not overwrite what exists`,
    set: 'remove',
    origin: 'env-file',
  }
}

/** How a file that nobody loaded gets its variables into the process. */
export function loadingOf(file: string): Pick<FindingDraft, 'advice' | 'set' | 'file' | 'command'> {
  const isDirenv = file.split('/').at(-1) === DIRENV
  return isDirenv
    ? {
        advice: `Allow ${file} with direnv, and start the process from that folder's shell`,
        command: 'direnv allow',
      }
    : { advice: `Load ${file} before the process reads it`, set: 'load', file }
}
