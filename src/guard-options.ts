import type { CredentialInput } from './credentials/credential-source'
import type { HealthOptions } from './health/health-options'
import type { Logger } from './observability/log'
import type { GuardMetrics } from './observability/measurement'
import type { OutboundOptions } from './outbound/outbound-options'

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
