import { type GuardOptions, TokenError } from '../../src'
import type { createGuard } from '../../src/guard/guard'
import { deepseekGuard } from '../../src/middleware/universal'
import type { GuardMetrics, Measurement } from '../../src/observability/measurement'
import { type FakeDeepSeek, startFakeDeepSeek } from '../../src/testing'

let fake: FakeDeepSeek
const open: { close(): Promise<void> }[] = []
const warned = jest.spyOn(process, 'emitWarning')
const unhandled = jest.fn()

beforeEach(async () => {
  fake = await startFakeDeepSeek()
  warned.mockReset().mockReturnValue()
  process.on('unhandledRejection', unhandled.mockReset())
})

afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
  await fake.close()
  process.off('unhandledRejection', unhandled)
})

function start(options: GuardOptions = {}) {
  const guard = deepseekGuard({
    env: { DEEPSEEK_API_KEY: fake.key, DEEPSEEK_BASE_URL: fake.url },
    logger: false,
    health: false,
    ...options,
  })
  open.push(guard)
  return guard
}

/** Lines that a logger of the plainest kind got. */
function logOf() {
  const lines: Record<string, unknown>[] = []
  const write = (line: object, message?: string) => {
    lines.push({ ...line, message })
  }
  return { lines, logger: { info: write, warn: write, error: write } }
}

const settled = () => new Promise(setImmediate)

test.each([
  [
    'throws',
    () => {
      throw new Error('Slack is down')
    },
  ],
  [
    'rejects',
    async () => {
      throw new Error('Slack is down')
    },
  ],
])('a listener that %s at every call is one warning and one line', async (_, listener) => {
  const { lines, logger } = logOf()
  const guard = start({ logger })
  guard.on('diagnosis', listener)
  fake.fail('error')
  for (let call = 0; call < 20; call++) await guard.fetch(`${fake.url}/models`)
  await settled()
  expect(unhandled).not.toHaveBeenCalled()
  expect(warned).toHaveBeenCalledTimes(1)
  expect(lines.filter(({ event }) => event === 'listener.failed')).toEqual([
    expect.objectContaining({ reason: "A listener of 'diagnosis'" }),
  ])
  expect(JSON.stringify([warned.mock.calls, lines])).not.toContain('Slack')
})

test('metrics and a logger that reject end nothing and are told of once each', async () => {
  const record = async (): Promise<void> => {
    throw new Error('no such label')
  }
  const write = async (): Promise<void> => {
    throw new Error('disk full')
  }
  const logger = { info: write, warn: write, error: write }
  const guard = start({ logger, metrics: { record } as unknown as GuardMetrics })
  for (let call = 0; call < 5; call++) await guard.fetch(`${fake.url}/models`)
  await settled()
  expect(unhandled).not.toHaveBeenCalled()
  expect(warned).toHaveBeenCalledTimes(2)
})

test('what a source says reaches a logger as one clean line', async () => {
  const { lines, logger } = logOf()
  const said = 'no\n2026-11-28 INFO login ok user=admin \x1b[2J\x1b]0;pwn\x07\u202e'
  const credential = (): string => {
    throw new TokenError(`Vault said: ${said}`, { permanent: true })
  }
  await start({ logger, credential }).fetch(`${fake.url}/models`)
  expect(lines.length).toBeGreaterThan(0)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be there
  expect(JSON.stringify(lines)).not.toMatch(/\\n|\\u001b|\\u0007|[\x00-\x1f\u202e]/)
})

test('a health token given in code is a secret for the log as well', async () => {
  const { lines, logger } = logOf()
  const token = 'a-health-token-of-ours'
  const guard = start({ logger, health: { token } })
  fake.fail('governor')
  await guard.fetch(`${fake.url}/${token}/models`)
  expect(lines.map(({ event }) => event)).toContain('auth.rejected')
  expect(JSON.stringify(lines)).not.toContain(token)
})

test('a key in the path of a call stays out of traces and metrics', async () => {
  const seen: Measurement[] = []
  const guard = start({ metrics: { record: (measurement) => void seen.push(measurement) } })
  await guard.fetch(`${fake.url}/bot${fake.key}/x`, { method: 'POST', body: '{}' })
  expect(seen.map(({ kind }) => kind)).toContain('request')
  expect(JSON.stringify(seen)).not.toContain(fake.key)
  expect(JSON.stringify(seen)).toContain('/bot[secret]/x')
})

it('a diagnosis that cannot load in the background does not end the process', async () => {
  jest.useFakeTimers()
  try {
    await jest.isolateModulesAsync(async () => {
      const load = jest.fn(() => {
        throw new ReferenceError('the environment has been torn down')
      })
      jest.doMock('../../src/diagnosis/diagnose', () => ({ diagnose: load }))
      const rooms: { createGuard: typeof createGuard } = require('../../src/guard/guard')
      const env = { DEEPSEEK_API_KEY: `sk-${'0f1e2d3c4b5a6978'.repeat(2)}` }
      const { members } = rooms.createGuard({ env, logger: false, health: false })
      expect(() => jest.advanceTimersByTime(2_000)).not.toThrow()
      expect(load).toHaveBeenCalled()
      await members.close()
    })
  } finally {
    jest.dontMock('../../src/diagnosis/diagnose')
    jest.useRealTimers()
  }
})
