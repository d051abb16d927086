import { systemClock } from '../clock'
import { optionsOf, parseOptions, wholeNumber } from '../config/option-shape'
import { TokenError } from '../errors'
import { fingerprint } from '../secret'
import { backoffMs } from './backoff'
import { toSource } from './from-function'
import {
  type CredentialInput,
  type CredentialSource,
  canWatch,
  kindOf,
  type Token,
  type TokenRequest,
  type TraitedSource,
  watchSafely,
} from './source'
import { readTokenText, toTokenError } from './token'

/** Every key of a pool is benched. The holder labels the answer `pool-exhausted`. */
export class PoolExhaustedError extends TokenError {
  constructor(message: string) {
    super(message, { permanent: true })
  }
}

export interface KeyPoolOptions {
  /** How long a refused key, or an account without money, is left out. Default 60_000 ms. */
  benchMs?: number | undefined
}

/** One key of the pool. Times are monotonic milliseconds. */
interface Member {
  readonly source: TraitedSource
  /** What it gave last, its fingerprint, and when. */
  token?: Token
  id?: string
  obtainedAt: number
  benchedUntil: number
  /** Refused with 401: asked for another token once its bench is over. */
  refused: boolean
  /** Failures in a row, and the last one. */
  failures: number
  failure?: TokenError | undefined
}

/** The holder scrubs what the pool says as it scrubs every source. */
const asItIs = (text: string): string => text

/** The answer, or the reason of the signal when that is first. */
async function beforeAbort<T>(answer: T | Promise<T>, signal: AbortSignal): Promise<T> {
  let leave: (() => void) | undefined
  const aborted = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason)
    signal.addEventListener('abort', leave, { once: true })
  })
  try {
    return await Promise.race([answer, aborted])
  } finally {
    if (leave !== undefined) signal.removeEventListener('abort', leave)
  }
}

type WatchAll = (onChange: () => void, onFailure?: (error: unknown) => void) => () => void

class KeyPool implements TraitedSource {
  readonly kind = 'pool'
  readonly local = true
  readonly watch?: WatchAll
  readonly #members: Member[]
  readonly #benchMs: number
  readonly #accounts = new Map<string, number>()
  /** The member in use; it stays until it fails. */
  #current = 0

  constructor(sources: TraitedSource[], benchMs: number) {
    this.#members = sources.map((source) => {
      return { source, obtainedAt: 0, benchedUntil: 0, refused: false, failures: 0 }
    })
    this.#benchMs = benchMs
    if (sources.some(canWatch)) this.watch = (...heard) => this.#watch(...heard)
  }

  async getToken(request: TokenRequest): Promise<Token> {
    if (request.rejectedId !== undefined) this.bench(request.rejectedId, 'key')
    const count = this.#members.length
    for (let step = 0; step < count; step += 1) {
      const index = (this.#current + step) % count
      const member = this.#members[index]
      if (member === undefined || this.#isBenched(member)) continue
      const token = await this.#tokenOf(member, request)
      if (token === undefined || this.#isBenched(member)) continue
      this.#current = index
      return token
    }
    const passing = this.#members.find(({ failure }) => failure?.permanent === false)
    throw passing?.failure ?? new PoolExhaustedError('Every key of the pool is benched.')
  }

  bench(tokenId: string, what: 'key' | 'account'): void {
    const until = systemClock.elapsed() + this.#benchMs
    for (const member of this.#members) {
      if (member.id !== tokenId || this.#isBenched(member)) continue
      member.benchedUntil = until
      member.refused = what === 'key'
      const account = member.token?.account
      if (what === 'account' && account !== undefined) this.#accounts.set(account, until)
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#members.map(async (member) => member.source.close?.()))
  }

  #isBenched({ benchedUntil, token }: Member): boolean {
    const now = systemClock.elapsed()
    return now < benchedUntil || now < (this.#accounts.get(token?.account ?? '') ?? 0)
  }

  /** The member's token; while it fails, the last one that was not refused, or undefined. */
  async #tokenOf(member: Member, request: TokenRequest): Promise<Token | undefined> {
    try {
      return await this.#ask(member, request)
    } catch (thrown) {
      const failure = toTokenError(thrown, kindOf(member.source), asItIs)
      const now = systemClock.elapsed()
      const age = now - member.obtainedAt
      const { token } = member
      const left = token?.expiresInMs === undefined ? undefined : token.expiresInMs - age
      member.failure = failure
      member.failures += 1
      if (token !== undefined && !member.refused && (left === undefined || left > 0)) {
        return { ...token, ...(left === undefined ? {} : { expiresInMs: left }) }
      }
      const wait = failure.retryAfterMs ?? backoffMs(member.failures, Math.random())
      member.benchedUntil = now + wait
      return undefined
    }
  }

  async #ask(member: Member, request: TokenRequest): Promise<Token> {
    const { signal } = request
    const given = await beforeAbort(
      member.source.getToken(this.#requestFor(member, request)),
      signal,
    )
    const text = readTokenText(given?.token)
    if (typeof text !== 'string') {
      throw new TokenError(`A key of the pool ${text.problem}.`, { permanent: true })
    }
    const id = fingerprint(text)
    const twin = this.#members.find((one) => one !== member && one.id === id && one.refused)
    member.token = { ...given, token: text }
    member.id = id
    member.obtainedAt = systemClock.elapsed()
    member.failures = 0
    member.failure = undefined
    member.refused = twin !== undefined
    if (twin !== undefined) member.benchedUntil = twin.benchedUntil
    return member.token
  }

  #requestFor(member: Member, { reason, signal }: TokenRequest): TokenRequest {
    const { id, refused } = member
    if (id === undefined) return { reason: 'initial', forceRefresh: false, signal }
    if (refused) return { reason: 'rejected', rejectedId: id, forceRefresh: true, signal }
    return { reason: reason === 'expiring' ? reason : 'changed', forceRefresh: false, signal }
  }

  #watch(onChange: () => void, onFailure: (error: unknown) => void = () => undefined): () => void {
    const stops = this.#members.map((member) => {
      const tell = (): void => {
        if (member.refused) member.benchedUntil = 0
        onChange()
      }
      return watchSafely(member.source, tell, onFailure)
    })
    return () => {
      for (const stop of stops) stop?.()
    }
  }
}

/**
 * A source that holds several keys and uses one until it fails: a refused key is benched, a key
 * without money is benched with all keys of its `account`, and the next one takes over. When all
 * are benched the last answer comes back, labelled `pool-exhausted`.
 * @param inputs Keys, functions or sources; at least one.
 * @throws TypeError when the list is empty, an input is not a credential, or an option is unknown.
 * @example keyPool([fromEnv({ name: 'KEY_A' }), fromFile('/run/secrets/key-b')])
 */
export function keyPool(inputs: CredentialInput[], options: KeyPoolOptions = {}): CredentialSource {
  if (!Array.isArray(inputs) || inputs.length === 0) {
    throw new TypeError('keyPool takes a list of at least one credential.')
  }
  const schema = optionsOf({ benchMs: wholeNumber() })
  const { benchMs = 60_000 } = parseOptions(schema, options, 'keyPool')
  return new KeyPool(inputs.map(toSource), benchMs)
}
