import type { z as Zod } from 'zod'
import { causesByGroup } from '../causes/cause'
import { parseOptions, type SchemaKit } from '../config/option-shape'
import { Secret } from '../secret'
import { type Policy, type PolicyOverrides, type PolicyPreset, resolvePolicy } from './policy'

/** Options of the health endpoint and its background probe. */
export interface HealthOptions {
  /** Path of the readiness endpoint. Default `/health/deepseek`. */
  path?: string
  /** Time between probes while all is well, ±10 %. Milliseconds, default 30,000. */
  intervalMs?: number
  /** Deadline of one probe. Milliseconds, default 5,000. */
  timeoutMs?: number
  /**
   * Time to the re-check after a first failure, then doubled. Milliseconds, default 2,000. Once
   * down, probes come after half of `intervalMs`, doubling to four times `intervalMs`.
   */
  confirmDelayMs?: number
  /** Consecutive failures before a verdict turns. Default 3. */
  failureThreshold?: number
  /** Consecutive successes before traffic is let in. Default 1 before first ready, then 2. */
  successThreshold?: number
  /** Older evidence is `stale`. Milliseconds, default 300,000. */
  staleAfterMs?: number
  /** Provider unreachable that long at boot: ready, degraded. Milliseconds, default 60,000. */
  startupDeadlineMs?: number
  /** Which cause is worth leaving the rotation for. Default `guarded`. */
  policy?: PolicyPreset | PolicyOverrides
  /** Who sees more than the status. Default `authorized`. */
  details?: 'never' | 'authorized' | 'always'
  /** Bearer token that unlocks details. Default `DEEPSEEK_GUARD_HEALTH_TOKEN`. */
  token?: string
}

/** Health settings from the environment; options in code win over them. */
export interface HealthEnvironment {
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
} as const

function policySchema(z: SchemaKit) {
  const preset = z.enum(['guarded', 'fail-open', 'strict'])
  const status = z.enum(['pass', 'warn', 'fail'])
  const phases = z.strictObject({ startup: status.optional(), steady: status.optional() })
  const row = z.union([status, phases]).optional()
  const rows = [...Object.keys(causesByGroup), 'stale'].map((name) => [name, row] as const)
  const overrides = z.strictObject({ ...Object.fromEntries(rows), base: preset.optional() })
  return z.union([preset, overrides as unknown as Zod.ZodType<PolicyOverrides>])
}

function schema(z: SchemaKit) {
  const positive = z.int().min(1).optional()
  return z.strictObject({
    path: z
      .string()
      .refine((path) => /^\/[^?#\s]+$/.test(path), 'a path that begins with a slash')
      .optional(),
    intervalMs: positive,
    timeoutMs: positive,
    confirmDelayMs: positive,
    failureThreshold: positive,
    successThreshold: positive,
    staleAfterMs: positive,
    startupDeadlineMs: positive,
    policy: policySchema(z).optional(),
    details: z.enum(['never', 'authorized', 'always']).optional(),
    token: z
      .string()
      .refine((token) => token.trim() !== '', 'a token that is not blank')
      .optional(),
  })
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
  const read = parseOptions<HealthOptions>(schema, options, 'health') ?? {}
  const given = Object.entries(read).filter(([, value]) => value !== undefined)
  const { policy, token, ...rest } = Object.fromEntries(given) as HealthOptions
  return {
    ...DEFAULTS,
    ...(fromEnvironment.path !== undefined && { path: fromEnvironment.path }),
    ...rest,
    policy: resolvePolicy(policy ?? fromEnvironment.policy),
    token: token === undefined ? fromEnvironment.token : new Secret(token),
  }
}
