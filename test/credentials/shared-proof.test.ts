import type { Proof } from '../../src/credentials/credential'
import { SharedProof } from '../../src/credentials/shared-proof'
import { GuardedStore } from '../../src/store/guarded-store'
import { memoryStore } from '../../src/store/memory-store'
import { fakeClock } from '../store/fake-clock'

const log = { enabled: () => false, emit() {} }

function setUp() {
  const clock = fakeClock()
  const store = memoryStore(clock)
  let ids = 0
  const newId = () => `id-${ids++}`
  const makeProof = () =>
    new SharedProof({
      store: new GuardedStore(store, { clock, log }),
      clock,
      timeoutMs: 5_000,
      newId,
    })
  return { clock, store, makeProof }
}

test('a candidate that is accepted is proved by one, and all take the answer', async () => {
  const { clock, makeProof } = setUp()
  let probes = 0
  const probe = async () => {
    probes++
    await new Promise<void>((resolve) => clock.after(300, resolve))
    return { verdict: 'accepted' as const }
  }
  const all = Promise.all([1, 2, 3, 4].map(() => makeProof().prove('key', probe)))
  await clock.advance(1_000)
  expect((await all).map(({ verdict }) => verdict)).toEqual(Array(4).fill('accepted'))
  expect(probes).toBe(1)
})

test('a candidate that is refused is tried by one, then by one again when the backoff is over', async () => {
  const { clock, makeProof } = setUp()
  let probes = 0
  const probe = async () => {
    probes++
    return { verdict: 'refused' as const }
  }
  const tryAll = async () => {
    const all = Promise.all([1, 2, 3].map(() => makeProof().prove('key', probe)))
    await clock.advance(200)
    return all
  }
  const first = await tryAll()
  expect(probes).toBe(1)
  const waits = (proofs: Proof[]) =>
    proofs.map((proof) => (proof.verdict === 'refused' && proof.retryInMs) || 0)
  expect(waits(first).every((ms) => ms > 500)).toBe(true)
  await clock.advance(1_000)
  const second = await tryAll()
  expect(probes).toBe(2)
  expect(Math.max(...waits(second))).toBe(2_000)
})

test('no verdict leaves the candidate to the next one', async () => {
  const { makeProof } = setUp()
  expect(await makeProof().prove('key', async () => ({ verdict: 'none' }))).toEqual({
    verdict: 'none',
  })
  expect((await makeProof().prove('key', async () => ({ verdict: 'accepted' }))).verdict).toBe(
    'accepted',
  )
})

test.each(['no JSON', '{}', 'null', '{"verdict":"accepted"}', '{"verdict":"x","refusals":1}'])(
  'what somebody else wrote as %s is no verdict',
  async (text) => {
    const { store, makeProof } = setUp()
    await store.write('key', null, text, 1e6)
    const proof = await makeProof().prove('key', async () => ({ verdict: 'refused' }))
    expect(proof).toEqual({ verdict: 'refused', retryInMs: 1_000 })
  },
)
