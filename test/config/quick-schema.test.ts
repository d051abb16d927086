import fc from 'fast-check'
import { z } from 'zod'
import { parseOptions, quickKit, REFUSED, type SchemaKit } from '../../src/config/option-shape'

/** Every word that the schemas of options use. */
const schema = (kit: SchemaKit) =>
  kit.strictObject({
    path: kit
      .string()
      .refine((path) => path.startsWith('/'), 'a path')
      .optional(),
    everyMs: kit.int().min(1).optional(),
    names: kit.array(kit.string()).optional(),
    mode: kit.union([kit.enum(['on', 'off']), kit.strictObject({ base: kit.string() })]).optional(),
    act: kit.custom<() => void>((value) => typeof value === 'function').optional(),
  })

const quick = schema(quickKit as unknown as SchemaKit) as unknown as {
  read(value: unknown): unknown
}

class Options {
  everyMs = 5
}

const value = fc.oneof(
  fc.constantFrom<unknown>('/a', 'on', 'off', '', 1, 0, 1.5, 2 ** 53, Number.NaN, null, undefined),
  fc.constantFrom<unknown>(() => {}, new Options(), new Map(), new Date(0), Symbol('s')),
  fc.array(fc.constantFrom<unknown>('a', 1, null), { maxLength: 3 }),
  fc.record({ base: fc.constantFrom<unknown>('x', 1, undefined) }, { requiredKeys: [] }),
)
const names = fc.constantFrom('path', 'everyMs', 'names', 'mode', 'act', 'evryMs', '__proto__')
const options = fc.oneof(fc.dictionary(names, value), value)

test('what the quick look takes is exactly what zod makes of it', () => {
  const shape = schema(z)
  fc.assert(
    fc.property(options, (given) => {
      const read = quick.read(given)
      if (read !== REFUSED) expect(shape.parse(given)).toEqual(read)
    }),
    { numRuns: 3_000 },
  )
})

test('the quick look takes every literal that zod takes', () => {
  const shape = schema(z)
  fc.assert(
    fc.property(fc.dictionary(names, value), (given) => {
      expect(quick.read(given) !== REFUSED).toBe(shape.safeParse(given).success)
    }),
    { numRuns: 3_000 },
  )
})

test('the options read are a copy: later changes of the given ones are not seen', () => {
  const given = { names: ['a'], mode: { base: 'x' } }
  const read = parseOptions<typeof given>(schema as never, given, '')
  given.names.push('b')
  given.mode.base = 'y'
  expect(read).toEqual({ names: ['a'], mode: { base: 'x' } })
})

test('an instance of a class, which the quick look leaves alone, is read by zod', () => {
  expect(quick.read(new Options())).toBe(REFUSED)
  expect(parseOptions<{ everyMs?: number }>(schema as never, new Options(), '')).toEqual({
    everyMs: 5,
  })
})
