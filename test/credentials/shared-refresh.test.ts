import { SharedRefresh } from '../../src/credentials/shared-refresh'
import type { TokenRequest } from '../../src/credentials/source'
import { fingerprint } from '../../src/secret'
import { GuardedStore } from '../../src/store/guarded-store'
import { memoryStore } from '../../src/store/memory-store'
import { createVault } from '../../src/store/vault'
import { fakeClock } from '../store/fake-clock'

const silence = { enabled: () => false, emit() {} }

function setUp() {
  const clock = fakeClock()
  const store = memoryStore(clock)
  let names = 0
  const makeProcess = () =>
    new SharedRefresh('vault', {
      store: new GuardedStore(store, { clock, log: silence }),
      vault: createVault('a secret of the operator'),
      clock,
      refreshTimeoutMs: 10_000,
      newId: () => `holder-${names++}`,
    })
  return { clock, store, makeProcess }
}

function wish(more: Partial<TokenRequest> = {}): TokenRequest {
  return { reason: 'initial', forceRefresh: false, signal: new AbortController().signal, ...more }
}

/** A token endpoint that gives t1, t2, … after `ms`. */
function endpoint(clock: ReturnType<typeof fakeClock>, ms = 500, expiresInMs = 300_000) {
  let given = 0
  const exchange = async () => {
    given++
    const token = `t${given}`
    await new Promise<void>((resolve) => clock.after(ms, resolve))
    return { token, expiresInMs }
  }
  return { exchange, count: () => given }
}

test('five processes make one exchange', async () => {
  const { clock, makeProcess } = setUp()
  const { exchange, count } = endpoint(clock)
  const all = Promise.all([1, 2, 3, 4, 5].map(() => makeProcess().get(wish(), exchange)))
  await clock.advance(2_000)
  expect((await all).map(({ token }) => token)).toEqual(['t1', 't1', 't1', 't1', 't1'])
  expect(count()).toBe(1)
})

test('a token that another process already has is taken with the time that is left', async () => {
  const { clock, makeProcess } = setUp()
  const { exchange } = endpoint(clock, 0)
  const first = makeProcess().get(wish(), exchange)
  await clock.advance(1)
  await first
  await clock.advance(100_000)
  const token = await makeProcess().get(wish(), exchange)
  expect(token.token).toBe('t1')
  expect(token.expiresInMs).toBeLessThanOrEqual(200_000)
  expect(token.expiresInMs).toBeGreaterThan(199_000)
})

test('after a 401 the store is read first: a newer token is taken without an exchange', async () => {
  const { clock, makeProcess } = setUp()
  const { exchange, count } = endpoint(clock, 0)
  const [one, other] = [makeProcess(), makeProcess()]
  const initial = Promise.all([one.get(wish(), exchange), other.get(wish(), exchange)])
  await clock.advance(100)
  await initial
  const rejected = wish({ reason: 'rejected', rejectedId: fingerprint('t1') })
  const second = one.get(rejected, exchange)
  await clock.advance(100)
  expect((await second).token).toBe('t2')
  expect((await other.get(rejected, exchange)).token).toBe('t2')
  expect(count()).toBe(2)
})

test('who asks before the end of its token takes a newer one, or makes the exchange', async () => {
  const { clock, makeProcess } = setUp()
  const { exchange, count } = endpoint(clock, 0)
  const [one, other] = [makeProcess(), makeProcess()]
  const initial = Promise.all([one.get(wish(), exchange), other.get(wish(), exchange)])
  await clock.advance(100)
  await initial
  const mine = one.get(wish({ reason: 'expiring' }), exchange)
  await clock.advance(100)
  expect((await mine).token).toBe('t2')
  expect((await other.get(wish({ reason: 'expiring' }), exchange)).token).toBe('t2')
  expect(count()).toBe(2)
})

test('when the holder of the lock dies, another makes the exchange once the lock is over', async () => {
  const { clock, makeProcess } = setUp()
  const { exchange, count } = endpoint(clock, 0)
  void makeProcess().get(wish(), () => new Promise(() => {}))
  await clock.advance(10)
  const waiting = Promise.all(
    [makeProcess(), makeProcess()].map((one) => one.get(wish(), exchange)),
  )
  await clock.advance(9_000)
  expect(count()).toBe(0)
  await clock.advance(2_000)
  expect((await waiting).map(({ token }) => token)).toEqual(['t1', 't1'])
  expect(count()).toBe(1)
})

test('a holder that slept does not write over the newer token, and takes it', async () => {
  const { clock, makeProcess } = setUp()
  const { exchange } = endpoint(clock, 0)
  let wake = (_: { token: string }) => {}
  const slept = makeProcess().get(wish(), () => new Promise((resolve) => (wake = resolve)))
  await clock.advance(11_000)
  const taken = makeProcess().get(wish(), exchange)
  await clock.advance(100)
  expect((await taken).token).toBe('t1')
  wake({ token: 'late' })
  expect((await slept).token).toBe('t1')
  expect((await makeProcess().get(wish(), exchange)).token).toBe('t1')
})

test('an exchange that fails frees the lock at once', async () => {
  const { clock, makeProcess } = setUp()
  const { exchange } = endpoint(clock, 0)
  const failed = makeProcess().get(wish(), () => Promise.reject(new Error('down')))
  await expect(failed).rejects.toThrow('down')
  const next = makeProcess().get(wish(), exchange)
  await clock.advance(100)
  expect((await next).token).toBe('t1')
})

test('without the store each process makes its own exchange', async () => {
  const { clock, store, makeProcess } = setUp()
  const { exchange, count } = endpoint(clock, 0)
  store.read = () => Promise.reject(new Error('down'))
  const all = Promise.all([makeProcess(), makeProcess()].map((one) => one.get(wish(), exchange)))
  await clock.advance(100)
  await all
  expect(count()).toBe(2)
})

test('the stored token cannot be read without the secret', async () => {
  const { clock, store, makeProcess } = setUp()
  const exchange = async () => ({ token: 'canary-token' })
  await makeProcess().get(wish(), exchange)
  const entry = await store.read(`token:${fingerprint('vault')}`)
  expect(entry?.value).toMatch(/^v1\./)
  expect(Buffer.from(entry?.value.slice(3) ?? '', 'base64url').toString('latin1')).not.toContain(
    'canary',
  )
  await clock.advance(0)
})

test('a token that was sealed with another secret, moved or changed does not open', () => {
  const vault = createVault('one')
  const sealed = vault.seal('token', 'token:a')
  expect(vault.open(sealed, 'token:a')).toBe('token')
  expect(createVault('one').open(sealed, 'token:a')).toBe('token')
  expect(createVault('two').open(sealed, 'token:a')).toBeUndefined()
  expect(vault.open(sealed, 'token:b')).toBeUndefined()
  expect(vault.open(`${sealed.slice(0, -2)}AA`, 'token:a')).toBeUndefined()
  expect(vault.open('garbage', 'token:a')).toBeUndefined()
  expect(vault.seal('token', 'token:a')).not.toBe(sealed)
})

test('whoever waits leaves when nobody needs the token any longer', async () => {
  const { clock, makeProcess } = setUp()
  void makeProcess().get(wish(), () => new Promise(() => {}))
  await clock.advance(10)
  const controller = new AbortController()
  const waiting = makeProcess().get(wish({ signal: controller.signal }), async () => ({
    token: 'x',
  }))
  const left = expect(waiting).rejects.toThrow('gone')
  await clock.advance(100)
  controller.abort(new Error('gone'))
  await left
})
