import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  type DeepSeekGuard,
  deepseekGuard,
  fromFile,
  type GuardOptions,
  type Health,
} from '../../src'

const key = (n: number): string => `sk-${String(n).padStart(32, '0')}`

/** DeepSeek, as far as it decides which key is good; remembers who asked for what. */
let server: Server
let url: string
let good: Set<string>
let asked: { path: string; key: string; status: number }[]
/** Who gets an HTML page instead, and with which status. */
let pageFor: { key: string; code: number } | undefined
let guards: DeepSeekGuard[]
let lines: { event: string; [field: string]: unknown }[]
let folder: string
let file: string

beforeEach(async () => {
  good = new Set([key(1)])
  asked = []
  pageFor = undefined
  guards = []
  lines = []
  folder = mkdtempSync(path.join(tmpdir(), 'rotation-'))
  file = path.join(folder, 'key')
  publish(key(1))
  server = createServer((req, res) => {
    const sent = req.headers.authorization?.replace('Bearer ', '') ?? ''
    const status = good.has(sent) ? 200 : 401
    asked.push({ path: req.url ?? '', key: sent, status })
    if (pageFor?.key === sent) {
      res.writeHead(pageFor.code, { 'content-type': 'text/html' })
      res.end('<html><title>Access denied by the corporate proxy</title></html>')
      return
    }
    const message = `Authentication Fails, Your api key: ****${sent.slice(-4)} is invalid`
    const refusal = {
      error: { message, type: 'authentication_error', code: 'invalid_request_error' },
    }
    res.writeHead(status, { 'content-type': 'application/json' })
    req.resume().on('end', () => {
      res.end(JSON.stringify(status === 200 ? { is_available: true } : refusal))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterEach(async () => {
  await Promise.all(guards.map((guard) => guard.close()))
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  rmSync(folder, { recursive: true, force: true })
})

function publish(text: string): void {
  writeFileSync(`${file}.next`, `${text}\n`)
  renameSync(`${file}.next`, file)
}

function start(options: GuardOptions = {}): DeepSeekGuard {
  const note = (fields: object): void => void lines.push(fields as (typeof lines)[number])
  const logger = {
    info: note,
    warn: note,
    error: note,
    debug: note,
    fatal: note,
    child: () => logger,
  }
  const guard = deepseekGuard({
    env: {},
    baseURL: url,
    credential: fromFile(file, { pollMs: 20 }),
    logger: logger as GuardOptions['logger'],
    ...options,
  })
  guards.push(guard)
  return guard
}

/** The next new key; a source may be asked in vain before it is asked with one. */
function changeOf(guard: DeepSeekGuard): Promise<void> {
  return new Promise((resolve) => {
    guard.on('refresh', ({ outcome }) => outcome === 'changed' && resolve())
  })
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5))
}

const status = async (guard: DeepSeekGuard): Promise<number> => {
  const response = await guard.fetch(`${url}/chat/completions`, { method: 'POST', body: '{}' })
  await response.body?.cancel()
  return response.status
}

const proofs = (n: number) =>
  asked.filter((one) => one.key === key(n) && one.path === '/user/balance')
const calls = (n: number) =>
  asked.filter((one) => one.key === key(n) && one.path === '/chat/completions')

describe.each([
  ['with the health probe', {}],
  ['with health: false', { health: false as const }],
])('a rotation %s', (_name, options) => {
  test('to a wrong key reaches no caller, and is told once with its diagnosis', async () => {
    const guard = start(options)
    expect(await status(guard)).toBe(200)
    publish(key(2))
    await until(() => proofs(2).length > 0)
    const statuses = new Set<number>()
    for (let call = 0; call < 20; call += 1) statuses.add(await status(guard))
    expect([...statuses]).toEqual([200])
    expect(calls(2)).toEqual([])
    const told = lines.filter(({ event }) => event === 'auth.rotation_refused')
    expect(told).toHaveLength(1)
    expect(told[0]).toMatchObject({ cause: 'key-rejected', 'token.source': 'file' })
    expect(JSON.stringify(lines)).not.toContain('000002')
  })

  test('to a good key reaches no caller either, though the old one is revoked at once', async () => {
    const guard = start(options)
    expect(await status(guard)).toBe(200)
    good = new Set([key(2)])
    publish(key(2))
    for (let call = 0; call < 50; call += 1) expect(await status(guard)).toBe(200)
    expect(calls(2).length).toBeGreaterThan(0)
  })

  test('is proved by one call before the first caller uses it', async () => {
    const guard = start(options)
    expect(await status(guard)).toBe(200)
    good.add(key(2))
    publish(key(2))
    await changeOf(guard)
    expect(await status(guard)).toBe(200)
    const first = asked.findIndex((one) => one.key === key(2))
    expect(asked[first]?.path).toBe('/user/balance')
    expect(calls(2)).toHaveLength(1)
  })
})

test('a key that was good before is proved anew when somebody rolls back to it', async () => {
  const guard = start({ health: false })
  expect(await status(guard)).toBe(200)
  good.add(key(2)).add(key(3))
  for (const n of [2, 3]) {
    publish(key(n))
    await changeOf(guard)
    expect(await status(guard)).toBe(200)
  }
  good.delete(key(2))
  publish(key(2))
  await until(() => proofs(2).some((one) => one.status === 401))
  expect(await status(guard)).toBe(200)
  expect(calls(2)).toHaveLength(1)
})

test('a wrong new key leaves health as it is', async () => {
  const guard = start()
  await guard.ready()
  publish(key(2))
  await until(() => proofs(2).length > 0)
  await until(() => lines.some(({ event }) => event === 'auth.rotation_refused'))
  expect(guard.health().status).toBe('pass')
})

test.each([401, 502])('a page of a proxy with %i is no refusal of a new key', async (code) => {
  pageFor = { key: key(2), code }
  const guard = start()
  expect(await status(guard)).toBe(200)
  publish(key(2))
  await until(() => asked.some((one) => one.key === key(2)))
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(lines.filter(({ event }) => event === 'auth.rotation_refused')).toEqual([])
  expect(await status(guard)).toBe(200)
})

test('a key that works again is seen by the next probe, while the breaker is open', async () => {
  const guard = start({
    credential: key(1),
    health: { intervalMs: 60, confirmDelayMs: 10, failureThreshold: 2 },
  })
  await guard.ready()
  good.clear()
  for (let call = 0; call < 4; call += 1) await status(guard)
  const held = await guard.fetch(`${url}/chat/completions`, { method: 'POST', body: '{}' })
  expect(held.headers.get('x-deepseek-guard')).toBe('breaker-open')
  const passes = new Promise<Health>((resolve) => {
    guard.on('change', (health) => {
      if (health.status === 'pass') resolve(health)
    })
  })
  await until(() => guard.health().status === 'fail')
  good.add(key(1))
  await passes
  expect(await status(guard)).toBe(200)
})
