import { systemClock } from '../clock'
import { TokenError } from '../errors'
import type { CredentialSource, Token } from './credential-source'
import { GapError, readKeyFile } from './read-key-file'
import { checkOptions, milliseconds } from './source-options'
import type { TraitedSource } from './source-traits'

export interface FromFileOptions {
  /** How often the file is looked at even without a change event. Default 60_000 ms. */
  pollMs?: number
}

/** A file that is written in place is empty, then half full, for a moment. */
const SETTLE_MS = 25
const MAX_READS = 6

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    systemClock.after(ms, resolve)
  })
}

class FileSource implements TraitedSource {
  readonly kind = 'file'
  readonly local = true
  readonly #path: string
  readonly #pollMs: number
  /** The text that was given last: anything else on the disk is news. */
  #given: string | undefined

  constructor(path: string, pollMs: number) {
    this.#path = path
    this.#pollMs = pollMs
  }

  async getToken(): Promise<Token> {
    this.#given = await this.#readSettled()
    return { token: this.#given }
  }

  watch(onChange: () => void): () => void {
    let stopped = false
    const look = async (): Promise<void> => {
      const text = await this.#readSettled().catch(() => undefined)
      if (!stopped && text !== undefined && text !== this.#given) onChange()
    }
    const clock = systemClock
    const { DirectoryWatch } = require('./watch-directory') as typeof import('./watch-directory')
    const watching = new DirectoryWatch(this.#path, { pollMs: this.#pollMs, clock, look })
    return () => {
      stopped = true
      watching.stop()
    }
  }

  /** The text as soon as it is the known one, the first one, or the same twice in a row. */
  async #readSettled(): Promise<string> {
    let before: string | undefined
    let failure: unknown
    for (let reads = 0; reads < MAX_READS; reads += 1) {
      if (reads > 0) await pause(SETTLE_MS)
      try {
        const text = readKeyFile(this.#path)
        if (text === before || text === this.#given || this.#given === undefined) return text
        before = text
        failure = undefined
      } catch (error) {
        if (!(error instanceof GapError) || this.#given === undefined) throw error
        failure = error
      }
    }
    throw failure ?? new TokenError(`The key file ${this.#path} does not stop changing.`)
  }
}

/**
 * A source that reads the key from a file, such as a mounted Kubernetes or Docker secret: each time
 * it is asked, so always after a 401, and when the directory shows a change. While the file is
 * away, empty or broken the last good token stays in use.
 * @throws TypeError when the path or an option is no such thing. A file that cannot be a key (a
 *   directory, a FIFO, a circle of links, more than 64 KiB) is a `TokenError` when it is read.
 */
export function fromFile(path: string, options: FromFileOptions = {}): CredentialSource {
  if (typeof path !== 'string' || path.trim() === '') {
    throw new TypeError('fromFile takes the path of the file that holds the key.')
  }
  checkOptions('fromFile', options, { pollMs: milliseconds })
  return new FileSource(path, options.pollMs ?? 60_000)
}
