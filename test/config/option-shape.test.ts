import * as z from 'zod/mini'
import { optionsOf, optionThat, parseOptions, wholeNumber } from '../../src/config/option-shape'

const schema = optionsOf({
  baseURL: z.optional(z.string()),
  credential: optionThat<string>((value) => typeof value === 'string', 'a key'),
  health: z.optional(
    z.union([
      z.literal(false),
      optionsOf({
        path: z.optional(z.string()),
        intervalMs: wholeNumber(),
        policy: z.optional(z.enum(['guarded', 'strict'])),
      }),
    ]),
  ),
  models: z.optional(z.array(z.string())),
})

function messageFor(value: unknown): string {
  try {
    parseOptions(schema, value, 'deepseekGuard')
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return (error as Error).message
  }
  return ''
}

test('good options come back as they are', () => {
  const options = { baseURL: 'https://a.example', health: { intervalMs: 5 } }
  expect(parseOptions(schema, options, '')).toEqual(options)
})

test('absent options stay absent', () => {
  expect(parseOptions(schema, undefined, '')).toBeUndefined()
})

test('the options read are a copy: later changes of the given ones are not seen', () => {
  const given = { models: ['a'], health: { path: '/a' } }
  const read = parseOptions(schema, given, '')
  given.models.push('b')
  given.health.path = '/b'
  expect(read).toEqual({ models: ['a'], health: { path: '/a' } })
})

test('what somebody put on Object.prototype is no option, at no depth', () => {
  const polluted = Object.prototype as { baseURL?: string; path?: string }
  polluted.baseURL = 'https://evil.example'
  polluted.path = '/evil'
  try {
    const { baseURL, health } = parseOptions(schema, { health: {} }, '')
    expect([baseURL, Reflect.get(Object(health), 'path')]).toEqual([undefined, undefined])
  } finally {
    delete polluted.baseURL
    delete polluted.path
  }
})

test('every option is read once', () => {
  let reads = 0
  const options = {
    get baseURL() {
      reads += 1
      return 'https://a.example'
    },
  }
  parseOptions(schema, options, '')
  expect(reads).toBe(1)
})

test('a misspelt option is answered with the right spelling', () => {
  expect(messageFor({ baseUrl: 'x' })).toBe(
    'Option deepseekGuard.baseUrl is unknown. Did you mean deepseekGuard.baseURL?',
  )
})

test('a misspelt option inside a union is found', () => {
  expect(messageFor({ health: { intervallMs: 5 } })).toBe(
    'Option deepseekGuard.health.intervallMs is unknown. Did you mean deepseekGuard.health.intervalMs?',
  )
})

test('a name like none is answered with all that are known', () => {
  expect(messageFor({ zzzzzzzz: 1 })).toBe(
    'Option deepseekGuard.zzzzzzzz is unknown. Known are baseURL, credential, health, models.',
  )
})

test.each([
  [{ baseURL: 5 }, 'Option deepseekGuard.baseURL must be a string.'],
  [{ health: { intervalMs: 0 } }, 'Option deepseekGuard.health.intervalMs must be at least 1.'],
  [{ health: { intervalMs: 1.5 } }, 'Option deepseekGuard.health.intervalMs must be an integer.'],
  [{ health: { intervalMs: '5' } }, 'Option deepseekGuard.health.intervalMs must be a number.'],
  [
    { health: { policy: 'sk-secret' } },
    'Option deepseekGuard.health.policy must be "guarded" or "strict".',
  ],
  [{ health: 'off' }, 'Option deepseekGuard.health must be false or an object.'],
  [{ models: ['a', 7] }, 'Option deepseekGuard.models.1 must be a string.'],
  ['sk-secret', 'Option deepseekGuard must be an object.'],
  [null, 'Option deepseekGuard must be an object.'],
])('%j is answered with what it must be, never with the value', (value, message) => {
  expect(messageFor(value)).toBe(message)
  expect(message).not.toContain('sk-secret')
})

test('a word that was misspelt is answered with the right one', () => {
  expect(messageFor({ health: { policy: 'gaurded' } })).toBe(
    'Option deepseekGuard.health.policy must be "guarded" or "strict". Did you mean "guarded"?',
  )
})

test.each([
  ['apiKey', 'credential'],
  ['baseUrl', 'baseURL'],
  ['path', 'health.path'],
  ['intervalMs', 'health.intervalMs'],
  ['model', 'models'],
])('%s, which belongs elsewhere, is led to %s', (given, right) => {
  expect(messageFor({ [given]: 1 })).toBe(
    `Option deepseekGuard.${given} is unknown. Did you mean deepseekGuard.${right}?`,
  )
})

test('all faults are told at once', () => {
  expect(messageFor({ baseUrl: 'x', models: 'a', health: { intervalMs: 0, polcy: 1 } })).toBe(
    [
      'Option deepseekGuard.baseUrl is unknown. Did you mean deepseekGuard.baseURL?',
      'Option deepseekGuard.health.polcy is unknown. Did you mean deepseekGuard.health.policy?',
      'Option deepseekGuard.models must be an array.',
      'Option deepseekGuard.health.intervalMs must be at least 1.',
    ].join(' '),
  )
})

test('the caller’s object is not written to', () => {
  const options = Object.freeze({ health: Object.freeze({ path: '/x' }) })
  expect(parseOptions(schema, options, '')).toEqual(options)
})
