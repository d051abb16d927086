import { spawnSync } from 'node:child_process'
import { mkdtempSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createConsumer, pack, removeConsumers, runNode } from './consumer'
import { describeProject } from './on-demand'

jest.setTimeout(180_000)
afterAll(removeConsumers)

const PLAN = ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund']

/** What npm makes of the tarball beside these packages, without fetching any of them. */
function plan(packages: string[]): { status: number | null; stderr: string } {
  const cwd = mkdtempSync(join(dirname(pack().path), 'plan-'))
  writeFileSync(join(cwd, 'package.json'), '{"private":true}')
  const args = [...PLAN, pack().path, ...packages]
  const { status, stderr } = spawnSync('npm', args, { cwd, encoding: 'utf8' })
  return { status, stderr }
}

/** Versions that the first version's ranges excluded. */
const BESIDE: Record<string, string[]> = {
  'no framework': [],
  'NestJS 10': ['@nestjs/common@10', '@nestjs/core@10', '@nestjs/terminus@10', 'rxjs@7'],
  'NestJS 11': ['@nestjs/common@11', '@nestjs/core@11', '@nestjs/terminus@11', 'rxjs@7'],
  'Fastify 4, Hono 3, prom-client 14': ['fastify@4', 'hono@3', 'prom-client@14'],
}

const offline = plan([]).stderr.match(/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT/)
if (offline && process.env.CI) throw new Error('The registry cannot be reached.')
if (offline) process.stderr.write('Skipped: installs beside old frameworks need the registry.\n')

describe('npm installs the tarball without being forced', () => {
  const perhaps = offline ? test.skip : test
  perhaps.each(Object.entries(BESIDE))('beside %s', (_, packages) => {
    expect(plan(packages)).toMatchObject({ status: 0 })
  })
})

const EXERCISE = `
  const fake = await startFakeDeepSeek()
  const env = { DEEPSEEK_API_KEY: fake.key, DEEPSEEK_BASE_URL: fake.url }
  const guard = deepseekGuard({ env, logger: false })
  const { status } = await guard.ready({ timeoutMs: 10_000 })
  const answer = await guard.fetch(fake.url + '/models')
  await guard.close()
  await fake.close()`

test("runs under Node's permission model with the right to read its own folder", async () => {
  const project = createConsumer({
    'app.cjs': `
      const { deepseekGuard } = require('deepseek-guard')
      const { startFakeDeepSeek } = require('deepseek-guard/testing')
      ;(async () => { ${EXERCISE}
      console.log(status, answer.status) })()`,
  })
  const [major = 0] = process.versions.node.split('.').map(Number)
  const flags = [major < 24 ? '--experimental-permission' : '--permission']
  if (major >= 26) flags.push('--allow-net')
  // The packages are links into this repository; a consumer grants the one folder.
  const readable = [project, realpathSync(join(__dirname, '../../node_modules'))]
  const grants = readable.map((folder) => `--allow-fs-read=${folder}/`)
  const { code, stdout, stderr } = await runNode(project, [...flags, ...grants, 'app.cjs'])
  if (code !== 0) throw new Error(stderr)
  expect(stdout).toBe('pass 200\n')
})

/** Without `nextTick`, which sinon fakes by default: native fetch itself waits for that for ever. */
const TIMERS = JSON.stringify(['setTimeout', 'setInterval', 'setImmediate', 'Date', 'performance'])

/** The same under fake timers, which must neither hang the guard nor be hung by it. */
const inRunner = (imports: string, fakeTimers: string, realTimers: string) => `
  ${imports}
  import { deepseekGuard } from 'deepseek-guard'
  import { startFakeDeepSeek } from 'deepseek-guard/testing'

  test('the guard becomes ready', async () => {
    ${EXERCISE}
    if (status !== 'pass' || answer.status !== 200) throw new Error(status)
  })

  test('under fake timers it answers, and closes', async () => {
    const fake = await startFakeDeepSeek()
    ${fakeTimers}
    const env = { DEEPSEEK_API_KEY: fake.key, DEEPSEEK_BASE_URL: fake.url }
    const guard = deepseekGuard({ env, logger: false })
    const answer = await guard.fetch(fake.url + '/models')
    if (answer.status !== 200) throw new Error(String(answer.status))
    await guard.close()
    ${realTimers}
    await fake.close()
  })`

const RUNNERS = { vitest: '^4.0.0', mocha: '^11.7.0', sinon: '^21.0.0' }

describeProject('test-runners', RUNNERS, (folder) => {
  const run = async (file: string, text: string, args: string[]) => {
    writeFileSync(join(folder, file), text)
    const { code, stdout, stderr } = await runNode(folder, args)
    return { code, output: code === 0 ? '' : stdout + stderr }
  }
  const well = { code: 0, output: '' }

  test('node:test, with mocked timers', async () => {
    const text = inRunner(
      "import { mock, test } from 'node:test'",
      'mock.timers.enable()',
      'mock.timers.reset()',
    )
    expect(await run('node.test.mjs', text, ['--test', 'node.test.mjs'])).toEqual(well)
  })

  test('Mocha, with the timers of sinon', async () => {
    const text = inRunner(
      `import { it as test } from 'mocha'\nimport sinon from 'sinon'\nconst TIMERS = ${TIMERS}`,
      'const clock = sinon.useFakeTimers({ toFake: TIMERS })',
      'clock.restore()',
    )
    const mocha = join(folder, 'node_modules/mocha/bin/mocha.js')
    expect(await run('mocha.spec.mjs', text, [mocha, 'mocha.spec.mjs'])).toEqual(well)
  })

  test('Vitest, with its fake timers', async () => {
    const text = inRunner(
      "import { test, vi } from 'vitest'",
      'vi.useFakeTimers()',
      'vi.useRealTimers()',
    )
    const vitest = join(folder, 'node_modules/vitest/vitest.mjs')
    expect(await run('vitest.test.mjs', text, [vitest, 'run', 'vitest.test.mjs'])).toEqual(well)
  })
})
