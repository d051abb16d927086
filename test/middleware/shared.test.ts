import { sharedGuard } from '../../src'
import type { GuardOptions } from '../../src/guard/options'

const env = { DEEPSEEK_API_KEY: `sk-${'0f1e2d3c4b5a6978'.repeat(2)}` }
const lines: { event?: string; msg?: string }[] = []
const write = (line: object, msg?: string) => void lines.push({ ...line, msg })
const logger = {
  child: () => logger,
  debug: write,
  info: write,
  warn: write,
  error: write,
  fatal: write,
}
const options: GuardOptions = { env, logger, health: false, models: ['deepseek-flash'] }

const warnings = () => lines.filter(({ event }) => event === 'guard.shared_options')

beforeEach(() => void lines.splice(0))
afterEach(() => sharedGuard(options).close())

test('every call gives the same guard, with options or without', () => {
  const first = sharedGuard(options)
  expect(sharedGuard()).toBe(first)
  expect(sharedGuard({ ...options, env: { ...env } })).toBe(first)
  expect(warnings()).toEqual([])
})

test('another copy of the module gives the same guard', () => {
  const first = sharedGuard(options)
  jest.isolateModules(() => {
    const copy = require('../../src') as typeof import('../../src')
    expect(copy.sharedGuard).not.toBe(sharedGuard)
    expect(copy.sharedGuard()).toBe(first)
  })
})

test('functions of a reloaded module count as the same', () => {
  sharedGuard({ ...options, credential: () => 'sk-0' })
  sharedGuard({ ...options, credential: () => 'sk-0' })
  expect(warnings()).toEqual([])
})

test('other options are a warning that names them and no value, and the first ones stay', () => {
  const first = sharedGuard(options)
  const second = sharedGuard({ ...options, models: ['deepseek-v4-pro'], baseURL: 'https://b.test' })
  expect(second).toBe(first)
  expect(first.client.baseURL).toBe('https://api.deepseek.com')
  expect(warnings()).toHaveLength(1)
  expect(warnings()[0]?.msg).toMatch(/another value of (models, baseURL|baseURL, models);/)
})

test('a misspelt option is a TypeError on every call', () => {
  sharedGuard(options)
  expect(() => sharedGuard({ modles: [] } as never)).toThrow('Did you mean models?')
})

test.each(['close', Symbol.asyncDispose] as const)(
  'after %p the next call makes a new one',
  async (end) => {
    const first = sharedGuard(options)
    await first[end]()
    const second = sharedGuard(options)
    expect(second).not.toBe(first)
    await first.close()
    expect(sharedGuard()).toBe(second)
  },
)

test('a start that fails leaves nothing behind', () => {
  expect(() => sharedGuard({ env: {}, logger: false })).toThrow('DEEPSEEK_API_KEY')
  expect(sharedGuard(options).client.baseURL).toBe('https://api.deepseek.com')
})
