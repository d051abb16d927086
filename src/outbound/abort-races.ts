type Fail = (reason: unknown) => void

interface Waiters {
  readonly fails: Set<Fail>
  readonly onAbort: () => void
}

/**
 * Lets calls leave their waits when their signal aborts, with one listener per signal however many
 * calls share it: ten thousand calls on one long-lived signal must not mean ten thousand listeners.
 */
export class AbortRaces {
  readonly #bySignal = new WeakMap<AbortSignal, Waiters>()

  /** Settles as `work` does, or rejects with `signal.reason` when that comes first. */
  run<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (signal.aborted) {
        work.catch(() => undefined)
        reject(signal.reason)
        return
      }
      const waiters = this.#join(signal, reject)
      const leave = (): void => this.#leave(signal, waiters, reject)
      work.then(
        (value) => {
          leave()
          resolve(value)
        },
        (error) => {
          leave()
          reject(error)
        },
      )
    })
  }

  #join(signal: AbortSignal, fail: Fail): Waiters {
    let waiters = this.#bySignal.get(signal)
    if (waiters === undefined) {
      const fails = new Set<Fail>()
      const onAbort = (): void => {
        this.#bySignal.delete(signal)
        for (const each of fails) each(signal.reason)
      }
      waiters = { fails, onAbort }
      this.#bySignal.set(signal, waiters)
      signal.addEventListener('abort', onAbort, { once: true })
    }
    waiters.fails.add(fail)
    return waiters
  }

  #leave(signal: AbortSignal, waiters: Waiters, fail: Fail): void {
    waiters.fails.delete(fail)
    if (waiters.fails.size > 0 || this.#bySignal.get(signal) !== waiters) return
    this.#bySignal.delete(signal)
    signal.removeEventListener('abort', waiters.onAbort)
  }
}
