import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Finding } from '../../src/causes/cause'
import { checkEnv } from '../../src/config/load-config'
import { appendToTerminationLog, fitting, renderReport, summaryOf } from '../../src/config/report'
import { compileConfig, runProgram } from './compiled'

const KEY = 'sk-4b3e9c0a71d85f26e0c9b7a3d1f48265'
const BAD = {
  DEEPSEEK_API_KEY: `"${KEY}"`,
  DEEPSEEK_BASE_URL: 'api.deepseek.com',
  DEEPSEEK_MODEL: 'deepseek-chat',
}

let folder: string
beforeAll(() => {
  folder = compileConfig()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function findingsOf(env: Record<string, string>): readonly Finding[] {
  return checkEnv(env, { cwd: folder }).findings
}

/** A program whose report is far larger than a pipe holds. */
const HUGE = `
  const finding = checkEnv({}).findings[0]
  const findings = Array.from({ length: 400 }, (_, at) => ({ ...finding, title: 'number ' + at }))
  announceFailure({ findings, terminationLog: '/nonexistent/log' })
  process.exit(78)
`

test('the worst stands first and the summary last', () => {
  const findings = findingsOf(BAD)
  expect(findings.map(({ severity }) => severity)).toEqual(['error', 'error', 'warning'])
  const report = renderReport(findings)
  expect(report.indexOf('ERROR')).toBeLessThan(report.indexOf('WARNING'))
  expect(report.trimEnd().split('\n').at(-1)).toBe(
    'deepseek-guard: 2 errors, 1 warning. Fix DEEPSEEK_API_KEY (key-quoted), ' +
      'DEEPSEEK_BASE_URL (base-url-invalid), then restart.',
  )
})

test('each finding says what was seen, what to do and where to read more', () => {
  const report = renderReport(findingsOf(BAD))
  for (const part of [
    'Seen: ',
    'Fix:  ',
    'More: npx deepseek-guard explain key-quoted',
    'https://',
    '[key-quoted]',
    'the value passes',
  ]) {
    expect(report).toContain(part)
  }
})

test('every fix begins with a verb in its plain form and names the variable', () => {
  const environments: Record<string, string>[] = [
    ...[{}, BAD, { DEEPSEEK_APIKEY: KEY }, { DEEPSEEK_API_KEY_FILE: '/none' }],
    ...['sk-ant-x', '***', 'op://a/b', 'null', `${KEY}${KEY}`, '/a', `Bearer ${KEY}`].map(
      (text) => ({ DEEPSEEK_API_KEY: text }),
    ),
    { DEEPSEEK_API_KEY: KEY, DEEPSEEK_API_KEY_FILE: '/x' },
    { DEEPSEEK_API_KEY: KEY, DEEPSEEK_GUARD_POLICY: 'x', NEXT_PUBLIC_DEEPSEEK_API_KEY: KEY },
    { DEEPSEEK_API_KEY: KEY, DEEPSEEK_BASE_URL: 'https://chat.deepseek.com' },
  ]
  const verbs =
    /^(?:Set|Remove|Replace|Rename|Write|Copy|Put|Resolve|Check|Keep|Begin|Decode|Load|Unset|Move) /
  for (const { fix, variable } of environments.flatMap((env) => [...findingsOf(env)])) {
    expect(fix.text).toMatch(verbs)
    expect(fix.text).toContain(variable)
  }
})

test('nothing to say is an empty text', () => {
  expect(renderReport([])).toBe('')
})

test('colours appear only when asked for', () => {
  const findings = findingsOf(BAD)
  expect(renderReport(findings)).not.toContain('\u001b')
  expect(renderReport(findings, { color: true })).toContain('\u001b[31mERROR\u001b[0m')
})

test('a report larger than a pipe arrives whole although the process exits at once', () => {
  const run = runProgram(folder, HUGE)
  expect(run.status).toBe(78)
  expect(run.stderr).toContain('number 399')
  expect(run.stderr.trimEnd().split('\n').at(-1)).toContain('400 errors')
})

/** Starts the program with a pipe for its stderr, which nobody reads yet. */
function startHuge() {
  const header = `const { checkEnv } = require(${JSON.stringify(`${folder}/config/load-config`)})
    const { announceFailure } = require(${JSON.stringify(`${folder}/config/report`)})`
  const child = spawn(process.execPath, ['-e', `${header}\n${HUGE}`], {
    env: { PATH: process.env.PATH ?? '', NODE_PATH: path.resolve('node_modules') },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  return { stderr: child.stderr, exited: new Promise((resolve) => child.once('close', resolve)) }
}

test('a slow reader gets the whole report', async () => {
  const { stderr, exited } = startHuge()
  let text = ''
  for await (const chunk of stderr) text += chunk
  expect(await exited).toBe(78)
  expect(text).toContain('400 errors')
})

test('a reader that has gone does not keep the process from ending', async () => {
  const { stderr, exited } = startHuge()
  stderr.destroy()
  expect(await exited).toBe(78)
})

describe('the termination log', () => {
  let home: string
  let log: string
  beforeEach(() => {
    home = mkdtempSync(path.join(os.tmpdir(), 'termination-'))
    log = path.join(home, 'termination-log')
  })
  afterEach(() => rmSync(home, { recursive: true, force: true }))

  test('gets the report when it exists', () => {
    writeFileSync(log, '')
    const run = runProgram(folder, 'announceFailure(loadConfig()); process.exit(78)', {
      env: { ...BAD, DEEPSEEK_GUARD_TERMINATION_LOG: log },
    })
    const text = readFileSync(log, 'utf8')
    expect(run.status).toBe(78)
    expect(text).toContain('DEEPSEEK_API_KEY has quotes')
    expect(text).toContain('2 errors, 1 warning')
    expect(text).not.toContain('\u001b')
  })

  test('is never created', () => {
    appendToTerminationLog(log, 'report', 'summary')
    expect(() => readFileSync(log)).toThrow('ENOENT')
  })

  test('is appended to, not overwritten', () => {
    writeFileSync(log, 'before\n')
    appendToTerminationLog(log, 'report\n', 'summary')
    expect(readFileSync(log, 'utf8')).toBe('before\nreport\n')
  })

  test('gets at most 4096 bytes, and the summary among them', () => {
    writeFileSync(log, '')
    const finding = { ...findingsOf({})[0]!, title: '密钥'.repeat(100) }
    const findings = Array.from({ length: 50 }, () => finding)
    appendToTerminationLog(log, renderReport(findings), summaryOf(findings))
    const bytes = readFileSync(log)
    expect(bytes.length).toBeLessThanOrEqual(4096)
    expect(bytes.toString()).not.toContain('\ufffd')
    expect(bytes.toString()).toContain('deepseek-guard: 50 errors')
  })

  test('takes the first finding, even when that alone is too long', () => {
    const text = fitting(`${'x'.repeat(9000)}\n\n${'y'.repeat(9000)}`, 'z'.repeat(9000))
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096)
  })

  test('may be a directory or a pipe without harm', () => {
    execFileSync('mkfifo', [log])
    appendToTerminationLog(log, 'report', 'summary')
    appendToTerminationLog(home, 'report', 'summary')
  })
})
