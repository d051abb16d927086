import fc from 'fast-check'
import { Account, type AccountRules } from '../../src/account/account'
import { readBalances } from '../../src/account/balance'
import { deepseekPrices } from '../../src/provider/prices'

const START = Date.parse('2026-11-07T10:00:00Z')
const MINUTE = 60_000
const HOUR = 60 * MINUTE

const rules: AccountRules = {
  lowBalance: {},
  warnHours: 24,
  exclusive: false,
  prices: deepseekPrices,
}

const of = (change: Partial<AccountRules> = {}) => new Account({ ...rules, ...change })

const balanceOf = (total: string, currency = 'USD') => ({
  is_available: true,
  balance_infos: [{ currency, total_balance: total }],
})

function take(account: Account, minutes: number, body: unknown, tokenId?: string): void {
  const balance = readBalances(body)
  if (!balance) throw new Error('The test gave something that is not a balance.')
  account.takeBalance(
    balance,
    { now: START + minutes * MINUTE, elapsed: minutes * MINUTE },
    tokenId,
  )
}

function call(account: Account, minutes: number, usage: unknown, model = 'deepseek-flash'): void {
  const endedAt = START + minutes * MINUTE
  account.takeCall(
    { model, usage: usage as never, startedAt: endedAt - 5_000, endedAt },
    minutes * MINUTE,
  )
}

const million = { completion_tokens: 1_000_000 }

test('knows nothing until a balance or a usage is known', () => {
  const account = of()
  expect(account.snapshot(START)).toBeUndefined()
  call(account, 0, undefined)
  expect(account.snapshot(START)).toBeUndefined()
  call(account, 1, { prompt_tokens: 4, completion_tokens: 2 })
  expect(account.snapshot(START + MINUTE)).toEqual({
    balances: [],
    at: new Date(START + MINUTE).toISOString(),
    usage: { cacheHit: 0, cacheMiss: 4, output: 2, reasoning: 0 },
    cacheHitRatio: 0,
    spent: { currency: 'USD', amount: 0.0000018 },
    peak: false,
  })
})

test('tells both currencies, and what is granted', () => {
  const account = of()
  take(account, 0, {
    is_available: true,
    balance_infos: [
      {
        currency: 'CNY',
        total_balance: '7.34',
        granted_balance: '2.00',
        topped_up_balance: '5.34',
      },
      { currency: 'USD', total_balance: '0.00' },
    ],
  })
  expect(account.snapshot(START)).toEqual({
    available: true,
    balances: [
      { currency: 'CNY', total: 7.34, granted: 2, toppedUp: 5.34 },
      { currency: 'USD', total: 0 },
    ],
    at: new Date(START).toISOString(),
    usage: { cacheHit: 0, cacheMiss: 0, output: 0, reasoning: 0 },
    peak: false,
  })
})

test('tells burn, runway and end of the currency that is spent', () => {
  const account = of()
  for (let minutes = 0; minutes <= 120; minutes += 5) {
    const cny = (100 - minutes / 60).toFixed(2)
    take(account, minutes, {
      is_available: true,
      balance_infos: [
        { currency: 'USD', total_balance: '900.00' },
        { currency: 'CNY', total_balance: cny },
      ],
    })
  }
  const snapshot = account.snapshot(START + 2 * HOUR)
  expect(snapshot?.burnPerHour?.currency).toBe('CNY')
  expect(snapshot?.burnPerHour?.lastHour).toBeCloseTo(1, 2)
  // 98 are left; on working days the hours of the peak cost twice as much.
  expect(snapshot?.runwayHours).toBeGreaterThan(60)
  expect(snapshot?.runwayHours).toBeLessThan(100)
  const end = START + 2 * HOUR + (snapshot?.runwayHours ?? 0) * HOUR
  expect(Date.parse(snapshot?.exhaustedAt ?? '')).toBeCloseTo(end, -3)
})

test('the end stays where it is between two readings', () => {
  const account = of()
  for (let minutes = 0; minutes <= 60; minutes += 5) {
    take(account, minutes, balanceOf((50 - minutes / 60).toFixed(2)))
  }
  const [now, later] = [account.snapshot(START + HOUR), account.snapshot(START + 3 * HOUR)]
  expect(later?.exhaustedAt).toBe(now?.exhaustedAt)
  expect(later?.runwayHours).toBeCloseTo((now?.runwayHours ?? 0) - 2, 6)
})

test('no runway below half an hour, and none without burn', () => {
  const account = of()
  take(account, 0, balanceOf('10.00'))
  take(account, 25, balanceOf('9.00'))
  expect(account.snapshot(START + 25 * MINUTE)?.runwayHours).toBeUndefined()
  const idle = of()
  for (let minutes = 0; minutes <= 180; minutes += 5) take(idle, minutes, balanceOf('10.00'))
  expect(idle.snapshot(START + 3 * HOUR)?.runwayHours).toBeUndefined()
  expect(idle.snapshot(START + 3 * HOUR)?.burnPerHour?.lastHour).toBe(0)
})

test('an answer without rows keeps what is known', () => {
  const account = of()
  take(account, 0, balanceOf('10.00'))
  take(account, 5, { is_available: false })
  expect(account.snapshot(START)).toMatchObject({
    available: false,
    balances: [{ currency: 'USD', total: 10 }],
  })
})

test('leaves spent out for a model without a price', () => {
  const account = of()
  call(account, 0, million)
  expect(account.snapshot(START)?.spent).toEqual({ currency: 'USD', amount: 0.6 })
  call(account, 1, million, 'my-own-model')
  expect(account.snapshot(START)).not.toHaveProperty('spent')
  expect(account.snapshot(START)?.usage.output).toBe(2_000_000)
})

test('prices what is spent in the currency of the account, at the hour of the call', () => {
  const account = of()
  take(account, 0, balanceOf('10.00', 'CNY'))
  call(account, 1, { prompt_tokens: 2_000_000, prompt_cache_hit_tokens: 1_000_000 })
  expect(account.snapshot(START)?.spent).toEqual({ currency: 'CNY', amount: 1.02 })
  // Monday, 02:00 UTC.
  call(account, 40 * 60, million)
  expect(account.snapshot(START)?.spent).toEqual({ currency: 'CNY', amount: 9.02 })
})

test("prices Anthropic's names as what DeepSeek serves for them", () => {
  const account = of()
  call(account, 0, { output_tokens: 1_000_000 }, 'claude-opus-4-1')
  call(account, 0, { output_tokens: 1_000_000 }, 'claude-sonnet-5')
  expect(account.snapshot(START)?.spent?.amount).toBeCloseTo(1.98 + 0.6, 9)
})

test('takes other prices', () => {
  const prices = {
    ...deepseekPrices,
    models: { mine: { USD: { cacheHit: 0, cacheMiss: 0, output: 7 } } },
  }
  const account = of({ prices })
  call(account, 0, million, 'mine')
  expect(account.snapshot(START)?.spent?.amount).toBe(7)
})

test('the ratio of cache hits is that of the input', () => {
  const account = of()
  call(account, 0, { prompt_cache_hit_tokens: 300, prompt_cache_miss_tokens: 100 })
  expect(account.snapshot(START)?.cacheHitRatio).toBe(0.75)
})

describe('balance-low', () => {
  test('below the limit of a currency', () => {
    const account = of({ lowBalance: { USD: 5 } })
    take(account, 0, balanceOf('5.00'))
    expect(account.cause).toBeNull()
    take(account, 5, balanceOf('4.99'))
    expect(account.cause).toBe('balance-low')
    take(account, 10, balanceOf('50.00'))
    expect(account.cause).toBeNull()
  })

  test('below the hours that are wanted', () => {
    const account = of()
    for (let minutes = 0; minutes <= 60; minutes += 5) {
      take(account, minutes, balanceOf((11 - minutes / 60).toFixed(2)))
    }
    expect(account.cause).toBe('balance-low')
  })

  test('not when the hours are switched off', () => {
    const account = of({ warnHours: 0 })
    for (let minutes = 0; minutes <= 60; minutes += 5) {
      take(account, minutes, balanceOf((11 - minutes / 60).toFixed(2)))
    }
    expect(account.cause).toBeNull()
  })
})

describe('spending-unexplained', () => {
  /** A stranger spends so much an hour; this process as much as `own` says. */
  function leak(account: Account, perHour: number, own: (minutes: number) => void, until = 40) {
    for (let minutes = 0; minutes <= until; minutes += 5) {
      own(minutes)
      take(account, minutes, balanceOf((1_000 - (minutes / 60) * perHour).toFixed(2)))
    }
  }

  test('a fall that nobody here caused is told, with what it is per hour', () => {
    const account = of({ exclusive: true })
    leak(account, 12, () => {})
    expect(account.cause).toBe('spending-unexplained')
    expect(account.snapshot(START + 40 * MINUTE)?.unexplainedPerHour).toBeCloseTo(12, 1)
  })

  test('not in the first window after a start, and not before a second probe', () => {
    const account = of({ exclusive: true })
    leak(account, 12, () => {}, 15)
    expect(account.cause).toBeNull()
    expect(account.inDoubt).toBe(true)
    take(account, 15.5, balanceOf('996.90'))
    expect(account.cause).toBe('spending-unexplained')
  })

  test('not without exclusive', () => {
    const account = of()
    leak(account, 12, () => {})
    expect(account.cause).toBeNull()
    expect(account.snapshot(START)).not.toHaveProperty('unexplainedPerHour')
  })

  test('not when own usage explains it', () => {
    const account = of({ exclusive: true })
    leak(account, 7.2, (minutes) => call(account, minutes, million))
    expect(account.cause).toBeNull()
  })

  test.each([
    ['was cancelled', undefined, 'deepseek-flash'],
    ['has no known price', million, 'my-own-model'],
  ])('not while a call in the window %s', (_name, usage, model) => {
    const account = of({ exclusive: true })
    leak(account, 12, (minutes) => minutes === 30 && call(account, minutes, usage, model))
    expect(account.cause).toBeNull()
  })

  test('not across a change of the key, which may be another account', () => {
    const account = of({ exclusive: true })
    for (let minutes = 0; minutes <= 60; minutes += 5) {
      const other = minutes >= 30
      take(account, minutes, balanceOf(other ? '20.00' : '90.00'), other ? 'b' : 'a')
    }
    expect(account.cause).toBeNull()
    expect(account.snapshot(START + HOUR)?.burnPerHour?.lastHour).toBe(0)
  })
})

const anyBalance = fc.record({
  is_available: fc.option(fc.boolean(), { nil: undefined }),
  balance_infos: fc.array(
    fc.record({
      currency: fc.constantFrom('USD', 'CNY', 'EUR', 'x'),
      total_balance: fc.oneof(
        fc.integer({ min: -100, max: 1e8 }).map((cents) => (cents / 100).toFixed(2)),
        fc.string(),
      ),
      granted_balance: fc.option(fc.constantFrom('0.00', '3.00', '12.50'), { nil: undefined }),
      topped_up_balance: fc.option(fc.constantFrom('0.00', '7.00'), { nil: undefined }),
    }),
    { maxLength: 3 },
  ),
})

function allNumbers(value: unknown): number[] {
  if (typeof value === 'number') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(allNumbers) : []
}

test('never NaN and never negative, whatever comes, clocks that jump included', () => {
  const times = fc.oneof(
    fc.integer({ min: 0, max: 30 * 24 * 60 }).map((minutes) => START + minutes * MINUTE),
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1, 0, 8.64e15, 1e300),
  )
  const step = fc.record({ now: times, body: anyBalance, tokens: fc.nat(1e7) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const account = of({ exclusive: true })
      steps.forEach(({ now, body, tokens }, index) => {
        const elapsed = index * 5 * MINUTE
        const usage = { completion_tokens: tokens }
        account.takeCall({ model: 'deepseek-flash', usage, startedAt: now, endedAt: now }, elapsed)
        const balance = readBalances(body)
        if (balance) account.takeBalance(balance, { now, elapsed })
        const { balances = [], ...rest } = account.snapshot(now) ?? {}
        for (const number of allNumbers(rest)) expect(number).toBeGreaterThanOrEqual(0)
        for (const number of allNumbers(balances)) expect(Number.isFinite(number)).toBe(true)
        expect(JSON.stringify(rest)).not.toContain('null')
      })
    }),
    { numRuns: 80 },
  )
})

test('more money never lasts shorter', () => {
  const falls = fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 7, maxLength: 60 })
  fc.assert(
    fc.property(falls, fc.integer({ min: 0, max: 1e6 }), fc.nat(1e6), (cents, rest, more) => {
      const end = (extra: number) => {
        const account = of()
        let total = cents.reduce((sum, each) => sum + each, 0) + rest + extra
        cents.forEach((fall, index) => {
          take(account, index * 20, balanceOf((total / 100).toFixed(2)))
          total -= fall
        })
        const at = START + (cents.length - 1) * 20 * MINUTE
        return account.snapshot(at)?.runwayHours
      }
      const [less, greater] = [end(0), end(more)]
      if (less !== undefined) expect(greater ?? Number.MAX_VALUE).toBeGreaterThanOrEqual(less)
    }),
    { numRuns: 60 },
  )
})

test("a fleet's sums stand for this process's own", () => {
  const account = of()
  call(account, 0, million)
  const usage = { cacheHit: 1, cacheMiss: 1, output: 9, reasoning: 0 }
  account.shareSums({ usage, spentIn: (currency) => (currency === 'USD' ? 3 : undefined) })
  expect(account.snapshot(START)).toMatchObject({
    usage,
    cacheHitRatio: 0.5,
    spent: { currency: 'USD', amount: 3 },
  })
  account.shareSums(undefined)
  expect(account.snapshot(START)?.usage.output).toBe(1_000_000)
})
