import { spawnSync } from 'node:child_process'
import path from 'node:path'
import express from 'express'
import OpenAI from 'openai'
import request from 'supertest'
import {
  ConfigError,
  CredentialRejectedError,
  type DeepSeekGuard,
  deepseekGuard,
  GuardClosedError,
  type GuardOptions,
  type Health,
} from '../src'
import { type FakeDeepSeek, startFakeDeepSeek } from '../src/testing'

let fake: FakeDeepSeek
let guards: DeepSeekGuard[] = []

beforeEach(async () => {
  fake = await startFakeDeepSeek()
})

afterEach(async () => {
  await Promise.all(guards.map((guard) => guard.close()))
  guards = []
  await fake.close()
})

function start(options: GuardOptions = {}): DeepSeekGuard {
  const env = { DEEPSEEK_API_KEY: fake.key, DEEPSEEK_BASE_URL: fake.url }
  const guard = deepseekGuard({ env, logger: false, ...options })
  guards.push(guard)
  return guard
}

/** Resolves with the first change that `accepts` it. */
function changeTo(guard: DeepSeekGuard, accepts: (health: Health) => boolean): Promise<Health> {
  return new Promise((resolve) => {
    guard.on('change', (health) => {
      if (accepts(health)) resolve(health)
    })
  })
}

test('one line of Express is a whole installation', async () => {
  const guard = start()
  const app = express().use(guard)
  app.get('/mine', (req, res) => {
    res.json({ same: (req as unknown as { deepseek: unknown }).deepseek === guard })
  })
  await guard.ready()
  const health = await request(app).get('/health/deepseek')
  expect(health.status).toBe(200)
  expect(health.body.status).toBe('pass')
  expect((await request(app).get('/mine')).body).toEqual({ same: true })
})

test('before the first probe is answered readiness is 503 with the cause starting', async () => {
  fake.fail('hang')
  const guard = start()
  const answer = await request(express().use(guard)).get('/health/deepseek')
  expect(answer.status).toBe(503)
  expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/)
  expect(answer.body).toMatchObject({ status: 'fail', cause: 'starting', phase: 'startup' })
})

test('a revoked key turns readiness and the log of a running service says so', async () => {
  const guard = start({ health: { intervalMs: 20, confirmDelayMs: 1 } })
  await guard.ready()
  const failing = changeTo(guard, ({ status }) => status === 'fail')
  fake.revoke(fake.key)
  expect(await failing).toMatchObject({ cause: 'key-rejected', decision: expect.any(String) })
  await expect(guard.ready()).rejects.toBeInstanceOf(CredentialRejectedError)
})

test('the openai SDK works through the client, plain and streaming', async () => {
  const openai = new OpenAI(start().client)
  const messages = [{ role: 'user' as const, content: 'hello' }]
  const plain = await openai.chat.completions.create({ model: 'deepseek-flash', messages })
  expect(plain.choices[0]?.message.content).toContain('hello')
  const options = { model: 'deepseek-flash', messages, stream: true as const }
  let text = ''
  for await (const chunk of await openai.chat.completions.create(options)) {
    text += chunk.choices[0]?.delta.content ?? ''
  }
  expect(text).toContain('hello')
})

test('an error of an SDK is explained with what the guard knows', async () => {
  fake.revoke(fake.key)
  const guard = start({ health: false })
  const openai = new OpenAI({ ...guard.client, maxRetries: 0 })
  const error = await openai.models.list().then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(guard.diagnose(error)).toMatchObject({ cause: 'key-rejected', group: 'wrong-key' })
})

test('an app whose key is bad does not start, and says why on stderr once', () => {
  const program = `require(${JSON.stringify(path.resolve('dist/index.js'))}).deepseekGuard()`
  const env = { PATH: process.env.PATH, DEEPSEEK_API_KEY: '"sk-7c41f0a9d25b8e6313da94c07fb2e586"' }
  const child = spawnSync(process.execPath, ['-e', program], { env, encoding: 'utf8' })
  expect(child.status).not.toBe(0)
  expect(child.stderr.match(/^deepseek-guard checked/gm)).toHaveLength(1)
  expect(child.stderr).toContain('[key-quoted]')
  expect(child.stderr).toContain('ConfigError')
})

test.each([
  [{ helth: false }, /helth.*health/],
  [{ health: { intervallMs: 5 } }, /intervallMs.*intervalMs/],
  [{ outbound: { orgins: [] } }, /orgins.*origins/],
  [{ health: { intervalMs: 0 } }, /intervalMs/],
  [{ logger: {} }, /logger/],
  [{ models: 'deepseek-flash' }, /models/],
  [{ credential: 5 }, /credential/],
  [{ metrics: {} }, /metrics/],
])('the option %j is answered with a TypeError that names it', (options, message) => {
  expect(() => start(options as GuardOptions)).toThrow(TypeError)
  expect(() => start(options as GuardOptions)).toThrow(message)
})

test('the options given in code are not written to', () => {
  const options = Object.freeze({
    health: Object.freeze({
      intervalMs: 1_000,
      policy: Object.freeze({ account: 'fail' as const }),
    }),
    outbound: Object.freeze({ origins: Object.freeze([]) as unknown as string[] }),
    models: Object.freeze(['deepseek-flash']) as unknown as string[],
  })
  expect(() => start(options)).not.toThrow()
})

test('without health there is no endpoint and no probe, and routes that need DeepSeek pass', async () => {
  const guard = start({ health: false })
  const app = express().use(guard)
  app.get('/ask', guard.required(), (_req, res) => {
    res.send('ok')
  })
  expect((await request(app).get('/health/deepseek')).status).toBe(404)
  expect((await request(app).get('/ask')).text).toBe('ok')
  expect(fake.calls).toHaveLength(0)
})

test('without health, ready() asks once and leaves no probing behind', async () => {
  const guard = start({ health: false })
  expect((await guard.ready()).status).toBe('pass')
  expect(guard.health().nextProbeAt).toBeNull()
  expect(fake.calls).toHaveLength(1)
})

test('drain fails readiness while calls go on', async () => {
  const guard = start()
  await guard.ready()
  guard.drain()
  const answer = await request(express().use(guard)).get('/health/deepseek')
  expect(answer.status).toBe(503)
  expect(answer.body.phase).toBe('draining')
  expect((await guard.fetch(`${fake.url}/models`)).status).toBe(200)
})

test('close is idempotent; later calls go out with the last good credential', async () => {
  const guard = start()
  await guard.ready()
  await Promise.all([guard.close(), guard.close()])
  expect((await guard.fetch(`${fake.url}/models`)).status).toBe(200)
  await expect(guard.ready()).rejects.toBeInstanceOf(GuardClosedError)
})

test('two guards share nothing', async () => {
  const other = await startFakeDeepSeek()
  const env = { DEEPSEEK_API_KEY: other.key, DEEPSEEK_BASE_URL: other.url }
  const first = start({ health: { path: '/health/first' } })
  const second = start({
    env,
    health: { path: '/health/second', intervalMs: 20, confirmDelayMs: 1 },
  })
  await Promise.all([first.ready(), second.ready()])
  const failing = changeTo(second, ({ status }) => status === 'fail')
  other.revoke(other.key)
  await failing
  const app = express().use(first).use(second)
  expect((await request(app).get('/health/first')).status).toBe(200)
  expect((await request(app).get('/health/second')).status).toBe(503)
  await second.close()
  await other.close()
})

test('a listener that throws harms neither the guard nor the other listeners', async () => {
  const guard = start()
  guard.on('change', () => {
    throw new Error('mine')
  })
  const warned = jest.spyOn(process, 'emitWarning').mockReturnValue()
  await changeTo(guard, ({ status }) => status === 'pass')
  expect(warned).toHaveBeenCalledWith(expect.any(String), { code: 'DEEPSEEK_GUARD_LISTENER' })
  warned.mockRestore()
})

test('an event that does not exist is refused', () => {
  expect(() => start().on('changed' as 'change', () => {})).toThrow(TypeError)
})

test('while a framework builds, the error waits for the first call', async () => {
  const guard = start({ env: { NEXT_PHASE: 'phase-production-build' } })
  await expect(guard.fetch('https://api.deepseek.com/models')).rejects.toBeInstanceOf(ConfigError)
  await expect(guard.ready()).rejects.toBeInstanceOf(ConfigError)
})

test('a hot edit of the environment is used after a 401', async () => {
  const env: Record<string, string> = { DEEPSEEK_API_KEY: fake.key, DEEPSEEK_BASE_URL: fake.url }
  const guard = start({ env, health: false })
  await guard.fetch(`${fake.url}/models`)
  env.DEEPSEEK_API_KEY = fake.issueKey()
  fake.revoke(fake.key)
  expect((await guard.fetch(`${fake.url}/models`)).status).toBe(200)
})
