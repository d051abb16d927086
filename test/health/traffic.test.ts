import { TrafficWindow } from '../../src/health/traffic'

const MINUTE = 60_000

test('no traffic is no failure', () => {
  expect(new TrafficWindow().read(0)).toEqual({ failureRatio: 0, at: null })
})

test('the ratio is that of failed calls to all', () => {
  const traffic = new TrafficWindow()
  for (let call = 0; call < 50; call++) traffic.add(call === 7, call)
  expect(traffic.read(100)).toEqual({ failureRatio: 0.02, at: 49 })
})

test('calls older than five minutes no longer count', () => {
  const traffic = new TrafficWindow()
  traffic.add(true, 0)
  traffic.add(false, 4 * MINUTE)
  expect(traffic.read(4 * MINUTE).failureRatio).toBe(0.5)
  expect(traffic.read(5 * MINUTE).failureRatio).toBe(0)
})

test('quiet minutes between calls do not keep old failures alive', () => {
  const traffic = new TrafficWindow()
  traffic.add(true, 0)
  traffic.add(false, 60 * MINUTE)
  expect(traffic.read(60 * MINUTE).failureRatio).toBe(0)
})
