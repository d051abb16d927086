import { findExposed, printableName } from '../key/names'
import { API, KEYS_PAGE } from '../provider/deepseek'
import { isDeepSeekHost, isLoopbackHost, vendorOfHost } from '../provider/vendors'
import { buildSettings } from './build-settings'
import { readEnvironment } from './environment'
import { findCredential } from './find-credential'
import type { FindingDraft } from './finding-draft'
import { judgeCredential } from './judge-key'
import {
  type CheckOptions,
  type CheckResult,
  type FoundCredential,
  KEY,
  type LoadedConfig,
} from './settings'
import { type EnvironmentSnapshot, takeSnapshot } from './snapshot'
import { type FoundUrl, findBaseUrl, listedOrigins, mismatch } from './url-setting'
import type { EnvironmentValues } from './variables'

/** One error for each variable that hands a key to every visitor's browser. */
function exposedKeys(snapshot: EnvironmentSnapshot, key: string | undefined): FindingDraft[] {
  return findExposed(snapshot.names, snapshot.text, key).map((exposed): FindingDraft => {
    const name = printableName(exposed)
    return {
      code: 'key-exposed-to-client',
      severity: 'error',
      variable: name,
      title: `${name} hands the key to every visitor: its prefix puts it into browser code.`,
      evidence: [`the prefix of ${name}`],
      advice:
        `Remove ${name}, keep the key on the server in ${KEY}, and revoke the exposed key at ` +
        KEYS_PAGE,
      set: 'remove',
      origin: snapshot.originOf(exposed),
    }
  })
}

/** Names that DeepSeek switched off (HTTP 400 since 24 July 2026) or keeps as aliases only. */
const retired: Readonly<Record<string, string>> = {
  'deepseek-chat': 'deepseek-flash',
  'deepseek-reasoner': 'deepseek-v4-pro',
  'deepseek-coder': 'deepseek-flash',
  'deepseek-v4-flash': 'deepseek-flash',
  'deepseek-v4-flash-vision-exp': 'deepseek-flash',
}

/** A warning for each retired name. Only names of this closed list are ever printed. */
function retiredModels(models: readonly string[], variable: string): FindingDraft[] {
  return models.flatMap((model): FindingDraft[] => {
    const next = Object.hasOwn(retired, model) ? retired[model] : undefined
    if (next === undefined) return []
    return [
      {
        code: 'model-retired',
        severity: 'warning',
        variable,
        title: `${variable} names ${model}, which DeepSeek has retired.`,
        evidence: [`${model} is not among the models that DeepSeek lists`],
        advice: `Set ${variable} to ${next}`,
        ...(variable !== 'models' && { set: 'plain' as const, value: next }),
        validAfterFix: true,
        origin: variable === 'models' ? 'option' : 'environment',
      },
    ]
  })
}

export type { CheckOptions, CheckResult, ConfigSummary, LoadedConfig, Settings } from './settings'

/** An environment as `process.env` has it; other values than strings are findings. */
type Env = Record<string, string | undefined>

/** What `checkEnv` takes beside the environment. */
const checkOptionNames = ['cwd', 'credential', 'baseURL', 'models', 'outbound']

/**
 * Checks the environment, `.env*` files and key files; never the network. This one check stands
 * behind `deepseekGuard()`, `check`, `doctor` and `register`. What it returns is frozen and holds
 * no secret.
 *
 * @param env default `process.env`
 * @throws TypeError when it is called as `checkEnv({ env })`; whatever the environment holds is a
 *   finding instead
 */
export function checkEnv(env: Env = process.env, options: CheckOptions = {}): CheckResult {
  refuseWrongCall(env)
  const { ok, findings, config } = loadConfig(env, options)
  return Object.freeze({ ok, findings, ...(config && { config }) })
}

/** The slip of the first hour; it would check an environment with one variable, `env`. */
function refuseWrongCall(env: unknown): void {
  const inner = ownValue(env, 'env')
  if (typeof inner !== 'object' || inner === null) return
  throw new TypeError(
    'checkEnv takes the environment itself: write checkEnv(env), not checkEnv({ env }).',
  )
}

function ownValue(object: unknown, name: string): unknown {
  if (typeof object !== 'object' || object === null) return undefined
  try {
    return Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined
  } catch {
    return undefined
  }
}

/** The same check, with the settings that the guard needs. Never throws. */
export function loadConfig(env: Env = process.env, given: CheckOptions = {}): LoadedConfig {
  const options = ownOptions(given)
  const snapshot = takeSnapshot(env, options.cwd)
  const { values, findings } = readEnvironment(snapshot)
  const isOff = values.guard === 'off'
  const isProduction = snapshot.text('NODE_ENV') === 'production'
  if (isOff && !isProduction) return switchedOff(snapshot, values, options)
  const fromVariable = values.origins ?? []
  const listed = listedOrigins(fromVariable, options.outbound)
  const found = findCredential(snapshot, options.credential)
  const url = findBaseUrl(snapshot, options.baseURL, [...listed.origins, ...fromVariable])
  const credential = judgeCredential(found, contextOf(url, snapshot), snapshot)
  const models = readModels(options.models) ?? values.models ?? []
  const modelVariable = options.models ? 'models' : 'DEEPSEEK_MODEL'
  const drafts: FindingDraft[] = [
    ...credential.findings,
    ...url.findings,
    ...mismatchOf(url, found, options.baseURL, credential.findings),
    ...exposedKeys(snapshot, credential.key),
    ...listed.findings,
    ...findings,
    ...(isOff ? [offInProduction] : []),
    ...(isElsewhere(url) ? [] : retiredModels(models, modelVariable)),
  ]
  return buildSettings(drafts, snapshot, {
    values,
    origins: listed.origins,
    models,
    found,
    key: credential.key,
    repaired: credential.repaired,
    url: url.url,
    off: false,
  })
}

/** Options are own properties only: what was put on `Object.prototype` is none. */
function ownOptions(given: CheckOptions): CheckOptions {
  const own = checkOptionNames.flatMap((name) => {
    const value = ownValue(given, name)
    return value === undefined ? [] : [[name, value]]
  })
  return Object.assign(Object.create(null), Object.fromEntries(own))
}

function contextOf({ url }: FoundUrl, { names }: EnvironmentSnapshot) {
  const host = url?.hostname
  return {
    ownHost: host !== undefined && isDeepSeekHost(host),
    hostVendor: host === undefined ? undefined : vendorOfHost(host),
    names: names.filter((name) => /^[A-Z][A-Z0-9_]{3,}$/.test(name)),
  }
}

/** One root cause a variable: a key that is broken is not foreign, too. */
function mismatchOf(
  url: FoundUrl,
  found: FoundCredential,
  option: unknown,
  told: readonly FindingDraft[],
): FindingDraft[] {
  const broken = told.filter(({ severity }) => severity === 'error')
  return mismatch(url, found, option).filter(
    ({ variable }) => !broken.some((other) => other.variable === variable),
  )
}

/** Code generation, CI and unit tests: nothing is checked, and calls go out with what there is. */
function switchedOff(
  snapshot: EnvironmentSnapshot,
  values: EnvironmentValues,
  options: CheckOptions,
): LoadedConfig {
  const { origins } = listedOrigins(values.origins ?? [], options.outbound)
  const found = findCredential(snapshot, options.credential)
  const { url, findings } = findBaseUrl(snapshot, options.baseURL, origins)
  const isUsable = findings.every(({ severity }) => severity !== 'error')
  return buildSettings([guardOff], snapshot, {
    values,
    origins,
    models: readModels(options.models) ?? values.models ?? [],
    found,
    // A key that was meant for an address that cannot be used goes nowhere.
    key: isUsable ? found.text?.trim() || undefined : undefined,
    repaired: false,
    url: isUsable && url ? url : new URL(API),
    off: true,
  })
}

const guardOff: FindingDraft = {
  code: 'guard-off',
  severity: 'warning',
  variable: 'DEEPSEEK_GUARD',
  title: 'DEEPSEEK_GUARD is off: nothing is checked or probed, and calls go out as they are.',
  evidence: [],
  advice: 'Remove DEEPSEEK_GUARD where the service serves people',
  set: 'remove',
  origin: 'environment',
}

const offInProduction: FindingDraft = {
  code: 'option-invalid',
  severity: 'error',
  variable: 'DEEPSEEK_GUARD',
  title: 'DEEPSEEK_GUARD is off, which is refused where NODE_ENV is production.',
  evidence: ['NODE_ENV: production'],
  advice: 'Remove DEEPSEEK_GUARD, or set it to on',
  set: 'remove',
  origin: 'environment',
}

/** On a sound URL of another host, other models exist. */
function isElsewhere({ url, findings }: FoundUrl): boolean {
  if (!url || findings.some(({ severity }) => severity === 'error')) return false
  return !isDeepSeekHost(url.hostname) && !isLoopbackHost(url.hostname)
}

function readModels(option: unknown): string[] | undefined {
  if (!Array.isArray(option)) return undefined
  return option.filter((model): model is string => typeof model === 'string')
}
