import type { z as Zod, ZodError, ZodType } from 'zod'
import { nearestOf, printableName } from '../key/names'

/** What a check gives for a value that it does not take. */
export const REFUSED = Symbol('refused')

/** One check; `read` gives the value, a copy where it is an array or an object. */
class Check {
  readonly read: (value: unknown) => unknown

  constructor(read: (value: unknown) => unknown) {
    this.read = read
  }

  optional(): Check {
    return new Check((value) => (value === undefined ? undefined : this.read(value)))
  }

  refine(accepts: (value: never) => boolean): Check {
    return new Check((value) => {
      const read = this.read(value)
      return read !== REFUSED && accepts(read as never) ? read : REFUSED
    })
  }

  min(least: number): Check {
    return this.refine((value: number) => value >= least)
  }
}

const when = (accepts: (value: unknown) => boolean): Check =>
  new Check((value) => (accepts(value) ? value : REFUSED))

function readArray(item: Check, value: unknown): unknown {
  if (!Array.isArray(value)) return REFUSED
  const copy = Array.from(value, (one) => item.read(one))
  return copy.includes(REFUSED) ? REFUSED : copy
}

/** A literal, or what looks like one; zod judges the rest. */
function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function readObject(shape: Readonly<Record<string, Check>>, value: unknown): unknown {
  if (!isPlain(value)) return REFUSED
  if (!Object.keys(value).every((name) => Object.hasOwn(shape, name))) return REFUSED
  const copy: Record<string, unknown> = {}
  for (const [name, check] of Object.entries(shape)) {
    const read = check.read(value[name])
    if (read === REFUSED) return REFUSED
    if (name in value) copy[name] = read
  }
  return copy
}

function readUnion(checks: readonly Check[], value: unknown): unknown {
  for (const check of checks) {
    const read = check.read(value)
    if (read !== REFUSED) return read
  }
  return REFUSED
}

/**
 * The words of zod that the schemas of options use, as far as "all is well" goes: zod takes longer
 * to load than all the rest of a start, and nearly every option is right. Whatever is refused here
 * is zod's to judge and to explain.
 */
export const quickKit = {
  string: () => when((value) => typeof value === 'string'),
  int: () => when(Number.isSafeInteger),
  enum: (words: readonly unknown[]) => when((value) => words.includes(value)),
  literal: (one: unknown) => when((value) => value === one),
  custom: (accepts: (value: unknown) => boolean) => when(accepts),
  array: (item: Check) => new Check((value) => readArray(item, value)),
  union: (checks: readonly Check[]) => new Check((value) => readUnion(checks, value)),
  strictObject: (shape: Readonly<Record<string, Check>>) =>
    new Check((value) => readObject(shape, value)),
}

/**
 * zod itself, handed to the schema so that nobody imports it at the top of a file; only the words
 * that the quick look knows, too.
 */
export type SchemaKit = Pick<typeof Zod, keyof typeof quickKit>

/** A schema made of the quick kit. */
interface QuickSchema {
  read(value: unknown): unknown
}

/** What zod says about one fault, as far as it is read here. Values are never read. */
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
  function: 'a function',
}

/**
 * Checks options given in code; `undefined` comes back as it is. zod is loaded only for those that
 * a quick look does not take. Objects in the schema should be strict (`z.strictObject`), then a
 * misspelt name is answered with the nearest right one.
 *
 * ```ts
 * parseOptions((z) => z.strictObject({ pollMs: z.int().min(1).optional() }), options, 'fromFile')
 * ```
 *
 * @param where what the message names in front of the option's path; '' for the guard's own options
 * @throws TypeError that names the option and what it must be; never the value
 */
export function parseOptions<T>(schema: (z: SchemaKit) => ZodType<T>, value: T, where: string): T
export function parseOptions<T>(
  schema: (z: SchemaKit) => ZodType<T>,
  value: T | undefined,
  where: string,
): T | undefined
export function parseOptions<T>(
  schema: (z: SchemaKit) => ZodType<T>,
  value: T | undefined,
  where: string,
): T | undefined {
  if (value === undefined) return undefined
  const quick = schema(quickKit as unknown as SchemaKit) as unknown as QuickSchema
  const taken = quick.read(value)
  if (taken !== REFUSED) return taken as T
  const { z } = require('zod') as { z: SchemaKit }
  const shape = schema(z)
  const read = shape.safeParse(value)
  if (read.success) return read.data
  throw new TypeError(messageOf(read.error, shape, value, where))
}

function messageOf(error: ZodError, shape: ZodType, value: unknown, where: string): string {
  const issues = error.issues.map((issue) => innermost(issue as Issue))
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]
  if (!issue) return `The options of ${where} cannot be read.`
  const path = issue.path.map(String)
  if (issue.code !== 'unrecognized_keys') {
    return `Option ${nameOf(where, path)} must be ${wanted(issue)}.`
  }
  const [key = ''] = issue.keys ?? []
  const known = namesAt(shape, path)
  const meant = nearestOf(
    key,
    known.filter((name) => !isGiven(value, [...path, name])),
  )
  const name = nameOf(where, [...path, printableName(key)])
  return meant
    ? `Option ${name} is unknown. Did you mean ${nameOf(where, [...path, meant])}?`
    : `Option ${name} is unknown. Known are ${known.join(', ')}.`
}

function nameOf(where: string, path: readonly string[]): string {
  return [where, ...path].filter((part) => part !== '').join('.') || 'options'
}

/** The fault inside a union that says most: a misspelt name, else the one that lies deepest. */
function innermost(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue
  const branches = (issue.errors ?? []).flat().map(innermost)
  const misspelt = branches.find(({ code }) => code === 'unrecognized_keys')
  const deepest = [...branches].sort((a, b) => b.path.length - a.path.length)[0]
  const inner = misspelt ?? (deepest && deepest.path.length > 0 ? deepest : undefined)
  return inner ? { ...inner, path: [...issue.path, ...inner.path] } : issue
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

/** The names that an object of the schema knows, at a path inside it. */
function namesAt(shape: unknown, path: readonly string[]): string[] {
  const def = (shape as { def?: SchemaNode } | undefined)?.def
  if (!def) return []
  if (def.innerType) return namesAt(def.innerType, path)
  if (def.options) return [...new Set(def.options.flatMap((option) => namesAt(option, path)))]
  const [first, ...rest] = path
  if (def.element) return namesAt(def.element, rest)
  if (!def.shape) return []
  return first === undefined ? Object.keys(def.shape) : namesAt(def.shape[first], rest)
}

function isGiven(value: unknown, path: readonly string[]): boolean {
  let node = value
  for (const name of path) {
    if (typeof node !== 'object' || node === null) return false
    node = (node as Record<string, unknown>)[name]
  }
  return node !== undefined
}
