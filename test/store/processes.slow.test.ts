import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createClient } from 'redis'
import type { Health } from '../../src'
import { fingerprint } from '../../src/secret'
import { certify } from '../../src/store/certificate'
import { FLEET } from '../../src/store/membership'
import { redisStore } from '../../src/store/redis'
import { type FakeDeepSeek, startFakeDeepSeek } from '../../src/testing'
import { type Instance, type InstanceOptions, killInstances, startInstance } from './instances'
import { canStart, type RedisServer, startRedis, testWithRedis } from './redis-server'

jest.setTimeout(240_000)

let redis: RedisServer
let fake: FakeDeepSeek
let client: ReturnType<typeof createClient>

beforeAll(async () => {
  if (canStart) redis = await startRedis()
})
beforeEach(async () => {
  fake = await startFakeDeepSeek()
  client = createClient({ url: redis.url })
  client.on('error', () => {})
  await client.connect()
  await client.flushAll()
})
afterEach(async () => {
  killInstances()
  client.destroy()
  await fake.close()
})
afterAll(() => redis?.stop())

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function until(isTrue: () => boolean | Promise<boolean>, ms = 30_000): Promise<void> {
  for (const end = Date.now() + ms; !(await isTrue()); await sleep(10)) {
    if (Date.now() > end) throw new Error(`It did not come true within ${ms} ms.`)
  }
}

function start(options: Partial<InstanceOptions> = {}): Promise<Instance> {
  return startInstance({ url: fake.url, redis: redis.url, key: fake.key, ...options })
}

const probes = () => fake.calls.filter(({ path: at }) => at === '/user/balance')
const certificate = async () => certify(await redisStore(client).group(FLEET))

testWithRedis('twenty processes cost the probes of one, whatever their clocks say', async () => {
  const health = { intervalMs: 500, confirmDelayMs: 250, timeoutMs: 2_000 }
  const skews = [0, 90_000, -90_000]
  const all: Instance[] = []
  for (let count = 0; count < 20; count++) {
    all.push(await start({ health, skewMs: skews[count % 3] ?? 0 }))
  }
  await Promise.all(all.map((one) => one.ask('ready')))
  fake.calls.length = 0
  const startedAt = performance.now()
  await sleep(120 * health.intervalMs)
  const intervals = (performance.now() - startedAt) / health.intervalMs
  const share = probes().length / intervals
  process.stderr.write(`${probes().length} probes in ${intervals.toFixed(1)} intervals of 20\n`)
  expect(share).toBeLessThanOrEqual(1.2)
  expect(share).toBeGreaterThan(0.5)
  const healths = await Promise.all(all.map((one) => one.ask<Health>('health')))
  expect(healths.map(({ status }) => status)).toEqual(Array(20).fill('pass'))
  expect(healths.filter(({ source }) => source === 'shared').length).toBeGreaterThanOrEqual(19)
})

testWithRedis.each(['SIGKILL', 'SIGSTOP', 'close()'])(
  'after %s of the prober another one takes over within the lease',
  async (what) => {
    const leaseMs = 2_000
    const health = { intervalMs: 300, confirmDelayMs: 150, timeoutMs: 1_000 }
    const all = await Promise.all([1, 2, 3].map(() => start({ health, leaseMs })))
    await Promise.all(all.map((one) => one.ask('ready')))
    const healths = await Promise.all(all.map((one) => one.ask<Health>('health')))
    const prober = all[healths.findIndex(({ source }) => source === 'active')]
    const startedAt = performance.now()
    if (what === 'close()') await prober?.ask('close')
    else prober?.child.kill(what as NodeJS.Signals)
    fake.calls.length = 0
    await until(() => probes().length > 0)
    const tookMs = performance.now() - startedAt
    process.stderr.write(
      `taken over ${Math.round(tookMs)} ms after ${what}, the lease is ${leaseMs}\n`,
    )
    // The look when the lease ends, and what a busy machine adds to it.
    expect(tookMs).toBeLessThan(leaseMs + 700)
    if (what === 'SIGSTOP') {
      prober?.child.kill('SIGCONT')
      await sleep(600)
      fake.calls.length = 0
      await sleep(10 * health.intervalMs)
      expect(probes().length).toBeLessThanOrEqual(13)
    }
  },
)

/** Gives tokens that the fake knows, and counts. */
async function startTokenEndpoint(delayMs: number) {
  let exchanges = 0
  const server: Server = createServer((_req, res) => {
    exchanges++
    const token = exchanges === 1 ? fake.key : fake.issueKey()
    setTimeout(() => res.end(JSON.stringify({ token, expiresInMs: 600_000 })), delayMs)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const tokenURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { tokenURL, count: () => exchanges, close: () => server.close() }
}

type Called = { status: number | string; ms: number }

testWithRedis(
  'five processes make one exchange for one token, and one more after a 401',
  async () => {
    const endpoint = await startTokenEndpoint(100)
    const { tokenURL } = endpoint
    const options = { tokenURL, secret: 'a secret of the operator', health: false } as const
    const all = await Promise.all([1, 2, 3, 4, 5].map(() => start(options)))
    const call = () => Promise.all(all.map((one) => one.ask<Called>('call')))
    expect((await call()).map(({ status }) => status)).toEqual(Array(5).fill(200))
    expect(endpoint.count()).toBe(1)
    fake.revoke(fake.key)
    expect((await call()).map(({ status }) => status)).toEqual(Array(5).fill(200))
    expect(endpoint.count()).toBe(2)
    const stored = await Promise.all(
      (await client.keys('*')).map(async (key) => {
        return (await client.type(key)) === 'hash' ? JSON.stringify(await client.hGetAll(key)) : ''
      }),
    )
    expect(stored.join()).not.toContain(fake.key)
    endpoint.close()
  },
)

testWithRedis('without a secret no token is stored, and each process fetches its own', async () => {
  const endpoint = await startTokenEndpoint(20)
  const all = await Promise.all(
    [1, 2].map(() => start({ tokenURL: endpoint.tokenURL, health: false })),
  )
  for (const one of all) expect((await one.ask<Called>('call')).status).toBe(200)
  expect(endpoint.count()).toBe(2)
  expect((await client.keys('*')).filter((key) => key.includes('token:'))).toEqual([])
  endpoint.close()
})

testWithRedis(
  'fifty rotations under traffic with kills cost no call, and no refused key is used',
  async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'guard-rotations-'))
    const file = path.join(folder, 'key')
    const publish = (key: string) => {
      writeFileSync(`${file}.next`, key)
      renameSync(`${file}.next`, file)
    }
    publish(fake.key)
    const options = {
      file,
      leaseMs: 600,
      health: { intervalMs: 300, confirmDelayMs: 150, timeoutMs: 1_000 },
    }
    const begin = async () => {
      const one = await start(options)
      await one.ask('ready')
      await one.ask('traffic')
      return one
    }
    const all = await Promise.all([1, 2, 3, 4, 5].map(begin))
    let [current, bad, good, kills] = [fake.key, 0, 0, 0]
    const refused: string[] = []
    const collect = async (one: Instance) => {
      const counts = await one.ask<{ bad: number; good: number }>('counts')
      bad += counts.bad
      good += counts.good
    }
    for (let rotation = 0; rotation < 50; rotation++) {
      if (rotation % 5 === 4) {
        const wrong = fake.issueKey()
        fake.revoke(wrong)
        refused.push(wrong)
        publish(wrong)
        await sleep(150)
      }
      const next = fake.issueKey()
      publish(next)
      if (rotation % 4 === 1) {
        const victim = rotation % all.length
        const one = all[victim]
        if (one !== undefined) await collect(one).then(() => one.kill())
        kills++
        all[victim] = await begin()
      }
      const id = fingerprint(next)
      await until(async () => {
        const { given, current: used } = await certificate()
        return given && used === id
      })
      fake.revoke(current)
      current = next
    }
    await Promise.all(all.map(collect))
    const used = fake.calls.filter(({ headers, path: at }) => {
      return at === '/models' && refused.some((key) => headers.authorization?.includes(key))
    })
    process.stderr.write(`${good} calls over 50 rotations and ${kills} kills, ${bad} failed\n`)
    expect(good).toBeGreaterThan(1_000)
    expect(bad).toBe(0)
    expect(used).toEqual([])
    rmSync(folder, { recursive: true })
  },
)

testWithRedis.each(['SIGKILL', 'SIGSTOP'] as const)(
  'when Redis is gone by %s no call fails, none waits 100 ms longer, and it comes back',
  async (signal) => {
    const own = await startRedis()
    const endpoint = await startTokenEndpoint(0)
    const one = await start({
      tokenURL: endpoint.tokenURL,
      redis: own.url,
      secret: 'a secret of the operator',
      health: { intervalMs: 300, confirmDelayMs: 150, timeoutMs: 1_000 },
    })
    await one.ask('ready')
    /** A call that has to fetch another token first: the one that asks the store. */
    let current = fake.key
    const callAfterRevoke = async () => {
      fake.revoke(current)
      const { status, ms } = await one.ask<Called>('call')
      const headers = fake.calls.at(-1)?.headers
      current = headers?.authorization?.replace('Bearer ', '') ?? current
      return { status, ms }
    }
    const before = [await callAfterRevoke(), await callAfterRevoke(), await callAfterRevoke()]
    own.signal(signal)
    const after = [await callAfterRevoke(), await callAfterRevoke(), await callAfterRevoke()]
    const worst = (calls: Called[]) => Math.max(...calls.map(({ ms }) => ms))
    const added = worst(after) - Math.min(...before.map(({ ms }) => ms))
    process.stderr.write(`Redis gone by ${signal}: at most ${added.toFixed(1)} ms added\n`)
    expect([...before, ...after].map(({ status }) => status)).toEqual(Array(6).fill(200))
    expect(added).toBeLessThan(150)
    expect((await one.ask<Health>('health')).status).toBe('pass')
    const warnings = (await one.ask<string[]>('warnings')).filter(
      (at) => at === 'store.unavailable',
    )
    expect(warnings).toHaveLength(1)
    if (signal === 'SIGSTOP') own.signal('SIGCONT')
    else await own.restart()
    const back = createClient({ url: own.url })
    await back.connect()
    await back.flushAll()
    await until(async () => (await redisStore(back).group(FLEET)).rows.length === 1)
    back.destroy()
    await one.kill()
    endpoint.close()
    await own.stop()
  },
)
