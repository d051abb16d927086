import type { ProbeEvidence } from '../../src/health/evidence'
import { SharedVerdicts } from '../../src/health/shared-verdicts'
import { GuardedStore } from '../../src/store/guarded-store'
import { memoryStore } from '../../src/store/memory-store'
import { VerdictLog } from '../../src/store/verdict-log'
import { fakeClock } from '../store/fake-clock'

const KEY = '5e9caaaaaaaa'
const log = { enabled: () => false, emit() {} }

function setUp() {
  const clock = fakeClock()
  const store = memoryStore(clock)
  let ids = 0
  const makeProcess = (owner: string) => {
    const accepted: string[] = []
    const balances: unknown[] = []
    const verdicts = new SharedVerdicts({
      log: new VerdictLog({
        store: new GuardedStore(store, { clock, log }),
        owner,
        leaseMs: 65_000,
        keepMs: 300_000,
        newId: () => `id-${ids++}`,
      }),
      clock,
      endpoint: 'e',
      lookEveryMs: 2_000,
      tokenId: async () => KEY,
      onAccepted: (id) => void accepted.push(id),
      balance: {
        takeOwn: () => ({ is_available: true, balance_infos: [{ currency: 'USD' }] }),
        onShared: (body) => void balances.push(body),
      },
    })
    return { verdicts, accepted, balances }
  }
  return { clock, store, makeProcess }
}

function success(): ProbeEvidence {
  const event = { type: 'success', source: 'active', proof: 'balance', tookMs: 12 } as const
  return { event, at: Date.now(), durationMs: 12, tokenId: KEY }
}

function refusal(more: Partial<ProbeEvidence> = {}): ProbeEvidence {
  return {
    event: {
      type: 'failure',
      source: 'active',
      cause: 'key-rejected',
      inference: false,
      startedAt: 5,
      credentialAccepted: false,
      refreshed: true,
      afterRefresh: false,
    },
    at: Date.now(),
    durationMs: 12,
    tokenId: KEY,
    ...more,
  }
}

const neverAsked = () => Promise.reject(new Error('It probed.'))

test('a follower takes the success, the balance and the acceptance of the prober', async () => {
  const { makeProcess } = setUp()
  const [prober, follower] = [makeProcess('a'), makeProcess('b')]
  await prober.verdicts.next(async () => success())
  const { evidence, lookAgainMs } = await follower.verdicts.next(neverAsked)
  expect(evidence).toMatchObject([{ event: { type: 'success', source: 'shared', tookMs: 12 } }])
  expect(lookAgainMs).toBe(2_000)
  expect(follower.accepted).toEqual([KEY])
  expect(follower.balances).toHaveLength(1)
})

test('a refusal comes with the words of this version, by the clocks of this process', async () => {
  const { clock, makeProcess } = setUp()
  const [prober, follower] = [makeProcess('a'), makeProcess('b')]
  await prober.verdicts.next(async () => refusal())
  await clock.advance(1_000)
  const { evidence } = await follower.verdicts.next(neverAsked)
  const endedAt = clock.elapsed() - 1_000
  expect(evidence).toMatchObject([
    {
      diagnosis: { cause: 'key-rejected', group: 'wrong-key' },
      event: { source: 'shared', refreshed: true, startedAt: endedAt - 12, endedAt },
    },
  ])
  expect(follower.accepted).toEqual([])
})

test('what another credential was told is not shared', async () => {
  const { makeProcess } = setUp()
  const [prober, follower] = [makeProcess('a'), makeProcess('b')]
  await prober.verdicts.next(async () => refusal({ tokenId: 'another' }))
  expect((await follower.verdicts.next(neverAsked)).evidence).toEqual([])
})

test('a new prober keeps the patience that DeepSeek asked of the last one', async () => {
  const { clock, makeProcess } = setUp()
  const [prober, next] = [makeProcess('a'), makeProcess('b')]
  await prober.verdicts.next(async () => refusal({ retryAfterMs: 120_000 }))
  await clock.advance(70_000)
  expect(await next.verdicts.next(neverAsked)).toEqual({ evidence: [], lookAgainMs: 50_000 })
  await clock.advance(50_000)
  expect((await next.verdicts.next(async () => success())).evidence).toHaveLength(1)
})

test.each([
  null,
  'text',
  { tokenId: KEY },
  { tokenId: KEY, event: null },
  { tokenId: KEY, event: { type: 'success', proof: 'a wish' } },
  { tokenId: KEY, event: { type: 'failure', cause: 'constructor' } },
  { tokenId: KEY, event: { type: 'failure', cause: '\u001b[2J' }, balance: 7 },
])('what no guard has written is no evidence: %j', async (finding) => {
  const { store, makeProcess } = setUp()
  const name = `probe:e:${KEY}`
  await store.lease(name, 'stranger', 60_000)
  await store.write(name, null, JSON.stringify([{ id: 'x', ageMs: 0, finding }]), 60_000)
  const follower = makeProcess('b')
  expect((await follower.verdicts.next(neverAsked)).evidence).toEqual([])
  expect(follower.balances).toEqual([])
})
