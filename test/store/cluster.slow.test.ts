import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { GlideClusterClient, Logger } from '@valkey/valkey-glide'
import IORedis from 'ioredis'
import { createCluster, createSentinel } from 'redis'
import { fleet } from '../../src/cli/fleet'
import { encodeRow } from '../../src/store/certificate'
import { FLEET } from '../../src/store/membership'
import { type CommandSender, redisStore } from '../../src/store/redis'
import { storeContract } from '../../src/testing'
import { canStart, type RedisServer, startCluster, startRedis, testWithRedis } from './redis-server'

Logger.init('off')

let cluster: Awaited<ReturnType<typeof startCluster>>

beforeAll(async () => {
  if (canStart) cluster = await startCluster()
}, 60_000)
afterAll(() => cluster?.stop())

const port = () => cluster.servers[0]?.port ?? 0
const keepsPromises = (client: CommandSender) => storeContract(() => redisStore(client))

testWithRedis('a Cluster of the package redis fits as it is', async () => {
  const client = createCluster({ rootNodes: [{ url: `redis://127.0.0.1:${port()}` }] })
  await client.connect()
  await storeContract(() => redisStore(client))
  client.destroy()
})

testWithRedis('a cluster of ioredis fits by the same line as a single server', async () => {
  const client = new IORedis.Cluster([{ host: '127.0.0.1', port: port() }])
  await keepsPromises({ sendCommand: ([name, ...args]) => client.call(name, ...args) })
  client.disconnect()
})

testWithRedis('a cluster of valkey-glide fits by the same line as a single server', async () => {
  const client = await GlideClusterClient.createClient({
    addresses: [{ host: '127.0.0.1', port: port() }],
  })
  await keepsPromises({ sendCommand: (args) => client.customCommand(args) })
  client.close()
})

testWithRedis('any node of a cluster will do for the command', async () => {
  const client = createCluster({ rootNodes: [{ url: `redis://127.0.0.1:${port()}` }] })
  await client.connect()
  const facts = { status: 'pass', proved: true, wouldFail: false, process: 1 } as const
  const value = encodeRow({ ...facts, name: 'pod', heldForMs: 0, fingerprint: '5e9caaaaaaaa' })
  const row = { member: 'a', value, keepMs: 60_000, marks: [], keepMarksMs: 60_000 }
  await redisStore(client).enter(FLEET, row)
  client.destroy()
  for (const { url } of cluster.servers) {
    const output = { out() {}, err() {}, color: false }
    expect(await fleet({ command: 'fleet', json: false, redis: url }, output)).toBe(0)
  }
})

/** A sentinel that watches `master` alone. */
async function startSentinel(master: RedisServer): Promise<RedisServer> {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'guard-sentinel-')), 'sentinel.conf')
  writeFileSync(file, `sentinel monitor main 127.0.0.1 ${master.port} 1\n`)
  return startRedis([file, '--sentinel'])
}

testWithRedis(
  'a Sentinel client of the package redis fits as it is',
  async () => {
    const master = await startRedis()
    const sentinel = await startSentinel(master)
    const client = createSentinel({
      name: 'main',
      sentinelRootNodes: [{ host: '127.0.0.1', port: sentinel.port }],
    })
    await client.connect()
    await storeContract(() => redisStore(client))
    client.destroy()
    await Promise.all([sentinel.stop(), master.stop()])
  },
  30_000,
)
