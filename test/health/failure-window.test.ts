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
