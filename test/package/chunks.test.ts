import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { BIN, DIST, GOOD_KEY } from '../cli/command'

/** Prints the chunks that are loaded by the time the process ends. */
const PRINT = `process.on('exit', () => {
  const loaded = Object.keys(require.cache).filter((file) => file.includes('/dist/chunks/'))
  console.log(JSON.stringify(loaded.map((file) => require('node:path').basename(file, '.js'))))
})`

let cwd: string
beforeAll(() => {
  cwd = mkdtempSync(path.join(os.tmpdir(), 'chunks-'))
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

function chunksAfter(program: string): string[] {
  const run = spawnSync(process.execPath, ['-e', `${PRINT}\n${program}`, 'check'], {
    cwd,
    env: { PATH: process.env.PATH, DEEPSEEK_API_KEY: GOOD_KEY },
    encoding: 'utf8',
    timeout: 20_000,
  })
  expect(run.status).toBe(0)
  return JSON.parse(run.stdout.trimEnd().split('\n').at(-1) ?? '')
}

const guard = `const { deepseekGuard, diagnose } = require(${JSON.stringify(path.join(DIST, 'index.js'))})`

test('a good start reads neither the words of failures nor the OAuth library', () => {
  const chunks = chunksAfter(`${guard}; deepseekGuard({ health: false, logger: false }).close()`)
  expect(chunks).toContain('guard')
  expect(chunks).not.toContain('failure')
  expect(chunks).not.toContain('oauth')
})

test('a diagnosis reads them', () => {
  expect(chunksAfter(`${guard}; diagnose({ error: new Error('x') })`)).toContain('failure')
})

test('a running guard reads them soon, before anything can take the file away', () => {
  const program = `${guard}; const guard = deepseekGuard({ health: false, logger: false })
    const poll = setInterval(() => {
      if (!Object.keys(require.cache).some((file) => file.endsWith('failure.js'))) return
      clearInterval(poll)
      guard.close()
    }, 20)`
  expect(chunksAfter(program)).toContain('failure')
})

test('the command that checks a good environment loads no guard', () => {
  const main = `process.argv.splice(1, 0, 'main.js'); require(${JSON.stringify(BIN)})`
  const chunks = chunksAfter(main)
  expect(chunks).toContain('config')
  expect(chunks).not.toContain('guard')
  expect(chunks).not.toContain('failure')
})
