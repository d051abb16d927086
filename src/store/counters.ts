import type { GuardedStore } from './guarded-store'
import type { Batch, Totals } from './shared-store'

/**
 * Adds what this process counts to the counters of the fleet, each amount once: a batch keeps its
 * number until the store has confirmed it, and the store ignores a number that it has seen.
 */
export class SharedCounters {
  readonly #name: string
  readonly #store: GuardedStore
  readonly #owner: string
  #pending = new Map<string, number>()
  #batch: Batch | undefined
  #sequence = 0
  #sending: Promise<Totals | undefined> | undefined

  /** `owner` names this process in the store. */
  constructor(name: string, store: GuardedStore, owner: string) {
    this.#name = name
    this.#store = store
    this.#owner = owner
  }

  /** Whole numbers only; kept until the next `flush()`. */
  count(amounts: Readonly<Record<string, number>>): void {
    for (const [name, amount] of Object.entries(amounts)) {
      if (amount !== 0) this.#pending.set(name, (this.#pending.get(name) ?? 0) + amount)
    }
  }

  /** What this process has counted and the store has not confirmed. */
  get unconfirmed(): Totals {
    const sums = new Map(Object.entries(this.#batch?.amounts ?? {}))
    for (const [name, amount] of this.#pending) sums.set(name, (sums.get(name) ?? 0) + amount)
    return Object.fromEntries(sums)
  }

  /** Sends what is pending; gives the sums of the fleet, undefined while the store is away. */
  flush(): Promise<Totals | undefined> {
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined
    })
    return this.#sending
  }

  async #send(): Promise<Totals | undefined> {
    if (this.#batch === undefined && this.#pending.size > 0) {
      this.#sequence++
      const amounts = Object.fromEntries(this.#pending)
      this.#batch = { owner: this.#owner, sequence: this.#sequence, amounts }
      this.#pending = new Map()
    }
    const round = this.#store.round()
    if (this.#batch === undefined) return round.totals(this.#name)
    const totals = await round.add(this.#name, this.#batch)
    if (totals !== undefined) this.#batch = undefined
    return totals
  }
}
