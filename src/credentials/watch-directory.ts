import { type FSWatcher, statSync, watch } from 'node:fs'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import type { Clock } from '../clock'

/** One change is many events; a burst is looked at once. */
const GATHER_MS = 50

export interface WatchOptions {
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
export class DirectoryWatch {
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
