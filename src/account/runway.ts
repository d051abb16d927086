import type { PriceTable } from '../provider/prices'
import { type BurnHistory, DAY_MS, type FactorAt, HOUR_MS, KEPT_HOURS } from './burn'

/** What the calendar says of a time: it shapes both the load and the price. */
export interface Calendar {
  /** The peak factor of the price. */
  readonly factorAt: FactorAt
  /** The same in the middle of an hour, counted since the epoch. */
  factorOfHour(hour: number): number
  /**
   * False at weekends and on public holidays: load of one kind of day foretells the same kind. Days
   * are counted since the epoch.
   */
  isWorkday(day: number): boolean
}

const DAY = 24
const WEEK = 7 * DAY

/** Less of an hour than this says nothing about the whole of it. */
const LEAST_COVERED = 0.25

/** How far back what was foreseen is compared with what came, in hours. */
const COMPARED_HOURS = 2 * DAY
const LONGEST_LEVEL = 4 * DAY

/**
 * The level is what the last day cost beside what was foreseen for it. Where hours differ from the
 * foreseen by more than this share, one day is chance, and so many more are looked at.
 */
const CALM = 0.3

/** Last week's hour is believed before yesterday's, where both did equally well. */
const TRUST_IN_LAST_WEEK = 8

/** A level above this means that the past has no shape for what goes on now. */
const MOST_LEVEL = 20

/** Hour by hour so far; beyond it the last week repeats. */
const FORESEEN_WEEKS = 4

/** Ten years: nobody acts on more, and a date stays a date. */
const LONGEST_RUNWAY = 87_600

/** An hour of the last days: what it cost, and what two ways of foreseeing said before it. */
interface Compared {
  readonly seen: number
  readonly week: number
  readonly like: number
  /** Share of the hour that is known. */
  readonly weight: number
}

/**
 * Foresees the load of the hours ahead from the hours behind, at off-peak prices: what the same
 * hour of last week cost, mixed with what the same hour of the last like day cost, the more so the
 * better that did lately, and scaled to the present level. Until a week is known, the last like day
 * stands in for it, then the last day, then the mean.
 */
class Forecast {
  readonly #current: number
  readonly #oldest: number
  readonly #loads = new Float64Array(KEPT_HOURS + 1).fill(Number.NaN)
  readonly #known = new Float64Array(KEPT_HOURS + 1)
  readonly #mean: number
  /** The first day that is looked at, and of which kind it and those after it are. */
  readonly #firstDay: number
  readonly #workdays: readonly boolean[]
  /** A week ahead: what last week says, and what the last like days say. */
  readonly #weekAhead = new Float64Array(WEEK)
  readonly #likeAhead = new Float64Array(WEEK)
  /** Share of last week in the mixture. */
  #share = 1
  #level = 1
  /** Instead of a shape and a level, where the past has no shape for the present. */
  #flat: number | undefined

  constructor(history: BurnHistory, now: number, calendar: Calendar) {
    this.#current = Math.floor(now / HOUR_MS)
    this.#oldest = this.#current - KEPT_HOURS
    this.#firstDay = Math.floor(this.#oldest / DAY) - 1
    const days = KEPT_HOURS / DAY + 10
    this.#workdays = Array.from({ length: days }, (_, day) =>
      calendar.isWorkday(this.#firstDay + day),
    )
    this.#mean = this.#readHours(history)
    this.#lookAhead()
    this.#weigh(this.#compare())
  }

  /** The load of an hour, counted from the present one; after a week it repeats. */
  at(ahead: number): number {
    if (this.#flat !== undefined) return this.#flat
    const week = this.#weekAhead[ahead % WEEK] ?? 0
    const like = this.#likeAhead[ahead % WEEK] ?? 0
    return this.#level * (this.#share * week + (1 - this.#share) * like)
  }

  #lookAhead(): void {
    // A like day's hour says the same for every day ahead: it is looked up once for each kind.
    const found = new Map<number, number>()
    for (const ahead of this.#weekAhead.keys()) {
      const hour = this.#current + ahead
      const key = (hour % DAY) + (this.#isWorkday(hour) ? DAY : 0)
      const like = found.get(key) ?? this.#lastLikeDay(hour, this.#current)
      found.set(key, like)
      this.#likeAhead[ahead] = like
      this.#weekAhead[ahead] = this.#lastWeek(hour, like)
    }
  }

  #readHours({ hours }: BurnHistory): number {
    let load = 0
    let covered = 0
    for (const cell of hours) {
      const index = cell.hour - this.#oldest
      if (index < 0 || index > KEPT_HOURS) continue
      const known = cell.covered / HOUR_MS
      this.#known[index] = known
      if (known >= LEAST_COVERED) this.#loads[index] = cell.load / known
      if (index <= KEPT_HOURS - DAY) continue
      load += cell.load
      covered += known
    }
    return covered > 0 ? load / covered : 0
  }

  #loadOf(hour: number): number {
    return this.#loads[hour - this.#oldest] ?? Number.NaN
  }

  #isWorkday(hour: number): boolean {
    // Rounded down; within a few weeks nothing else is looked at.
    return this.#workdays[(hour / DAY - this.#firstDay) | 0] ?? false
  }

  /** The same hour of last week, where it is known and was a day of this kind. */
  #lastWeek(hour: number, like: number): number {
    const load = this.#loadOf(hour - WEEK)
    const usable = !Number.isNaN(load) && this.#isWorkday(hour) === this.#isWorkday(hour - WEEK)
    return usable ? load : like
  }

  /** The same hour of the last like day; without one, of the last day; without one, the mean. */
  #lastLikeDay(hour: number, before: number): number {
    const kind = this.#isWorkday(hour)
    let lastDay = Number.NaN
    for (let earlier = hour - DAY; earlier >= hour - 2 * WEEK; earlier -= DAY) {
      if (earlier >= before) continue
      const load = this.#loadOf(earlier)
      if (Number.isNaN(load)) continue
      if (this.#isWorkday(earlier) === kind) return load
      if (Number.isNaN(lastDay)) lastDay = load
    }
    return Number.isNaN(lastDay) ? this.#mean : lastDay
  }

  /** The last days, newest first. */
  #compare(): Compared[] {
    const compared: Compared[] = []
    for (let hour = this.#current; hour > this.#current - LONGEST_LEVEL; hour--) {
      const weight = this.#known[hour - this.#oldest] ?? 0
      const seen = this.#loadOf(hour)
      if (weight < LEAST_COVERED || Number.isNaN(seen)) continue
      const like = this.#lastLikeDay(hour, hour)
      compared.push({ seen, week: this.#lastWeek(hour, like), like, weight })
    }
    return compared
  }

  #weigh(compared: readonly Compared[]): void {
    const week = missedBy(compared, (hour) => hour.week)
    const like = missedBy(compared, (hour) => hour.like)
    const trust = TRUST_IN_LAST_WEEK / (week ** 3 + 0.001)
    this.#share = trust / (trust + 1 / (like ** 3 + 0.001))
    const foreseen = (hour: Compared) => this.#share * hour.week + (1 - this.#share) * hour.like
    const unrest = Math.min(week, like) / CALM
    const hours = DAY * Math.min(LONGEST_LEVEL / DAY, Math.max(1, unrest))
    const usualDay = this.#weekAhead.reduce((sum, load) => sum + load, 0) / 7
    const { seen, expected, weight } = sumUp(compared, foreseen, hours, usualDay)
    if (seen > expected * MOST_LEVEL) this.#flat = weight > 0 ? seen / weight : 0
    else if (expected > 0) this.#level = seen / expected
  }
}

/**
 * What came and what was foreseen in the last `hours`, or longer where next to nothing was foreseen
 * for them: a weekend tells nothing of the level of a working week.
 */
function sumUp(
  compared: readonly Compared[],
  foreseen: (hour: Compared) => number,
  hours: number,
  usualDay: number,
) {
  let seen = 0
  let expected = 0
  let weight = 0
  for (const hour of compared) {
    if (weight >= hours && expected >= 0.9 * usualDay) break
    seen += hour.seen * hour.weight
    expected += foreseen(hour) * hour.weight
    weight += hour.weight
  }
  return { seen, expected, weight }
}

/** By what share of the whole the hours missed what was foreseen, the level left out. */
function missedBy(compared: readonly Compared[], foreseen: (hour: Compared) => number): number {
  const day = sumUp(compared, foreseen, DAY, 0)
  const level = day.expected > 0 ? day.seen / day.expected : 1
  let missed = 0
  let seen = 0
  let weight = 0
  for (const hour of compared) {
    if (weight >= COMPARED_HOURS) break
    missed += Math.abs(hour.seen - level * foreseen(hour)) * hour.weight
    seen += hour.seen * hour.weight
    weight += hour.weight
  }
  return seen > 0 ? missed / seen : 0
}

/**
 * How many hours the balance lasts: the hours ahead are added up, each at its load and its price,
 * until the balance is gone.
 *
 * @returns `undefined` below half an hour of history, and where nothing is burnt.
 */
export function runwayHours(history: BurnHistory, calendar: Calendar): number | undefined {
  const { last, known } = history
  if (!last || known < HOUR_MS / 2) return undefined
  const forecast = new Forecast(history, last.at, calendar)
  const hour = Math.floor(last.at / HOUR_MS)
  // The running hour is partly over.
  const started = last.at / HOUR_MS - hour
  const costOf = (ahead: number): number => forecast.at(ahead) * calendar.factorOfHour(hour + ahead)
  let left = Math.max(0, last.total)
  let lastWeek = 0
  for (let ahead = 0; ahead < FORESEEN_WEEKS * WEEK; ahead++) {
    const span = ahead === 0 ? 1 - started : 1
    const perHour = costOf(ahead)
    const cost = perHour * span
    if (cost > 0 && cost >= left) return Math.max(0, ahead - started) + left / perHour
    left -= cost
    if (ahead >= (FORESEEN_WEEKS - 1) * WEEK) lastWeek += cost
  }
  if (!(lastWeek > 0)) return undefined
  const hours = FORESEEN_WEEKS * WEEK - started + (left / lastWeek) * WEEK
  return Math.min(LONGEST_RUNWAY, hours)
}

/** Hours; a power of two, and more than the weeks that are looked ahead. */
const KEPT_FACTORS = 1_024

/** The calendar of a price table; `isPeak` answers for it, from memory where it can. */
export function calendarOf(peak: PriceTable['peak'], isPeak: (at: number) => boolean): Calendar {
  const holidays = new Set(peak.holidays.map((date) => Math.floor(Date.parse(date) / DAY_MS)))
  // Loads are prices divided by it.
  const factor = peak.factor > 0 ? peak.factor : 1
  const factorAt = (at: number): number => (isPeak(at) ? factor : 1)
  // The weeks ahead are asked for at every reading.
  const hours = new Float64Array(KEPT_FACTORS)
  const factors = new Float64Array(KEPT_FACTORS)
  return {
    factorAt,
    factorOfHour(hour) {
      const index = hour & (KEPT_FACTORS - 1)
      if (hours[index] !== hour) {
        hours[index] = hour
        factors[index] = factorAt((hour + 0.5) * HOUR_MS)
      }
      return factors[index] ?? 1
    },
    // The first day of the epoch was a Thursday.
    isWorkday: (day) => (day + 3) % 7 < 5 && !holidays.has(day),
  }
}
