import { createClient } from 'redis'
import { systemClock } from '../../src/clock'
import { memoryStore } from '../../src/store/memory-store'
import { redisStore } from '../../src/store/redis'
import { storeContract } from '../../src/testing'
import { canStart, type RedisServer, startRedis, testWithRedis } from './redis-server'

let server: RedisServer
let client: ReturnType<typeof createClient>

beforeAll(async () => {
  if (!canStart) return
  server = await startRedis()
  client = createClient({ url: server.url })
  await client.connect()
})

afterAll(async () => {
  client?.destroy()
  await server?.stop()
})

test('the memory of a process keeps the promises of a store', async () => {
  await storeContract(() => memoryStore(systemClock))
})

testWithRedis('Redis keeps the promises of a store', async () => {
  await storeContract(() => redisStore(client))
})

test('a store that breaks a promise is told which one', async () => {
  const store = memoryStore(systemClock)
  const careless = Object.assign(Object.create(store), {
    ...bound(store),
    write: (name: string, _version: string | null, value: string, keepMs: number) =>
      store.read(name).then((entry) => store.write(name, entry?.version ?? null, value, keepMs)),
  })
  await expect(storeContract(() => careless)).rejects.toThrow(
    /A write needs the version that is there\. It replaced unseen/,
  )
})

function bound<T extends object>(target: T): Partial<T> {
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(target)) as (keyof T)[]
  return Object.fromEntries(
    names
      .filter((name) => name !== ('constructor' as keyof T))
      .map((name) => [name, (target[name] as (...args: never[]) => unknown).bind(target)]),
  ) as Partial<T>
}

testWithRedis('every key has an end, and each call stays within one hash slot', async () => {
  const sent: string[][] = []
  const store = redisStore({
    sendCommand(args: string[]) {
      sent.push(args)
      return client.sendCommand(args)
    },
  })
  await client.flushAll()
  await storeContract(() => store)
  const keys = await client.keys('*')
  expect(keys.length).toBeGreaterThan(10)
  expect(keys.every((key) => key.startsWith('deepseek-guard:{'))).toBe(true)
  expect(await Promise.all(keys.map((key) => client.pTTL(key)))).not.toContain(-1)
  for (const [name, , count, ...rest] of sent) {
    expect(name).toMatch(/^EVAL(SHA)?$/)
    const tags = rest.slice(0, Number(count)).map((key) => /\{(.+?)\}/.exec(key)?.[1])
    expect(new Set(tags).size).toBe(1)
  }
})
