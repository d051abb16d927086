import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { UsageError } from './arguments'

/**
 * The environment as `node --env-file=PATH` would make it: what the process has wins, an exported
 * empty value included.
 * @throws UsageError when the file cannot be read.
 */
export function withEnvFile(
  env: Record<string, string | undefined>,
  path: string,
): Record<string, string | undefined> {
  try {
    return { ...parseEnv(readFileSync(path, 'utf8')), ...env }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`
    throw new UsageError(`The file given with --env-file ${reason}.`)
  }
}
