import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { BIN, DIST, GOOD_KEY, runCli } from './command'

const REGISTER = path.join(DIST, 'register.js')
const good = { DEEPSEEK_API_KEY: GOOD_KEY }
const odd = { DEEPSEEK_API_KEY: `${GOOD_KEY}\n` }
const bad = { DEEPSEEK_API_KEY: `'${GOOD_KEY}'` }

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'register-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function start(source: string, env: Record<string, string>) {
  const program = path.join(folder, 'server.js')
  writeFileSync(program, source)
  return runCli([], { program, env, cwd: folder, nodeArgs: ['--import', REGISTER] })
}

const hello = "console.log('hello')"
const reports = (text: string) => text.split('deepseek-guard checked the configuration').length - 1

test('a good environment starts the program without a word', async () => {
  expect(await start(hello, good)).toMatchObject({ status: 0, stdout: 'hello\n', stderr: '' })
})

test('a bad one ends with 78 before the program runs', async () => {
  const run = await start(hello, bad)
  expect(run).toMatchObject({ status: 78, stdout: '' })
  expect(reports(run.stderr)).toBe(1)
})

test('a warning is printed and the program runs', async () => {
  const run = await start(hello, odd)
  expect(run).toMatchObject({ status: 0, stdout: 'hello\n' })
  expect(run.stderr).toContain('key-whitespace')
})

test('a note is not worth a line at every start', async () => {
  const env = {
    DEEPSEEK_API_KEY: 'gw_live_Zk3vW8qTn5Lr2Xc9Zk3vW8qT',
    DEEPSEEK_BASE_URL: 'https://llm.example.com/v1',
  }
  expect(await start(hello, env)).toMatchObject({ status: 0, stdout: 'hello\n', stderr: '' })
})

test('the reason is appended to a termination log that exists', async () => {
  const log = path.join(folder, 'termination-log')
  const env = { ...bad, DEEPSEEK_GUARD_TERMINATION_LOG: log }
  await start(hello, env)
  expect(existsSync(log)).toBe(false)
  writeFileSync(log, '')
  await start(hello, env)
  expect(readFileSync(log, 'utf8')).toContain('key-quoted')
})

test('while Next.js builds, errors are printed as warnings and the program runs', async () => {
  const run = await start(hello, { ...bad, NEXT_PHASE: 'phase-production-build' })
  expect(run).toMatchObject({ status: 0, stdout: 'hello\n' })
  expect(run.stderr).toMatch(/WARNING .*key-quoted/)
})

test('a variable that is loaded by --env-file counts', async () => {
  writeFileSync(path.join(folder, '.env'), `DEEPSEEK_API_KEY=${GOOD_KEY}\n`, { mode: 0o600 })
  const program = path.join(folder, 'server.js')
  writeFileSync(program, hello)
  const nodeArgs = ['--env-file=.env', '--import', REGISTER]
  expect(await runCli([], { program, cwd: folder, nodeArgs })).toMatchObject({
    status: 0,
    stderr: '',
  })
})

test('an ES module can stand behind it', async () => {
  const program = path.join(folder, 'server.mjs')
  writeFileSync(program, "import fs from 'node:fs'; console.log(typeof fs.readFileSync)")
  const options = { program, env: good, cwd: folder, nodeArgs: ['--import', REGISTER] }
  expect(await runCli([], options)).toMatchObject({ status: 0, stdout: 'function\n' })
})

test('it can be required as well as imported', async () => {
  const program = path.join(folder, 'server.js')
  writeFileSync(program, hello)
  const nodeArgs = ['--require', REGISTER]
  expect((await runCli([], { program, env: bad, cwd: folder, nodeArgs })).status).toBe(78)
})

test('worker threads say nothing again', async () => {
  const source = `const { Worker, isMainThread } = require('node:worker_threads')
    if (isMainThread) new Worker(__filename)
    else console.log('in a thread')`
  const run = await start(source, odd)
  expect(run).toMatchObject({ status: 0, stdout: 'in a thread\n' })
  expect(reports(run.stderr)).toBe(1)
})

test('cluster workers do not repeat the warnings of their parent', async () => {
  const source = `const cluster = require('node:cluster')
    if (cluster.isPrimary) { cluster.fork(); cluster.fork() }
    else { console.log('worker'); cluster.worker.disconnect() }`
  const run = await start(source, odd)
  expect(run).toMatchObject({ status: 0, stdout: 'worker\nworker\n' })
  expect(reports(run.stderr)).toBe(1)
})

test('a forked child with a bad environment of its own is stopped', async () => {
  const source = `const { fork } = require('node:child_process')
    if (process.send) console.log('never')
    else fork(__filename, { env: { ...process.env, DEEPSEEK_API_KEY: 'undefined' } })
      .once('exit', (status) => console.log('child ended with', status))`
  const run = await start(source, good)
  expect(run.stdout).toBe('child ended with 78\n')
  expect(run.stderr).toContain('key-nullish')
})

test('an application that PM2 forked is no child of a checked parent', async () => {
  const source = `const { fork } = require('node:child_process')
    if (!process.send) fork(__filename, { env: { ...process.env, pm_id: '0' } })`
  expect(reports((await start(source, odd)).stderr)).toBe(2)
})

test('the command does not check twice when NODE_OPTIONS preloads the module everywhere', async () => {
  const env = { ...bad, NODE_OPTIONS: `--import ${REGISTER}` }
  const run = await runCli(['check'], { program: BIN, env, cwd: folder })
  expect(run.status).toBe(78)
  expect(reports(run.stderr)).toBe(1)
})

test.each(['npm-cli.js', 'npx-cli.js', 'pnpm.cjs', 'yarn.js'])(
  '%s only starts the application, which is checked itself',
  async (name) => {
    const program = path.join(folder, name)
    writeFileSync(program, hello)
    const options = { program, env: bad, cwd: folder, nodeArgs: ['--import', REGISTER] }
    expect(await runCli([], options)).toMatchObject({ status: 0, stdout: 'hello\n', stderr: '' })
  },
)
