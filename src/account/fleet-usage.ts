import { SharedCounters } from '../store/counters'
import type { GuardedStore } from '../store/guarded-store'
import type { Totals } from '../store/shared-store'
import type { Account } from './account'
import { fromMicros, MICRO } from './balance'

interface FleetUsageDeps {
  store: GuardedStore
  /** Names the counters: everybody who adds to them spends one account. */
  name: string
  /** Names this process in the store. */
  owner: string
}

const KINDS = ['cacheHit', 'cacheMiss', 'output', 'reasoning'] as const

/**
 * Adds what this process uses and spends to the hourly counters of the fleet, and tells the account
 * the sums of everybody. Own calls count at once, others' with the next `flush()`.
 */
export class FleetUsage {
  readonly #account: Account
  readonly #counters: SharedCounters
  /** What of this process's own sums is counted already. */
  readonly #counted = new Map<string, number>()
  #totals: Totals | undefined

  constructor(account: Account, { store, name, owner }: FleetUsageDeps) {
    this.#account = account
    this.#counters = new SharedCounters(name, store, owner)
  }

  /** Takes what this process has used since the last call. */
  count(now: number): void {
    const { own } = this.#account
    for (const kind of KINDS) this.#add(kind, own.usage[kind])
    for (const currency of own.currencies) {
      const spent = own.spentIn(currency)
      if (spent !== undefined) this.#add(`spent ${currency}`, Math.round(spent * MICRO))
      // Once is enough: from then on nobody can say what the fleet has spent.
      else if (own.usage.output > 0) this.#add(`unpriced ${currency}`, 1)
    }
    this.#share(now)
  }

  /** Sends what was counted, and learns what the others have used. */
  async flush(now: number): Promise<void> {
    const totals = await this.#counters.flush()
    if (totals === undefined) return
    this.#totals = totals
    this.#share(now)
  }

  /** Sums only grow; the counters get what is new of them. */
  #add(name: string, sum: number): void {
    const before = this.#counted.get(name) ?? 0
    if (sum <= before) return
    this.#counted.set(name, sum)
    this.#counters.count({ [name]: sum - before })
  }

  /** Before the store has answered once, this process's own sums stand. */
  #share(now: number): void {
    const totals = this.#totals
    if (totals === undefined) return
    const { unconfirmed } = this.#counters
    const sum = (name: string) => (totals[name] ?? 0) + (unconfirmed[name] ?? 0)
    const [cacheHit = 0, cacheMiss = 0, output = 0, reasoning = 0] = KINDS.map(sum)
    const spentIn = (currency: string) => {
      const unknown = sum(`unpriced ${currency}`) > 0 || output === 0
      return unknown ? undefined : fromMicros(sum(`spent ${currency}`))
    }
    this.#account.shareSums({ usage: { cacheHit, cacheMiss, output, reasoning }, spentIn }, now)
  }
}
