import { rmSync } from 'node:fs'
import { type CheckResult, checkEnv } from '../../src/config/load-config'
import { codesOf, faultsOf, layOut, leaksOf, readBootCases } from '../boot-case'
import { testIf } from '../test-if'
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
const sample = readBootCases('code').filter(({ id, options }, at) => {
  return !options && (at % 8 === 0 || /env-file|fifo|unloaded|fork/.test(id))
})

test.each(sample.map((one) => [one.id, one] as const))('%s in a process of its own', (_, one) => {
  const { cwd, env, remove } = layOut(one)
  const { nodeArgs } = one
  const result = check(env, { cwd, nodeArgs })
  const inProcess = checkEnv(env, { cwd })
  remove()
  expect(faultsOf(one, result)).toEqual([])
  if (!nodeArgs) expect(codesOf(result.findings)).toEqual(codesOf(inProcess.findings))
  expect(leaksOf(one, JSON.stringify(result))).toEqual([])
})

const onLinux = testIf(process.platform === 'linux', 'only Linux keeps /proc/self/environ')

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
  const files = { '.env': { content: `DEEPSEEK_API_KEY=" ${KEY}"\n` } }
  const { cwd, remove } = layOut({ ...sample[0]!, files })
  const { findings } = check({}, { cwd, nodeArgs: ['--env-file=.env'] })
  remove()
  expect(findings[0]).toMatchObject({ code: 'key-whitespace', origin: 'env-file' })
})

test('a good environment loads envalid, and neither zod nor pino', () => {
  const program = `checkEnv(); console.log(JSON.stringify(
    Object.keys(require.cache).filter((file) => /node_modules/.test(file))))`
  const run = runProgram(folder, program, { env: { DEEPSEEK_API_KEY: KEY } })
  const packages = JSON.parse(run.stdout).map(
    (file: string) => /.*node_modules.([^/\\]+)/.exec(file)?.[1],
  )
  expect([...new Set(packages)].sort()).toEqual(['envalid', 'tslib'])
})
