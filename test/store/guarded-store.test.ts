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

type Asked = (round: ReturnType<GuardedStore['round']>) => Promise<unknown>
const row = { member: 'm', value: 'v', keepMs: 1_000, marks: [], keepMarksMs: 1_000 }
const QUESTIONS: Record<string, Asked> = {
  lease: (round) => round.lease('a', 'me', 1_000),
  read: (round) => round.read('a'),
  write: (round) => round.write('a', null, 'x', 1_000),
  enter: (round) => round.enter('g', row),
  add: (round) => round.add('c', { owner: 'me', sequence: 1, amounts: {} }),
  totals: (round) => round.totals('c'),
}

test.each<[keyof SharedStore, unknown]>([
  ['lease', { held: true, leftMs: 5 }],
  ['read', null],
  ['read', { value: 'x', version: '1', ageMs: 0 }],
  ['write', false],
  ['enter', { rows: [], marks: [] }],
  ['enter', { rows: [{ member: 'm', value: 'v', ageMs: 1 }], marks: [{ mark: 'a', ageMs: 1 }] }],
  ['add', { spent: 5 }],
  ['totals', {}],
])('what %s answers as %j is passed on', async (name, answer) => {
  const { guarded } = setUp({ [name]: async () => answer })
  expect(await QUESTIONS[name]?.(guarded.round())).toBe(answer)
  expect(guarded.reachable).toBe(true)
})

test.each<[keyof SharedStore, unknown]>([
  ['lease', { held: 1, leftMs: 5 }],
  ['lease', { held: true, leftMs: '5' }],
  ['lease', { held: true, leftMs: Number.POSITIVE_INFINITY }],
  ['lease', null],
  ['read', undefined],
  ['read', { value: 5, version: '1', ageMs: 0 }],
  ['read', { value: 'x', version: 1, ageMs: 0 }],
  ['read', { value: 'x', version: '1', ageMs: Number.NaN }],
  ['write', 'OK'],
  ['write', undefined],
  ['enter', {}],
  ['enter', { rows: [{ member: 'm', value: 5, ageMs: 1 }], marks: [] }],
  ['enter', { rows: [{ member: 'm', value: 'v', ageMs: '1' }], marks: [] }],
  ['enter', { rows: [], marks: [{ mark: 5, ageMs: 1 }] }],
  ['enter', { rows: [], marks: [{ mark: 'a', ageMs: '1' }] }],
  ['add', { spent: '5' }],
  ['totals', { spent: 5, more: null }],
])('what %s answers as %j is not built upon', async (name, answer) => {
  const { guarded } = setUp({ [name]: async () => answer })
  expect(await QUESTIONS[name]?.(guarded.round())).toBeUndefined()
  expect(guarded.reachable).toBe(false)
})

test('a step that has nothing left to spend asks nobody', async () => {
  let asked = 0
  const { guarded } = setUp({
    read: async () => {
      asked++
      return null
    },
  })
  expect(await guarded.round(0).read('a')).toBeUndefined()
  expect([asked, guarded.reachable]).toEqual([0, true])
})

test('calls side by side do not wait for one another while the store is there', async () => {
  const { guarded } = setUp()
  const [one, two] = [guarded.round().read('a'), guarded.round().read('a')]
  expect([await one, await two]).toEqual([null, null])
})

test.each([
  [new Error('READONLY you can not write'), 'READONLY'],
  [new Error('NO way'), 'error'],
  [new Error('READONLY'), 'error'],
  [Object.assign(new Error('connect failed'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
  [Object.assign(new Error('connect failed'), { code: 'a secret' }), 'error'],
  [Object.assign(new Error('connect failed'), { code: 7 }), 'error'],
  ['OOM command not allowed', 'error'],
  [null, 'error'],
])('the trouble %p is told as %s', async (trouble, word) => {
  const { guarded, lines } = setUp({ read: () => Promise.reject(trouble) })
  await guarded.round().read('a')
  expect(lines[0]?.fields['error.type']).toBe(word)
})

test('a store that does not answer is told as a timeout', async () => {
  const { clock, guarded, lines } = setUp({ read: never })
  const read = guarded.round().read('a')
  await clock.advance(99)
  expect(lines).toEqual([])
  await clock.advance(1)
  await read
  expect(lines[0]?.fields['error.type']).toBe('timeout')
})

test('trouble within a minute of the last is the same trouble', async () => {
  const { clock, store, lines, guarded } = setUp()
  const { read } = store
  const trouble = async () => {
    store.read = () => Promise.reject(new Error('x'))
    await guarded.round().read('a')
    store.read = read.bind(store)
  }
  await trouble()
  await clock.advance(59_999)
  await guarded.round().read('a')
  expect(lines).toHaveLength(1)
  await clock.advance(1)
  await guarded.round().read('a')
  expect(lines.map(({ level }) => level)).toEqual(['warn', 'info'])
  await trouble()
  expect(lines.map(({ level }) => level)).toEqual(['warn', 'info', 'warn'])
})
