import { spawn, spawnSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { testIf } from '../test-if'
import { BIN, DIST, GOOD_KEY, runCli } from './command'

const good = { DEEPSEEK_API_KEY: GOOD_KEY }
const bad = { DEEPSEEK_API_KEY: `'${GOOD_KEY}'` }

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'cli-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const fileOf = (name: string, text: string): string => {
  const file = path.join(folder, name)
  writeFileSync(file, text, { mode: 0o600 })
  return file
}

describe('check', () => {
  test('a good environment gets one line on stderr', async () => {
    const run = await runCli(['check'], { env: good, cwd: folder })
    expect(run).toMatchObject({ status: 0, stdout: '' })
    expect(run.stderr).toMatch(/^deepseek-guard: The configuration is fine \(DEEPSEEK_API_KEY, /)
    expect(run.stderr.trimEnd()).not.toContain('\n')
  })

  test('--json prints one document of version 1 and nothing on stderr', async () => {
    const run = await runCli(['check', '--json'], { env: good, cwd: folder })
    const document = { schemaVersion: 1, ok: true, exitCode: 0, findings: [] }
    expect(run).toMatchObject({ status: 0, stderr: '' })
    expect(JSON.parse(run.stdout)).toEqual(document)
  })

  test('a malformed key is 78, with the report on stderr and its summary last', async () => {
    const run = await runCli(['check'], { env: bad, cwd: folder })
    expect(run).toMatchObject({ status: 78, stdout: '' })
    expect(run.stderr.trimEnd().split('\n').at(-1)).toContain('DEEPSEEK_API_KEY (key-quoted)')
  })

  test('--fail-on warning turns a warning into 78', async () => {
    const env = { DEEPSEEK_API_KEY: `${GOOD_KEY}\n` }
    expect((await runCli(['check'], { env, cwd: folder })).status).toBe(0)
    const strict = await runCli(['check', '--fail-on', 'warning', '--json'], { env, cwd: folder })
    expect(strict.status).toBe(78)
    expect(JSON.parse(strict.stdout)).toMatchObject({ ok: true, exitCode: 78 })
  })

  test.each([[['check']], [['check', '--json']]])(
    '%j appends its report to a termination log that exists',
    async (args) => {
      const log = fileOf('termination-log', 'before\n')
      const env = { ...bad, DEEPSEEK_GUARD_TERMINATION_LOG: log }
      await runCli(args, { env, cwd: folder })
      const text = readFileSync(log, 'utf8')
      expect(text).toMatch(/^before\n/)
      expect(text).toContain('key-quoted')
      for (const never of ['\u001b', '0f1e2']) expect(text).not.toContain(never)
    },
  )

  test('a termination log that does not exist is not made, a good environment leaves no word', async () => {
    const absent = path.join(folder, 'absent')
    const env = { ...bad, DEEPSEEK_GUARD_TERMINATION_LOG: absent }
    await runCli(['check'], { env, cwd: folder })
    expect(existsSync(absent)).toBe(false)
    const log = fileOf('termination-log', '')
    await runCli(['check'], { env: { ...good, DEEPSEEK_GUARD_TERMINATION_LOG: log }, cwd: folder })
    expect(readFileSync(log, 'utf8')).toBe('')
  })

  test('colours come when they are forced and never into a pipe', async () => {
    const plain = await runCli(['check'], { env: bad, cwd: folder })
    expect(plain.stderr).not.toContain('\u001b')
    const forced = await runCli(['check'], { env: { ...bad, FORCE_COLOR: '1' }, cwd: folder })
    expect(forced.stderr).toContain('\u001b[31m')
  })
})

describe('--env-file', () => {
  test('gives what the environment lacks', async () => {
    const file = fileOf('prod.env', `DEEPSEEK_API_KEY="${GOOD_KEY}"\n`)
    const run = await runCli(['check', '--env-file', file], { cwd: folder })
    expect(run.status).toBe(0)
  })

  test('gives way to the environment, an exported empty value included', async () => {
    const file = fileOf('prod.env', `DEEPSEEK_API_KEY=${GOOD_KEY}\n`)
    const env = { DEEPSEEK_API_KEY: '' }
    const run = await runCli(['check', '--json', '--env-file', file], { env, cwd: folder })
    expect(run.status).toBe(78)
  })

  // Without the dashes Node itself takes an absent file for its own and ends with 9.
  test.each([[[]], [['--json']]])('an absent file is wrong usage with %j', async (flags) => {
    const args = [BIN, 'check', ...flags, '--env-file', 'absent.env']
    const run = await runCli(args, { program: '--', env: good, cwd: folder })
    expect(run.status).toBe(64)
    expect(run.stdout + run.stderr).toContain('The file given with --env-file does not exist.')
  })
})

describe('wrong usage', () => {
  test('is 64 with the nearest right spelling', async () => {
    const run = await runCli(['check', '--onlien'], { env: good })
    expect(run).toMatchObject({ status: 64, stdout: '' })
    expect(run.stderr).toContain('Did you mean --online?')
  })

  test('is a document with --json, and stderr stays silent', async () => {
    const run = await runCli(['check', '--json', '--onlien'], { env: good })
    expect(run).toMatchObject({ status: 64, stderr: '' })
    expect(JSON.parse(run.stdout)).toMatchObject({
      schemaVersion: 1,
      ok: false,
      exitCode: 64,
      findings: [{ code: 'option-invalid', severity: 'error' }],
    })
  })
})

describe('help', () => {
  test('--version is that of the package', async () => {
    const { version } = JSON.parse(readFileSync(path.join(DIST, '../package.json'), 'utf8'))
    expect(await runCli(['--version'])).toMatchObject({ status: 0, stdout: `${version}\n` })
  })

  test('--help names every command and option', async () => {
    const { status, stderr } = await runCli(['--help'])
    expect(status).toBe(0)
    for (const word of [
      'check',
      'doctor',
      'explain',
      '--online',
      '--json',
      '--fail-on',
      '--env-file',
    ]) {
      expect(stderr).toContain(word)
    }
  })

  test('explain works offline and needs no configuration', async () => {
    const run = await runCli(['explain', 'key-rejected'])
    expect(run).toMatchObject({ status: 0, stdout: '' })
    expect(run.stderr).toContain('key-rejected')
  })
})

describe('pipes', () => {
  test('a reader that goes away is no fault', async () => {
    const child = spawn(process.execPath, [BIN, 'check', '--json'], {
      env: { PATH: process.env.PATH, ...bad },
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stdout.destroy()
    child.stderr.destroy()
    const status = await new Promise((resolve) => child.once('close', resolve))
    expect(status).toBe(78)
  })

  test('everything arrives through a full pipe that does not block, before the process ends', async () => {
    const size = 3_000_000
    // Touching process.stdout makes the pipe non-blocking, as an embedding program may.
    const sources = path.join(__dirname, '../outbound/load-typescript.cjs')
    const output = JSON.stringify(path.join(__dirname, '../../src/cli/output.ts'))
    const program = `process.stdout; const { writeOrThrow } = require(${output});
      writeOrThrow(1, 'x'.repeat(${size})); process.exit(0)`
    const stdio = ['ignore', 'pipe', 'inherit'] as const
    const child = spawn(process.execPath, ['-r', sources, '-e', program], { stdio: [...stdio] })
    let length = 0
    for await (const chunk of child.stdout) length += chunk.length
    expect(length).toBe(size)
  })
})

describe('a fault in the tool itself', () => {
  const full = '/dev/full'
  const testFull = testIf(existsSync(full), `${full} is not on this machine`)

  testFull('is 70, and says so on stderr even with --json', () => {
    const fd = openSync(full, 'w')
    const options = {
      env: { PATH: process.env.PATH, ...good },
      cwd: folder,
      encoding: 'utf8',
    } as const
    const run = spawnSync(process.execPath, [BIN, 'check', '--json'], {
      ...options,
      stdio: ['ignore', fd, 'pipe'],
    })
    closeSync(fd)
    expect(run.status).toBe(70)
    expect(run.stderr).toContain('deepseek-guard itself failed (ENOSPC)')
    expect(run.stderr).not.toContain('0f1e2')
  })

  test('is told without the message of its error, and as a document with --json', () => {
    const broken = path.join(folder, 'broken.cjs')
    writeFileSync(
      broken,
      "URL.canParse = () => { throw Object.assign(new Error('told to nobody'), { code: 'EFAULT' }) }",
    )
    const address = { DEEPSEEK_BASE_URL: 'https://gateway.example.com/v1' }
    const env = { PATH: process.env.PATH, ...good, ...address }
    const run = spawnSync(process.execPath, ['--require', broken, BIN, 'check', '--json'], {
      env,
      cwd: folder,
      encoding: 'utf8',
    })
    expect(run.status).toBe(70)
    expect(JSON.parse(run.stdout)).toEqual({
      schemaVersion: 1,
      ok: false,
      exitCode: 70,
      findings: [],
    })
    expect(run.stderr).toContain('deepseek-guard itself failed (EFAULT)')
    expect(run.stderr).not.toContain('told to nobody')
  })
})
