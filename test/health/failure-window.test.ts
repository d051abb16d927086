import { FailureWindow } from '../../src/health/evidence'

const MINUTE = 60_000

test('nothing is known before the first call', () => {
  expect(new FailureWindow().read(0)).toBeUndefined()
})

test('the ratio is that of failed calls to all', () => {
  const traffic = new FailureWindow()
  for (let call = 0; call < 50; call++) traffic.add(call === 7, call)
  expect(traffic.read(100)).toEqual({ ratio: 0.02, at: 49 })
})

test('calls older than five minutes no longer count', () => {
  const traffic = new FailureWindow()
  traffic.add(true, 0)
  traffic.add(false, 4 * MINUTE)
  expect(traffic.read(4 * MINUTE)?.ratio).toBe(0.5)
  expect(traffic.read(5 * MINUTE)?.ratio).toBe(0)
})

test('quiet minutes between calls do not keep old failures alive', () => {
  const traffic = new FailureWindow()
  traffic.add(true, 0)
  traffic.add(false, 60 * MINUTE)
  expect(traffic.read(60 * MINUTE)?.ratio).toBe(0)
})

test('of calls of one minute all count, and of five minutes each one', () => {
  const traffic = new FailureWindow()
  for (let minute = 0; minute < 5; minute++) {
    traffic.add(true, minute * MINUTE)
    traffic.add(false, minute * MINUTE + 59_999)
    traffic.add(false, minute * MINUTE + 59_999)
  }
  expect(traffic.read(5 * MINUTE - 1)).toEqual({ ratio: 1 / 3, at: 5 * MINUTE - 1 })
  expect(traffic.read(9 * MINUTE - 1)).toEqual({ ratio: 1 / 3, at: 5 * MINUTE - 1 })
  expect(traffic.read(9 * MINUTE)?.ratio).toBe(0)
})

test('the ratio of nothing but failures is one', () => {
  const traffic = new FailureWindow()
  traffic.add(true, 0)
  expect(traffic.read(0)?.ratio).toBe(1)
})
