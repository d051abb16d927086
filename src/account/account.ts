import type { Cause } from '../causes/cause'
import type { PriceTable } from '../provider/prices'
import type { TokenUsage } from '../provider/usage'
import { type Balance, type BalanceRow, fromMicros, MICRO } from './balance'
import {
  addReading,
  type BurnHistory,
  burnOver,
  DAY_MS,
  type Fall,
  HOUR_MS,
  noBurn,
  type Reading,
} from './burn'
import { type CompletionCall, Ledger } from './ledger'
import { type Calendar, calendarOf, runwayHours } from './runway'
import { compare, newWatch, type Watch } from './unexplained'

/** The account as far as this process knows it, from the free probe and the answers' usage. */
export interface AccountSnapshot {
  /** False: calls will be refused. Absent before the first balance. */
  readonly available?: boolean
  /** Amounts by currency; empty before the first balance. */
  readonly balances: readonly {
    readonly currency: string
    readonly total: number
    readonly granted?: number
    readonly toppedUp?: number
  }[]
  /** ISO time of the newest balance; before the first, of the newest usage. */
  readonly at: string
  /** The fall of the balance per hour, top-ups and expiries left out. */
  readonly burnPerHour?: {
    readonly currency: string
    readonly lastHour?: number
    readonly lastDay?: number
  }
  /** Absent below 30 minutes of history, and while nothing is burnt. */
  readonly runwayHours?: number
  /** ISO time. */
  readonly exhaustedAt?: string
  /** Tokens seen by this process; reasoning is a part of output. */
  readonly usage: Readonly<TokenUsage>
  /** Share of the input that DeepSeek had in its cache. */
  readonly cacheHitRatio?: number
  /** Own usage times price; absent when a model without a known price was used. */
  readonly spent?: { readonly currency: string; readonly amount: number }
  /** What somebody else spends per hour. Only with `exclusive: true`, and only while it happens. */
  readonly unexplainedPerHour?: number
  /** Whether prices are at their peak now. */
  readonly peak: boolean
}

/** How the account is watched, every default in place. */
export interface AccountRules {
  readonly lowBalance: Readonly<Record<string, number>>
  readonly warnHours: number
  readonly exclusive: boolean
  readonly prices: PriceTable
}

/** A time by both clocks: the wall's for hours and prices, the monotonic one for windows. */
interface Moment {
  readonly now: number
  readonly elapsed: number
}

/** What is wrong with the account, as health and log name it. */
export type AccountCause = Extract<Cause, 'balance-low' | 'spending-unexplained'>

/** A warning that ends at its own limit would come and go with every reading. */
const CALM_AGAIN = 1.1

/** Currencies come and go with a key; more than these are nobody's. */
const MOST_WALLETS = 8

/** For comparisons: longer than any runway. */
const NO_END = Number.MAX_VALUE

/** What a date can hold. */
const LAST_TIME = 8.64e15 - 10 * 366 * DAY_MS

function isTime(at: number): boolean {
  return at >= 0 && at <= LAST_TIME
}

function isOf(wallet: Wallet, { currency }: BalanceRow): boolean {
  return wallet.row.currency === currency
}

interface Wallet {
  readonly row: BalanceRow
  /** Named in the last answer that named any currency. */
  readonly listed: boolean
  readonly history: BurnHistory
  readonly watch: Watch
  /** At the time of the reading. */
  readonly runway: number | undefined
}

/** The sums of a whole fleet, where a store keeps them; they stand for this process's own. */
interface FleetSums {
  readonly usage: Readonly<TokenUsage>
  /** Undefined when not all of it has a price. */
  spentIn(currency: string): number | undefined
}

/**
 * Watches one account: balances and completions go in, a snapshot comes out. It keeps two weeks of
 * hours for each currency and nothing that grows, reads no clock and waits for nothing.
 */
export class Account {
  readonly #rules: AccountRules
  readonly #ledger: Ledger
  readonly #calendar: Calendar
  #wallets: readonly Wallet[] = []
  #available: boolean | undefined
  #at: number | undefined
  #tokenId: string | undefined
  #cause: AccountCause | null = null
  #fleet: FleetSums | undefined

  constructor(rules: AccountRules) {
    this.#rules = rules
    this.#ledger = new Ledger(rules.prices)
    this.#calendar = calendarOf(rules.prices.peak, this.#ledger.isPeak)
  }

  /** What health and log have to say of it; null while all is well. */
  get cause(): AccountCause | null {
    return this.#cause
  }

  /** Whether prices are at their peak at a time. */
  get isPeak(): (at: number) => boolean {
    return this.#ledger.isPeak
  }

  /** The last reading was not explained: one more decides, and need not wait its time. */
  get inDoubt(): boolean {
    return this.#listed().some(({ watch }) => watch.suspicions === 1)
  }

  /** This process's own tokens and money, whatever a fleet sums up. */
  get own(): FleetSums & { readonly currencies: readonly string[] } {
    return this.#ledger
  }

  /** What the whole fleet used; `undefined` goes back to this process's own. */
  shareSums(sums: FleetSums | undefined, now?: number): void {
    this.#fleet = sums
    if (sums?.usage.output && now !== undefined && isTime(now)) this.#at ??= now
  }

  /**
   * Takes a reading of the balance, told with the fingerprint of the key that was asked: another
   * key may be another account, so no fall is read across a change.
   */
  takeBalance({ available, rows }: Balance, at: Moment, tokenId?: string): void {
    const other = this.#tokenId !== undefined && tokenId !== this.#tokenId
    this.#tokenId = tokenId
    this.#available = available
    if (isTime(at.now)) this.#at = at.now
    if (this.#at === undefined) return
    const moment = { now: this.#at, elapsed: at.elapsed }
    const read = rows.map((row) => this.#read(row, moment, other))
    // An answer without rows says nothing of them; a currency that comes back has its history.
    const rest = this.#wallets.filter((wallet) => !rows.some((row) => isOf(wallet, row)))
    const unlisted = rest.map((wallet) => ({ ...wallet, listed: wallet.listed && !rows.length }))
    this.#wallets = [...read, ...unlisted].slice(0, MOST_WALLETS)
    this.#cause = this.#judge()
  }

  /** Takes a completion that was answered; gives the tokens that it used. */
  takeCall(call: CompletionCall, elapsed: number): TokenUsage | undefined {
    if (call.usage && this.#wallets.length === 0 && isTime(call.endedAt)) {
      this.#at = call.endedAt
    }
    return this.#ledger.add(call, elapsed)
  }

  /** The account as it is now; undefined until a balance or a usage is known. */
  snapshot(now: number): AccountSnapshot | undefined {
    if (this.#at === undefined) return undefined
    const wallet = this.#spent()
    const usage = { ...(this.#fleet?.usage ?? this.#ledger.usage) }
    const input = usage.cacheHit + usage.cacheMiss
    const spent = this.#spentIn(wallet?.row.currency)
    return {
      ...(this.#available !== undefined && { available: this.#available }),
      balances: this.#listed().map(({ row }) => amountsOf(row)),
      at: new Date(this.#at).toISOString(),
      ...(wallet && burnOf(wallet)),
      ...(wallet && runwayOf(wallet, now)),
      usage,
      ...(input > 0 && { cacheHitRatio: usage.cacheHit / input }),
      ...(spent && { spent }),
      ...(wallet?.watch.unexplained !== undefined && {
        unexplainedPerHour: fromMicros(wallet.watch.unexplained),
      }),
      peak: this.#ledger.isPeak(now),
    }
  }

  #read(row: BalanceRow, at: Moment, other: boolean): Wallet {
    const known = this.#wallets.find((wallet) => isOf(wallet, row))
    const before = known ?? { history: noBurn, watch: newWatch }
    const reading: Reading = { at: at.now, ...row }
    const start = other ? { ...before.history, last: undefined } : before.history
    const { history, fall } = addReading(start, reading, this.#calendar.factorAt)
    const watch = this.#compare(before.watch, row, at, other ? { ...fall, breaks: true } : fall)
    return { row, listed: true, history, watch, runway: runwayHours(history, this.#calendar) }
  }

  #compare(watch: Watch, { currency }: BalanceRow, at: Moment, fall: Fall): Watch {
    const own = this.#rules.exclusive ? this.#ledger.marksOf(currency, at.elapsed) : undefined
    if (!own) return watch
    const { spent, breaks } = fall
    return compare(watch, { at: at.elapsed, fall: spent, breaks, own })
  }

  #listed(): readonly Wallet[] {
    return this.#wallets.filter(({ listed }) => listed)
  }

  /**
   * The currency that is spent: of those that are not gone, the one that ends first; without burn,
   * the largest.
   */
  #spent(): Wallet | undefined {
    const listed = this.#listed()
    const left = listed.filter(({ row }) => row.total > 0)
    const [first] = [...(left.length > 0 ? left : listed)].sort(
      (a, b) => (a.runway ?? NO_END) - (b.runway ?? NO_END) || b.row.total - a.row.total,
    )
    return first
  }

  #spentIn(currency = 'USD') {
    const amount = (this.#fleet ?? this.#ledger).spentIn(currency)
    return amount === undefined ? undefined : { currency, amount }
  }

  #judge(): AccountCause | null {
    const { lowBalance, warnHours } = this.#rules
    const listed = this.#listed()
    if (listed.some(({ watch }) => watch.unexplained !== undefined)) {
      return 'spending-unexplained'
    }
    const isBelow = ({ row }: Wallet): boolean =>
      Object.hasOwn(lowBalance, row.currency) && row.total < (lowBalance[row.currency] ?? 0) * MICRO
    const runway = this.#spent()?.runway ?? NO_END
    const limit = warnHours * (this.#cause === 'balance-low' ? CALM_AGAIN : 1)
    return runway < limit || listed.some(isBelow) ? 'balance-low' : null
  }
}

function amountsOf({ currency, total, granted, toppedUp }: BalanceRow) {
  return {
    currency,
    total: fromMicros(total),
    ...(granted !== undefined && { granted: fromMicros(granted) }),
    ...(toppedUp !== undefined && { toppedUp: fromMicros(toppedUp) }),
  }
}

function burnOf({ row, history }: Wallet) {
  const lastHour = burnOver(history, HOUR_MS)
  const lastDay = burnOver(history, DAY_MS)
  if (lastHour === undefined && lastDay === undefined) return {}
  return {
    burnPerHour: {
      currency: row.currency,
      ...(lastHour !== undefined && { lastHour: fromMicros(lastHour) }),
      ...(lastDay !== undefined && { lastDay: fromMicros(lastDay) }),
    },
  }
}

/** The runway shrinks between two readings; the end stays where it is. */
function runwayOf({ history, runway }: Wallet, now: number) {
  const at = history.last?.at
  if (runway === undefined || at === undefined) return {}
  const passed = isTime(now) ? Math.max(0, now - at) / HOUR_MS : 0
  return {
    runwayHours: Math.max(0, runway - passed),
    exhaustedAt: new Date(at + runway * HOUR_MS).toISOString(),
  }
}
