import { runInNewContext } from 'node:vm'
import { cleanEnv, makeValidator } from 'envalid'
import { checkEnv, loadConfig } from '../../src/config/load-config'

const KEY = 'sk-4b3e9c0a71d85f26e0c9b7a3d1f48265'

/** An error of Node's own realm, as core modules throw it: under Jest, no `Error` of ours. */
const ForeignError = runInNewContext('TypeError') as new (message: string) => Error

afterEach(() => {
  jest.resetModules()
  jest.dontMock('../../src/config/variables')
})

test('envalid itself takes a variable for good when its validator throws in another realm', () => {
  const validator = makeValidator<string>(() => {
    throw new ForeignError('bad')
  })
  let errors: object = {}
  cleanEnv(
    { A: 'x' },
    { A: validator({ default: undefined }) },
    {
      reporter: (report) => {
        errors = report.errors
      },
    },
  )
  expect(errors).toEqual({})
})

test.each([
  [
    'throws in another realm',
    () => {
      throw new ForeignError('secret')
    },
  ],
  [
    'throws what is no error',
    () => {
      throw 'secret'
    },
  ],
  ['gives nothing', () => undefined],
])('a validator that %s does not pass its variable', (_, read) => {
  jest.doMock('../../src/config/variables', () => {
    const actual = jest.requireActual('../../src/config/variables')
    const row = { setting: 'policy', read, advice: 'Set {}' }
    return { ...actual, readRows: [['DEEPSEEK_GUARD_POLICY', row]] }
  })
  const isolated =
    require('../../src/config/load-config') as typeof import('../../src/config/load-config')
  const result = isolated.checkEnv({ DEEPSEEK_API_KEY: KEY, DEEPSEEK_GUARD_POLICY: 'strict' })
  expect(result.findings).toMatchObject([
    { code: 'option-invalid', variable: 'DEEPSEEK_GUARD_POLICY' },
  ])
  expect(JSON.stringify(result)).not.toContain('secret')
})

test.each(['', ' ', '\t\n'])('a blank value %j is an unset one', (blank) => {
  const { settings, findings } = loadConfig({
    DEEPSEEK_API_KEY: KEY,
    DEEPSEEK_BASE_URL: blank,
    DEEPSEEK_MODEL: blank,
    DEEPSEEK_GUARD_POLICY: blank,
    DEEPSEEK_GUARD_HEALTH_PATH: blank,
    DEEPSEEK_GUARD_ORIGINS: blank,
    DEEPSEEK_GUARD_TERMINATION_LOG: blank,
  })
  expect(findings).toEqual([])
  expect(settings).toMatchObject({
    baseURL: 'https://api.deepseek.com',
    models: [],
    origins: ['https://api.deepseek.com'],
    terminationLog: '/dev/termination-log',
  })
  expect(settings?.policy).toBeUndefined()
})

test.each([undefined, 'production', 'staging', 'development', 'test'])(
  'NODE_ENV=%s does not soften the answer',
  (environment) => {
    const env = { NODE_ENV: environment, DEEPSEEK_GUARD_LOG_LEVEL: 'loud' }
    expect(checkEnv(env).findings).toMatchObject([
      { code: 'key-missing', severity: 'error' },
      { code: 'option-invalid', severity: 'error' },
    ])
  },
)

test('nothing is printed and nothing exits', () => {
  const prints = jest.spyOn(console, 'error').mockImplementation(() => {})
  const exits = jest.spyOn(process, 'exit').mockImplementation((() => {}) as never)
  checkEnv({ DEEPSEEK_GUARD_POLICY: 'x', DEEPSEEK_GUARD_LOG_LEVEL: 'y' })
  expect([prints.mock.calls, exits.mock.calls]).toEqual([[], []])
  jest.restoreAllMocks()
})

test('the environment that was given is not written to', () => {
  const env = Object.freeze({ DEEPSEEK_API_KEY: ` ${KEY}`, DEEPSEEK_GUARD_POLICY: ' strict ' })
  expect(loadConfig(env).settings?.policy).toBe('strict')
})

test.each([
  ['DEEPSEEK_GUARD_POLICY', ['lenient', 'Strict', '1']],
  ['DEEPSEEK_GUARD_LOG_LEVEL', ['loud', 'WARN', '30']],
  ['DEEPSEEK_GUARD_HEALTH_PATH', ['health', '//x', 'https://x/y', '/a b', '/a?b', '/a#b', '/a/*']],
  ['DEEPSEEK_GUARD_HEALTH_TOKEN', ['undefined', '$TOKEN', 'a\u200bb', '"quoted"']],
  [
    'DEEPSEEK_GUARD_ORIGINS',
    ['x.com', 'https://x.com/v1', '*', 'https://*.x.com', 'https://u:p@x.com'],
  ],
  ['DEEPSEEK_GUARD_STORE_SECRET', ['null', 'op://a/b']],
  ['DEEPSEEK_GUARD_TERMINATION_LOG', ['undefined', '$LOG']],
  ['DEEPSEEK_MODEL', [KEY, 'sk-proj-x7Q2', 'undefined', 'a b', '$MODEL']],
])('%s refuses what it cannot use', (variable, values) => {
  for (const value of values) {
    const result = checkEnv({ DEEPSEEK_API_KEY: KEY, [variable]: value })
    expect([value, result.findings]).toMatchObject([
      value,
      [{ code: 'option-invalid', severity: 'error', variable }],
    ])
  }
})

test('good settings arrive as values, secrets wrapped', () => {
  const { settings } = loadConfig({
    DEEPSEEK_API_KEY: KEY,
    DEEPSEEK_MODEL: 'deepseek-flash, my-model',
    DEEPSEEK_GUARD_HEALTH_PATH: '/internal/deepseek',
    DEEPSEEK_GUARD_HEALTH_TOKEN: 'NkCk8S40bnPIYeaRjvqHKuAu',
    DEEPSEEK_GUARD_STORE_SECRET: 'a8Fq2kd93mfPq82ndk3',
    DEEPSEEK_GUARD_LOG_LEVEL: 'warn',
    NODE_ENV: 'production',
  })
  expect(settings).toMatchObject({
    credential: { kind: 'env', name: 'DEEPSEEK_API_KEY' },
    models: ['deepseek-flash', 'my-model'],
    healthPath: '/internal/deepseek',
    logLevel: 'warn',
    production: true,
    building: false,
  })
  expect(settings?.healthToken?.reveal()).toBe('NkCk8S40bnPIYeaRjvqHKuAu')
  expect(JSON.stringify(settings)).not.toMatch(/NkCk8|a8Fq2|4b3e9/)
})

test('while a framework builds, errors are warnings and nothing is refused', () => {
  const loaded = loadConfig({ NEXT_PHASE: 'phase-production-build' })
  expect(loaded.ok).toBe(true)
  expect(loaded.findings).toMatchObject([{ code: 'key-missing', severity: 'warning' }])
  expect(loaded.deferred).toMatchObject([{ code: 'key-missing', severity: 'error' }])
  expect(loaded.settings).toBeUndefined()
})

test('a retired model is named with its successor, on DeepSeek only', () => {
  const env = { DEEPSEEK_API_KEY: KEY, DEEPSEEK_MODEL: 'deepseek-reasoner' }
  expect(checkEnv(env).findings).toMatchObject([{ code: 'model-retired', severity: 'warning' }])
  const elsewhere = { ...env, DEEPSEEK_BASE_URL: 'https://gateway.example.com' }
  expect(checkEnv(elsewhere).findings).toEqual([])
  expect(checkEnv({ DEEPSEEK_API_KEY: KEY }, { models: ['deepseek-chat'] }).findings).toMatchObject(
    [{ code: 'model-retired', variable: 'models', origin: 'option' }],
  )
})
