/**
 * The store as this test sees it: the same shape as `SharedStore` of `deepseek-guard`, written down
 * once more because the testing kit stands alone.
 */
export interface StoreUnderTest {
  lease(name: string, owner: string, ms: number): Promise<{ held: boolean; leftMs: number }>
  release(name: string, owner: string): Promise<void>
  read(name: string): Promise<{ value: string; version: string; ageMs: number } | null>
  write(name: string, version: string | null, value: string, keepMs: number): Promise<boolean>
  enter(
    group: string,
    row: {
      member: string
      value: string
      keepMs: number
      marks: readonly string[]
      keepMarksMs: number
    },
  ): Promise<GroupUnderTest>
  group(group: string): Promise<GroupUnderTest>
  leave(group: string, member: string): Promise<void>
  add(
    name: string,
    batch: { owner: string; sequence: number; amounts: Readonly<Record<string, number>> },
  ): Promise<Record<string, number>>
  totals(name: string): Promise<Record<string, number>>
}

interface GroupUnderTest {
  rows: { member: string; value: string; ageMs: number }[]
  marks: { mark: string; ageMs: number }[]
}

/** Long enough that no pause of a busy machine ends it while a test looks. */
const LONG_MS = 60_000

/** Short enough to wait for its end. */
const SHORT_MS = 60

/** How long the end of something short may be late. */
const PATIENCE_MS = 5_000

type Check = (store: StoreUnderTest, name: string) => Promise<void>

function expectSame(actual: unknown, expected: unknown, promise: string): void {
  const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (got !== wanted) throw new Error(`${promise} Expected ${wanted}, got ${got}.`)
}

function expectTrue(truth: boolean, promise: string): asserts truth {
  if (!truth) throw new Error(promise)
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function eventually(look: () => Promise<boolean>, promise: string): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(SHORT_MS / 4)) {
    if (await look()) return
  }
  throw new Error(promise)
}

/** Each promise by the sentence that is said when it is broken. */
const checks: Record<string, Check> = {
  'One owner at a time has a lease, and only that one renews it.': async (store, name) => {
    const first = await store.lease(name, 'a', LONG_MS)
    expectTrue(first.held && first.leftMs > 0, 'The first to ask did not get the lease.')
    const second = await store.lease(name, 'b', LONG_MS)
    expectSame(second.held, false, 'A second owner got a lease that is taken.')
    expectTrue(
      second.leftMs > LONG_MS / 2 && second.leftMs <= LONG_MS,
      'Who does not get the lease is not told how long it lasts.',
    )
    expectSame((await store.lease(name, 'a', LONG_MS)).held, true, 'The owner could not renew.')
    expectSame((await store.lease(`${name}2`, 'b', LONG_MS)).held, true, 'Names share a lease.')
  },
  'Of many that ask at once, one gets the lease.': async (store, name) => {
    const owners = Array.from({ length: 20 }, (_, index) => `owner-${index}`)
    const leases = await Promise.all(owners.map((owner) => store.lease(name, owner, LONG_MS)))
    expectSame(leases.filter(({ held }) => held).length, 1, 'Several got it.')
  },
  'A lease that nobody renews ends by itself.': async (store, name) => {
    await store.lease(name, 'a', SHORT_MS)
    const look = async () => (await store.lease(name, 'b', LONG_MS)).held
    await eventually(look, 'A lease outlives its time.')
    expectSame((await store.lease(name, 'a', LONG_MS)).held, false, 'The late owner came back.')
  },
  'Only the owner can release a lease.': async (store, name) => {
    await store.lease(name, 'a', LONG_MS)
    await store.release(name, 'b')
    expectSame((await store.lease(name, 'b', LONG_MS)).held, false, 'A stranger released it.')
    await store.release(name, 'a')
    expectSame((await store.lease(name, 'b', LONG_MS)).held, true, 'It was not released.')
    await store.release(name, 'a')
    expectSame((await store.lease(name, 'c', LONG_MS)).held, false, 'A late release ended it.')
    await store.release(`${name}-unknown`, 'a')
  },
  'An entry is read as it was written, with its age.': async (store, name) => {
    expectSame(await store.read(name), null, 'An entry that nobody wrote is there.')
    const value = 'text with "quotes", \u0000 zero, spaces  and 密钥 ✓'
    expectSame(await store.write(name, null, value, LONG_MS), true, 'It was not written.')
    const entry = await store.read(name)
    expectSame(entry?.value, value, 'The value changed.')
    expectTrue(typeof entry?.version === 'string' && entry.version !== '', 'It has no version.')
    expectTrue(entry.ageMs >= 0 && entry.ageMs < LONG_MS, 'Its age is wrong.')
    await sleep(SHORT_MS)
    const older = (await store.read(name))?.ageMs ?? 0
    expectTrue(older >= entry.ageMs + SHORT_MS / 2, 'It does not grow older.')
  },
  'A write needs the version that is there.': async (store, name) => {
    await store.write(name, null, 'one', LONG_MS)
    const first = (await store.read(name))?.version ?? ''
    expectSame(await store.write(name, null, 'x', LONG_MS), false, 'It replaced unseen.')
    expectSame(await store.write(name, `${first}0`, 'x', LONG_MS), false, 'Any version does.')
    expectSame(await store.write(name, first, 'two', LONG_MS), true, 'The right one does not.')
    expectSame(await store.write(name, first, 'x', LONG_MS), false, 'A late write won.')
    expectSame((await store.read(name))?.value, 'two', 'A refused write was kept.')
    expectSame(
      await store.write(`${name}-absent`, first, 'x', LONG_MS),
      false,
      'It wrote on nothing.',
    )
  },
  'Of many that write on one version, one wins.': async (store, name) => {
    await store.write(name, null, 'start', LONG_MS)
    const version = (await store.read(name))?.version ?? ''
    const values = Array.from({ length: 20 }, (_, index) => `value-${index}`)
    const won = await Promise.all(values.map((value) => store.write(name, version, value, LONG_MS)))
    expectSame(won.filter(Boolean).length, 1, 'Several won.')
    expectSame((await store.read(name))?.value, values[won.indexOf(true)], 'A loser was kept.')
  },
  'An entry ends, and its versions never come again.': async (store, name) => {
    await store.write(name, null, 'short', SHORT_MS)
    const version = (await store.read(name))?.version ?? 'gone already'
    const look = async () => (await store.read(name)) === null
    await eventually(look, 'An entry outlives its time.')
    expectSame(
      await store.write(name, version, 'late', LONG_MS),
      false,
      'It wrote on what is gone.',
    )
    await store.write(name, null, 'new', LONG_MS)
    expectSame(await store.write(name, version, 'late', LONG_MS), false, 'A version came again.')
  },
  'A group has one row a member, until it leaves or its time is over.': async (store, name) => {
    const row = { keepMs: LONG_MS, marks: [], keepMarksMs: LONG_MS }
    expectSame(await store.group(name), { rows: [], marks: [] }, 'A new group is not empty.')
    await store.enter(name, { ...row, member: 'a', value: 'one' })
    await store.enter(name, { ...row, member: 'b', value: 'two', keepMs: SHORT_MS })
    const { rows } = await store.enter(name, { ...row, member: 'a', value: 'three words { } "' })
    const mine = rows.filter(({ member }) => member === 'a')
    expectSame(
      mine.map(({ value }) => value),
      ['three words { } "'],
      'The row is not the new one.',
    )
    expectTrue(
      mine.every(({ ageMs }) => ageMs >= 0 && ageMs < LONG_MS / 2),
      'Its age is wrong.',
    )
    const members = async () => (await store.group(name)).rows.map(({ member }) => member)
    const look = async () => JSON.stringify(await members()) === '["a"]'
    await eventually(look, 'A row outlives its time, or ended with another one.')
    await store.leave(name, 'a')
    expectSame(await members(), [], 'Who left is still there.')
    await store.leave(name, 'unknown')
  },
  'Marks stay when the member leaves, until their time is over.': async (store, name) => {
    const row = { member: 'a', value: '', keepMs: LONG_MS }
    await store.enter(name, { ...row, marks: ['old', 'new'], keepMarksMs: LONG_MS })
    await sleep(SHORT_MS)
    await store.enter(name, { ...row, marks: ['new', 'short'], keepMarksMs: SHORT_MS })
    await store.leave(name, 'a')
    const look = async () => {
      const { marks } = await store.group(name)
      return JSON.stringify(marks.map(({ mark }) => mark).sort()) === '["old"]'
    }
    await eventually(look, 'A mark outlives its time, or ended too early.')
    const [old] = (await store.group(name)).marks
    expectTrue(old !== undefined && old.ageMs >= SHORT_MS / 2, 'The age of a mark is wrong.')
  },
  'Counters add up, and a batch counts once.': async (store, name) => {
    expectSame(await store.totals(name), {}, 'New counters are not empty.')
    const batch = { owner: 'a', sequence: 1, amounts: { 'cache hit': 3, output: 4 } }
    await store.add(name, batch)
    await store.add(name, batch)
    await store.add(name, { owner: 'b', sequence: 1, amounts: { output: 2_000_000_000_000 } })
    await store.add(name, { owner: 'a', sequence: 2, amounts: { output: 1 } })
    const sums = await store.add(name, batch)
    const wanted = { 'cache hit': 3, output: 2_000_000_000_005 }
    expectSame(Object.fromEntries(Object.entries(sums).sort()), wanted, 'The sums are wrong.')
    const totals = Object.fromEntries(Object.entries(await store.totals(name)).sort())
    expectSame(totals, wanted, 'The totals differ from the answer of the addition.')
  },
  'Many add at once, and nothing is lost.': async (store, name) => {
    const owners = Array.from({ length: 20 }, (_, index) => `owner-${index}`)
    const batches = owners.map((owner) => ({ owner, sequence: 1, amounts: { output: 7 } }))
    await Promise.all(batches.map((batch) => store.add(name, batch)))
    expectSame(await store.totals(name), { output: 140 }, 'The sum is wrong.')
  },
}

/**
 * The test body for a store of your own: resolves when every promise is kept, rejects with one
 * error that names those that are not. Runs for a second or two against the real database; names
 * are fresh in each run, so a store that is in use can be tested as well.
 *
 * @param makeStore Gives the store, connected. Called once a promise; may give the same one.
 * @example
 * test('our store keeps its promises', () => storeContract(() => new PostgresStore(pool)))
 */
export async function storeContract(
  makeStore: () => StoreUnderTest | Promise<StoreUnderTest>,
): Promise<void> {
  const run = `contract-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}`
  const outcomes = await Promise.all(
    Object.entries(checks).map(async ([promise, check], index) => {
      try {
        await check(await makeStore(), `${run}-${index}`)
        return []
      } catch (error) {
        return [`${promise} ${error instanceof Error ? error.message : String(error)}`]
      }
    }),
  )
  const broken = outcomes.flat()
  if (broken.length > 0) throw new Error(`The store breaks its promises:\n${broken.join('\n')}`)
}
