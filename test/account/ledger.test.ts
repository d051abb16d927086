import { Ledger } from '../../src/account/ledger'
import { deepseekPrices, type PriceTable } from '../../src/provider/prices'

/** A Saturday: no peak all day. */
const QUIET = Date.parse('2026-11-07T10:00:00Z')
/** A Monday; the peak begins at 01:00 UTC. */
const MONDAY = Date.parse('2026-11-09T00:00:00Z')
const MINUTE = 60_000

const prices: PriceTable = {
  ...deepseekPrices,
  peak: { ...deepseekPrices.peak, factor: 3 },
  models: {
    plain: { USD: { cacheHit: 1, cacheMiss: 10, output: 100 } },
    both: {
      USD: { cacheHit: 2, cacheMiss: 20, output: 200 },
      CNY: { cacheHit: 4, cacheMiss: 40, output: 400 },
    },
  },
}

const usage = {
  prompt_tokens: 3_000,
  prompt_cache_hit_tokens: 1_000,
  prompt_cache_miss_tokens: 2_000,
  completion_tokens: 500,
}

interface Call {
  model?: string | undefined
  startedAt?: number
  endedAt?: number
  elapsed?: number
  unseen?: boolean
}

function ledgerOf(...calls: Call[]): Ledger {
  const ledger = new Ledger(prices)
  for (const { endedAt = QUIET, startedAt = endedAt, elapsed = 0, ...call } of calls) {
    const model = 'model' in call ? call.model : 'plain'
    const seen = call.unseen ? undefined : usage
    ledger.add({ model, usage: seen, startedAt, endedAt }, elapsed)
  }
  return ledger
}

/** A thousand hits at 1, two thousand misses at 10, five hundred of output at 100 a million. */
const COST = 0.001 + 0.02 + 0.05

test('a call costs what each kind of its tokens costs', () => {
  expect(ledgerOf({}).spentIn('USD')).toBeCloseTo(COST, 12)
  expect(ledgerOf({}, {}).spentIn('USD')).toBeCloseTo(2 * COST, 12)
})

test('sums what was used, and counts the answers', () => {
  const ledger = ledgerOf({}, {}, { unseen: true })
  expect(ledger.usage).toEqual({ cacheHit: 2_000, cacheMiss: 4_000, output: 1_000, reasoning: 0 })
  expect(ledger.counted).toBe(2)
})

test('nothing is spent before the first answer, nor in a currency without prices', () => {
  expect(ledgerOf().spentIn('USD')).toBeUndefined()
  expect(ledgerOf({ unseen: true }).spentIn('USD')).toBeUndefined()
  expect(ledgerOf({}).spentIn('EUR')).toBeUndefined()
  expect(ledgerOf({}).marksOf('EUR', 0)).toBeUndefined()
})

test('every currency of the table has its own sum', () => {
  const ledger = ledgerOf({ model: 'both' })
  expect([...ledger.currencies].sort()).toEqual(['CNY', 'USD'])
  expect(ledger.spentIn('USD')).toBeCloseTo(2 * COST, 12)
  expect(ledger.spentIn('CNY')).toBeCloseTo(4 * COST, 12)
})

test('a model without a price in one currency leaves the other known', () => {
  const ledger = ledgerOf({})
  expect(ledger.spentIn('CNY')).toBeUndefined()
  expect(ledger.marksOf('CNY', 0)?.now).toEqual({ spent: 0, unpriced: 1 })
  expect(ledger.marksOf('USD', 0)?.now.unpriced).toBe(0)
})

test.each(['mine', undefined, 'constructor'])('the model %s has no price', (model) => {
  const ledger = ledgerOf({}, { model })
  expect(ledger.spentIn('USD')).toBeUndefined()
  expect(ledger.marksOf('USD', 0)?.now.unpriced).toBe(1)
})

test('an answer whose usage was not seen costs nobody knows what', () => {
  expect(ledgerOf({}, { unseen: true }).marksOf('USD', 0)?.now.unpriced).toBe(1)
})

test('the price is that of the end', () => {
  const at = (startedAt: number, endedAt: number) => ledgerOf({ startedAt, endedAt }).spentIn('USD')
  const peak = MONDAY + 60 * MINUTE
  expect(at(peak - MINUTE, peak - MINUTE)).toBeCloseTo(COST, 12)
  expect(at(peak - MINUTE, peak)).toBeCloseTo(3 * COST, 12)
})

test.each([
  ['long before the peak', 50, 50, 1],
  ['just before the peak, booked in it', 57.9, 57.9, 1],
  ['booked in the first minute of the peak', 58, 58, 3],
  ['begun before the peak and ended in it', 57, 60, 3],
  ['in the peak', 70, 70, 3],
])('a call %s explains so much: ×%4$d', (_name, from, to, factor) => {
  const ledger = ledgerOf({
    startedAt: MONDAY + from * MINUTE,
    endedAt: MONDAY + to * MINUTE,
  })
  expect((ledger.marksOf('USD', 0)?.now.spent ?? 0) / 1e9).toBeCloseTo(factor * COST, 9)
})

test('a call that began in the peak and ended after it explains the price of its beginning', () => {
  // The peak of the morning ends at 04:00 UTC.
  const end = MONDAY + 4 * 60 * MINUTE
  const ledger = ledgerOf({ startedAt: end - MINUTE, endedAt: end + MINUTE })
  expect((ledger.marksOf('USD', 0)?.now.spent ?? 0) / 1e9).toBeCloseTo(3 * COST, 9)
  expect(ledger.spentIn('USD')).toBeCloseTo(COST, 9)
})

test('with a price that falls in the peak the dearest is the one outside', () => {
  const cheap = new Ledger({ ...prices, peak: { ...prices.peak, factor: 0.5 } })
  const at = MONDAY + 70 * MINUTE
  cheap.add({ model: 'plain', usage, startedAt: at, endedAt: at }, 0)
  expect(cheap.spentIn('USD')).toBeCloseTo(COST / 2, 9)
})

describe('what can still be booked late', () => {
  const SECOND = 1_000
  const spent = (elapsed: number, ...at: number[]) => {
    const ledger = ledgerOf(...at.map((each) => ({ elapsed: each * SECOND })))
    const { now, settled } = ledger.marksOf('USD', elapsed * SECOND) ?? {}
    return [now, settled].map((mark) => Math.round((mark?.spent ?? 0) / 1e9 / COST))
  }

  test.each([
    [0, [1, 0]],
    [100, [1, 0]],
    [119, [1, 0]],
    [129, [1, 0]],
    [130, [1, 1]],
    [1_000, [1, 1]],
  ])('a call is settled after two minutes: %d s', (elapsed, sums) => {
    expect(spent(elapsed, 0)).toEqual(sums)
  })

  test('calls of one moment are kept together, those of others apart', () => {
    expect(spent(200, 0, 1, 60, 90, 199)).toEqual([5, 3])
  })

  test('a long time later nothing of the old is left', () => {
    expect(spent(1_000, 0, 140, 280, 990)).toEqual([4, 3])
  })

  test('counts of unknown cost are settled in the same way', () => {
    const ledger = ledgerOf({ unseen: true, elapsed: 0 }, { unseen: true, elapsed: 100 * SECOND })
    expect(ledger.marksOf('USD', 150 * SECOND)).toMatchObject({
      now: { unpriced: 2 },
      settled: { unpriced: 1 },
    })
  })
})

test('asks once a minute whether prices are at their peak', () => {
  const ledger = new Ledger(prices)
  const peak = MONDAY + 60 * MINUTE
  expect([-1, 0, MINUTE * 64, -MINUTE * 64].map((ms) => ledger.isPeak(peak + ms))).toEqual([
    false,
    true,
    true,
    false,
  ])
  expect(ledger.isPeak(peak)).toBe(true)
})
