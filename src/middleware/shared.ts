import { createGuard } from '../guard/guard'
import { type GuardOptions, readGuardOptions } from '../guard/options'
import { type DeepSeekGuard, universalGuard } from './universal'

/**
 * Registered, so that every copy of this module finds the same guard: each chunk of a bundle and
 * each hot reload brings one.
 */
const SHARED = Symbol.for('deepseek-guard.shared')

/** What one copy leaves for the others; they may be of another version, so it is kept small. */
interface Shared {
  readonly guard: DeepSeekGuard
  readonly options: GuardOptions | undefined
  /** Says that other options were given later, which had no effect. */
  warn(names: readonly string[]): void
}

type World = { [SHARED]?: Shared | undefined }

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null || Array.isArray(value)
}

/**
 * True when two options certainly say different things. A hot reload makes new functions and
 * instances of the same source, so those count as the same.
 */
function differ(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return false
  if (isPlain(a) && isPlain(b)) return differingNames(a, b).length > 0
  if (typeof a === 'function' || (typeof a === 'object' && a !== null)) return typeof a !== typeof b
  return true
}

function differingNames(a: Record<string, unknown>, b: Record<string, unknown>): string[] {
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...names].filter((name) => differ(a[name], b[name]))
}

function make(world: World, options: GuardOptions | undefined): DeepSeekGuard {
  const made = createGuard(options)
  const guard = universalGuard(made)
  const shared: Shared = {
    guard,
    options,
    warn(names) {
      const message =
        `sharedGuard() was called again with another value of ${names.join(', ')}; ` +
        'the guard keeps the options of the first call.'
      made.log.emit('warn', 'guard.shared_options', {}, message)
    },
  }
  const { close } = guard
  const leave = (): Promise<void> => {
    if (world[SHARED] === shared) world[SHARED] = undefined
    return close()
  }
  guard.close = leave
  guard[Symbol.asyncDispose] = leave
  world[SHARED] = shared
  return guard
}

/**
 * The one guard of this process, made with the first call: for applications that are built in
 * several chunks or reloaded while they run, such as Next.js. After `close()` the next call makes a
 * new one.
 *
 * @param options As for `deepseekGuard()`. Where they differ from those of the first call, a
 *   warning says so and the first ones stay in force.
 * @throws ConfigError and TypeError as `deepseekGuard()` does.
 * @example export const GET = (request: Request) => sharedGuard().respond(request)
 */
export function sharedGuard(options?: GuardOptions): DeepSeekGuard {
  const world = globalThis as World
  const held = world[SHARED]
  if (!held) return make(world, options)
  const names = options === undefined ? [] : differingNames({ ...held.options }, { ...options })
  if (names.length > 0) {
    readGuardOptions(options)
    held.warn(names)
  }
  return held.guard
}
