import { Account, type AccountRules } from '../../src/account/account'
import { toMicros } from '../../src/account/balance'
import { deepseekPrices } from '../../src/provider/prices'
import { chargesOf, DAY, HOUR, isPeak, judge, type Pattern, randomOf, simulate } from './patterns'

const rules: AccountRules = {
  lowBalance: {},
  warnHours: 24,
  exclusive: false,
  prices: deepseekPrices,
}

const MINUTE = 60_000

/** A week is judged on every pattern; the seed is fixed, so that a failure is a change of ours. */
const SEED = 7

/** By what share a prediction of the end of the money is off. */
export function predict(pattern: Pattern) {
  const { start, readings, exhausted } = simulate(pattern, SEED, 0.9)
  const account = new Account(rules)
  const predictions = readings.map(({ at, total, granted, toppedUp }) => {
    const row = { currency: 'USD', total, granted, toppedUp }
    account.takeBalance({ available: true, rows: [row] }, { now: at, elapsed: at - start })
    return { at, hours: account.snapshot(at)?.runwayHours }
  })
  return judge(predictions, start, exhausted)
}

/** Of a million tokens of output. */
const OFF_PEAK = deepseekPrices.models['deepseek-flash']?.USD?.output ?? Number.NaN

export interface Play {
  /** A stranger spends as much as the application, from this day on. */
  leakFrom?: number
  /** A share of the calls is cancelled: billed, and its usage never seen. */
  cancelled?: number
  days: number
}

/** Plays an account that only this process spends: calls are seen, and booked up to 2 min later. */
export function play(pattern: Pattern, seed: number, { leakFrom, cancelled = 0, days }: Play) {
  const random = randomOf(seed)
  const { start, charges } = chargesOf(pattern, random, days + 1)
  const account = new Account({ ...rules, exclusive: true })
  const bookings: { at: number; cost: number }[] = []
  const calls = charges.map(({ at: booked, cost }) => {
    // The simulation books late; the call itself was up to two minutes earlier.
    const endedAt = booked - random() * 2 * MINUTE
    const output = OFF_PEAK * (isPeak(endedAt) ? deepseekPrices.peak.factor : 1)
    const tokens = Math.round((cost / output) * 1e6)
    bookings.push({ at: booked, cost: (tokens * output) / 1e6 })
    const lost = random() < cancelled
    return { endedAt, tokens, lost }
  })
  calls.sort((a, b) => a.endedAt - b.endedAt)
  bookings.sort((a, b) => a.at - b.at)
  // Before the first call was under way.
  const begun = start - HOUR
  let balance = 10_000
  let spent = 0
  let alarmAt: number | undefined
  let [nextCall, nextBooking] = [0, 0]
  const step = () => (account.inDoubt ? 0.5 : 5 * (0.9 + 0.1 * random())) * MINUTE
  for (let at = start; at < start + days * DAY; at += step()) {
    for (; calls[nextCall] && calls[nextCall]!.endedAt <= at; nextCall++) {
      const { endedAt, tokens, lost } = calls[nextCall]!
      const usage = lost ? undefined : { completion_tokens: tokens }
      const call = { model: 'deepseek-flash', usage, startedAt: endedAt - 20_000, endedAt }
      account.takeCall(call, endedAt - begun)
    }
    for (; bookings[nextBooking] && bookings[nextBooking]!.at <= at; nextBooking++) {
      const { cost, at: booked } = bookings[nextBooking]!
      spent += cost
      const leaks = leakFrom !== undefined && booked >= start + leakFrom * DAY
      balance -= leaks ? 2 * cost : cost
    }
    const total = toMicros(balance.toFixed(2)) ?? 0
    const rows = [{ currency: 'USD', total }]
    account.takeBalance({ available: true, rows }, { now: at, elapsed: at - begun })
    const { unexplainedPerHour } = account.snapshot(at) ?? {}
    if (unexplainedPerHour !== undefined) alarmAt ??= at
  }
  return { alarmAt, start, known: account.snapshot(start + days * DAY)?.spent, spent }
}
