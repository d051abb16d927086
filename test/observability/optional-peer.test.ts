import { combineMetrics, requirePeer } from '../../src/observability/measurement'

test('says what to install when a peer is missing', () => {
  const load = () => require('prom-client-that-nobody-has')
  expect(() => requirePeer(load, 'prom-client-that-nobody-has', 'guardMetrics()')).toThrow(
    'guardMetrics() needs the package prom-client-that-nobody-has: ' +
      'install it with `npm install prom-client-that-nobody-has`.',
  )
})

test('leaves another fault of loading as it is', () => {
  const fault = Object.assign(new Error("Cannot find module 'tdigest'"), {
    code: 'MODULE_NOT_FOUND',
  })
  const load = () => {
    throw fault
  }
  expect(() => requirePeer(load, 'prom-client', 'guardMetrics()')).toThrow(fault)
})

test('several recorders get every measurement and one that throws harms nobody', () => {
  const broken = {
    record: () => {
      throw new Error('out of memory')
    },
  }
  const whole = { record: jest.fn() }
  combineMetrics([broken, whole]).record({ kind: 'probe-abort' })
  expect(whole.record).toHaveBeenCalledWith({ kind: 'probe-abort' })
})

test('no recorder is fine too', () => {
  expect(() => combineMetrics(undefined).record({ kind: 'probe-abort' })).not.toThrow()
})
