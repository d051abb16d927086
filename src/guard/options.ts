import * as z from 'zod/mini'
import { type AccountOptions, accountSchema } from '../account/options'
import { optionsOf, optionThat, parseOptions } from '../config/option-shape'
import { type CredentialInput, isCredential } from '../credentials/source'
import { type HealthOptions, healthSchema } from '../health/health-options'
import { isLogger, type Logger } from '../observability/events'
import type { GuardMetrics } from '../observability/measurement'
import {
  fillOutboundOptions,
  type OutboundOptions,
  outboundSchema,
  type ResolvedOutboundOptions,
} from '../outbound/outbound-options'
import type { SharedStore } from '../store/shared-store'

/** Options of `deepseekGuard()`. They are read once and never written to. */
export interface GuardOptions {
  /** The environment to read. Default `process.env`. */
  env?: Record<string, string | undefined> | undefined
  /** Wins over `DEEPSEEK_BASE_URL`. Default `https://api.deepseek.com`. */
  baseURL?: string | undefined
  /** A key, a function that gives the current one, or a source. Wins over the environment. */
  credential?: CredentialInput | undefined
  /** Models the application calls; a retired or unlisted one is a warning. */
  models?: string[] | undefined
  /** `false`: no endpoint and no background probe. */
  health?: false | HealthOptions | undefined
  outbound?: OutboundOptions | undefined
  /**
   * pino, winston, `console`, or anything with `info`, `warn` and `error`; a level that is missing
   * falls to the next lower one. Default: a pino logger named `deepseek-guard`. `false`: silence.
   */
  logger?: Logger | false | undefined
  /**
   * What a failed start prints on stderr and into the termination log. Default `true`; `false` for
   * tests that expect the `ConfigError`.
   */
  report?: boolean | undefined
  /** What a fleet of processes shares: `redisStore(client)`. Default: this process's memory. */
  store?: SharedStore | undefined
  /** From `deepseek-guard/metrics`; several as an array. */
  metrics?: GuardMetrics | GuardMetrics[] | undefined
  /** How the account is watched; `false`: not at all. */
  account?: false | AccountOptions | undefined
}

/** The options as the guard uses them: checked, with the defaults of outbound in place. */
export interface ResolvedGuardOptions extends Omit<GuardOptions, 'outbound'> {
  readonly outbound: ResolvedOutboundOptions & { origins: string[] | undefined }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isMetrics(value: unknown): boolean {
  return typeof (value as GuardMetrics | null)?.record === 'function'
}

const storeMethods = [
  'lease',
  'release',
  'read',
  'write',
  'enter',
  'group',
  'leave',
  'add',
  'totals',
] as const

function isStore(value: unknown): boolean {
  const store = Object(value) as Record<string, unknown>
  return storeMethods.every((method) => typeof store[method] === 'function')
}

const shape = {
  env: optionThat<Record<string, string | undefined>>(isObject, 'an object of variables'),
  baseURL: z.optional(z.string()),
  credential: optionThat<CredentialInput>(
    isCredential,
    'a key, a function that gives one, or a source with getToken()',
  ),
  models: z.optional(z.array(z.string())),
  health: z.optional(z.union([z.literal(false), healthSchema])),
  outbound: z.optional(outboundSchema),
  logger: optionThat<Logger | false>(
    (value) => value === false || isLogger(value),
    'false or a logger with info, warn and error',
  ),
  report: z.optional(z.boolean()),
  store: optionThat<SharedStore>(isStore, 'what redisStore() returns, or a store of your own'),
  metrics: optionThat<GuardMetrics | GuardMetrics[]>(
    (value) => [value].flat().every(isMetrics),
    'what guardMetrics() or guardTelemetry() returns, or an array of those',
  ),
  account: z.optional(z.union([z.literal(false), accountSchema])),
}

const schema = optionsOf(shape)

const ABSENT = Object.fromEntries(Object.keys(shape).map((name) => [name, undefined]))

/**
 * Checks the options and reads them once.
 *
 * @throws TypeError when an option is misspelt or has the wrong type.
 */
export function readGuardOptions(options?: GuardOptions): ResolvedGuardOptions {
  const read = parseOptions<GuardOptions>(schema, options ?? {}, '')
  const outbound = fillOutboundOptions(read.outbound)
  // Spread over all names: an option that is absent must not fall through to `Object.prototype`.
  return { ...ABSENT, ...read, outbound: { ...outbound, origins: outbound.origins?.slice() } }
}
