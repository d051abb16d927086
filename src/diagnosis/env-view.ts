import { keysOf, prop, text } from './read'

/** The process's variables, read only as far as a rule asks. */
export interface EnvView {
  /** True when somebody gave an environment, even an empty one. */
  given: boolean
  get(name: string): string | undefined
  /** All variables, at most two thousand; listing a huge object is slow, so it waits. */
  all(): readonly (readonly [name: string, value: string])[]
}

/** Enough for any process; a hostile one is not read further. */
const MAX_VARIABLES = 2000
const MAX_VALUE = 8192

/** A view of anything given as environment; arrays and other strangers have no variables. */
export function viewEnv(value: unknown): EnvView {
  let listed: (readonly [string, string])[] | undefined
  const isBag = value !== null && typeof value === 'object' && !Array.isArray(value)
  const get = (name: string): string | undefined =>
    isBag && isOwn(value, name) ? text(prop(value, name), MAX_VALUE) : undefined
  return {
    given: value !== undefined,
    get,
    all() {
      listed ??= (isBag ? keysOf(value, MAX_VARIABLES) : []).flatMap((name) => {
        const item = get(name)
        return item === undefined ? [] : [[name, item] as const]
      })
      return listed
    },
  }
}

/** `constructor` is no variable; a Proxy may refuse to say. */
function isOwn(value: object, name: string): boolean {
  try {
    return Object.hasOwn(value, name)
  } catch {
    return false
  }
}
