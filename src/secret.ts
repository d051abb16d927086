import { createHash, timingSafeEqual } from 'node:crypto'
import { inspect } from 'node:util'

/**
 * Names a secret without giving it away: twelve hex digits of a salted SHA-256. Equal secrets have
 * equal fingerprints in every process, so a fleet can compare them. 48 bits: far too few to recover
 * a random key, enough that two keys of one service never collide.
 */
export function fingerprint(value: string): string {
  return createHash('sha256').update('deepseek-guard\0').update(value).digest('hex').slice(0, 12)
}

/** Holds a credential. Whatever prints it (string, JSON, inspect) prints the fingerprint. */
export class Secret {
  readonly #value: string
  #id: string | undefined

  constructor(value: string) {
    this.#value = value
  }

  /** The fingerprint, as the log's `token.id` shows it. */
  get id(): string {
    this.#id ??= fingerprint(this.#value)
    return this.#id
  }

  get length(): number {
    return this.#value.length
  }

  /** The secret itself: only for the header of a request that is about to leave. */
  reveal(): string {
    return this.#value
  }

  /** Compares in constant time, whatever the length of `candidate`. */
  matches(candidate: string): boolean {
    const digest = (value: string) => createHash('sha256').update(value).digest()
    return timingSafeEqual(digest(this.#value), digest(candidate))
  }

  toString(): string {
    return `Secret(${this.id})`
  }

  toJSON(): string {
    return this.toString()
  }

  [inspect.custom](): string {
    return this.toString()
  }
}
