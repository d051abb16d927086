import type { ZodType } from 'zod'
import { parseOptions, type SchemaKit } from '../config/option-shape'
import type { CredentialInput, CredentialSource } from '../credentials/source'
import type { HealthOptions } from '../health/health-options'
import type { Logger } from '../observability/log'
import type { GuardMetrics } from '../observability/measurement'
import {
  type OutboundOptions,
  type ResolvedOutboundOptions,
  resolveOutboundOptions,
} from '../outbound/outbound-options'

/** Options of `deepseekGuard()`. They are read once and never written to. */
export interface GuardOptions {
  /** The environment to read. Default `process.env`. */
  env?: Record<string, string | undefined>
  /** Wins over `DEEPSEEK_BASE_URL`. Default `https://api.deepseek.com`. */
  baseURL?: string
  /** A key, a function that gives the current one, or a source. Wins over the environment. */
  credential?: CredentialInput
  /** Models the application calls; a retired or unlisted one is a warning. */
  models?: string[]
  /** `false`: no endpoint and no background probe. */
  health?: false | HealthOptions
  outbound?: OutboundOptions
  /** Default: a pino logger named `deepseek-guard`. `false`: silence. */
  logger?: Logger | false
  /** From `deepseek-guard/metrics`; several as an array. */
  metrics?: GuardMetrics | GuardMetrics[]
}

/** The options as the guard uses them: checked, with the defaults of outbound in place. */
export interface ResolvedGuardOptions extends Omit<GuardOptions, 'outbound'> {
  readonly outbound: ResolvedOutboundOptions & { origins: string[] | undefined }
}

const loggerMethods = ['child', 'debug', 'info', 'warn', 'error', 'fatal'] as const

function isLogger(value: unknown): boolean {
  const logger = value as Record<string, unknown> | null
  return (
    typeof value === 'object' &&
    loggerMethods.every((method) => typeof logger?.[method] === 'function')
  )
}

function isCredential(value: unknown): boolean {
  if (typeof value === 'string' || typeof value === 'function') return true
  return typeof (value as CredentialSource | null)?.getToken === 'function'
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isMetrics(value: unknown): boolean {
  return typeof (value as GuardMetrics | null)?.record === 'function'
}

/** The top level only: health and outbound check what is theirs. */
const schema = (z: SchemaKit): ZodType<GuardOptions> => {
  const must = <T>(accepts: (value: unknown) => boolean, wants: string) =>
    z.custom<T>(accepts, { message: wants }).optional()
  return z.strictObject({
    env: must<Record<string, string | undefined>>(isObject, 'an object of variables'),
    baseURL: z.string().optional(),
    credential: must<CredentialInput>(
      isCredential,
      'a key, a function that gives one, or a source with getToken()',
    ),
    models: z.array(z.string()).optional(),
    health: must<false | HealthOptions>(
      (value) => value === false || isObject(value),
      'false or an object',
    ),
    outbound: must<OutboundOptions>(isObject, 'an object'),
    logger: must<Logger | false>(
      (value) => value === false || isLogger(value),
      `false or a logger with ${loggerMethods.join(', ')}`,
    ),
    metrics: must<GuardMetrics | GuardMetrics[]>(
      (value) => [value].flat().every(isMetrics),
      'what guardMetrics() or guardTelemetry() returns, or an array of those',
    ),
  })
}

/**
 * Checks the options and reads them once.
 *
 * @throws TypeError when an option is misspelt or has the wrong type.
 */
export function readGuardOptions(options?: GuardOptions): ResolvedGuardOptions {
  parseOptions(schema, options, '')
  const { outbound, ...rest } = options ?? {}
  const resolved = resolveOutboundOptions(outbound)
  return { ...rest, outbound: { ...resolved, origins: resolved.origins?.slice() } }
}
