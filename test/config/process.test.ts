import { rmSync } from 'node:fs'
import type { CheckResult } from '../../src/config/load-config'
import { layOut, leaksOf, matches, readCases } from './boot-case'
import { compileConfig, runProgram } from './compiled'

const KEY = 'sk-4b3e9c0a71d85f26e0c9b7a3d1f48265'
const PRINT = 'console.log(JSON.stringify(checkEnv()))'

let folder: string
beforeAll(() => {
  folder = compileConfig()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function check(env: Record<string, string>, options: object = {}, program = PRINT): CheckResult {
  const run = runProgram(folder, program, { env, ...options })
  expect(run.stderr).toBe('')
  return JSON.parse(run.stdout)
}

/** One of each kind is enough to see that a real process answers as the function does. */
const sample = readCases().filter(({ id, only }, at) => {
  return only === undefined && (at % 8 === 0 || /env-file|fifo|unloaded|fork/.test(id))
})

test.each(sample.map((one) => [one.id, one] as const))('%s in a process of its own', (_, one) => {
  const { cwd, env } = layOut(one)
  const result = check(env, { cwd, nodeArgs: one.nodeArgs ?? [] })
  rmSync(cwd, { recursive: true, force: true })
  for (const wanted of one.expected.findings) {
    expect(result.findings.some((finding) => matches(finding, wanted))).toBe(true)
  }
  if (one.expected.ok !== undefined) expect(result.ok).toBe(one.expected.ok)
  const output = JSON.stringify(result)
  expect(one.expected.never.flatMap((secret) => leaksOf(output, secret))).toEqual([])
})

const onLinux = process.platform === 'linux' ? test : test.skip

onLinux('a value that the program set itself is told from one that it was started with', () => {
  const program = `process.env.DEEPSEEK_API_KEY = '"${KEY}"'; ${PRINT}`
  expect(check({}, {}, program).findings[0]?.origin).toBe('set-after-start')
  expect(check({ DEEPSEEK_API_KEY: `"${KEY}"` }).findings[0]?.origin).toBe('environment')
})

onLinux('a key that the program took away is told from one that never was', () => {
  const program = `delete process.env.DEEPSEEK_API_KEY; ${PRINT}`
  const [finding] = check({ DEEPSEEK_API_KEY: KEY }, {}, program).findings
  expect(finding).toMatchObject({ code: 'key-missing', origin: 'set-after-start' })
  expect(finding?.evidence.join()).toContain('the program removed it since')
})

test('a value that Node loaded from a .env file is told, too', () => {
  const one = { ...readCases()[0]!, files: { '.env': { content: `DEEPSEEK_API_KEY=" ${KEY}"\n` } } }
  const { cwd } = layOut(one)
  const { findings } = check({}, { cwd, nodeArgs: ['--env-file=.env'] })
  rmSync(cwd, { recursive: true, force: true })
  expect(findings[0]).toMatchObject({ code: 'key-whitespace', origin: 'env-file' })
})

test('a good environment loads neither zod nor pino nor envalid', () => {
  const program = `checkEnv(); console.log(JSON.stringify(
    Object.keys(require.cache).filter((file) => /node_modules/.test(file))))`
  const run = runProgram(folder, program, { env: { DEEPSEEK_API_KEY: KEY } })
  expect(JSON.parse(run.stdout)).toEqual([])
})
