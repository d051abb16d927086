import fc from 'fast-check'
import { SharedRefresh } from '../../src/credentials/shared-refresh'
import { fingerprint } from '../../src/secret'
import { GuardedStore } from '../../src/store/guarded-store'
import { memoryStore } from '../../src/store/memory-store'
import type { SharedStore } from '../../src/store/shared-store'
import { type FakeClock, fakeClock } from './fake-clock'
import { play, steps } from './model'

jest.setTimeout(300_000)

/** Breaks of this many runs are looked for; each broken store is caught much earlier. */
const RUNS = 10_000

async function run(
  makeStore: (clock: FakeClock) => SharedStore,
  more: { seed?: number } = {},
): Promise<void> {
  const property = fc.asyncProperty(steps, (all) => play(makeStore, all))
  await fc.assert(property, { numRuns: RUNS, endOnFailure: true, ...more })
}

test('no crash, pause, duplicate or late message makes the memory store break a promise', async () => {
  await run(memoryStore)
})

/** A store that breaks one promise, by what its methods do instead. */
type Break = (store: SharedStore, clock: FakeClock) => Partial<SharedStore>

const broken: Record<string, Break> = {
  'gives the lease to everybody': () => ({
    lease: async (_name, _owner, ms) => ({ held: true, leftMs: ms }),
  }),
  'never ends a lease': (store) => ({
    lease: (name, owner) => store.lease(name, owner, 1e9),
  }),
  'refuses the owner who renews': (store) => {
    let calls = 0
    return { lease: (name, owner, ms) => store.lease(name, `${owner}#${calls++}`, ms) }
  },
  'lets anybody release': (store) => {
    const owners = new Map<string, string>()
    return {
      async lease(name, owner, ms) {
        const lease = await store.lease(name, owner, ms)
        if (lease.held) owners.set(name, owner)
        return lease
      },
      release: (name) => store.release(name, owners.get(name) ?? ''),
    }
  },
  'writes without looking at the version': (store) => ({
    async write(name, _version, value, keepMs) {
      return store.write(name, (await store.read(name))?.version ?? null, value, keepMs)
    },
  }),
  'says that it wrote when it did not': (store) => ({
    async write(name, version, value, keepMs) {
      await store.write(name, version, value, keepMs)
      return true
    },
  }),
  'counts versions anew when an entry has ended': (store) => {
    const counts = new Map<string, { real: string; count: number }>()
    const translate = async (name: string) => {
      const entry = await store.read(name)
      if (entry === null) {
        counts.delete(name)
        return null
      }
      const known = counts.get(name)
      const count =
        known === undefined ? 1 : known.real === entry.version ? known.count : known.count + 1
      counts.set(name, { real: entry.version, count })
      return { ...entry, version: String(count) }
    }
    return {
      read: translate,
      async write(name, version, value, keepMs) {
        const current = await translate(name)
        if ((current?.version ?? null) !== version) return false
        const real = counts.get(name)?.real ?? null
        return store.write(name, current === null ? null : real, value, keepMs)
      },
    }
  },
  'never ends an entry': (store) => ({
    write: (name, version, value) => store.write(name, version, value, 1e9),
  }),
  'never ends a row': (store) => ({
    enter: (group, row) => store.enter(group, { ...row, keepMs: 1e9 }),
  }),
  'keeps who leaves': () => ({ leave: async () => {} }),
  'forgets marks with their member': (store) => ({
    enter: (group, row) => store.enter(group, { ...row, keepMarksMs: row.keepMs }),
  }),
  'counts a batch as often as it arrives': (store) => {
    let calls = 0
    return { add: (name, batch) => store.add(name, { ...batch, owner: `${calls++}` }) }
  },
  'counts by owner what has one sequence': (store) => ({
    add: (name, batch) => store.add(name, { ...batch, owner: 'all' }),
  }),
  'tells no age': (store) => ({
    async read(name) {
      const entry = await store.read(name)
      return entry && { ...entry, ageMs: 0 }
    },
  }),
}

test.each(Object.entries(broken))('a store that %s is caught', async (_what, spoil) => {
  const makeBroken = (clock: FakeClock): SharedStore => {
    const store = memoryStore(clock)
    return Object.assign(Object.create(null), {
      lease: store.lease.bind(store),
      release: store.release.bind(store),
      read: store.read.bind(store),
      write: store.write.bind(store),
      enter: store.enter.bind(store),
      group: store.group.bind(store),
      leave: store.leave.bind(store),
      add: store.add.bind(store),
      totals: store.totals.bind(store),
      ...spoil(store, clock),
    })
  }
  await expect(run(makeBroken, { seed: 1 })).rejects.toThrow(/Property failed/)
})

/** One process that wants a token: when it asks, and how long its exchange takes. */
interface Wanting {
  atMs: number
  exchangeMs: number
  /** It dies in the middle of its exchange. */
  dies: boolean
}

test('whoever sleeps, dies or comes late, no older token replaces a newer one', async () => {
  const wanting: fc.Arbitrary<Wanting[]> = fc.array(
    fc.record({
      atMs: fc.integer({ min: 0, max: 3_000 }),
      exchangeMs: fc.constantFrom(0, 50, 900, 1_500, 4_000),
      dies: fc.boolean(),
    }),
    { minLength: 1, maxLength: 8 },
  )
  await fc.assert(
    fc.asyncProperty(wanting, fc.infiniteStream(fc.constantFrom(0, 0, 0, 30, 90, 150)), playTokens),
    { numRuns: 2_000, endOnFailure: true },
  )
})

/** Tokens are named by the order in which the endpoint gave them: the store never goes back. */
async function playTokens(all: Wanting[], delays: Iterator<number>): Promise<void> {
  const clock = fakeClock()
  const store = memoryStore(clock)
  const name = `token:${fingerprint('shared')}`
  let given = 0
  let newest = 0
  const slow: SharedStore = Object.assign(Object.create(store), {
    ...Object.fromEntries(
      (['lease', 'release', 'read', 'write'] as const).map((method) => [
        method,
        async (...args: [never, never, never, never]) => {
          await new Promise<void>((resolve) => clock.after(delays.next().value ?? 0, resolve))
          const answer = await (store[method] as (...all: never[]) => Promise<unknown>)(...args)
          const entry = await store.read(name)
          const stored = Number(entry ? JSON.parse(entry.value).token : 0)
          if (stored < newest) throw new Error('An older token replaced a newer one.')
          newest = stored
          return answer
        },
      ]),
    ),
  })
  const log = { enabled: () => false, emit() {} }
  const finished: Promise<unknown>[] = []
  for (const [index, { atMs, exchangeMs, dies }] of all.entries()) {
    const exchange = new SharedRefresh('shared', {
      store: new GuardedStore(slow, { clock, log }),
      vault: { seal: (text) => text, open: (text) => text },
      clock,
      refreshTimeoutMs: 1_000,
      newId: () => `p${index}`,
    })
    clock.after(atMs, () => {
      const fetchToken = async () => {
        const token = String(++given)
        if (dies) return new Promise<never>(() => {})
        await new Promise<void>((resolve) => clock.after(exchangeMs, resolve))
        return { token }
      }
      const rejectedId = fingerprint('0')
      const signal = new AbortController().signal
      const wish = { reason: 'rejected' as const, rejectedId, forceRefresh: true, signal }
      const got = exchange.get(wish, fetchToken)
      if (!dies) finished.push(got)
    })
  }
  await clock.advance(30_000)
  const tokens = await Promise.all(finished)
  if (tokens.length !== all.filter(({ dies }) => !dies).length) throw new Error('Somebody hangs.')
}
