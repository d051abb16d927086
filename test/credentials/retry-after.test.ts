import { retryAfterMs } from '../../src/credentials/token'

const NOW = Date.parse('2026-11-23T06:00:00Z')

describe('retryAfterMs', () => {
  test.each([
    ['7', 7_000],
    [' 1.5 ', 1_500],
    ['0', 0],
    ['999999', 3_600_000],
    ['Mon, 23 Nov 2026 06:00:30 GMT', 30_000],
    ['Mon, 23 Nov 2026 05:00:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
  ])('reads %p as %p', (value, expected) => {
    expect(retryAfterMs(value, NOW)).toBe(expected)
  })
})
