import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { deepseekGuard, fromFile, fromFunction, type GuardOptions, type Health } from '../../src'
import { systemClock } from '../../src/clock'
import { certify } from '../../src/store/certificate'
import { FLEET } from '../../src/store/membership'
import { memoryStore } from '../../src/store/memory-store'
import type { SharedStore } from '../../src/store/shared-store'
import { type FakeDeepSeek, startFakeDeepSeek } from '../../src/testing'

type Guard = ReturnType<typeof deepseekGuard>

const HEALTH = { intervalMs: 60, confirmDelayMs: 10, timeoutMs: 2_000 }

let fake: FakeDeepSeek
let store: SharedStore & { leaseMs?: number }
const guards: Guard[] = []

beforeEach(async () => {
  fake = await startFakeDeepSeek()
  store = memoryStore(systemClock)
})
afterEach(async () => {
  await Promise.all(guards.splice(0).map((guard) => guard.close()))
  await fake.close()
})

function start(options: GuardOptions = {}): Guard {
  const guard = deepseekGuard({
    env: { DEEPSEEK_API_KEY: fake.key, DEEPSEEK_BASE_URL: fake.url },
    health: HEALTH,
    logger: false,
    store,
    ...options,
  })
  guards.push(guard)
  return guard
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 10_000; !(await isTrue()); await sleep(5)) {
    if (Date.now() > end) throw new Error('It did not come true within 10 s.')
  }
}

const probes = () => fake.calls.filter(({ path: at }) => at === '/user/balance')
const certificate = async () => certify(await store.group(FLEET))

test('ten instances cost the probes of one, and all are ready by them', async () => {
  const all = Array.from({ length: 10 }, () => start())
  const ready: Health[] = await Promise.all(all.map((guard) => guard.ready()))
  expect(ready.map(({ status }) => status)).toEqual(Array(10).fill('pass'))
  expect(ready.filter(({ source }) => source === 'shared')).toHaveLength(9)
  expect(probes()).toHaveLength(1)
  const startedAt = performance.now()
  await sleep(15 * HEALTH.intervalMs)
  const intervals = (performance.now() - startedAt) / HEALTH.intervalMs
  expect(probes().length).toBeGreaterThan(3)
  expect(probes().length / intervals).toBeLessThanOrEqual(1.2)
})

test('when the prober closes another one goes on at once', async () => {
  const [first, second] = [start(), start()]
  await Promise.all([first.ready(), second.ready()])
  await first.close()
  fake.calls.length = 0
  await until(() => probes().length >= 2)
  expect(second.health().source).toBe('active')
})

test('a refused credential is learnt by all, and empties no Service', async () => {
  const all = Array.from({ length: 4 }, () => start())
  await Promise.all(all.map((guard) => guard.ready()))
  const seen: string[] = []
  for (const guard of all) guard.on('change', ({ status }) => seen.push(status))
  await until(async () => (await certificate()).given)
  fake.revoke(fake.key)
  await until(() => all.every((guard) => guard.health().cause === 'key-rejected'))
  expect(all.map((guard) => guard.health().status)).toEqual(Array(4).fill('warn'))
  expect(seen).not.toContain('fail')
  expect(all[0]?.health().decision).toBe('fleet:steady=warn')
})

test('one instance with a key of its own that is refused leaves rotation alone', async () => {
  const others = Array.from({ length: 3 }, () => start())
  const own = fake.issueKey()
  const env = { DEEPSEEK_API_KEY: own, DEEPSEEK_BASE_URL: fake.url }
  const odd = start({ env })
  await Promise.all([...others, odd].map((guard) => guard.ready()))
  await until(async () => (await certificate()).instances.length === 4)
  fake.revoke(own)
  await until(() => odd.health().status === 'fail')
  expect(others.map((guard) => guard.health().status)).toEqual(Array(3).fill('pass'))
})

test('a fleet of one judges by itself alone', async () => {
  const guard = start()
  await guard.ready()
  fake.revoke(fake.key)
  await until(() => guard.health().status === 'fail')
})

test('five instances make one exchange for a rotating token, and one more after a 401', async () => {
  let exchanges = 0
  const keys = [fake.issueKey(), fake.issueKey()]
  const fetchToken = async () => {
    exchanges++
    await sleep(50)
    return { token: keys[exchanges - 1] ?? '', expiresInMs: 600_000 }
  }
  const all = Array.from({ length: 5 }, () => {
    return start({ credential: fromFunction(fetchToken, { id: 'vault' }), health: false })
  })
  const call = (guard: Guard) => guard.fetch(`${fake.url}/models`)
  const first = await Promise.all(all.map(call))
  expect(first.map(({ status }) => status)).toEqual(Array(5).fill(200))
  expect(exchanges).toBe(1)
  fake.revoke(keys[0] ?? '')
  const second = await Promise.all(all.map(call))
  expect(second.map(({ status }) => status)).toEqual(Array(5).fill(200))
  expect(exchanges).toBe(2)
})

describe('a rotation by file', () => {
  let folder: string
  let file: string

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'guard-fleet-'))
    file = path.join(folder, 'key')
    writeFileSync(file, fake.key)
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const startAll = (health: GuardOptions['health'] = HEALTH) =>
    Array.from({ length: 4 }, () => start({ credential: fromFile(file, { pollMs: 20 }), health }))
  const callsWith = (key: string) =>
    fake.calls.filter(({ headers }) => headers.authorization?.includes(key))

  test('is certified when all have taken and proved the new key, and says when the old one went', async () => {
    const all = startAll()
    await Promise.all(all.map((guard) => guard.ready()))
    const old = (await certificate()).current
    await until(async () => (await certificate()).given)
    writeFileSync(file, fake.issueKey())
    await until(async () => {
      const { given, current } = await certificate()
      return given && current !== old
    })
    const { instances, older, sentence } = await certificate()
    expect(instances).toHaveLength(4)
    expect(older.map(({ fingerprint }) => fingerprint)).toEqual([old])
    expect(sentence).toMatch(/^4 of 4 instances use .*may be revoked$/)
  })

  test('to a key that is refused is tried by one instance, and reaches no caller', async () => {
    const all = startAll(false)
    for (const guard of all) expect((await guard.fetch(`${fake.url}/models`)).status).toBe(200)
    const bad = fake.issueKey()
    fake.revoke(bad)
    writeFileSync(file, bad)
    await until(() => callsWith(bad).length > 0)
    await sleep(300)
    expect(callsWith(bad)).toHaveLength(1)
    for (const guard of all) expect((await guard.fetch(`${fake.url}/models`)).status).toBe(200)
  })
})

test.each([
  ['never answers', () => new Promise<never>(() => {})],
  ['refuses everything', () => Promise.reject(new Error('READONLY'))],
  ['answers garbage', async () => 'garbage' as never],
])('a store that %s changes nothing for a caller', async (_what, act) => {
  for (const method of ['lease', 'release', 'read', 'write', 'enter', 'leave', 'add', 'totals']) {
    Object.assign(store, { [method]: act })
  }
  const lines: string[] = []
  const note = (fields: { event?: string }) => void lines.push(fields.event ?? '')
  const logger = {
    child: () => logger,
    debug: note,
    info: note,
    warn: note,
    error: note,
    fatal: note,
  }
  const credential = fromFunction(async () => ({ token: fake.key, expiresInMs: 600_000 }), {
    id: 'x',
  })
  const guard = start({ credential, logger: logger as never })
  const startedAt = performance.now()
  expect((await guard.fetch(`${fake.url}/models`)).status).toBe(200)
  expect(performance.now() - startedAt).toBeLessThan(600)
  expect((await guard.ready()).status).toBe('pass')
  await sleep(200)
  expect(guard.health().source).toBe('active')
  expect(lines.filter((event) => event === 'store.unavailable')).toHaveLength(1)
})

test('usage is summed over the fleet, and one balance is everybody’s', async () => {
  const all = [start(), start(), start()]
  await Promise.all(all.map((guard) => guard.ready()))
  const body = JSON.stringify({
    model: 'deepseek-flash',
    messages: [{ role: 'user', content: 'Hi' }],
  })
  const headers = { 'content-type': 'application/json' }
  const ask = async (guard: Guard) => {
    const init = { method: 'POST', body, headers }
    const response = await guard.fetch(`${fake.url}/chat/completions`, init)
    return (await response.json()) as { usage: { completion_tokens: number } }
  }
  const answers = await Promise.all(all.map(ask))
  const output = answers.reduce((sum, { usage }) => sum + usage.completion_tokens, 0)
  expect(output).toBeGreaterThan(0)
  await until(() => all.every((guard) => guard.account()?.usage.output === output))
  const accounts = all.map((guard) => guard.account())
  expect(accounts.every((account) => (account?.balances.length ?? 0) > 0)).toBe(true)
  expect(new Set(accounts.map((account) => account?.spent?.amount)).size).toBe(1)
  expect(probes().length).toBeLessThan(20)
})
