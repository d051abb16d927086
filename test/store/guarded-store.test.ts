import type { EventFields } from '../../src/observability/events'
import { GuardedStore } from '../../src/store/guarded-store'
import { memoryStore } from '../../src/store/memory-store'
import type { SharedStore } from '../../src/store/shared-store'
import { fakeClock, settle } from './fake-clock'

function setUp(overrides: Partial<SharedStore> = {}) {
  const clock = fakeClock()
  const store = Object.assign(memoryStore(clock), overrides)
  const lines: { level: string; fields: EventFields }[] = []
  const log = {
    enabled: () => true,
    emit: (level: string, _event: string, fields: EventFields) =>
      void lines.push({ level, fields }),
  }
  return { clock, store, lines, guarded: new GuardedStore(store, { clock, log }) }
}

const never = () => new Promise<never>(() => {})

test('a store that answers is passed through', async () => {
  const { guarded, lines } = setUp()
  expect(await guarded.round().lease('a', 'me', 1_000)).toEqual({ held: true, leftMs: 1_000 })
  expect(await guarded.round().read('a')).toBeNull()
  expect(guarded.reachable).toBe(true)
  expect(lines).toEqual([])
})

test('one step loses at most 100 ms to a store that never answers, however often it asks', async () => {
  const { clock, guarded } = setUp({ read: never, lease: never, write: never })
  const startedAt = clock.elapsed()
  let endedAt = 0
  const step = async () => {
    const round = guarded.round()
    await round.read('a')
    await round.lease('a', 'me', 1_000)
    await round.write('a', null, 'x', 1_000)
    endedAt = clock.elapsed()
  }
  const done = step()
  await clock.advance(500)
  await done
  expect(endedAt - startedAt).toBe(100)
})

test('calls of one step share its budget though each one answers in time', async () => {
  const { clock, store, guarded } = setUp()
  const read = store.read.bind(store)
  store.read = async (name) => {
    await new Promise<void>((resolve) => clock.after(60, resolve))
    return read(name)
  }
  const round = guarded.round()
  const first = round.read('a')
  await clock.advance(60)
  expect(await first).toBeNull()
  const second = round.read('a')
  await clock.advance(40)
  expect(await second).toBeUndefined()
})

test.each([
  ['rejects', { read: () => Promise.reject(new Error('READONLY you can not write')) }],
  [
    'throws',
    {
      read: () => {
        throw new TypeError('no')
      },
    },
  ],
  [
    'throws what cannot be read',
    {
      read: () => {
        throw Object.create(null)
      },
    },
  ],
  ['gives garbage', { read: async () => ({ value: 5 }) }],
  ['gives nothing', { read: () => undefined }],
] as unknown as [string, Partial<SharedStore>][])(
  'a store that %s is unavailable, and nobody is hurt',
  async (_what, overrides) => {
    const { guarded, lines } = setUp(overrides)
    expect(await guarded.round().read('a')).toBeUndefined()
    expect(guarded.reachable).toBe(false)
    expect(lines.map(({ level }) => level)).toEqual(['warn'])
  },
)

test('a store that is away is left alone for a second, then two, up to five', async () => {
  let asked = 0
  const { clock, guarded } = setUp({
    read: () => {
      asked++
      return Promise.reject(new Error('ECONNREFUSED'))
    },
  })
  const seconds: number[] = []
  for (let second = 0; second < 20; second++) {
    const before = asked
    await guarded.round().read('a')
    if (asked > before) seconds.push(second)
    await clock.advance(1_000)
  }
  expect(seconds).toEqual([0, 1, 3, 7, 12, 17])
})

test('while one call tries whether the store is back, the others do not wait for it', async () => {
  const { clock, store, guarded } = setUp({ read: () => Promise.reject(new Error('x')) })
  await guarded.round().read('a')
  store.read = never
  await clock.advance(1_000)
  void guarded.round().read('a')
  await settle()
  expect(await guarded.round().read('a')).toBeUndefined()
})

test('the first answer brings the store back', async () => {
  const { clock, store, guarded } = setUp()
  const { read } = store
  store.read = () => Promise.reject(new Error('x'))
  await guarded.round().read('a')
  store.read = read.bind(store)
  await clock.advance(1_000)
  expect(await guarded.round().read('a')).toBeNull()
  expect(guarded.reachable).toBe(true)
})

test('there is one warning for a store that reads and does not write, and a line when it is over', async () => {
  const { clock, store, lines, guarded } = setUp({
    write: () =>
      Promise.reject(new Error("OOM command not allowed when used memory > 'maxmemory'.")),
  })
  for (let step = 0; step < 30; step++) {
    await guarded.round().read('a')
    await guarded.round().write('a', null, 'x', 1_000)
    await clock.advance(1_000)
  }
  expect(lines).toHaveLength(1)
  expect(lines[0]?.fields).toMatchObject({ 'error.type': 'OOM', to: 'unavailable' })
  store.write = async () => true
  await clock.advance(120_000)
  await guarded.round().write('a', null, 'x', 1_000)
  expect(lines.map(({ fields }) => fields.to)).toEqual(['unavailable', 'available'])
})

test('an answer that comes after its time is not heard, and harms nobody', async () => {
  const { clock, guarded } = setUp({
    read: () => new Promise((_, reject) => clock.after(300, () => reject(new Error('late')))),
  })
  const read = guarded.round().read('a')
  await clock.advance(100)
  expect(await read).toBeUndefined()
  await clock.advance(500)
})
