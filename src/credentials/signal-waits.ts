interface Entry {
  readonly leave: Set<() => void>
  readonly onAbort: () => void
}

/**
 * Lets many callers wait for one thing, each free to leave by its own signal. A signal carries one
 * listener however many waiters share it: a signal that lives as long as the process must not
 * collect them.
 */
export class SignalWaits {
  readonly #entries = new Map<AbortSignal, Entry>()

  /** Waits for `done`, which never rejects; rejects with the signal's reason when that is first. */
  until(done: Promise<void>, signal: AbortSignal | null | undefined): Promise<void> {
    if (signal === null || signal === undefined) return done
    if (signal.aborted) return Promise.reject(signal.reason)
    return new Promise((resolve, reject) => {
      const leave = (): void => reject(signal.reason)
      const entry = this.#entryOf(signal)
      entry.leave.add(leave)
      void done.then(() => {
        entry.leave.delete(leave)
        this.#release(signal, entry)
        resolve()
      })
    })
  }

  #entryOf(signal: AbortSignal): Entry {
    const known = this.#entries.get(signal)
    if (known !== undefined) return known
    const leave = new Set<() => void>()
    const onAbort = (): void => {
      this.#entries.delete(signal)
      for (const one of leave) one()
      leave.clear()
    }
    const entry = { leave, onAbort }
    this.#entries.set(signal, entry)
    signal.addEventListener('abort', onAbort, { once: true })
    return entry
  }

  #release(signal: AbortSignal, entry: Entry): void {
    if (entry.leave.size > 0 || this.#entries.get(signal) !== entry) return
    this.#entries.delete(signal)
    signal.removeEventListener('abort', entry.onAbort)
  }
}
