import { type FSWatcher, statSync, watch } from 'node:fs'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { type Clock, systemClock } from '../clock'
import { readSmallFile } from '../config/env-files'
import { optionsOf, parseOptions, wholeNumber } from '../config/option-shape'
import { TokenError } from '../errors'
import type { CredentialSource, Token, TraitedSource } from './source'
import { readTokenText } from './token'

/** The machine's trouble of the moment: the same file may be read in a second. */
const PASSING = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'EBUSY', 'EINTR', 'EIO', 'ENOMEM', 'ESTALE'])

/** Nothing there, or nothing in it: as a replaced or rewritten file is for a moment. */
class GapError extends TokenError {}

/**
 * The key in a file, without edge whitespace and BOM. Takes bounded time, whatever the path names.
 * @throws TokenError that says what is wrong with the file; permanent unless the machine is busy.
 */
export function readKeyFile(path: string): string {
  const reading = readSmallFile(path)
  if (!reading.ok) {
    const Kind = reading.code === 'ENOENT' ? GapError : TokenError
    const message = `The key file ${path} cannot be read: ${reading.what}.`
    throw new Kind(message, { permanent: !PASSING.has(reading.code) })
  }
  const content = reading.bytes.toString('utf8')
  reading.bytes.fill(0)
  if (content.trim() === '')
    throw new GapError(`The key file ${path} is empty.`, { permanent: true })
  const text = readTokenText(content)
  if (typeof text === 'string') return text
  throw new TokenError(`The key file ${path} ${text.problem}.`, { permanent: true })
}

export interface FromFileOptions {
  /** How often the file is looked at even without a change event. Default 60_000 ms. */
  pollMs?: number | undefined
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
 * @throws TypeError when the path or an option is not one. A file that cannot be a key (a
 *   directory, a FIFO, a circle of links, more than 64 KiB) is a `TokenError` when it is read.
 */
export function fromFile(path: string, options: FromFileOptions = {}): CredentialSource {
  if (typeof path !== 'string' || path.trim() === '') {
    throw new TypeError('fromFile takes the path of the file that holds the key.')
  }
  const schema = optionsOf({ pollMs: wholeNumber() })
  const { pollMs = 60_000 } = parseOptions(schema, options, 'fromFile')
  return new FileSource(path, pollMs)
}

/** One change is many events; a burst is looked at once. */
const GATHER_MS = 50

interface WatchOptions {
  /** Calls `look` this often even without an event: network file systems send none. */
  pollMs: number
  clock: Clock
  /** Looks at the file; its failures are its own business. */
  look: () => Promise<void>
}

/**
 * Calls `look` when something changes in the directory of `file`. The directory, because Kubernetes
 * and editors replace a file by renaming: a watch on the file itself stays with the dead one.
 */
class DirectoryWatch {
  readonly #directory: string
  readonly #options: WatchOptions
  #watcher: FSWatcher | undefined
  #inode: number | undefined
  #cancelPoll: (() => void) | undefined
  #cancelLook: (() => void) | undefined
  #stopped = false

  constructor(file: string, options: WatchOptions) {
    this.#directory = path.dirname(path.resolve(file))
    this.#options = options
    this.#open()
    this.#poll()
  }

  stop(): void {
    this.#stopped = true
    this.#cancelPoll?.()
    this.#cancelLook?.()
    this.#watcher?.close()
  }

  #open(): void {
    try {
      this.#inode = statSync(this.#directory).ino
      const watcher = watch(this.#directory, { persistent: false }, () => this.#gather())
      watcher.on('error', () => watcher.close())
      watcher.on('close', () => {
        if (this.#watcher === watcher) this.#watcher = undefined
      })
      this.#watcher = watcher
    } catch {
      this.#watcher = undefined
    }
  }

  #gather(): void {
    if (this.#stopped || this.#cancelLook !== undefined) return
    this.#cancelLook = this.#options.clock.after(GATHER_MS, () => {
      this.#cancelLook = undefined
      void this.#options.look()
    })
  }

  #poll(): void {
    const { clock, pollMs } = this.#options
    this.#cancelPoll = clock.after(pollMs, () => {
      void Promise.all([this.#follow(), this.#options.look()]).then(() => {
        if (!this.#stopped) this.#poll()
      })
    })
  }

  /** A directory that was replaced by another one of its name needs a new watch. */
  async #follow(): Promise<void> {
    const inode = await stat(this.#directory).then(
      (stats) => stats.ino,
      () => undefined,
    )
    if (this.#stopped) return
    const replaced = inode !== this.#inode
    if (replaced) this.#watcher?.close()
    if (inode !== undefined && (replaced || this.#watcher === undefined)) this.#open()
  }
}
