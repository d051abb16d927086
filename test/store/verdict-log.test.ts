import { GuardedStore } from '../../src/store/guarded-store'
import { memoryStore } from '../../src/store/memory-store'
import { VerdictLog } from '../../src/store/verdict-log'
import { fakeClock } from './fake-clock'

const silence = { enabled: () => false, emit() {} }

function setUp() {
  const clock = fakeClock()
  const store = memoryStore(clock)
  let ids = 0
  const newId = () => `id-${ids++}`
  const guarded = () => new GuardedStore(store, { clock, log: silence })
  const makeProcess = (owner: string) =>
    new VerdictLog({ store: guarded(), owner, leaseMs: 65_000, keepMs: 300_000, newId })
  return { clock, store, makeProcess }
}

test('one process probes, and the others read what it found, each finding once', async () => {
  const { makeProcess } = setUp()
  const [a, b] = [makeProcess('a'), makeProcess('b')]
  const mine = await a.turn('key')
  expect(mine.kind).toBe('mine')
  expect(await b.turn('key')).toMatchObject({ kind: 'theirs', news: [], leaseLeftMs: 65_000 })
  if (mine.kind === 'mine') await mine.publish({ ok: false })
  expect(await b.turn('key')).toMatchObject({ news: [{ finding: { ok: false } }] })
  expect(await b.turn('key')).toMatchObject({ news: [] })
  for (const finding of ['two', 'three']) {
    const turn = await a.turn('key')
    if (turn.kind === 'mine') await turn.publish(finding)
  }
  expect(await b.turn('key')).toMatchObject({ news: [{ finding: 'two' }, { finding: 'three' }] })
})

test('another process takes over when the lease is over, and at once after leave()', async () => {
  const { clock, makeProcess } = setUp()
  const [a, b, c] = [makeProcess('a'), makeProcess('b'), makeProcess('c')]
  await a.turn('key')
  await clock.advance(64_000)
  expect((await b.turn('key')).kind).toBe('theirs')
  await clock.advance(1_000)
  expect((await b.turn('key')).kind).toBe('mine')
  expect((await a.turn('key')).kind).toBe('theirs')
  await b.leave()
  expect((await c.turn('key')).kind).toBe('mine')
})

test('a holder that slept through its lease publishes nothing over the findings of the next', async () => {
  const { clock, makeProcess } = setUp()
  const [a, b, c] = [makeProcess('a'), makeProcess('b'), makeProcess('c')]
  const slept = await a.turn('key')
  await clock.advance(66_000)
  const next = await b.turn('key')
  if (next.kind === 'mine') await next.publish('fresh')
  if (slept.kind === 'mine') await slept.publish('stale')
  expect(await c.turn('key')).toMatchObject({ news: [{ finding: 'fresh' }] })
})

test('a new prober hears what the last one found', async () => {
  const { clock, makeProcess } = setUp()
  const [a, b] = [makeProcess('a'), makeProcess('b')]
  const turn = await a.turn('key')
  if (turn.kind === 'mine') await turn.publish({ retryAfterMs: 120_000 })
  await clock.advance(66_000)
  const last = { finding: { retryAfterMs: 120_000 }, ageMs: 66_000 }
  expect(await b.turn('key')).toMatchObject({ kind: 'mine', last })
})

test('findings of another credential are nobody else’s', async () => {
  const { makeProcess } = setUp()
  const [a, b] = [makeProcess('a'), makeProcess('b')]
  const turn = await a.turn('old key')
  if (turn.kind === 'mine') await turn.publish('refused')
  expect((await b.turn('new key')).kind).toBe('mine')
})

test('who changes to another credential gives the lease of the old one back', async () => {
  const { makeProcess } = setUp()
  const [a, b] = [makeProcess('a'), makeProcess('b')]
  await a.turn('old key')
  await a.turn('new key')
  expect((await b.turn('old key')).kind).toBe('mine')
})

test('findings too old to judge by are no news', async () => {
  const { clock, makeProcess } = setUp()
  const [a, b] = [makeProcess('a'), makeProcess('b')]
  for (const [finding, ms] of [
    ['old', 200_000],
    ['new', 150_000],
  ] as const) {
    const turn = await a.turn('key')
    if (turn.kind === 'mine') await turn.publish(finding)
    await clock.advance(ms)
  }
  await a.turn('key')
  expect(await b.turn('key')).toMatchObject({ news: [{ finding: 'new', ageMs: 150_000 }] })
})

test.each([
  [299_999, 1],
  [300_000, 1],
  [300_001, 0],
])('a finding that is %d ms old is news for %d', async (ageMs, count) => {
  const { store, makeProcess } = setUp()
  await store.lease('key', 'other', 65_000)
  await store.write('key', null, JSON.stringify([{ id: 'x', ageMs, finding: 1 }]), 1e6)
  expect(await makeProcess('a').turn('key')).toMatchObject({
    news: Array(count).fill({ finding: 1, ageMs }),
  })
})

test.each([
  'no JSON',
  '{}',
  'null',
  '[null]',
  '[{"id":5,"ageMs":1,"finding":1}]',
  '[{"id":"x","ageMs":"1","finding":1}]',
  '[{"id":"x","ageMs":1}]',
])('what somebody else wrote as %s is no finding', async (text) => {
  const { store, makeProcess } = setUp()
  await store.write('key', null, text, 1e6)
  const turn = await makeProcess('a').turn('key')
  expect(turn).toMatchObject({ kind: 'mine' })
  expect(turn).not.toHaveProperty('last')
  if (turn.kind === 'mine') await turn.publish('good')
  expect(await makeProcess('b').turn('key')).toMatchObject({ news: [{ finding: 'good' }] })
})

test('a fleet remembers its last eight findings', async () => {
  const { makeProcess } = setUp()
  const [a, b] = [makeProcess('a'), makeProcess('b')]
  for (let finding = 1; finding <= 9; finding++) {
    const turn = await a.turn('key')
    if (turn.kind === 'mine') await turn.publish(finding)
  }
  const turn = await b.turn('key')
  const found = turn.kind === 'theirs' ? turn.news.map(({ finding }) => finding) : []
  expect(found).toEqual([2, 3, 4, 5, 6, 7, 8, 9])
})

test('what a process has published itself is no news to it', async () => {
  const { clock, makeProcess } = setUp()
  const [a, b] = [makeProcess('a'), makeProcess('b')]
  const turn = await a.turn('key')
  if (turn.kind === 'mine') await turn.publish('mine')
  await clock.advance(66_000)
  await b.turn('key')
  expect(await a.turn('key')).toMatchObject({ kind: 'theirs', news: [] })
})

test('leaving without a lease asks nobody for anything', async () => {
  const { store, makeProcess } = setUp()
  let released = 0
  store.release = async () => void released++
  const a = makeProcess('a')
  await a.leave()
  expect(released).toBe(0)
  await a.turn('key')
  await a.leave()
  await a.leave()
  expect(released).toBe(1)
})
