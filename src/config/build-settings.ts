import type { Finding } from '../causes/cause'
import { Secret } from '../secret'
import { normalBaseUrl } from './base-url'
import type { EnvironmentValues } from './environment'
import type { JudgedCredential } from './judge-key'
import type { Problem } from './problem'
import { findingOf, withSeverity, worstFirst } from './problem'
import type { ConfigSummary, FoundCredential, LoadedConfig, Settings } from './settings'
import type { Situation } from './snapshot'
import { safeOrigins } from './url-setting'

/** Everything that was read, before it becomes settings. */
export interface ReadConfig extends EnvironmentValues {
  readonly found: FoundCredential
  readonly credential: JudgedCredential
  readonly url: URL | undefined
}

/** Findings for people, and settings for the guard when no error stands in the way. */
export function conclude(
  problems: readonly Problem[],
  situation: Situation,
  read: ReadConfig,
): LoadedConfig {
  const building = situation.text('NEXT_PHASE') === 'phase-production-build'
  const { errors, findings } = findingsOf(problems, situation, building)
  const { terminationLog } = read
  const result = {
    ok: building || errors.length === 0,
    findings: Object.freeze(findings),
    terminationLog,
  }
  if (errors.length > 0 || !read.url) {
    return Object.freeze({ ...result, ...(building && { deferred: Object.freeze(errors) }) })
  }
  const settings = settingsOf(read, read.url, situation, building)
  return Object.freeze({ ...result, settings, config: summaryOf(settings, read) })
}

/** The errors, and all findings as they are shown; a good start does not load their words. */
function findingsOf(problems: readonly Problem[], situation: Situation, building: boolean) {
  if (problems.length === 0) return { errors: [], findings: [] }
  const all = worstFirst(problems.map((problem) => findingOf(problem, situation.platform())))
  const errors = all.filter(({ severity }) => severity === 'error')
  const shown = (finding: Finding): Finding =>
    building && finding.severity === 'error' ? withSeverity(finding, 'warning') : finding
  return { errors, findings: all.map(shown) }
}

function settingsOf(read: ReadConfig, url: URL, situation: Situation, building: boolean): Settings {
  const { found, credential, healthToken, storeSecret } = read
  return Object.freeze({
    baseURL: normalBaseUrl(url),
    credential: Object.freeze({ ...found.origin }),
    ...(credential.key !== undefined && { apiKey: new Secret(credential.key) }),
    models: Object.freeze([...read.models]),
    origins: Object.freeze(safeOrigins(url, read.origins)),
    ...(read.healthPath !== undefined && { healthPath: read.healthPath }),
    ...(healthToken !== undefined && { healthToken: new Secret(healthToken) }),
    ...(read.policy !== undefined && { policy: read.policy }),
    ...(read.logLevel !== undefined && { logLevel: read.logLevel }),
    ...(storeSecret !== undefined && { storeSecret: new Secret(storeSecret) }),
    terminationLog: read.terminationLog,
    production: situation.text('NODE_ENV') === 'production',
    building,
    files: Object.freeze(
      situation
        .files()
        .map(({ label, entries }) =>
          Object.freeze({ path: label, names: Object.freeze([...entries.keys()]) }),
        ),
    ),
  })
}

function summaryOf(settings: Settings, { found, credential }: ReadConfig): ConfigSummary {
  return Object.freeze({
    baseURL: settings.baseURL,
    keyOrigin: found.origin.kind === 'option' ? 'option' : found.variable,
    ...(settings.apiKey && { keyFingerprint: settings.apiKey.id }),
    models: settings.models,
    repaired: credential.repaired,
  })
}
