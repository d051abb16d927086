import { createClient } from 'redis'
import { deepseekGuard, fromFunction } from '../../src'
import { type CommandSender, redisStore } from '../../src/store/redis'
import { startFakeDeepSeek } from '../../src/testing'
import { freePort, startRedis, testWithRedis } from './redis-server'

/** What a guard on this store does for its callers, and what it writes into its log. */
async function live(client: CommandSender) {
  const fake = await startFakeDeepSeek()
  const lines: { event: string; 'error.type'?: string }[] = []
  const note = (fields: object) => void lines.push(fields as (typeof lines)[number])
  const logger = { info: note, warn: note, error: note }
  let exchanges = 0
  const fetchToken = async () => {
    exchanges += 1
    return { token: fake.key, expiresInMs: 600_000 }
  }
  const guard = deepseekGuard({
    env: {},
    baseURL: fake.url,
    credential: fromFunction(fetchToken, { id: 'trouble' }),
    health: { intervalMs: 50, confirmDelayMs: 10 },
    logger,
    store: redisStore(client, { secret: 'a secret of the operator' }),
  })
  const { status } = await guard.ready({ timeoutMs: 5_000 })
  const calls = await Promise.all([1, 2, 3].map(() => guard.fetch(`${fake.url}/models`)))
  await new Promise((resolve) => setTimeout(resolve, 200))
  const { source } = guard.health()
  await guard.close()
  await fake.close()
  const warnings = lines.filter(({ event }) => event === 'store.unavailable')
  return { status, source, exchanges, calls: calls.map((call) => call.status), warnings }
}

const untroubled = { status: 'pass', source: 'active', exchanges: 1, calls: [200, 200, 200] }

testWithRedis('a store that is full costs no call, and is told once', async () => {
  const server = await startRedis(['--maxmemory', '1', '--maxmemory-policy', 'noeviction'])
  const client = await createClient({ url: server.url }).connect()
  const { warnings, ...rest } = await live(client)
  expect(rest).toEqual(untroubled)
  expect(warnings.map((line) => line['error.type'])).toEqual(['OOM'])
  client.destroy()
  await server.stop()
})

testWithRedis('a store that may only be read costs no call, and is told once', async () => {
  const server = await startRedis(['--replicaof', '127.0.0.1', String(await freePort())])
  const client = await createClient({ url: server.url }).connect()
  const { warnings, ...rest } = await live(client)
  expect(rest).toEqual(untroubled)
  expect(warnings).toHaveLength(1)
  client.destroy()
  await server.stop()
})

testWithRedis('keys of another type under our names cost no call, and are told once', async () => {
  const server = await startRedis()
  const client = await createClient({ url: server.url }).connect()
  const spoiling: CommandSender = {
    async sendCommand(args) {
      const keys = args.slice(3, 3 + Number(args[2]))
      for (const key of keys) await client.del(key).then(() => client.sAdd(key, 'a set'))
      return client.sendCommand(args)
    },
  }
  const { warnings, ...rest } = await live(spoiling)
  expect(rest).toEqual(untroubled)
  expect(warnings.map((line) => line['error.type'])).toEqual(['WRONGTYPE'])
  client.destroy()
  await server.stop()
})

test.each([['OK'], [null], [7], [[]], [['1']], [[['a'], 'b']], [{ held: true }]])(
  'a store that answers %j to everything costs no call, and is told once',
  async (answer) => {
    const { warnings, ...rest } = await live({ sendCommand: async () => answer })
    expect(rest).toEqual(untroubled)
    expect(warnings).toHaveLength(1)
  },
)
