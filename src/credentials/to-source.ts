import type { CredentialInput, CredentialSource } from './credential-source'
import { fromFunction } from './from-function'
import type { TraitedSource } from './source-traits'

function fixed(key: string): TraitedSource {
  return { kind: 'fixed', local: true, getToken: () => ({ token: key }) }
}

function isSource(input: unknown): input is CredentialSource {
  const source = input as CredentialSource | null
  return typeof source === 'object' && source !== null && typeof source.getToken === 'function'
}

/**
 * A source for whatever the `credential` option takes: a fixed key, a function that gives the
 * current one, or a source, which is returned as it is.
 * @throws TypeError when the input is none of these.
 */
export function toSource(input: CredentialInput): TraitedSource {
  if (typeof input === 'string') return fixed(input)
  if (typeof input === 'function') return fromFunction(input)
  if (isSource(input)) return input
  throw new TypeError(
    'A credential is a string, a function that gives one, or a source such as fromFile(path).',
  )
}
