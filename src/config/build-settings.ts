import type { Finding } from '../causes/cause'
import { Secret } from '../secret'
import type { FindingDraft } from './finding-draft'
import { findingOf, withSeverity, worstFirst } from './finding-draft'
import type { ConfigSummary, FoundCredential, LoadedConfig, Settings } from './settings'
import type { EnvironmentSnapshot } from './snapshot'
import { safeOrigins } from './url-setting'
import { normalBaseUrl } from './url-text'
import { type EnvironmentValues, variables } from './variables'

/** Everything that was read, before it becomes settings. */
interface ReadConfig {
  readonly values: EnvironmentValues
  readonly origins: readonly string[]
  readonly models: readonly string[]
  readonly found: FoundCredential
  /** The key as it is sent; absent when it cannot be used, or comes at run time. A secret. */
  readonly key: string | undefined
  readonly repaired: boolean
  readonly url: URL | undefined
  readonly off: boolean
}

/** Findings for people, and settings for the guard when no error stands in the way. */
export function buildSettings(
  drafts: readonly FindingDraft[],
  snapshot: EnvironmentSnapshot,
  read: ReadConfig,
): LoadedConfig {
  const building = snapshot.text('NEXT_PHASE') === 'phase-production-build'
  const { errors, findings } = findingsOf(drafts, snapshot, building)
  const terminationLog =
    read.values.terminationLog ?? variables.DEEPSEEK_GUARD_TERMINATION_LOG.default
  const result = {
    ok: building || errors.length === 0,
    findings: Object.freeze(findings),
    terminationLog,
  }
  if (errors.length > 0 || !read.url) {
    return Object.freeze({ ...result, ...(building && { deferred: Object.freeze(errors) }) })
  }
  const settings = settingsOf(read, read.url, snapshot, { building, terminationLog })
  return Object.freeze({ ...result, settings, config: summaryOf(settings, read) })
}

/** The errors, and all findings as they are shown; a good start asks nobody where it runs. */
function findingsOf(
  drafts: readonly FindingDraft[],
  snapshot: EnvironmentSnapshot,
  building: boolean,
) {
  if (drafts.length === 0) return { errors: [], findings: [] }
  const all = worstFirst(drafts.map((draft) => findingOf(draft, snapshot.place())))
  const errors = all.filter(({ severity }) => severity === 'error')
  const shown = (finding: Finding): Finding =>
    building && finding.severity === 'error' ? withSeverity(finding, 'warning') : finding
  return { errors, findings: all.map(shown) }
}

function settingsOf(
  { values, found, key, models, origins, off }: ReadConfig,
  url: URL,
  snapshot: EnvironmentSnapshot,
  rest: Pick<Settings, 'building' | 'terminationLog'>,
): Settings {
  const { guard, ...settings } = values
  return Object.freeze({
    ...settings,
    ...rest,
    baseURL: normalBaseUrl(url),
    credential: Object.freeze({ ...found.origin }),
    ...(key !== undefined && { apiKey: new Secret(key) }),
    models: Object.freeze([...models]),
    origins: Object.freeze(safeOrigins(url, origins)),
    production: snapshot.text('NODE_ENV') === 'production',
    off,
    files: Object.freeze(
      snapshot
        .files()
        .map(({ label, entries }) =>
          Object.freeze({ path: label, names: Object.freeze([...entries.keys()]) }),
        ),
    ),
  })
}

function summaryOf(settings: Settings, { found, repaired }: ReadConfig): ConfigSummary {
  return Object.freeze({
    baseURL: settings.baseURL,
    keyOrigin: found.origin.kind === 'option' ? 'option' : found.variable,
    ...(settings.apiKey && { keyFingerprint: settings.apiKey.id }),
    models: settings.models,
    repaired,
  })
}
