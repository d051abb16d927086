import { deepseekPrices, peakTimes } from '../../src/provider/prices'

export const HOUR = 3_600_000
export const DAY = 24 * HOUR
const MINUTE = 60_000

/** A random number generator with a seed: the same weeks on every run. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Standard normal. */
function gauss(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

/** What an application does, hour by hour, and what happens to its account. */
export interface Pattern {
  name: string
  start?: string
  /** Off-peak cost per hour at a time, before noise. */
  load: (at: number, sim: { day: number; hour: number; random: () => number }) => number
  /** Sigma of the lognormal noise of every hour. */
  noise?: number
  /** Calls an hour at the mean: few large calls are a rough line. */
  calls?: number
  topUps?: { day: number; amount: number }[]
  expiry?: { day: number; amount: number }
  /** Days (with fractions) without an answer to the probe. */
  silent?: [from: number, to: number][]
}

/** Asked for every charge; the table's own `isPeak` reads its holidays anew each time. */
export const isPeak = peakTimes(deepseekPrices)

const hourOf = (at: number) => (at % DAY) / HOUR
const weekday = (at: number) => new Date(at).getUTCDay()
const isWeekend = (at: number) => [0, 6].includes(weekday(at))
const isHoliday = (at: number) =>
  deepseekPrices.peak.holidays.includes(new Date(at).toISOString().slice(0, 10))
const within = (at: number, from: number, to: number) => {
  const hour = hourOf(at)
  return from <= to ? hour >= from && hour < to : hour >= from || hour < to
}

/** Memory for patterns whose level wanders. */
function wandering(sigma: number) {
  let day = -1
  let level = 1
  return (now: number, random: () => number) => {
    while (day < now) {
      day++
      level *= Math.exp(sigma * gauss(random))
    }
    return level
  }
}

export const patterns: (() => Pattern)[] = [
  () => ({ name: 'constant', load: () => 2 }),
  () => ({
    name: 'office hours in Beijing',
    load: (at) => (!isWeekend(at) && within(at, 1, 10) ? 6 : 0.3),
  }),
  () => ({
    name: 'only in peak hours',
    load: (at) => (isPeak(at) ? 8 : 0.05),
  }),
  () => ({
    name: 'office hours in Europe',
    load: (at) => (!isWeekend(at) && within(at, 7, 17) ? 5 : 0.4),
  }),
  () => ({
    name: 'office hours in America',
    load: (at) => (!isWeekend(at) && within(at, 14, 24) ? 5 : 0.5),
  }),
  () => ({
    name: 'day and night as a wave',
    load: (at) => 3 + 2.5 * Math.sin((2 * Math.PI * (hourOf(at) - 6)) / 24),
  }),
  () => ({ name: 'weekends above all', load: (at) => (isWeekend(at) ? 6 : 1.5) }),
  () => ({ name: 'a batch every night', load: (at) => (within(at, 22, 24) ? 25 : 0.2) }),
  () => ({
    name: 'a batch that avoids the peak',
    load: (at) => (isPeak(at) ? 0 : 3),
  }),
  () => ({ name: 'bursts', load: () => 3, noise: 0.35 }),
  () => ({ name: 'growth of 5 % a day', load: (_, { day }) => 1.5 * 1.05 ** day }),
  () => ({ name: 'decline of 5 % a day', load: (_, { day }) => 5 * 0.95 ** day }),
  () => ({ name: 'doubled after nine days', load: (_, { day }) => (day < 9 ? 2 : 4) }),
  () => ({ name: 'halved after nine days', load: (_, { day }) => (day < 9 ? 4 : 2) }),
  () => ({ name: 'one wild day', load: (_, { day }) => (Math.floor(day) === 4 ? 10 : 2) }),
  () => ({
    name: 'a holiday week ahead',
    start: '2026-09-20T00:00:00Z',
    load: (at) => (!isWeekend(at) && !isHoliday(at) && within(at, 1, 10) ? 6 : 1),
  }),
  () => ({
    name: 'top-ups on the way',
    load: (at) => (within(at, 6, 20) ? 4 : 1),
    topUps: [
      { day: 3.3, amount: 100 },
      { day: 8.6, amount: 40 },
    ],
  }),
  () => ({
    name: 'a grant that expires',
    load: (at) => (within(at, 6, 20) ? 4 : 1),
    expiry: { day: 6.4, amount: 60 },
  }),
  () => ({
    name: 'hours without an answer',
    load: (at) => (within(at, 6, 20) ? 4 : 1),
    silent: [
      [2.2, 2.6],
      [9.1, 9.4],
    ],
  }),
  () => {
    const level = wandering(0.06)
    return { name: 'a level that wanders', load: (_, { day, random }) => 3 * level(day, random) }
  },
  () => ({ name: 'a job every six hours', load: (at) => (hourOf(at) % 6 < 1 ? 12 : 0) }),
  () => ({
    name: 'a batch every Sunday',
    load: (at) => (weekday(at) === 0 && within(at, 2, 8) ? 12 : 1.5),
  }),
  () => ({
    name: 'office and batch together',
    load: (at) => (!isWeekend(at) && within(at, 1, 10) ? 4 : 0.5) + (within(at, 20, 22) ? 8 : 0),
  }),
  () => ({ name: 'few large calls', load: () => 2, calls: 12 }),
]

export interface SimulatedReading {
  at: number
  total: number
  granted: number
  toppedUp: number
}

const cents = (amount: number) => Math.round(amount * 100) * 10_000

/** What the application is charged for, up to two minutes late. */
export function chargesOf(pattern: Pattern, random: () => number, days: number) {
  const start = Date.parse(pattern.start ?? '2026-11-02T00:00:00Z')
  const { calls = 60, noise = 0.08 } = pattern
  const charges: { at: number; cost: number }[] = []
  for (let hour = 0; hour < days * 24; hour++) {
    const at = start + hour * HOUR
    const level = Math.exp(noise * gauss(random) - (noise * noise) / 2)
    const load = pattern.load(at, { day: hour / 24, hour, random }) * level
    if (load <= 0) continue
    const count = Math.max(1, Math.round(calls * (0.7 + 0.6 * random())))
    const sizes = Array.from({ length: count }, () => -Math.log(1 - random()))
    const scale = calls >= 20 ? load / sizes.reduce((a, b) => a + b, 0) : load / calls
    for (const size of sizes) {
      const when = at + random() * HOUR
      const factor = isPeak(when) ? 2 : 1
      charges.push({ at: when + random() * 2 * MINUTE, cost: size * scale * factor })
    }
  }
  return { start, charges: charges.sort((a, b) => a.at - b.at) }
}

/**
 * Plays eight days and a week: readings every five minutes, charges up to two minutes late, the
 * balance in cents. The balance is made so that it ends in the second week.
 */
export function simulate(pattern: Pattern, seed: number, share: number) {
  const random = randomOf(seed)
  const { start, charges } = chargesOf(pattern, random, 17)
  // Money ends where money is spent: at a share of what the second week costs.
  const week = charges.filter(({ at }) => at >= start + 8 * DAY && at < start + 15 * DAY)
  let rest = share * week.reduce((sum, { cost }) => sum + cost, 0)
  const end = week.find(({ cost }) => {
    rest -= cost
    return rest <= 0
  })?.at
  if (end === undefined) throw new Error(`The second week of "${pattern.name}" costs nothing.`)
  const spentUntilEnd = charges.filter(({ at }) => at < end).reduce((sum, c) => sum + c.cost, 0)
  const toppedUpLater = (pattern.topUps ?? []).reduce((sum, { amount }) => sum + amount, 0)
  let granted = pattern.expiry ? pattern.expiry.amount + 30 : 0
  let toppedUp = spentUntilEnd - toppedUpLater - (pattern.expiry ? 30 : 0)
  if (pattern.expiry) {
    // What is left of the grant at its end is lost.
    const until = start + pattern.expiry.day * DAY
    const spent = charges.filter(({ at }) => at < until).reduce((sum, c) => sum + c.cost, 0)
    granted = spent + pattern.expiry.amount
    toppedUp = spentUntilEnd - spent
  }
  const readings: SimulatedReading[] = []
  let next = 0
  let expired = false
  const topUps = [...(pattern.topUps ?? [])]
  let exhausted = Number.NaN
  for (let at = start; at < end + 2 * DAY; at += 5 * MINUTE * (0.9 + 0.2 * random())) {
    for (; next < charges.length && charges[next]!.at <= at; next++) {
      const { cost } = charges[next]!
      const fromGrant = Math.min(granted, cost)
      granted -= fromGrant
      toppedUp -= cost - fromGrant
      if (granted + toppedUp <= 0 && Number.isNaN(exhausted)) exhausted = charges[next]!.at
    }
    const day = (at - start) / DAY
    if (topUps[0] && day >= topUps[0].day) toppedUp += topUps.shift()!.amount
    if (pattern.expiry && day >= pattern.expiry.day && !expired) {
      expired = true
      granted = 0
    }
    if (!Number.isNaN(exhausted)) break
    if (pattern.silent?.some(([from, to]) => day >= from && day < to)) continue
    const [g, t] = [cents(granted), cents(toppedUp)]
    readings.push({ at, total: g + t, granted: g, toppedUp: t })
  }
  return { start, readings, exhausted }
}

/** The median of the daily medians of the error, while 12 to 96 hours remain. */
export function judge(
  predictions: { at: number; hours: number | undefined }[],
  start: number,
  exhausted: number,
): number {
  const days = new Map<number, number[]>()
  for (const { at, hours } of predictions) {
    const left = (exhausted - at) / HOUR
    if (at < start + 8 * DAY || left < 12 || left > 96) continue
    const error = hours === undefined ? Number.POSITIVE_INFINITY : Math.abs(hours - left) / left
    const day = Math.floor((at - start) / DAY)
    days.set(day, [...(days.get(day) ?? []), error])
  }
  return median([...days.values()].map(median))
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  if (sorted.length === 0) return Number.NaN
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
