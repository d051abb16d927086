/** What one million tokens cost, in one currency. */
export interface TokenPrice {
  /** Input that DeepSeek had in its context cache. */
  readonly cacheHit: number
  /** Input that it had not. */
  readonly cacheMiss: number
  /** Output, reasoning included. */
  readonly output: number
}

/** Prices per one million tokens off-peak, and when they are multiplied. */
export interface PriceTable {
  /** Date of the page that the prices were read from, `YYYY-MM-DD`. */
  readonly asOf: string
  /** Address of that page. */
  readonly source: string
  /** By model, then by currency (`USD`, `CNY`). */
  readonly models: Readonly<Record<string, Readonly<Record<string, TokenPrice>>>>
  readonly peak: {
    /** Prices are multiplied by this in peak hours. */
    readonly factor: number
    /** Days with peak hours by UTC: 0 is Sunday. */
    readonly days: readonly number[]
    /** Windows of a day in hours UTC: from inclusive, to exclusive. */
    readonly hoursUTC: readonly (readonly [from: number, to: number])[]
    /** Days without peak hours, `YYYY-MM-DD` by UTC. */
    readonly holidays: readonly string[]
  }
}

/** A price table that answers questions; a copy with other prices answers with those. */
export interface PriceList extends PriceTable {
  /**
   * Price of a model's tokens at a time, peak factor included.
   *
   * @returns `undefined` for an unknown model or currency.
   */
  priceOf(model: string, at: Date | number, currency?: string): TokenPrice | undefined
  /** True in peak hours. */
  isPeak(at: Date | number): boolean
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** 1970-01-01 was a Thursday. */
const WEEKDAY_OF_EPOCH = 4

/** Answers whether a time is peak, for those who ask at every call. */
export function peakTimes(table: PriceTable): (at: number) => boolean {
  const { days, hoursUTC } = table.peak
  const holidays = new Set(table.peak.holidays.map((date) => Math.floor(Date.parse(date) / DAY_MS)))
  return (at) => {
    // A time that is not one is off-peak.
    if (!Number.isFinite(at)) return false
    const day = Math.floor(at / DAY_MS)
    const weekday = (((day + WEEKDAY_OF_EPOCH) % 7) + 7) % 7
    const hour = (at - day * DAY_MS) / HOUR_MS
    return (
      days.includes(weekday) &&
      hoursUTC.some(([from, to]) => hour >= from && hour < to) &&
      !holidays.has(day)
    )
  }
}

/** The model that DeepSeek serves and bills where an Anthropic client names one of Anthropic's. */
export function billedModel(model: string): string {
  if (!model.startsWith('claude')) return model
  return model.startsWith('claude-opus') ? 'deepseek-v4-pro' : 'deepseek-flash'
}

/** The price at `at`, or `undefined` where the table does not know the model or the currency. */
export function priceIn(
  table: PriceTable,
  model: string,
  at: Date | number,
  currency = 'USD',
): TokenPrice | undefined {
  const { models, peak } = table
  // Own properties only: a model called "constructor" has no price.
  const prices = Object.hasOwn(models, model) ? models[model] : undefined
  const price = prices && Object.hasOwn(prices, currency) ? prices[currency] : undefined
  if (!price || !peakTimes(table)(Number(at))) return price
  const { cacheHit, cacheMiss, output } = price
  const { factor } = peak
  return { cacheHit: cacheHit * factor, cacheMiss: cacheMiss * factor, output: output * factor }
}

const flash = {
  USD: { cacheHit: 0.003, cacheMiss: 0.15, output: 0.6 },
  CNY: { cacheHit: 0.02, cacheMiss: 1, output: 4 },
}

const pro = {
  USD: { cacheHit: 0.022, cacheMiss: 0.66, output: 1.98 },
  CNY: { cacheHit: 0.15, cacheMiss: 4.5, output: 13.5 },
}

/** The dates of a month, `YYYY-MM`, from one day to another, both included. */
function days(month: string, first: number, last = first): string[] {
  const count = last - first + 1
  return Array.from({ length: count }, (_, i) => `${month}-${String(first + i).padStart(2, '0')}`)
}

/**
 * Chinese public holidays. 2026 as the State Council announced it. 2027 holds only the days that
 * the law fixes; the days around them are announced each November and are not in here.
 */
const holidays = [
  ...days('2026-01', 1, 3),
  ...days('2026-02', 15, 23),
  ...days('2026-04', 4, 6),
  ...days('2026-05', 1, 5),
  ...days('2026-06', 19, 21),
  ...days('2026-09', 25, 27),
  ...days('2026-10', 1, 7),
  ...days('2027-01', 1),
  ...days('2027-02', 5, 8),
  ...days('2027-04', 5),
  ...days('2027-05', 1, 2),
  ...days('2027-06', 9),
  ...days('2027-09', 15),
  ...days('2027-10', 1, 3),
]

function frozen<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object' && inner !== null) frozen(inner)
  }
  return Object.freeze(value)
}

/**
 * DeepSeek's own prices per one million tokens, off-peak, with the date and the page that they come
 * from. Peak is Monday to Friday, 9 to 12 and 14 to 18 in Beijing, but not on Chinese public
 * holidays. DeepSeek changes its prices a few times a year; to use others before this table has
 * them, spread it: `{ ...deepseekPrices, models: { ... } }`.
 */
export const deepseekPrices: PriceList = frozen({
  asOf: '2026-11-15',
  source: 'https://api-docs.deepseek.com/quick_start/pricing',
  models: {
    'deepseek-flash': flash,
    'deepseek-v4-pro': pro,
    // Retired names that are still taken, served by Flash and billed as Flash.
    'deepseek-v4-flash': flash,
    'deepseek-v4-flash-vision-exp': flash,
  },
  peak: {
    factor: 2,
    days: [1, 2, 3, 4, 5],
    hoursUTC: [
      [1, 4],
      [6, 10],
    ],
    holidays,
  },
  // `this` is the copy that somebody spread, or nothing when the function was taken out alone.
  priceOf(this: PriceTable | undefined, model: string, at: Date | number, currency = 'USD') {
    return priceIn(this ?? deepseekPrices, model, at, currency)
  },
  isPeak(this: PriceTable | undefined, at: Date | number) {
    return peakTimes(this ?? deepseekPrices)(Number(at))
  },
})
