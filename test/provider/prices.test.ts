import { deepseekPrices, priceIn } from '../../src/provider/prices'

const { isPeak, priceOf } = deepseekPrices
const at = (iso: string) => new Date(iso)

test('the table says what day it is from, and which page', () => {
  expect(deepseekPrices.asOf).toMatch(/^\d{4}-\d\d-\d\d$/)
  expect(new URL(deepseekPrices.source).hostname).toBe('api-docs.deepseek.com')
})

test.each([
  ['2026-11-23T00:59:59.999Z', false],
  ['2026-11-23T01:00:00Z', true],
  ['2026-11-23T03:59:59.999Z', true],
  ['2026-11-23T04:00:00Z', false],
  ['2026-11-23T05:59:59Z', false],
  ['2026-11-23T06:00:00Z', true],
  ['2026-11-27T09:59:59Z', true],
  ['2026-11-27T10:00:00Z', false],
  ['2026-11-28T02:00:00Z', false],
  ['2026-11-29T07:00:00Z', false],
  // Thursday of the National Day week, a workday before it, and New Year.
  ['2026-10-01T02:00:00Z', false],
  ['2026-09-30T02:00:00Z', true],
  ['2027-01-01T02:00:00Z', false],
])('at %s peak is %s', (time, peak) => {
  expect(isPeak(at(time))).toBe(peak)
  expect(isPeak(at(time).getTime())).toBe(peak)
})

test('prices double at peak', () => {
  const flash = { cacheHit: 0.003, cacheMiss: 0.15, output: 0.6 }
  expect(priceOf('deepseek-flash', at('2026-11-28T12:00:00Z'))).toEqual(flash)
  expect(priceOf('deepseek-v4-pro', at('2026-11-23T02:00:00Z'))).toEqual({
    cacheHit: 0.044,
    cacheMiss: 1.32,
    output: 3.96,
  })
  expect(priceOf('deepseek-flash', at('2026-11-28T12:00:00Z'), 'CNY')).toEqual({
    cacheHit: 0.02,
    cacheMiss: 1,
    output: 4,
  })
})

test('a retired name costs what serves it costs', () => {
  const now = at('2026-11-28T12:00:00Z')
  expect(priceOf('deepseek-v4-flash', now)).toEqual(priceOf('deepseek-flash', now))
})

test.each(['gpt-5', 'constructor', '__proto__', 'toString', ''])(
  'no price is guessed for the model %j',
  (model) => expect(priceOf(model, 0)).toBeUndefined(),
)

test('no price is guessed for another currency', () => {
  expect(priceOf('deepseek-flash', 0, 'EUR')).toBeUndefined()
  expect(priceOf('deepseek-flash', 0, 'toString')).toBeUndefined()
})

test('a time that is not one is off-peak', () => {
  expect(isPeak(Number.NaN)).toBe(false)
  expect(isPeak(new Date('never'))).toBe(false)
})

test('a table that was spread answers with its own prices', () => {
  const mine = {
    ...deepseekPrices,
    models: { 'my-model': { USD: { cacheHit: 1, cacheMiss: 2, output: 3 } } },
    peak: { ...deepseekPrices.peak, factor: 3 },
  }
  expect(mine.priceOf('my-model', at('2026-11-23T02:00:00Z'))?.output).toBe(9)
  expect(mine.priceOf('deepseek-flash', 0)).toBeUndefined()
  expect(priceIn(mine, 'my-model', 0)?.output).toBe(3)
})

test('nobody can change the table for everybody else', () => {
  expect(Object.isFrozen(deepseekPrices)).toBe(true)
  expect(Object.isFrozen(deepseekPrices.models['deepseek-flash']?.USD)).toBe(true)
  expect(Object.isFrozen(deepseekPrices.peak.holidays)).toBe(true)
})
