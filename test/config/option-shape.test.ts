import { parseOptions, type SchemaKit } from '../../src/config/option-shape'

const schema = (z: SchemaKit) =>
  z.strictObject({
    baseURL: z.string().optional(),
    health: z
      .union([
        z.literal(false),
        z.strictObject({
          path: z.string().optional(),
          intervalMs: z.int().min(1).optional(),
          policy: z.enum(['guarded', 'strict']).optional(),
        }),
      ])
      .optional(),
    models: z.array(z.string()).optional(),
  })

function messageFor(value: unknown): string {
  try {
    parseOptions(schema as never, value as never, 'deepseekGuard')
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

test('absent options do not load zod', () => {
  jest.isolateModules(() => {
    jest.doMock('zod', () => {
      throw new Error('zod was loaded')
    })
    const isolated =
      require('../../src/config/option-shape') as typeof import('../../src/config/option-shape')
    expect(isolated.parseOptions(schema, undefined, '')).toBeUndefined()
  })
})

afterEach(() => jest.dontMock('zod'))

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
    'Option deepseekGuard.zzzzzzzz is unknown. Known are baseURL, health, models.',
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

test('the caller’s object is not written to', () => {
  const options = Object.freeze({ health: Object.freeze({ path: '/x' }) })
  expect(parseOptions(schema, options as never, '')).toEqual(options)
})
