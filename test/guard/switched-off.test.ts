import { writeSync } from 'node:fs'
import { inspect } from 'node:util'
import {
  ConfigError,
  checkEnv,
  type DeepSeekGuard,
  deepseekGuard,
  type GuardOptions,
} from '../../src'

jest.mock('node:fs', () => {
  const fs = jest.requireActual('node:fs')
  return { ...fs, writeSync: jest.fn(fs.writeSync) }
})

const KEY = 'sk-4b3e9c0a71d85f26e0c9b7a3d1f48265'
const OFF = { DEEPSEEK_GUARD: 'off', NODE_ENV: 'test' }

let guard: DeepSeekGuard | undefined
afterEach(async () => {
  await guard?.close()
  guard = undefined
})

/** A guard with a transport in memory, and the authorization of what it sent. */
function startGuard(env: Record<string, string>, options: GuardOptions = {}) {
  const sent: (string | null)[] = []
  const transport: typeof fetch = async (input, init) => {
    sent.push(new Request(input, init).headers.get('authorization'))
    return new Response('{}')
  }
  guard = deepseekGuard({ env, outbound: { fetch: transport }, logger: false, ...options })
  return { guard, sent }
}

test('nothing is checked: checkEnv finds one warning, whatever else is wrong', () => {
  const { ok, findings } = checkEnv({ ...OFF, DEEPSEEK_BASE_URL: 'nonsense' }, { cwd: __dirname })
  expect([ok, findings]).toMatchObject([true, [{ code: 'guard-off', severity: 'warning' }]])
})

test('health is warn with the cause guard-off, ready() resolves with it, and nothing is probed', async () => {
  const { guard, sent } = startGuard(OFF)
  await expect(guard.ready({ timeoutMs: 1_000 })).resolves.toMatchObject({
    status: 'warn',
    cause: 'guard-off',
    decision: expect.stringContaining('guard-off'),
  })
  expect(guard.health()).toMatchObject({ status: 'warn', cause: 'guard-off', nextProbeAt: null })
  expect(sent).toEqual([])
})

test.each(['strict', { config: 'fail' }] as const)(
  'it is warn under the policy %j, too',
  (policy) => {
    expect(startGuard(OFF, { health: { policy } }).guard.health()).toMatchObject({ status: 'warn' })
  },
)

test('calls pass with the key, if there is one', async () => {
  const { guard, sent } = startGuard({ ...OFF, DEEPSEEK_API_KEY: KEY })
  await guard.fetch('https://api.deepseek.com/models')
  expect(sent).toEqual([`Bearer ${KEY}`])
})

test('calls pass as they are where there is no key', async () => {
  const { guard, sent } = startGuard(OFF)
  const headers = { authorization: 'Bearer of-the-test' }
  const answer = await guard.fetch('https://api.deepseek.com/models', { headers })
  expect([answer.status, sent]).toEqual([200, ['Bearer of-the-test']])
})

test('answers change nothing of what health says', async () => {
  const { guard } = startGuard({ ...OFF, DEEPSEEK_API_KEY: KEY })
  await guard.fetch('https://api.deepseek.com/chat/completions', { method: 'POST', body: '{}' })
  expect(guard.health()).toMatchObject({ status: 'warn', cause: 'guard-off' })
})

test('draining still turns readiness to fail', () => {
  const { guard } = startGuard(OFF)
  guard.drain()
  expect(guard.health()).toMatchObject({ status: 'fail', phase: 'draining' })
})

test('a key that was meant for an address that cannot be used goes nowhere', async () => {
  const { guard, sent } = startGuard({
    ...OFF,
    DEEPSEEK_API_KEY: KEY,
    DEEPSEEK_BASE_URL: 'http://llm.acme.com/v1',
  })
  await guard.fetch('https://api.deepseek.com/models')
  expect(sent).toEqual([null])
})

test('one line of the log says so', () => {
  const lines: unknown[] = []
  const note = (line: unknown) => lines.push(line)
  const logger = {
    child: () => logger,
    debug: note,
    info: note,
    warn: note,
    error: note,
    fatal: note,
  }
  startGuard(OFF, { logger: logger as never })
  expect(lines).toMatchObject([{ event: 'guard.off', cause: 'guard-off' }])
})

test('it is refused in production, by an error of its own', () => {
  const env = { ...OFF, NODE_ENV: 'production', DEEPSEEK_API_KEY: KEY }
  expect(checkEnv(env, { cwd: __dirname })).toMatchObject({
    ok: false,
    findings: [{ code: 'option-invalid', severity: 'error', variable: 'DEEPSEEK_GUARD' }],
  })
})

test.each(['on', '', ' '])('DEEPSEEK_GUARD=%j checks everything', (word) => {
  const { findings } = checkEnv({ DEEPSEEK_GUARD: word }, { cwd: __dirname })
  expect(findings.map(({ code }) => code)).toEqual(['key-missing'])
})

test('another word is answered with the nearest right one', () => {
  const env = { DEEPSEEK_GUARD: 'offf', DEEPSEEK_API_KEY: KEY }
  expect(checkEnv(env, { cwd: __dirname }).findings[0]?.title).toContain('did you mean off?')
})

describe('the report of a failed start', () => {
  let written = ''
  beforeEach(() => {
    written = ''
    jest.mocked(writeSync).mockImplementation(((_: number, bytes: Buffer) => {
      written += bytes.toString()
      return bytes.length
    }) as typeof writeSync)
  })
  afterEach(() => jest.mocked(writeSync).mockReset())

  /** What a guard without a key throws. */
  function refusal(options: GuardOptions): ConfigError {
    try {
      deepseekGuard({ env: { NODE_ENV: 'test' }, logger: false, ...options })
    } catch (error) {
      return error as ConfigError
    }
    throw new Error('The guard has started.')
  }

  test('is printed once, and the error does not repeat it', () => {
    const error = refusal({})
    expect(error).toBeInstanceOf(ConfigError)
    expect(written).toContain('key-missing')
    expect(error.message).toContain('DEEPSEEK_API_KEY is not set (key-missing).')
    expect(inspect(error)).not.toContain('platform.deepseek.com')
    expect(error.findings[0]?.fix.text).toContain('platform.deepseek.com')
  })

  test('is left out with report: false', () => {
    expect(refusal({ report: false }).findings).toMatchObject([{ code: 'key-missing' }])
    expect(written).toBe('')
  })

  test('is printed with logger: false, which silences the log only', () => {
    refusal({ logger: false })
    expect(written).toContain('DEEPSEEK_API_KEY')
  })
})
