import * as z from 'zod/mini'
import { nearestOf, printableName } from '../key/names'

/** What zod says about one fault, as far as it is read here. Values are read for their spelling. */
interface Issue {
  readonly code: string
  readonly path: readonly PropertyKey[]
  readonly keys?: readonly string[]
  readonly expected?: unknown
  readonly minimum?: unknown
  readonly maximum?: unknown
  readonly message?: string
  readonly values?: readonly unknown[]
  readonly errors?: readonly (readonly Issue[])[]
}

/** The parts of a schema that hold others. */
interface SchemaNode {
  readonly innerType?: unknown
  readonly in?: unknown
  readonly out?: unknown
  readonly options?: readonly unknown[]
  readonly element?: unknown
  readonly shape?: Readonly<Record<string, unknown>>
}

/** How the types read in a sentence. */
const articles: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'an integer',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
  record: 'an object',
  function: 'a function',
}

/**
 * A copy of an object's own enumerable properties, each read once: what somebody put on
 * `Object.prototype` is no option, and a getter cannot answer twice.
 */
function ownProperties(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.assign(Object.create(null), value)
}

/** What was read must not fall through to `Object.prototype` either, where an option is absent. */
function withoutPrototype<T>(value: T): T {
  return ownProperties(value) as T
}

/** An object of options: every name must be known, and only own properties count. */
export function optionsOf<const S extends z.core.$ZodLooseShape>(shape: S) {
  const known = z.pipe(z.transform(ownProperties), z.strictObject(shape))
  return z.pipe(known, z.transform(withoutPrototype<z.output<typeof known>>))
}

/** An optional value that `accepts` judges; `wants` completes "must be …". */
export function optionThat<T>(accepts: (value: unknown) => boolean, wants: string) {
  return z.optional(z.custom<T>(accepts, { error: wants }))
}

/** A whole number of at least `least`, absent by default. */
export function wholeNumber(least = 1) {
  return z.optional(z.int().check(z.minimum(least)))
}

/**
 * Checks options given in code and copies them; `undefined` comes back as it is. Objects in the
 * schema are made by `optionsOf`, then a misspelt name is answered with the nearest right one.
 *
 * ```ts
 * parseOptions(optionsOf({ pollMs: wholeNumber() }), options, 'fromFile')
 * ```
 *
 * @param where what the message names in front of the option's path; '' for the guard's own options
 * @throws TypeError that names the option and what it must be; never the value
 */
export function parseOptions<T>(schema: z.ZodMiniType<T>, value: unknown, where: string): T
export function parseOptions<T>(
  schema: z.ZodMiniType<T>,
  value: unknown,
  where: string,
): T | undefined
export function parseOptions<T>(
  schema: z.ZodMiniType<T>,
  value: unknown,
  where: string,
): T | undefined {
  if (value === undefined) return undefined
  // Each schema reads a handful of values once: compiling it first would take longer.
  const read = schema.safeParse(value, { jitless: true })
  if (read.success) return read.data
  throw new TypeError(messageOf(read.error.issues as Issue[], schema, value, where))
}

function messageOf(
  given: readonly Issue[],
  schema: unknown,
  value: unknown,
  where: string,
): string {
  const issues = given.flatMap(insideOf).sort((a, b) => a.path.length - b.path.length)
  const misspelt = issues.filter(({ code }) => code === 'unrecognized_keys')
  const rest = issues.filter(({ code }) => code !== 'unrecognized_keys')
  const sentences = [
    ...misspelt.flatMap((issue) => unknownNames(issue, schema, value, where)),
    ...rest.map((issue) => wrongValue(issue, value, where)),
  ]
  return [...new Set(sentences)].join(' ')
}

function wrongValue(issue: Issue, value: unknown, where: string): string {
  const path = issue.path.map(String)
  const word = valueAt(value, path)
  const words = wordsOf(issue)
  const meant = typeof word === 'string' ? nearestOf(word, words) : undefined
  const hint = meant === undefined ? '' : ` Did you mean ${JSON.stringify(meant)}?`
  const name = nameOf(where, path)
  const subject = name === '' ? 'The options' : `Option ${name}`
  return `${subject} must be ${wanted(issue)}.${hint}`
}

/** Where an option that was put in the wrong place belongs, by what it is called elsewhere. */
const aliases: Readonly<Record<string, string>> = {
  apiKey: 'credential',
  key: 'credential',
  baseUrl: 'baseURL',
  url: 'baseURL',
  model: 'models',
}

function unknownNames(issue: Issue, schema: unknown, value: unknown, where: string): string[] {
  const path = issue.path.map(String)
  const known = namesAt(schema, path)
  const free = known.filter((name) => valueAt(value, [...path, name]) === undefined)
  return (issue.keys ?? []).map((key) => {
    const name = nameOf(where, [...path, shownName(key)])
    const meant = rightPlace(schema, path, key, free)
    return meant
      ? `Option ${name} is unknown. Did you mean ${nameOf(where, meant)}?`
      : `Option ${name} is unknown. Known are ${known.join(', ')}.`
  })
}

/** The name of an option is a word; a key that was pasted in its place is not repeated. */
function shownName(key: string): string {
  return /^\w{1,40}$/.test(key) ? printableName(key) : `<${key.length} characters>`
}

/** The path of the option that was meant: nearly the same name here, or one elsewhere. */
function rightPlace(
  schema: unknown,
  path: readonly string[],
  key: string,
  free: readonly string[],
): string[] | undefined {
  const alias = Object.hasOwn(aliases, key) ? aliases[key] : undefined
  if (alias !== undefined && free.includes(alias)) return [...path, alias]
  const near = nearestOf(key, free)
  if (near !== undefined && near.toLowerCase() === key.toLowerCase()) return [...path, near]
  const all = pathsOf(schema)
  const called = (name: string) => all.find((one) => one.at(-1) === name)
  const same = called(key)
  if (same) return same
  if (near !== undefined) return [...path, near]
  const names = all.map((one) => one.at(-1) ?? '')
  const similar = nearestOf(key, names)
  return similar === undefined ? undefined : called(similar)
}

function nameOf(where: string, path: readonly string[]): string {
  return [where, ...path].filter((part) => part !== '').join('.')
}

/**
 * The faults behind that of a union: those of the form that was meant, which is the one that got
 * past the first look at the value; the union's own where none did.
 */
function insideOf(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const meant = (issue.errors ?? []).find((branch) =>
    branch.some(({ code, path }) => path.length > 0 || code === 'unrecognized_keys'),
  )
  if (!meant) return [issue]
  const inPlace = (inner: Issue): Issue => ({ ...inner, path: [...issue.path, ...inner.path] })
  return meant.map(inPlace).flatMap(insideOf)
}

/** Completes "must be …" from the schema alone. */
function wanted(issue: Issue): string {
  const { code, expected, minimum, maximum, values = [] } = issue
  if (code === 'invalid_type') return articles[String(expected)] ?? String(expected)
  if (code === 'too_small') return `at least ${minimum}`
  if (code === 'too_big') return `at most ${maximum}`
  if (code === 'invalid_value') return values.map((one) => JSON.stringify(one)).join(' or ')
  if (code === 'invalid_union') {
    return [...new Set((issue.errors ?? []).flat().map(wanted))].join(' or ')
  }
  // The words of a custom check are the schema's own.
  return code === 'custom' && issue.message ? issue.message : 'valid'
}

/** The words that would have been right, also inside a union. */
function wordsOf(issue: Issue): string[] {
  const inner = (issue.errors ?? []).flat().flatMap(wordsOf)
  return [...(issue.values ?? []), ...inner].filter((word) => typeof word === 'string')
}

/** The objects at the end of a schema: below what is optional, piped, or one of several. */
function shapesOf(schema: unknown): Readonly<Record<string, unknown>>[] {
  const { innerType, options, element, shape, ...pipe } =
    (schema as { def?: SchemaNode } | undefined)?.def ?? {}
  if (shape) return [shape]
  return [innerType, pipe.in, pipe.out, element, ...(options ?? [])]
    .filter((inner) => inner !== undefined)
    .flatMap(shapesOf)
}

/** The names that an object of the schema knows, at a path inside it. */
function namesAt(schema: unknown, path: readonly string[]): string[] {
  let shapes = shapesOf(schema)
  // An index into an array names no option: the shapes are those of its elements already.
  for (const name of path.filter((part) => !/^\d+$/.test(part))) {
    shapes = shapes.flatMap((shape) => shapesOf(shape[name]))
  }
  return [...new Set(shapes.flatMap(Object.keys))]
}

/** The path of every option of a schema, those of the top first. */
function pathsOf(schema: unknown): string[][] {
  const all: string[][] = []
  let level: { at: string[]; schema: unknown }[] = [{ at: [], schema }]
  while (level.length > 0) {
    level = level.flatMap(({ at, schema: outer }) =>
      shapesOf(outer).flatMap((shape) =>
        Object.entries(shape).map(([name, inner]) => ({ at: [...at, name], schema: inner })),
      ),
    )
    all.push(...level.map(({ at }) => at))
  }
  return all
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  let node = value
  for (const name of path) {
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, name)) return undefined
    node = (node as Record<string, unknown>)[name]
  }
  return node
}

/** A required text among the options of a source; `z.optional` makes one that may be absent. */
export const text = z.custom<string>((value) => typeof value === 'string' && value.trim() !== '', {
  error: 'a string that is not empty',
})
