import fc from 'fast-check'
import { balanceText, fromMicros, readBalances, toMicros } from '../../src/account/balance'

test('reads every row of an answer', () => {
  const body = {
    is_available: true,
    balance_infos: [
      {
        currency: 'CNY',
        total_balance: '110.00',
        granted_balance: '10.00',
        topped_up_balance: '100.00',
      },
      { currency: 'USD', total_balance: '0.00' },
    ],
  }
  expect(readBalances(body)).toEqual({
    available: true,
    rows: [
      { currency: 'CNY', total: 110_000_000, granted: 10_000_000, toppedUp: 100_000_000 },
      { currency: 'USD', total: 0 },
    ],
  })
})

test('takes an answer whose fields are missing', () => {
  expect(readBalances({ is_available: false })).toEqual({ available: false, rows: [] })
  expect(readBalances({ balance_infos: [{ currency: 'USD', total_balance: '1' }] })).toEqual({
    rows: [{ currency: 'USD', total: 1_000_000 }],
  })
})

test.each([null, undefined, 'html', 7, [], {}, { data: [] }])('%j is not a balance', (body) => {
  expect(readBalances(body)).toBeUndefined()
})

test('leaves out rows that cannot be read', () => {
  const rows = [
    null,
    { currency: 'usd', total_balance: '1.00' },
    { currency: '<b>', total_balance: '1.00' },
    { currency: 'USD', total_balance: 'plenty' },
    { currency: 'USD' },
    { currency: 'CNY', total_balance: '2.00' },
  ]
  expect(readBalances({ is_available: true, balance_infos: rows })?.rows).toEqual([
    { currency: 'CNY', total: 2_000_000 },
  ])
})

test.each([
  ['0.1', 100_000],
  ['-0.01', -10_000],
  ['7', 7_000_000],
  [7.34, 7_340_000],
  ['12.3456789', 12_345_678],
  ['-0.00', 0],
])('%p is %d micro-units', (amount, micros) => expect(toMicros(amount)).toBe(micros))

test.each(['', '1,000.00', '1e9', 'NaN', '.5', '9999999999', Number.NaN, {}, null, [['7']]])(
  '%p is not an amount',
  (amount) => expect(toMicros(amount)).toBeUndefined(),
)

test('sums of cents do not drift', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 99_999 }), { minLength: 1 }), (cents) => {
      const texts = cents.map((each) => (each / 100).toFixed(2))
      const sum = texts.reduce((all, text) => all + (toMicros(text) ?? Number.NaN), 0)
      expect(fromMicros(sum)).toBe(cents.reduce((all, each) => all + each, 0) / 100)
    }),
  )
})

test('says nothing of what the answer does not say', () => {
  expect(Object.keys(readBalances({ balance_infos: [] }) ?? {})).toEqual(['rows'])
  const [row] =
    readBalances({ balance_infos: [{ currency: 'USD', total_balance: '1' }] })?.rows ?? []
  expect(Object.keys(row ?? {})).toEqual(['currency', 'total'])
})

test('reads eight rows at most, and the first of a currency', () => {
  const row = (index: number) => ({ currency: `AB${'CDEFGHIJK'[index]}`, total_balance: '1' })
  const rows = Array.from({ length: 9 }, (_, index) => row(index))
  expect(readBalances({ balance_infos: rows })?.rows).toHaveLength(8)
  const twice = [row(0), { ...row(0), total_balance: '2' }]
  expect(readBalances({ balance_infos: twice })?.rows).toEqual([{ currency: 'ABC', total: 1e6 }])
})

test.each([
  [[], ''],
  [[{ currency: 'USD', total: 0 }], 'USD 0.00'],
  [[{ currency: 'CNY', total: 110e6, granted: 10e6 }], 'CNY 110.00 (granted 10.00)'],
  [
    [
      { currency: 'CNY', total: 110e6, granted: 0 },
      { currency: 'USD', total: 5e6 },
    ],
    'CNY 110.00, USD 5.00',
  ],
])('the rows %j read %s', (rows, text) => expect(balanceText({ rows })).toBe(text))
