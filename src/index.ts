export type { AccountSnapshot } from './account/account'
export type { AccountOptions } from './account/options'
export type {
  Cause,
  CauseGroup,
  Confidence,
  Diagnosis,
  Finding,
  Fix,
  Origin,
  Severity,
} from './causes/cause'
export { causes } from './causes/table'
export { checkEnv } from './config/load-config'
export type { CheckOptions, CheckResult, ConfigSummary } from './config/settings'
export type { RefreshEvent } from './credentials/credential'
export { type FromEnvOptions, fromEnv } from './credentials/from-env'
export { type FromFileOptions, fromFile } from './credentials/from-file'
export {
  type FromFunctionOptions,
  fromFunction,
  type TokenFunction,
  type TokenLike,
} from './credentials/from-function'
export { type KeyPoolOptions, keyPool } from './credentials/key-pool'
export {
  type ClientCredentialsOptions,
  clientCredentials,
  type TokenExchangeOptions,
  tokenExchange,
} from './credentials/oauth'
export type {
  CredentialInput,
  CredentialSource,
  Token,
  TokenRequest,
} from './credentials/source'
export { diagnose } from './diagnosis/diagnose'
export type { Evidence } from './diagnosis/evidence'
export {
  ConfigError,
  CredentialRejectedError,
  DeepSeekGuardError,
  type DeepSeekGuardErrorCode,
  GuardClosedError,
  ReadyTimeoutError,
  TokenError,
  type TokenErrorOptions,
} from './errors'
export type { GuardClient, GuardEvents, GuardMembers } from './guard/members'
export type { GuardOptions } from './guard/options'
export type { Health } from './health/health-document'
export type { HealthOptions } from './health/health-options'
export type { PolicyOverrides, Status } from './health/policy'
export { sharedGuard } from './middleware/shared'
export { type DeepSeekGuard, deepseekGuard, type UniversalHandler } from './middleware/universal'
export type { Logger } from './observability/log'
export type { GuardMetrics, Measurement } from './observability/measurement'
export type { OutboundOptions } from './outbound/outbound-options'
export { deepseekPrices, type PriceList, type PriceTable, type TokenPrice } from './provider/prices'
export type {
  Batch,
  Entry,
  Group,
  Lease,
  NewRow,
  SharedStore,
  TokenVault,
  Totals,
} from './store/shared-store'
