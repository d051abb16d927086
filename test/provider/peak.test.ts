import { billedModel, deepseekPrices, peakTimes } from '../../src/provider/prices'

const peak = {
  factor: 2,
  days: [1, 5],
  hoursUTC: [
    [1, 4],
    [22, 24],
  ] as const,
  holidays: ['2026-11-06'],
}
const isPeak = peakTimes({ ...deepseekPrices, peak })

test.each([
  ['2026-11-02T00:59:59.999Z', false],
  ['2026-11-02T01:00:00.000Z', true],
  ['2026-11-02T03:59:59.999Z', true],
  ['2026-11-02T04:00:00.000Z', false],
  ['2026-11-02T21:59:59.999Z', false],
  ['2026-11-02T23:59:59.999Z', true],
  ['2026-11-03T02:00:00.000Z', false],
  ['2026-11-06T02:00:00.000Z', false],
  ['2026-11-08T02:00:00.000Z', false],
  ['2026-11-13T02:00:00.000Z', true],
  ['1969-12-29T02:00:00.000Z', true],
  ['1969-12-28T02:00:00.000Z', false],
])('at %s prices are at their peak: %s', (at, expected) => {
  expect(isPeak(Date.parse(at))).toBe(expected)
})

test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
  '%d is not a time, and off-peak',
  (at) => expect(isPeak(at)).toBe(false),
)

test.each([
  ['deepseek-chat', 'deepseek-chat'],
  ['claude-opus-4-1', 'deepseek-v4-pro'],
  ['claude-sonnet-5', 'deepseek-flash'],
  ['my-claude-opus', 'my-claude-opus'],
])('%s is billed as %s', (model, billed) => expect(billedModel(model)).toBe(billed))
