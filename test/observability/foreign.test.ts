import { createForeignCalls } from '../../src/observability/foreign'

const settled = () => new Promise(setImmediate)

const faults: Record<string, () => unknown> = {
  throws: () => {
    throw new Error('mine')
  },
  'throws what cannot be read': () => {
    throw Object.create(null)
  },
  rejects: async () => {
    throw new Error('mine, later')
  },
  'gives a promise of another library that rejects': () => ({
    // biome-ignore lint/suspicious/noThenProperty: that is what such a promise is
    then: (_: unknown, reject: (reason: unknown) => void) => reject(new Error('mine')),
  }),
  'gives something whose then cannot be read': () =>
    Object.defineProperty({}, 'then', {
      get() {
        throw new Error('no')
      },
    }),
}

test.each(Object.entries(faults))('a function that %s is told of once', async (_, fault) => {
  const tell = jest.fn()
  const foreign = createForeignCalls(tell)
  const owner = {}
  for (let call = 0; call < 500; call++) foreign.call(owner, 'A listener', fault, undefined)
  await settled()
  expect(tell.mock.calls).toEqual([['A listener']])
})

test('each owner is told of', () => {
  const tell = jest.fn()
  const foreign = createForeignCalls(tell)
  const fault = () => {
    throw new Error('mine')
  }
  foreign.call({}, 'One', fault, undefined)
  foreign.call({}, 'Two', fault, undefined)
  expect(tell.mock.calls).toEqual([['One'], ['Two']])
})

test('telling that fails as well harms nobody', () => {
  const fault = () => {
    throw new Error('mine')
  }
  const foreign = createForeignCalls(fault)
  expect(() => foreign.call({}, 'One', fault, undefined)).not.toThrow()
})

test('a function that is well gets its argument', () => {
  const seen = jest.fn()
  createForeignCalls(() => {}).call({}, 'One', seen, 7)
  expect(seen).toHaveBeenCalledWith(7)
})
