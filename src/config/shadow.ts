import type { Problem } from './problem'
import type { Situation } from './snapshot'

/**
 * The `.env` file of the working directory that gives the variable another value than the process
 * has. Undefined when one of the files agrees with the process, or when none gives a usable value.
 */
export function shadowingFile(
  situation: Situation,
  name: string,
  isUsable: (value: string) => boolean,
): string | undefined {
  const held = situation.text(name).trim()
  const entries = situation.files().flatMap(({ label, entries }) => {
    const value = entries.get(name)?.value.trim() ?? ''
    return value === '' ? [] : [{ label, value }]
  })
  if (entries.some(({ value }) => value === held)) return undefined
  return entries.find(({ value }) => isUsable(value))?.label
}

/** The process has another value than the file. */
export function shadowedEntry(name: string, file: string, situation: Situation): Problem {
  return {
    code: 'env-shadowed',
    severity: 'warning',
    variable: name,
    title: `${name} differs from the entry in ${file}; the process's own value is used.`,
    evidence: [`${file} defines ${name} with another value`],
    advice:
      `Remove ${name} from ${file}, or unset it where the process is started, ` +
      'whichever is stale',
    origin: situation.originOf(name),
  }
}

/** The process has an empty value, which loaders do not overwrite. */
export function emptyShadow(name: string, file: string): Omit<Problem, 'evidence'> {
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
