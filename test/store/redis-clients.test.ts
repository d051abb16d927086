import { GlideClient, Logger } from '@valkey/valkey-glide'
import IORedis from 'ioredis'
import IOValkey from 'iovalkey'
import { createClient, createClientPool } from 'redis'
import { type CommandSender, redisStore } from '../../src/store/redis'
import { storeContract } from '../../src/testing'
import { canStart, type RedisServer, startRedis, testWithRedis } from './redis-server'

Logger.init('off')

let server: RedisServer

beforeAll(async () => {
  if (canStart) server = await startRedis()
})
afterAll(() => server?.stop())

/** A server that has forgotten every script, as after a restart. */
async function withoutScripts(): Promise<void> {
  const client = await createClient({ url: server.url }).connect()
  await client.scriptFlush()
  client.destroy()
}

async function keepsPromises(client: CommandSender): Promise<void> {
  await withoutScripts()
  await storeContract(() => redisStore(client))
}

testWithRedis('a client of the package redis fits as it is', async () => {
  const client = await createClient({ url: server.url }).connect()
  await keepsPromises(client)
  client.destroy()
})

testWithRedis('a client that speaks RESP2 or gives buffers fits as well', async () => {
  const client = await createClient({ url: server.url, RESP: 2 }).connect()
  await keepsPromises(client)
  const types = { 36: Buffer }
  await keepsPromises(client.withTypeMapping(types))
  client.destroy()
})

testWithRedis('a pool of the package redis fits as it is', async () => {
  const pool = createClientPool({ url: server.url })
  await pool.connect()
  await keepsPromises(pool)
  pool.destroy()
})

testWithRedis('ioredis fits by one line', async () => {
  const client = new IORedis(server.port)
  await keepsPromises({ sendCommand: ([name, ...args]) => client.call(name, ...args) })
  client.disconnect()
})

testWithRedis('iovalkey fits by one line', async () => {
  const client = new IOValkey(server.port)
  await keepsPromises({ sendCommand: ([name, ...args]) => client.call(name, ...args) })
  client.disconnect()
})

testWithRedis('valkey-glide fits by one line', async () => {
  const client = await GlideClient.createClient({
    addresses: [{ host: '127.0.0.1', port: server.port }],
  })
  await keepsPromises({ sendCommand: (args) => client.customCommand(args) })
  client.close()
})

testWithRedis('a raw client of another dialect is told the line to write', async () => {
  const ioredis = new IORedis({ lazyConnect: true })
  const cluster = new IORedis.Cluster([{ port: 1 }], { lazyConnect: true })
  const glide = await GlideClient.createClient({
    addresses: [{ host: '127.0.0.1', port: server.port }],
  })
  const line = /redisStore\(\{ sendCommand: \(\[name, \.\.\.args\]\) => client\.call\(name, /
  expect(() => redisStore(ioredis as never)).toThrow(line)
  expect(() => redisStore(cluster as never)).toThrow(line)
  expect(() => redisStore(new IOValkey({ lazyConnect: true }) as never)).toThrow(line)
  expect(() => redisStore(glide as never)).toThrow(
    /redisStore\(\{ sendCommand: \(args\) => client\.customCommand\(args\) \}\)/,
  )
  glide.close()
})

test.each([undefined, null, 'redis://127.0.0.1', {}, { sendCommand: true }])(
  'what is no client is refused at once: %p',
  (client) => {
    expect(() => redisStore(client as never)).toThrow(TypeError)
    expect(() => redisStore(client as never)).toThrow(/connected client/)
  },
)

const silent: CommandSender = { sendCommand: () => new Promise(() => {}) }

test('a misspelt or ill-typed option is named', () => {
  expect(() => redisStore(silent, { prefixx: 'a' } as never)).toThrow(
    /Did you mean redisStore.prefix\?/,
  )
  expect(() => redisStore(silent, { leaseMs: 0 })).toThrow(/redisStore.leaseMs must be at least 1/)
  expect(() => redisStore(silent, { secret: 5 } as never)).toThrow(
    /redisStore.secret must be a string/,
  )
  expect(() => redisStore(silent, null as never)).toThrow(TypeError)
})

test('the secret shows nowhere', () => {
  const store = redisStore(silent, { secret: 'canary-secret' })
  expect(JSON.stringify(store) + require('node:util').inspect(store, { depth: 9 })).not.toContain(
    'canary',
  )
})
