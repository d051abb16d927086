import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { checkEnv } from '../../src/config/load-config'
import { renderReport } from '../../src/config/report'
import { variables } from '../../src/config/variables'
import { ConfigError } from '../../src/errors'

/** No vowels: five characters in a row never spell a piece of our own sentences. */
const SECRET = fc.string({
  unit: fc.constantFrom(...'BCDFGHJKLMNPQRSTVWXZbcdfghjklmnpqrstvwxz0123456789'),
  minLength: 12,
  maxLength: 64,
})
const GENUINE = fc.string({
  unit: fc.constantFrom(...'0123456789abcdef'),
  minLength: 32,
  maxLength: 32,
})

/** Ways in which a secret ends up in a variable. */
const decorations: ((secret: string) => string)[] = [
  (secret) => secret,
  (secret) => `sk-${secret}`,
  (secret) => `"sk-${secret}"`,
  (secret) => `Bearer sk-${secret}`,
  (secret) => `export DEEPSEEK_API_KEY='${secret}'`,
  (secret) => `sk-${secret}\n`,
  (secret) => `\ufeffsk-${secret}\u200b`,
  (secret) => `sk-${secret} sk-${secret}`,
  (secret) => Buffer.from(`sk-${secret}`).toString('base64'),
  (secret) => Buffer.from(Buffer.from(secret).toString('base64')).toString('base64'),
  (secret) => encodeURIComponent(` ${secret}`),
  (secret) => `https://user:${secret}@gateway.example.com/v1`,
  (secret) => `https://gateway.example.com/v1?api_key=${secret}`,
  (secret) => `\${${secret}}`,
  (secret) => `op://${secret}`,
  (secret) => `/run/secrets/${secret}`,
  (secret) => `sk-ant-${secret}`,
  (secret) => `eyJ${secret}.${secret}.${secret}`,
  (secret) => `{"api_key":"${secret}"}`,
  (secret) => `sk-${secret.slice(0, 4)}****${secret.slice(-4)}`,
  (secret) => `<${secret}>`,
  (secret) => `密钥${secret}`,
  (secret) => `${secret}\\n`,
  (secret) => `https://${secret}`,
]

const NAMES = [
  ...Object.keys(variables),
  'DEEPSEEK_APIKEY',
  'deepseek_api_key',
  'DEEPSEEK_TOKEN',
  'DEEPSEEK_API_KEY ',
  'NEXT_PUBLIC_DEEPSEEK_API_KEY',
  'VITE_API_KEY',
  'OPENAI_API_KEY',
  'NODE_ENV',
  'NEXT_PHASE',
  'KUBERNETES_SERVICE_HOST',
  'GITHUB_EVENT_PATH',
]

/** A name without random characters: findings may print it, and a secret could match those. */
const cwd = path.join(os.tmpdir(), 'secrecy-of-the-check')
mkdirSync(cwd, { recursive: true })

afterAll(() => rmSync(cwd, { recursive: true, force: true }))

/** Parts of five characters; four are allowed, as DeepSeek itself echoes them. */
function partsIn(text: string, secret: string): string[] {
  const parts = Array.from({ length: secret.length - 4 }, (_, at) => secret.slice(at, at + 5))
  // Five hexadecimal letters in a row can be a word of ours (unreadable); with a digit they are not.
  const words = /^[a-f]{5}$/
  return parts.filter((part) => !words.test(part) && text.includes(part))
}

/** Everything that is printed anywhere, but for the base URL and the models, which are settings. */
function outputOf(result: ReturnType<typeof checkEnv>): string {
  const { findings, ok, config } = result
  const error = new ConfigError(findings)
  const { keyOrigin, repaired } = config ?? {}
  return [
    JSON.stringify({ findings, ok, keyOrigin, repaired }),
    renderReport(findings, { color: true }),
    error.message,
    JSON.stringify(error),
    inspect(error),
  ].join('\n')
}

test('20,000 environments: nothing throws and nothing leaks', () => {
  const placed = fc.tuple(
    fc.constantFrom(...NAMES),
    fc.nat(decorations.length - 1),
    fc.oneof(SECRET, GENUINE),
  )
  const noise = fc.dictionary(fc.string({ minLength: 1, maxLength: 20 }), fc.string(), {
    maxKeys: 2,
  })
  fc.assert(
    fc.property(fc.array(placed, { minLength: 1, maxLength: 4 }), noise, (entries, others) => {
      const texts = entries.map(([name, form, secret]) => [name, decorations[form]!(secret)])
      const result = checkEnv({ ...others, ...Object.fromEntries(texts) }, { cwd })
      const output = outputOf(result)
      const leaks = entries.flatMap(([, , secret]) => partsIn(output, secret))
      expect([leaks, Object.isFrozen(result)]).toEqual([[], true])
    }),
    { numRuns: 20_000 },
  )
}, 600_000)

test.each(decorations.map((decorate, at) => [at, decorate] as const))(
  'a key file with fault %i leaks nothing of its content or its path',
  (_, decorate) => {
    const secret = 'BXZ7Q2KVWT9RHLM4NPCG8DJF3S5'
    const file = path.join(cwd, secret)
    writeFileSync(file, decorate(secret), { mode: 0o644 })
    const result = checkEnv({ DEEPSEEK_API_KEY_FILE: file }, { cwd })
    expect(partsIn(outputOf(result), secret)).toEqual([])
  },
)

test('an unread .env file leaks nothing of its values', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'secrecy-'))
  const secret = 'BXZ7Q2KVWT9RHLM4NPCG8DJF3S5'
  writeFileSync(path.join(folder, '.env'), `DEEPSEEK_API_KEY=sk-${secret}\nOTHER=${secret}\n`)
  const result = checkEnv({}, { cwd: folder })
  rmSync(folder, { recursive: true })
  expect(result.findings[0]?.code).toBe('env-not-loaded')
  expect(partsIn(outputOf(result), secret)).toEqual([])
})

test('a credential given in code leaks nothing', () => {
  const secret = 'BXZ7Q2KVWT9RHLM4NPCG8DJF3S5'
  const result = checkEnv({}, { cwd, credential: `"${secret}"`, baseURL: `http://${secret}` })
  expect(result.ok).toBe(false)
  expect(partsIn(outputOf(result), secret)).toEqual([])
})

test.each([
  [
    'a getter that throws',
    Object.defineProperty({}, 'DEEPSEEK_API_KEY', {
      enumerable: true,
      get: () => {
        throw new Error('no')
      },
    }),
  ],
  ['numbers and objects', { DEEPSEEK_API_KEY: 42, DEEPSEEK_BASE_URL: {}, DEEPSEEK_MODEL: [] }],
  ['an object without a prototype', Object.assign(Object.create(null), { DEEPSEEK_API_KEY: '' })],
  [
    'a proxy that refuses',
    new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('no')
        },
      },
    ),
  ],
  ['nothing', null],
])('an environment with %s is answered, not thrown at', (_, env) => {
  expect(checkEnv(env as never, { cwd }).ok).toBe(false)
})

test.each([
  ['credential', { credential: 5 }],
  ['credential', { credential: {} }],
  ['credential', { credential: '' }],
  ['baseURL', { credential: 'sk-x', baseURL: 7 }],
  ['outbound.origins', { credential: 'sk-x', outbound: { origins: ['nowhere'] } }],
  ['outbound.origins', { credential: 'sk-x', outbound: { origins: 'https://a.example' } }],
])('an unusable option %s is a finding', (variable, options) => {
  const { findings } = checkEnv({}, { cwd, ...(options as object) })
  expect(
    findings.filter(({ severity }) => severity === 'error').map((one) => one.variable),
  ).toEqual([variable])
})

test('a working directory that is gone is no reason to throw', () => {
  const spy = jest.spyOn(process, 'cwd').mockImplementation(() => {
    throw new Error('ENOENT: uv_cwd')
  })
  const { findings } = checkEnv({})
  spy.mockRestore()
  expect(findings.length).toBeGreaterThan(0)
})
