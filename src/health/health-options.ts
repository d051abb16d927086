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

/**
 * Checks the options and puts the defaults in.
 *
 * @throws TypeError when an option is misspelt or has the wrong type.
 */
export function resolveHealthOptions(
  options: HealthOptions = {},
  fromEnv: HealthEnvironment = {},
): ResolvedHealthOptions {
  const given = Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as HealthOptions
  const { policy = fromEnv.policy, token, ...rest } = given
  return {
    ...DEFAULTS,
    ...(fromEnv.path !== undefined && { path: fromEnv.path }),
    ...rest,
    policy: resolvePolicy(policy),
    token: token === undefined ? fromEnv.token : new Secret(token),
  }
}
