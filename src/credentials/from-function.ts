import * as z from 'zod/mini'
import { type Clock, systemClock } from '../clock'
import { optionsOf, parseOptions, text } from '../config/option-shape'
import {
  type CredentialInput,
  type CredentialSource,
  isCredential,
  type Token,
  type TokenRequest,
  type TraitedSource,
} from './source'

/** A token as credential libraries hand it over; the first end that is there counts. */
export interface TokenLike {
  token?: string | null
  /** Milliseconds from now. */
  expiresInMs?: number
  refreshInMs?: number
  /** Epoch milliseconds, as `@azure/identity` gives it. */
  expiresOnTimestamp?: number
  /** As AWS SDK (smithy) identity providers give it. */
  expiration?: Date
  version?: string
  account?: string
}

type Given = string | TokenLike | null | undefined

/** Gives the current credential. May look at the request: why it is asked, and its deadline. */
export type TokenFunction = (request: TokenRequest) => Given | Promise<Given>

export interface FromFunctionOptions {
  /**
   * Names the credential across processes: with a store and its secret, the fleet fetches a token
   * once. Default: the token stays in this process.
   */
  id?: string | undefined
}

function lifetimeOf(given: TokenLike, clock: Clock): number | undefined {
  if (given.expiresInMs !== undefined) return given.expiresInMs
  const end = given.expiresOnTimestamp ?? given.expiration?.getTime()
  return end === undefined ? undefined : end - clock.now()
}

function toToken(given: Given, clock: Clock): Token {
  if (typeof given !== 'object' || given === null) return { token: given as string }
  const { refreshInMs, version, account } = given
  const expiresInMs = lifetimeOf(given, clock)
  return { token: given.token as string, expiresInMs, refreshInMs, version, account }
}

/**
 * A source that calls `fn` each time a token is needed: first, before its end, and after a 401.
 * `fn` gives a string, or an object with `token` and, if known, its end. What it throws counts as a
 * failure for now, unless it is `new TokenError(message, { permanent: true })`.
 * @throws TypeError when `fn` is not a function or an option is unknown.
 * @example fromFunction(() => vault.read('deepseek/key'))
 */
export function fromFunction(
  fn: TokenFunction,
  options: FromFunctionOptions = {},
): CredentialSource {
  if (typeof fn !== 'function') {
    throw new TypeError('fromFunction takes a function that gives the token.')
  }
  const { id } = parseOptions(optionsOf({ id: z.optional(text) }), options, 'fromFunction')
  const source: TraitedSource = {
    kind: 'function',
    ...(id === undefined ? {} : { id }),
    getToken(request) {
      const given = fn(request)
      const later = typeof (given as PromiseLike<Given> | null)?.then === 'function'
      if (!later) return toToken(given as Given, systemClock)
      return Promise.resolve(given).then((value) => toToken(value, systemClock))
    },
  }
  return source
}

function fixed(key: string): TraitedSource {
  return { kind: 'fixed', local: true, getToken: () => ({ token: key }) }
}

/**
 * A source for whatever the `credential` option takes: a fixed key, a function that gives the
 * current one, or a source, which is returned as it is.
 * @throws TypeError when the input is none of these.
 */
export function toSource(input: CredentialInput): TraitedSource {
  if (typeof input === 'string') return fixed(input)
  if (typeof input === 'function') return fromFunction(input)
  if (isCredential(input)) return input
  throw new TypeError(
    'A credential is a string, a function that gives one, or a source such as fromFile(path).',
  )
}
