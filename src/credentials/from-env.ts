import * as z from 'zod/mini'
import { optionsOf, optionThat, parseOptions, text } from '../config/option-shape'
import { processEnv } from '../config/snapshot'
import { TokenError } from '../errors'
import { readKeyFile } from './from-file'
import type { CredentialSource, Token, TraitedSource } from './source'

type Env = Record<string, string | undefined>

export interface FromEnvOptions {
  /** Default `process.env`, looked up at each read. */
  env?: Env | undefined
  /** The variable that holds the key. Default `DEEPSEEK_API_KEY`; `<name>_FILE` may name a file. */
  name?: string | undefined
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What was put on `Object.prototype` is no variable. */
function ownOf(env: Env, name: string): string | undefined {
  const value: unknown = Object.hasOwn(env, name) ? env[name] : undefined
  return typeof value === 'string' ? value : undefined
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value.trim() !== ''
}

function readVariables(env: Env, name: string): Token {
  const key = ownOf(env, name)
  const path = ownOf(env, `${name}_FILE`)
  if (isSet(key) && isSet(path)) {
    const message = `${name} and ${name}_FILE are both set (key-conflict). Unset one of them.`
    throw new TokenError(message, { permanent: true })
  }
  if (isSet(path)) return { token: readKeyFile(path.trim()) }
  if (!isSet(key)) {
    throw new TokenError(`${name} is not set. Set it to the API key.`, { permanent: true })
  }
  return { token: key }
}

/**
 * A source that reads the key from the environment each time it is asked, so that an edit of
 * `process.env` is used after the next 401. Edge whitespace and a BOM are removed.
 * @throws TypeError when an option is unknown or of the wrong type.
 */
export function fromEnv(options: FromEnvOptions = {}): CredentialSource {
  const schema = optionsOf({ env: optionThat<Env>(isObject, 'an object'), name: z.optional(text) })
  const { env, name = 'DEEPSEEK_API_KEY' } = parseOptions(schema, options, 'fromEnv')
  const source: TraitedSource = {
    kind: 'env',
    local: true,
    getToken: () => readVariables(env ?? processEnv(), name),
  }
  return source
}
