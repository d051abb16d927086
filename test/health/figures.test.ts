import { execFile } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { promisify } from 'node:util'
import { type FakeDeepSeek, startFakeDeepSeek } from '../../src/testing/fake-deepseek'
import { get, type Pod, startPod } from './kubelet'
import { latencies, median, percentile, throughput } from './load'

jest.setTimeout(180_000)

const run = promisify(execFile)
const PATH = '/health/deepseek'

let fake: FakeDeepSeek
const pods: Pod[] = []

beforeAll(async () => {
  fake = await startFakeDeepSeek()
})

afterAll(async () => {
  for (const pod of pods) pod.kill()
  await Promise.all(pods.map(({ ended }) => ended))
  await fake.close()
})

async function podAt(baseURL: string, health: object = {}): Promise<Pod> {
  const pod = await startPod({
    DEEPSEEK_API_KEY: fake.key,
    DEEPSEEK_BASE_URL: baseURL,
    TEST_HEALTH: JSON.stringify(health),
  })
  pods.push(pod)
  return pod
}

/** An upstream that takes every request and answers none; `most` is how many it held at once. */
async function startSilence(): Promise<{ url: string; most(): number; server: Server }> {
  let held = 0
  let most = 0
  const server = createServer((_, res) => {
    held++
    most = Math.max(most, held)
    res.once('close', () => held--)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, most: () => most, server }
}

function stopSilence({ server }: { server: Server }): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

/** Runs a program against the built package; resolves with what it printed, as JSON. */
async function measure<T>(program: string, env: Record<string, string> = {}): Promise<T> {
  const args = ['--expose-gc', '-e', program]
  const cwd = path.resolve(__dirname, '../..')
  const { stdout, stderr } = await run(process.execPath, args, {
    cwd,
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      DEEPSEEK_API_KEY: fake.key,
      DEEPSEEK_BASE_URL: fake.url,
      ...env,
    },
  })
  expect(stderr).toBe('')
  return JSON.parse(stdout) as T
}

test('with the upstream hanging and 200 requests a second, the endpoint answers at once', async () => {
  const silence = await startSilence()
  const { url } = await podAt(silence.url, { intervalMs: 500, timeoutMs: 400, confirmDelayMs: 20 })
  await latencies(`${url}${PATH}`, 200, 500)
  const rounds: number[] = []
  // A shared machine can stall any one round; the guard would stall them all.
  for (let round = 0; round < 5 && !(Math.min(...rounds) < 20); round++) {
    rounds.push(percentile(await latencies(`${url}${PATH}`, 200, 3_000), 0.99))
  }
  console.log(`Endpoint p99 at 200/s, upstream hanging: ${Math.min(...rounds).toFixed(1)} ms`)
  expect(Math.min(...rounds)).toBeLessThan(20)
  expect(silence.most()).toBe(1)
  await stopSilence(silence)
})

test('the endpoint is as fast as a route that returns a constant, whatever the upstream does', async () => {
  const silence = await startSilence()
  const refusing = await startFakeDeepSeek()
  await refusing.close()
  const ratios: Record<string, number> = {}
  for (const [name, upstream] of [
    ['answers', fake.url],
    ['refuses', refusing.url],
    ['hangs', silence.url],
  ] as const) {
    const { url } = await podAt(upstream, { intervalMs: 500, timeoutMs: 400 })
    await get(`${url}${PATH}`)
    await throughput(url, PATH, 100, 400)
    ratios[name] = 0
    // A shared machine can slow any one attempt down; a slow endpoint would be slow in all.
    for (let attempt = 0; attempt < 3 && ratios[name] < 1; attempt++) {
      const pairs: number[] = []
      for (let round = 0; round < 9; round++) {
        const constant = await throughput(url, '/constant', 100, 200)
        pairs.push((await throughput(url, PATH, 100, 200)) / constant)
      }
      ratios[name] = Math.max(ratios[name], median(pairs))
    }
  }
  const lines = Object.entries(ratios).map(([name, ratio]) => `${name} ${ratio.toFixed(2)}`)
  console.log(`Endpoint throughput over a constant Express route, upstream ${lines.join(', ')}`)
  expect(Math.min(...Object.values(ratios))).toBeGreaterThanOrEqual(1)
  await stopSilence(silence)
})

test('the middleware costs other routes less than a microsecond', async () => {
  const { micros } = await measure<{ micros: number }>(`
    const { deepseekGuard } = require('./dist')
    const guard = deepseekGuard({ logger: false })
    const res = {}
    let passed = 0
    const next = () => { passed++ }
    const requests = Array.from({ length: 1000 }, (_, i) => ({ url: '/orders/' + i, headers: {} }))
    const round = (calls) => {
      for (let i = 0; i < calls; i++) guard(requests[i % 1000], res, next)
    }
    round(1e5)
    const rounds = []
    for (let n = 0; n < 9; n++) {
      const from = process.cpuUsage()
      round(2e5)
      const { user, system } = process.cpuUsage(from)
      rounds.push((user + system) / 2e5)
    }
    console.log(JSON.stringify({ micros: rounds.sort((a, b) => a - b)[4], passed }))
    guard.close()
  `)
  console.log(`Middleware on other routes: ${micros.toFixed(3)} µs of CPU a request`)
  expect(micros).toBeLessThan(1)
})

interface Left {
  before: { kinds: Record<string, number>; listeners: number }
  after: { kinds: Record<string, number>; listeners: number }
  warnings: string[]
  resources: string[]
}

test('a thousand guards, made and closed, leave nothing behind', async () => {
  const left = await measure<Left>(`
    const { createHook } = require('node:async_hooks')
    const { deepseekGuard } = require('./dist')
    const { startFakeDeepSeek } = require('./dist/testing')
    // Every handle and timer, unref'd ones too, which getActiveResourcesInfo() leaves out.
    const live = new Map()
    const KINDS = /^(Timeout|TCPWRAP|TCPCONNECTWRAP|TLSWRAP|FSEVENTWRAP|STATWATCHER|PIPEWRAP)$/
    createHook({
      init: (id, type) => KINDS.test(type) && live.set(id, type),
      destroy: (id) => live.delete(id),
    }).enable()
    const kinds = () => {
      const all = {}
      for (const kind of live.values()) all[kind] = (all[kind] ?? 0) + 1
      return all
    }
    const listeners = () =>
      process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0)
    const warnings = []
    process.on('warning', (warning) => warnings.push(warning.message))

    async function cycle(fake, i) {
      const key = fake.key
      const credentials = [undefined, () => key, key]
      const guard = deepseekGuard({
        env: { DEEPSEEK_API_KEY: key, DEEPSEEK_BASE_URL: fake.url },
        credential: credentials[i % 3],
        logger: false,
      })
      guard.on('change', () => {})
      // Half of them are closed in the middle of their first probe.
      if (i % 2 === 0) await guard.ready()
      else guard.ready().catch(() => {})
      await guard.close()
    }
    async function world(cycles) {
      const fake = await startFakeDeepSeek()
      for (let i = 0; i < cycles; i++) await cycle(fake, i)
      await fake.close()
      // What was destroyed is reported once the loop has turned and garbage is gone.
      for (let turn = 0; turn < 5; turn++) {
        await new Promise((resolve) => setImmediate(resolve))
        gc()
      }
    }
    ;(async () => {
      await world(10)
      const before = { kinds: kinds(), listeners: listeners() }
      await world(1000)
      const result = { before, after: { kinds: kinds(), listeners: listeners() }, warnings }
      const resources = process.getActiveResourcesInfo().filter((name) => name !== 'Immediate')
      console.log(JSON.stringify({ ...result, resources }))
    })()
  `)
  console.log(`Left by 1,000 guards: ${JSON.stringify(left)}`)
  expect(left.after.listeners).toBeLessThanOrEqual(left.before.listeners)
  // Node's own fetch keeps a timer or two of its own, and ends them when it likes.
  const more = Object.entries(left.after.kinds).filter(
    ([kind, count]) => count > (left.before.kinds[kind] ?? 0) + (kind === 'Timeout' ? 2 : 0),
  )
  expect(more).toEqual([])
  expect(left.warnings).toEqual([])
  expect(left.resources).not.toContain('Timeout')
  expect(left.resources).not.toContain('TCPSocketWrap')
})
