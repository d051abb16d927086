import { createHash } from 'node:crypto'
import type { Diagnosis } from '../causes/cause'

/** Failures that are kept by name; those that are kept by object go with the object. */
const KEPT = 1_000

/** An error's causes are never nested deeper by any client. */
const DEEPEST = 8

type Fields = Record<string, unknown>

/** What of a failed call may come back in an error. */
interface Remains {
  readonly response?: Response | undefined
  readonly error?: unknown
  /** What was read of the body. */
  readonly text?: string | undefined
  readonly traceId?: string | undefined
}

/** True for what can have members. */
export function isObject(value: unknown): value is Fields {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

/** A member of somebody else's object, which may throw when it is looked at. */
function memberOf(object: Fields, name: string): unknown {
  try {
    return object[name]
  } catch {
    return undefined
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64')
}

/**
 * Remembers how calls failed, so that whoever asks about an error is told what the log was told.
 * Clients wrap what they get: some keep the response, some its headers or its body, some the text
 * only, some nothing but the trace id.
 */
export class Verdicts {
  readonly #byObject = new WeakMap<object, Diagnosis>()
  readonly #byName = new Map<string, Diagnosis>()

  remember({ response, error, text, traceId }: Remains, diagnosis: Diagnosis): void {
    // A client of another realm makes a new error around the cause of the one it got.
    const cause = isObject(error) ? memberOf(error, 'cause') : undefined
    const objects = [error, cause, response, response?.headers, response?.body]
    for (const object of objects) if (isObject(object)) this.#byObject.set(object, diagnosis)
    if (traceId !== undefined) this.#name(`trace ${traceId}`, diagnosis)
    if (text !== undefined && text !== '') this.#name(digest(text), diagnosis)
  }

  /** The verdict on the call that this error is of; undefined when it is of no call of ours. */
  of(thrown: unknown, depth = 0): Diagnosis | undefined {
    if (!isObject(thrown) || depth > DEEPEST) return undefined
    const own = this.#byObject.get(thrown) ?? this.#byRemains(thrown)
    if (own !== undefined) return own
    for (const name of ['cause', 'response', 'lastError']) {
      const found = this.of(memberOf(thrown, name), depth + 1)
      if (found !== undefined) return found
    }
    const errors = memberOf(thrown, 'errors')
    return Array.isArray(errors) ? this.of(errors.at(-1), depth + 1) : undefined
  }

  #byRemains(thrown: Fields): Diagnosis | undefined {
    for (const name of ['headers', 'responseHeaders', 'body', 'data']) {
      const part = memberOf(thrown, name)
      const found = isObject(part) ? (this.#byObject.get(part) ?? this.#byTrace(part)) : undefined
      if (found !== undefined) return found
    }
    for (const name of ['responseBody', 'data']) {
      const text = memberOf(thrown, name)
      const found = typeof text === 'string' ? this.#byName.get(digest(text)) : undefined
      if (found !== undefined) return found
    }
    return undefined
  }

  #byTrace(headers: Fields): Diagnosis | undefined {
    const get = memberOf(headers, 'get')
    const trace =
      typeof get === 'function'
        ? get.call(headers, 'x-ds-trace-id')
        : memberOf(headers, 'x-ds-trace-id')
    return typeof trace === 'string' ? this.#byName.get(`trace ${trace}`) : undefined
  }

  #name(name: string, diagnosis: Diagnosis): void {
    // Put last again: what is asked about is mostly new.
    this.#byName.delete(name)
    this.#byName.set(name, diagnosis)
    for (const oldest of this.#byName.keys()) {
      if (this.#byName.size <= KEPT) return
      this.#byName.delete(oldest)
    }
  }
}
