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
