import { billedModel, type PriceTable, peakTimes, type TokenPrice } from '../provider/prices'
import { type TokenUsage, tokensOf, type UsageFields } from '../provider/usage'

/** What one completion used, as the wrapper saw it. */
export interface CompletionCall {
  /** As the answer names it, or as the request did; undefined when neither was seen. */
  readonly model: string | undefined
  /** Undefined when none was seen: the caller cancelled, or the stream broke off. */
  readonly usage: UsageFields | undefined
  /** Epoch milliseconds. */
  readonly startedAt: number
  readonly endedAt: number
}

/** Sums up to a moment: two of them tell what lies between. */
export interface SpendingMark {
  /** Nano-units. A million tokens at 1.00 cost a thousand of them each, so no digit is lost. */
  readonly spent: number
  /** Completions whose cost is not known. */
  readonly unpriced: number
}

/** DeepSeek books a call up to this long after it. */
const BILLING_DELAY_MS = 120_000

/** What came late is kept by steps of the monotonic clock, as many as make up the delay. */
const BUCKET_MS = 10_000
const BUCKETS = BILLING_DELAY_MS / BUCKET_MS + 2

const NANO_PER_TOKEN = 1_000

/** Sums of one currency; a call writes numbers into it and makes no object. */
class Purse {
  readonly currency: string
  /** At the price of the call's end, which is DeepSeek's. */
  spent = 0
  /** Answers whose model has no price in this currency. */
  unknownModels = 0
  /** At the dearest price that a call can have been booked at. */
  #explained = 0
  #unpriced = 0
  readonly #buckets = new Float64Array(BUCKETS)
  readonly #lateSpent = new Float64Array(BUCKETS)
  readonly #lateUnpriced = new Float64Array(BUCKETS)

  constructor(currency: string) {
    this.currency = currency
  }

  add(elapsed: number, spent: number, unpriced: number): void {
    this.#explained += spent
    this.#unpriced += unpriced
    const bucket = Math.floor(elapsed / BUCKET_MS)
    const index = bucket % BUCKETS
    if (this.#buckets[index] !== bucket) {
      this.#buckets[index] = bucket
      this.#lateSpent[index] = 0
      this.#lateUnpriced[index] = 0
    }
    this.#lateSpent[index] = (this.#lateSpent[index] ?? 0) + spent
    this.#lateUnpriced[index] = (this.#lateUnpriced[index] ?? 0) + unpriced
  }

  /** All that was spent by now. */
  now(): SpendingMark {
    return { spent: this.#explained, unpriced: this.#unpriced }
  }

  /** The same without the calls that can still be booked late. */
  settled(elapsed: number): SpendingMark {
    const since = Math.floor((elapsed - BILLING_DELAY_MS) / BUCKET_MS)
    let { spent, unpriced } = this.now()
    this.#buckets.forEach((bucket, index) => {
      if (bucket < since) return
      spent -= this.#lateSpent[index] ?? 0
      unpriced -= this.#lateUnpriced[index] ?? 0
    })
    return { spent, unpriced }
  }
}

/** Asks once a minute: calls come by the thousand, and the hours of the peak are whole ones. */
function byTheMinute(ask: (at: number) => boolean): (at: number) => boolean {
  const minutes = new Float64Array(KEPT_MINUTES).fill(Number.NaN)
  const answers = new Uint8Array(KEPT_MINUTES)
  return (at) => {
    const minute = Math.floor(at / 60_000)
    const index = minute & (KEPT_MINUTES - 1)
    if (minutes[index] !== minute) {
      minutes[index] = minute
      answers[index] = ask(at) ? 1 : 0
    }
    return answers[index] === 1
  }
}

/** A power of two; a call asks for its beginning, its end and its booking. */
const KEPT_MINUTES = 64

function costOf(tokens: TokenUsage, price: TokenPrice): number {
  const { cacheHit, cacheMiss, output } = tokens
  const cost = cacheHit * price.cacheHit + cacheMiss * price.cacheMiss + output * price.output
  return cost * NANO_PER_TOKEN
}

/**
 * Counts what the calls of this process used and cost. A call costs some additions; nothing of it
 * is kept beyond the delay of billing, so memory does not grow.
 */
export class Ledger {
  /** One for each currency of the price table. */
  readonly #purses: readonly Purse[]
  /** By model, beside the purses. */
  readonly #prices = new Map<string, readonly (TokenPrice | undefined)[]>()
  readonly #factor: number
  /** Whether prices are at their peak at a time, epoch milliseconds. */
  readonly isPeak: (at: number) => boolean
  readonly usage: TokenUsage = { cacheHit: 0, cacheMiss: 0, output: 0, reasoning: 0 }
  /** Answers whose usage was seen. */
  counted = 0

  constructor(table: PriceTable) {
    const models = Object.entries(table.models)
    const currencies = new Set(models.flatMap(([, prices]) => Object.keys(prices)))
    this.#purses = [...currencies].map((currency) => new Purse(currency))
    for (const [model, prices] of models) {
      const row = [...currencies].map((each) =>
        Object.hasOwn(prices, each) ? prices[each] : undefined,
      )
      this.#prices.set(model, row)
    }
    this.#factor = table.peak.factor
    this.isPeak = byTheMinute(peakTimes(table))
  }

  /** Takes a completion at a time of the monotonic clock; gives the tokens that it used. */
  add(call: CompletionCall, elapsed: number): TokenUsage | undefined {
    if (!call.usage) {
      for (const purse of this.#purses) purse.add(elapsed, 0, 1)
      return undefined
    }
    const tokens = tokensOf(call.usage)
    const { usage } = this
    usage.cacheHit += tokens.cacheHit
    usage.cacheMiss += tokens.cacheMiss
    usage.output += tokens.output
    usage.reasoning += tokens.reasoning
    this.counted++
    this.#charge(call, tokens, elapsed)
    return tokens
  }

  /** Those that have prices. */
  get currencies(): readonly string[] {
    return this.#purses.map(({ currency }) => currency)
  }

  /** What was spent in a currency; undefined when not all of it has a price. */
  spentIn(currency: string): number | undefined {
    const purse = this.#purseOf(currency)
    if (!purse || this.counted === 0 || purse.unknownModels > 0) return undefined
    return purse.spent / 1e9
  }

  /** Sums for the comparison with the balance; undefined for a currency without any price. */
  marksOf(
    currency: string,
    elapsed: number,
  ): { now: SpendingMark; settled: SpendingMark } | undefined {
    const purse = this.#purseOf(currency)
    return purse && { now: purse.now(), settled: purse.settled(elapsed) }
  }

  #purseOf(currency: string): Purse | undefined {
    return this.#purses.find((purse) => purse.currency === currency)
  }

  #charge({ model, startedAt, endedAt }: CompletionCall, tokens: TokenUsage, elapsed: number) {
    const prices =
      model === undefined
        ? undefined
        : (this.#prices.get(model) ?? this.#prices.get(billedModel(model)))
    const atEnd = this.isPeak(endedAt) ? this.#factor : 1
    // Nobody says whether the price of the beginning, the end or the booking counts: the dearest of
    // them explains the most, so that no change of the hour looks like a stranger.
    const peakNear = this.isPeak(startedAt) || this.isPeak(endedAt + BILLING_DELAY_MS)
    const dearest = Math.max(atEnd, peakNear ? this.#factor : 1)
    for (const [index, purse] of this.#purses.entries()) {
      const price = prices?.[index]
      if (!price) {
        purse.unknownModels++
        purse.add(elapsed, 0, 1)
        continue
      }
      const cost = costOf(tokens, price)
      purse.spent += Math.round(cost * atEnd)
      purse.add(elapsed, Math.round(cost * dearest), 0)
    }
  }
}
