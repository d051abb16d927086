import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { BIN, DIST, GOOD_KEY, runCli } from './command'

const ROOT = path.resolve(__dirname, '../..')
const MODULES = path.join(ROOT, 'node_modules')

/**
 * The least that the permission model must grant: the package, and what it is made of. Each folder once:
 * Node 20 aborts when it is granted the same wildcard twice.
 */
const folders = new Set([DIST, MODULES, realpathSync(MODULES)])
const grants = [...folders].map((folder) => `--allow-fs-read=${folder}*`)
const flag = process.allowedNodeEnvironmentFlags.has('--permission')
  ? '--permission'
  : '--experimental-permission'
const denied = ['--no-warnings', flag, ...grants, `--allow-fs-read=${ROOT}/package.json`]

let cwd: string
beforeEach(() => {
  cwd = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'denied-')))
  writeFileSync(path.join(cwd, '.env'), `DEEPSEEK_API_KEY=${GOOD_KEY}\n`)
  writeFileSync(path.join(cwd, 'key.txt'), GOOD_KEY)
})
afterEach(() => rmSync(cwd, { recursive: true, force: true }))

const good = { DEEPSEEK_API_KEY: GOOD_KEY }
/** A port on which nobody listens: the network steps end at once. */
const unreachable = { ...good, DEEPSEEK_BASE_URL: 'http://127.0.0.1:9' }

describe("under Node's permission model", () => {
  test.each([
    ['check', good, 0],
    ['check', {}, 78],
    ['check', { DEEPSEEK_API_KEY_FILE: 'key.txt' }, 78],
    ['check', { GITHUB_ACTIONS: 'true', GITHUB_EVENT_PATH: '/etc/hosts' }, 78],
    ['check --online', unreachable, 69],
    ['doctor', unreachable, 69],
    ['explain key-quoted', {}, 0],
    ['--version', {}, 0],
    ['check --env-file=.env', {}, 64],
  ])('%s with %j ends with its own status', async (command, env, status) => {
    const run = await runCli(command.split(' '), { env, cwd, nodeArgs: denied })
    expect([run.status, run.stderr]).toEqual([status, expect.not.stringContaining('itself failed')])
  })

  test('a file that may not be read counts as absent', async () => {
    const run = await runCli(['check', '--json'], { cwd, nodeArgs: denied })
    expect(JSON.parse(run.stdout).findings).toMatchObject([{ code: 'key-missing' }])
  })

  test('a key file that may not be read names the grant that it takes', async () => {
    const env = { DEEPSEEK_API_KEY_FILE: 'key.txt' }
    const run = await runCli(['check'], { env, cwd, nodeArgs: denied })
    expect(run.stderr).toContain('--allow-fs-read=key.txt')
  })

  test('a guard starts, and is refused', async () => {
    const program = path.join(cwd, 'app.cjs')
    const index = JSON.stringify(path.join(DIST, 'index.js'))
    writeFileSync(
      program,
      `const { deepseekGuard } = require(${index})
       try { deepseekGuard({ health: false, logger: false }); console.log('started') }
       catch (error) { console.log(error.code) }`,
    )
    const nodeArgs = [...denied, `--allow-fs-read=${program}`]
    const started = await runCli([], { env: good, cwd, nodeArgs, program })
    const refused = await runCli([], { cwd, nodeArgs, program })
    expect([started.stdout, refused.stdout]).toEqual(['started\n', 'config\n'])
  })
})

test.each([
  ['check', good, 0],
  ['check', {}, 78],
  ['doctor', unreachable, 69],
])(
  '%s with %j in a folder that was deleted ends with its own status',
  async (command, env, status) => {
    const remove = `require('node:fs').rmSync(process.cwd(), { recursive: true });
    process.argv[1] = ${JSON.stringify(BIN)};
    require(${JSON.stringify(BIN)})`
    const program = path.join(ROOT, 'test/cli/hello.cjs')
    const nodeArgs = ['-e', remove, '--']
    const run = await runCli([command], { env, cwd, nodeArgs, program })
    expect([run.status, run.stderr]).toEqual([status, expect.not.stringContaining('itself failed')])
  },
)

test('a value that --env-file brought is not said to be set after the start', async () => {
  writeFileSync(path.join(cwd, 'some.env'), `DEEPSEEK_API_KEY="'${GOOD_KEY}'"\n`)
  const nodeArgs = ['--env-file=some.env']
  const run = await runCli(['check', '--json'], { cwd, nodeArgs })
  expect(JSON.parse(run.stdout).findings).toMatchObject([
    { code: 'key-quoted', origin: 'env-file' },
  ])
})
