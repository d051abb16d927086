import { spawnSync } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { inspect } from 'node:util'
import express from 'express'
import pino from 'pino'
import { Registry } from 'prom-client'
import request from 'supertest'
import { type CredentialInput, checkEnv, type DeepSeekGuard, deepseekGuard } from '../src'
import { guardMetrics } from '../src/observability/metrics'
import { type FakeDeepSeek, startFakeDeepSeek } from '../src/testing'

/** Two canaries: the first is refused, the second is what a source says instead. */
const CANARY = 'sk-7c41f0a9d25b8e6313da94c07fb2e586'
const SECOND = 'sk-e95d20b7164fa83cc2718de0539bf46a'

/** Any run of five characters of a canary's body is a leak; four is what DeepSeek itself echoes. */
function leaksIn(text: string): string[] {
  const encodings = [CANARY, SECOND].flatMap((key) => [
    Buffer.from(key).toString('base64').slice(0, 40),
    Buffer.from(key).toString('hex'),
    encodeURIComponent(`Bearer ${key}`),
  ])
  const parts = [CANARY, SECOND].flatMap((key) =>
    [...Array(key.length - 11).keys()].map((start) => key.slice(start, start + 12)),
  )
  return [...encodings, ...parts].filter((part) => text.includes(part))
}

class Recorder {
  text = ''
  readonly logger = pino({ level: 'trace' }, { write: (line: string) => this.add(line) })

  add(...values: unknown[]): void {
    for (const value of values) {
      this.text += `${typeof value === 'string' ? value : ''}\n${inspect(value, { depth: 8, showHidden: true })}\n`
      if (value instanceof Error) this.text += `${value.stack}\n${inspect(value.cause)}\n`
      this.text += `${JSON.stringify(value)}\n`
    }
  }
}

let fake: FakeDeepSeek
let recorder: Recorder
let guard: DeepSeekGuard | undefined

beforeEach(async () => {
  fake = await startFakeDeepSeek()
  recorder = new Recorder()
})

afterEach(async () => {
  await guard?.close()
  guard = undefined
  await fake.close()
})

function start(credential: CredentialInput | undefined, env: Record<string, string> = {}) {
  const registry = new Registry()
  const started = deepseekGuard({
    env: { DEEPSEEK_API_KEY: CANARY, DEEPSEEK_BASE_URL: fake.url, ...env },
    ...(credential !== undefined && { credential }),
    logger: recorder.logger,
    metrics: guardMetrics({ registry }),
    health: { confirmDelayMs: 1, intervalMs: 50, details: 'always' },
  })
  guard = started
  started.on('change', (health) => recorder.add(health))
  started.on('diagnosis', (diagnosis) => recorder.add(diagnosis))
  started.on('refresh', (event) => recorder.add(event))
  return { guard: started, registry }
}

/** Everything that the guard shows of itself once a call has ended. */
async function recordAll({ guard, registry }: ReturnType<typeof start>): Promise<void> {
  const app = express().use(guard)
  const json = await request(app).get('/health/deepseek')
  const page = await request(app).get('/health/deepseek').set('accept', 'text/html')
  recorder.add(json.headers, json.text, page.headers, page.text)
  recorder.add(guard, guard.client, guard.health(), { ...guard })
  recorder.add(await registry.metrics())
}

async function call({ guard }: ReturnType<typeof start>): Promise<void> {
  try {
    const response = await guard.fetch(`${fake.url}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'deepseek-flash', messages: [{ role: 'user', content: 'x' }] }),
    })
    recorder.add(response, [...response.headers], await response.text())
  } catch (error) {
    recorder.add(error)
    recorder.add(guard.diagnose(error))
  }
}

test('the detector sees a leak', () => {
  expect(leaksIn(`Bearer ${CANARY}`)).not.toEqual([])
  expect(leaksIn(`...${SECOND.slice(3, 20)}`)).not.toEqual([])
})

test('a refused key leaves no trace', async () => {
  const house = start(undefined)
  await expect(house.guard.ready()).rejects.toThrow(Error)
  await house.guard.ready().catch((error) => recorder.add(error))
  await call(house)
  await recordAll(house)
  expect(recorder.text).toContain('auth.rejected')
  expect(leaksIn(recorder.text)).toEqual([])
})

test.each(['echo-other-key', 'governor', 'html-proxy', 'error', 'reset'] as const)(
  'an upstream that plays %s leaves no trace',
  async (mode) => {
    fake.fail(mode)
    const house = start(undefined)
    await call(house)
    await recordAll(house)
    expect(recorder.text).toContain('deepseek-guard')
    expect(leaksIn(recorder.text)).toEqual([])
  },
)

test('an upstream that repeats our header in its body leaves no trace in what we say', async () => {
  const server: Server = createServer((req, res) => {
    res.writeHead(401, { 'content-type': 'application/json', 'x-seen': 'yes' })
    res.end(JSON.stringify({ error: { message: `bad key ${req.headers.authorization}` } }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const house = start(undefined, { DEEPSEEK_BASE_URL: url })
  const response = await house.guard.fetch(`${url}/models`)
  expect(response.status).toBe(401)
  await recordAll(house)
  expect(leaksIn(recorder.text)).toEqual([])
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

test('a source that throws its own secret leaves no trace', async () => {
  let calls = 0
  const house = start(() => {
    calls += 1
    if (calls === 1) return CANARY
    throw Object.assign(new Error(`refused for ${CANARY} and ${SECOND}`), { token: CANARY })
  })
  await call(house)
  await recordAll(house)
  expect(calls).toBeGreaterThan(1)
  expect(leaksIn(recorder.text.replaceAll(SECOND, ''))).toEqual([])
})

test('a source whose first answer cannot be sent leaves no trace', async () => {
  const house = start(() => `${CANARY}\n${SECOND}`)
  await call(house)
  await recordAll(house)
  expect(leaksIn(recorder.text)).toEqual([])
})

test.each([
  ['quoted', `"${CANARY}"`],
  ['prefixed', `Bearer ${CANARY}`],
  ['unsendable', `${CANARY}\u200b`],
  ['encoded', Buffer.from(CANARY).toString('base64')],
  ['repeated', CANARY + CANARY],
])('a key that is %s stays out of the error, the report and the findings', (_, apiKey) => {
  const env = { DEEPSEEK_API_KEY: apiKey }
  recorder.add(checkEnv(env))
  const program = `
    const { deepseekGuard } = require(${JSON.stringify(path.resolve('dist/index.js'))})
    try { deepseekGuard() } catch (error) {
      console.log(error, JSON.stringify(error), error.stack, error.message)
      throw error
    }`
  const child = spawnSync(process.execPath, ['-e', program], {
    env: { PATH: process.env.PATH, ...env },
    encoding: 'utf8',
  })
  expect(child.status).not.toBe(0)
  expect(child.stderr).toContain('DEEPSEEK_API_KEY')
  recorder.add(child.stdout, child.stderr)
  expect(leaksIn(recorder.text)).toEqual([])
})
