import * as z from 'zod/mini'
import { causesByGroup } from '../causes/cause'
import { optionsOf, parseOptions, wholeNumber } from '../config/option-shape'
import { Secret } from '../secret'
import { type Policy, type PolicyOverrides, type PolicyPreset, resolvePolicy } from './policy'

/** Options of the health endpoint and its background probe. */
export interface HealthOptions {
  /** Path of the readiness endpoint. Default `/health/deepseek`. */
  path?: string | undefined
  /** Time between probes while all is well, ±10 %. Milliseconds, default 30,000. */
  intervalMs?: number | undefined
  /** Deadline of one probe. Milliseconds, default 5,000. */
  timeoutMs?: number | undefined
  /**
   * Time to the re-check after a first failure, then doubled. Milliseconds, default 2,000. Once
   * down, probes come after half of `intervalMs`, doubling to four times `intervalMs`.
   */
  confirmDelayMs?: number | undefined
  /** Consecutive failures before a verdict turns. Default 3. */
  failureThreshold?: number | undefined
  /** Consecutive successes before traffic is let in. Default 1 before first ready, then 2. */
  successThreshold?: number | undefined
  /** Older evidence is `stale`. Milliseconds, default 300,000, at least twice `intervalMs`. */
  staleAfterMs?: number | undefined
  /** Provider unreachable that long at boot: ready, degraded. Milliseconds, default 60,000. */
  startupDeadlineMs?: number | undefined
  /** Which cause is worth leaving the rotation for. Default `guarded`. */
  policy?: PolicyPreset | PolicyOverrides | undefined
  /** Who sees more than the status. Default `authorized`. */
  details?: 'never' | 'authorized' | 'always' | undefined
  /** Bearer token that unlocks details. Default `DEEPSEEK_GUARD_HEALTH_TOKEN`. */
  token?: string | undefined
  /**
   * What the probe asks. `auto`, the default: `GET /user/balance` at DeepSeek and at what behaves
   * like it on loopback, `GET <base>/models` everywhere else. `balance` and `models` fix it.
   */
  probe?: 'auto' | 'balance' | 'models' | undefined
}

/** Health settings from the environment; options in code win over them. */
interface HealthEnvironment {
  path?: string
  token?: Secret
  policy?: PolicyPreset
}

/** The options with every default in place; read once, at construction. */
export interface ResolvedHealthOptions {
  path: string
  intervalMs: number
  timeoutMs: number
  confirmDelayMs: number
  failureThreshold: number
  /** Counts after the first ready; before it, one success is enough. */
  successThreshold: number
  staleAfterMs: number
  startupDeadlineMs: number
  policy: Policy
  details: 'never' | 'authorized' | 'always'
  token: Secret | undefined
  probe: 'auto' | 'balance' | 'models'
}

const DEFAULTS = {
  path: '/health/deepseek',
  intervalMs: 30_000,
  timeoutMs: 5_000,
  confirmDelayMs: 2_000,
  failureThreshold: 3,
  successThreshold: 2,
  staleAfterMs: 300_000,
  startupDeadlineMs: 60_000,
  details: 'authorized',
  probe: 'auto',
} as const

function policySchema() {
  const preset = z.enum(['guarded', 'fail-open', 'strict'])
  const status = z.enum(['pass', 'warn', 'fail'])
  const phases = optionsOf({ startup: z.optional(status), steady: z.optional(status) })
  const row = z.optional(z.union([status, phases]))
  const rows = [...Object.keys(causesByGroup), 'stale'].map((name) => [name, row] as const)
  const overrides = optionsOf({ ...Object.fromEntries(rows), base: z.optional(preset) })
  return z.union([preset, overrides as unknown as z.ZodMiniType<PolicyOverrides>])
}

const textThat = (accepts: (text: string) => boolean, wants: string) =>
  z.optional(z.string().check(z.refine(accepts, wants)))

/** `health` as part of the guard's options. @internal */
export const healthSchema = optionsOf({
  path: textThat((path) => /^\/[^?#\s]+$/.test(path), 'a path that begins with a slash'),
  intervalMs: wholeNumber(),
  timeoutMs: wholeNumber(),
  confirmDelayMs: wholeNumber(),
  failureThreshold: wholeNumber(),
  successThreshold: wholeNumber(),
  staleAfterMs: wholeNumber(),
  startupDeadlineMs: wholeNumber(),
  policy: z.optional(policySchema()),
  details: z.optional(z.enum(['never', 'authorized', 'always'])),
  token: textThat(
    (token) => token.trim() !== '' && /^[\t\x20-\x7e]*$/.test(token),
    'a token that is not blank and that a header can carry',
  ),
  probe: z.optional(z.enum(['auto', 'balance', 'models'])),
})

/** Puts the defaults into options that were checked already. */
export function fillHealthOptions(
  read: HealthOptions | undefined,
  fromEnvironment: HealthEnvironment = {},
): ResolvedHealthOptions {
  const given = Object.entries(read ?? {}).filter(([, value]) => value !== undefined)
  const rest = Object.assign(Object.create(null), Object.fromEntries(given)) as HealthOptions
  const { policy, token, ...others } = rest
  const { intervalMs = DEFAULTS.intervalMs, staleAfterMs = DEFAULTS.staleAfterMs } = others
  return {
    ...DEFAULTS,
    ...(fromEnvironment.path !== undefined && { path: fromEnvironment.path }),
    ...others,
    // Less, and evidence of a healthy provider would be stale before the next probe is due.
    staleAfterMs: Math.max(staleAfterMs, 2 * intervalMs),
    policy: resolvePolicy(policy ?? fromEnvironment.policy),
    token: token === undefined ? fromEnvironment.token : new Secret(token.trim()),
  }
}

/**
 * Checks the options and puts the defaults in.
 *
 * @throws TypeError when an option is misspelt or has the wrong type.
 */
export function resolveHealthOptions(
  options: HealthOptions | undefined,
  fromEnvironment: HealthEnvironment = {},
): ResolvedHealthOptions {
  const read = parseOptions<HealthOptions>(healthSchema, options, 'health')
  return fillHealthOptions(read, fromEnvironment)
}
