import { Account, type AccountRules } from '../../src/account/account'
import { toMicros } from '../../src/account/balance'
import { deepseekPrices } from '../../src/provider/prices'
import { chargesOf, DAY, HOUR, judge, type Pattern, patterns, randomOf, simulate } from './patterns'

jest.setTimeout(120_000)

const rules: AccountRules = {
  lowBalance: {},
  warnHours: 24,
  exclusive: false,
  prices: deepseekPrices,
}

const MINUTE = 60_000

/** A week is judged on every pattern; the seed is fixed, so that a failure is a change of ours. */
const SEED = 7

function predict(pattern: Pattern) {
  const { start, readings, exhausted } = simulate(pattern, SEED, 0.9)
  const account = new Account(rules)
  const predictions = readings.map(({ at, total, granted, toppedUp }) => {
    const row = { currency: 'USD', total, granted, toppedUp }
    account.takeBalance({ available: true, rows: [row] }, { now: at, elapsed: at - start })
    return { at, hours: account.snapshot(at)?.runwayHours }
  })
  return judge(predictions, start, exhausted)
}

test.each(patterns.map((make) => [make().name, make] as const))(
  'tells within 10 %% when the money ends: %s',
  (_name, make) => {
    const error = predict(make())
    console.info(`${make().name}: ${(100 * error).toFixed(1)} %`)
    expect(error).toBeLessThanOrEqual(0.1)
  },
)

interface Play {
  /** A stranger spends as much as the application, from this day on. */
  leakFrom?: number
  /** A share of the calls is cancelled: billed, and its usage never seen. */
  cancelled?: number
  days: number
}

/** Plays an account that only this process spends: calls are seen, and booked up to 2 min later. */
function play(pattern: Pattern, seed: number, { leakFrom, cancelled = 0, days }: Play) {
  const random = randomOf(seed)
  const { start, charges } = chargesOf(pattern, random, days + 1)
  const account = new Account({ ...rules, exclusive: true })
  const bookings: { at: number; cost: number }[] = []
  const calls = charges.map(({ at: booked, cost }) => {
    // The simulation books late; the call itself was up to two minutes earlier.
    const endedAt = booked - random() * 2 * MINUTE
    const { output = 1 } = deepseekPrices.priceOf('deepseek-flash', endedAt) ?? {}
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
  return { alarmAt, start, account, spent }
}

test.each(patterns.map((make, index) => [make().name, make, index] as const))(
  'raises no alarm in a clean week: %s',
  (_name, make, index) => {
    expect(play(make(), 100 + index, { days: 7, cancelled: 0.0005 }).alarmAt).toBeUndefined()
  },
)

test.each([0.2, 1.37, 2.71, 3.05, 4.4])(
  'notices a stranger within 15 minutes, from day %d on',
  (leakFrom) => {
    const busy: Pattern = { name: 'busy', load: () => 4 }
    const { alarmAt = Number.NaN, start } = play(busy, 5, { leakFrom, days: leakFrom + 0.1 })
    expect(alarmAt - (start + leakFrom * DAY)).toBeGreaterThan(0)
    expect(alarmAt - (start + leakFrom * DAY)).toBeLessThanOrEqual(15 * MINUTE)
  },
)

test('what was spent is right within 1 %', () => {
  const { account, start, spent } = play({ name: 'busy', load: () => 3 }, 9, { days: 3 })
  const known = account.snapshot(start + 3 * DAY)?.spent
  expect(known?.currency).toBe('USD')
  expect(Math.abs((known?.amount ?? 0) / spent - 1)).toBeLessThan(0.01)
})
