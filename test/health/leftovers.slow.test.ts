import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { type FakeDeepSeek, startFakeDeepSeek } from '../../src/testing/fake-deepseek'

jest.setTimeout(180_000)

const run = promisify(execFile)
let fake: FakeDeepSeek

beforeAll(async () => {
  fake = await startFakeDeepSeek()
})

afterAll(() => fake.close())

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
