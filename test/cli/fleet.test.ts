import { createClient } from 'redis'
import { readArguments } from '../../src/cli/arguments'
import { fleet } from '../../src/cli/fleet'
import { encodeRow } from '../../src/store/certificate'
import { FLEET } from '../../src/store/membership'
import { redisStore } from '../../src/store/redis'
import {
  canStart,
  freePort,
  type RedisServer,
  startRedis,
  testWithRedis,
} from '../store/redis-server'

let server: RedisServer
let client: ReturnType<typeof createClient>

beforeAll(async () => {
  if (!canStart) return
  server = await startRedis()
  client = createClient({ url: server.url })
  await client.connect()
})
beforeEach(() => client?.flushAll())
afterAll(async () => {
  client?.destroy()
  await server?.stop()
})

async function enter(
  name: string,
  fingerprint: string,
  { prefix, heldForMs = 60_000 }: { prefix?: string; heldForMs?: number } = {},
): Promise<void> {
  const facts = { status: 'pass', proved: true, wouldFail: false, process: 4711 } as const
  const value = encodeRow({ ...facts, name, heldForMs, fingerprint })
  const row = { member: name, value, keepMs: 60_000, marks: [fingerprint], keepMarksMs: 60_000 }
  await redisStore(client, { prefix }).enter(FLEET, row)
}

async function run(args: string[]) {
  const out: string[] = []
  const err: string[] = []
  const given = readArguments(['fleet', ...args])
  if (given.command !== 'fleet') throw new Error('another command')
  const status = await fleet(given, {
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    color: false,
  })
  return { status, out: out.join(''), err: err.join('') }
}

testWithRedis('a fleet of one mind gets its certificate', async () => {
  await enter('pod-a', '23a3aaaaaaaa')
  await enter('pod-a', '5e9caaaaaaaa')
  await enter('pod-b', '5e9caaaaaaaa')
  const { status, out, err } = await run(['--redis', server.url])
  expect(status).toBe(0)
  expect(out).toBe('')
  expect(err).toMatch(
    /^ {2}pod-a {2}4711 {2}5e9caaaaaaaa {2}since 6\d s ago {2}pass {2}seen \d s ago$/m,
  )
  expect(err).toMatch(/2 of 2 instances use 5e9c…; 23a3… was last used \d s ago and may be revoked/)
})

testWithRedis('the document for programs says the same', async () => {
  await enter('pod-a', '5e9caaaaaaaa')
  await enter('pod-b', '23a3aaaaaaaa', { heldForMs: 90_000 })
  await enter('pod-c', '23a3aaaaaaaa', { heldForMs: 90_000 })
  const { status, out, err } = await run(['--redis', server.url, '--json'])
  expect(status).toBe(75)
  expect(err).toBe('')
  const document = JSON.parse(out)
  expect(Object.keys(document)).toEqual([
    'schemaVersion',
    'ok',
    'exitCode',
    'instances',
    'older',
    'sentence',
  ])
  expect(document).toMatchObject({ schemaVersion: 1, ok: false, exitCode: 75, older: [] })
  expect(document.instances[0]).toEqual({
    name: 'pod-a',
    process: 4711,
    fingerprint: '5e9caaaaaaaa',
    since: expect.any(String),
    status: 'pass',
    lastSeen: expect.any(String),
  })
  expect(Date.now() - Date.parse(document.instances[0].since)).toBeGreaterThan(59_000)
  expect(document.sentence).toMatch(
    /1 of 3 .* pod-b \(process 4711\) and pod-c \(process 4711\) still use 23a3…/,
  )
})

testWithRedis('it reads the fleet of the prefix', async () => {
  await enter('pod-a', '5e9caaaaaaaa', { prefix: 'shop:' })
  expect((await run(['--redis', server.url])).status).toBe(75)
  expect((await run(['--redis', server.url, '--prefix', 'shop:'])).status).toBe(0)
})

test('a store that cannot be reached is 69, with a document when asked', async () => {
  const url = `redis://user:canary@127.0.0.1:${await freePort()}`
  const text = await run(['--redis', url])
  expect(text.status).toBe(69)
  expect(text.err).toMatch(/cannot be reached \(ECONNREFUSED\)/)
  const { status, out } = await run(['--redis', url, '--json'])
  expect(status).toBe(69)
  expect(JSON.parse(out)).toMatchObject({ ok: false, exitCode: 69, instances: [], older: [] })
  expect(text.err + out).not.toContain('canary')
})

testWithRedis('a store that refuses the log-in is 69', async () => {
  const locked = await startRedis(['--requirepass', 'right'])
  const wrong = locked.url.replace('//', '//default:wrong@')
  for (const url of [wrong, locked.url]) {
    const { status, err } = await run(['--redis', url])
    expect(status).toBe(69)
    expect(err).toMatch(/refuses the log-in/)
  }
  const right = locked.url.replace('//', '//default:right@')
  expect((await run(['--redis', right])).status).toBe(75)
  await locked.stop()
})

test.each([[], ['--redis', 'http://x'], ['--redis', 'nonsense'], ['--redis', 'redis://']])(
  'a wrong address is wrong usage, and never repeated: %j',
  (...args) => {
    expect(() => readArguments(['fleet', ...args.flat()])).toThrow(
      /--redis .*redis:\/\/127\.0\.0\.1/,
    )
  },
)
