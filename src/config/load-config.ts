import { findExposed, printableName } from '../key/names'
import { isDeepSeekHost, isLoopbackHost, vendorOfHost } from '../provider/vendors'
import { conclude } from './build-settings'
import { type EnvironmentDefect, readEnvironment } from './environment'
import { findCredential } from './find-credential'
import { judgeCredential } from './judge-key'
import type { Problem } from './problem'
import { type CheckOptions, type CheckResult, KEY, type LoadedConfig } from './settings'
import { type Situation, situationOf } from './snapshot'
import { type FoundUrl, findBaseUrl, foreignHost, listedOrigins } from './url-setting'

/** One error for each variable that hands a key to every visitor's browser. */
export function exposedKeys(situation: Situation, key: string | undefined): Problem[] {
  return findExposed(situation.names, situation.text, key).map((exposed): Problem => {
    const name = printableName(exposed)
    return {
      code: 'key-exposed-to-client',
      severity: 'error',
      variable: name,
      title: `${name} hands the key to every visitor: its prefix puts it into browser code.`,
      evidence: [`the prefix of ${name}`],
      advice:
        `Remove ${name}, keep the key on the server in ${KEY}, and revoke the exposed key at ` +
        'https://platform.deepseek.com/api_keys',
      set: 'remove',
      origin: situation.originOf(exposed),
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
export function retiredModels(models: readonly string[], variable: string): Problem[] {
  return models.flatMap((model): Problem[] => {
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
        validAfterFix: true,
        origin: variable === 'models' ? 'option' : 'environment',
      },
    ]
  })
}

export type { CheckOptions, CheckResult, ConfigSummary, LoadedConfig, Settings } from './settings'

/** An environment as `process.env` has it; other values than strings are findings. */
type Env = Record<string, string | undefined>

/**
 * Checks the environment, `.env*` files and key files; never the network. This one check stands
 * behind `deepseekGuard()`, `check`, `doctor` and `register`. Never throws; what it returns is
 * frozen and holds no secret.
 *
 * @param env default `process.env`
 */
export function checkEnv(env: Env = process.env, options: CheckOptions = {}): CheckResult {
  const { ok, findings, config } = loadConfig(env, options)
  return Object.freeze({ ok, findings, ...(config && { config }) })
}

/** The same check, with the settings that the guard needs. */
export function loadConfig(env: Env = process.env, options: CheckOptions = {}): LoadedConfig {
  const situation = situationOf(env, options.cwd)
  const { values, defects } = readEnvironment((name) => situation.text(name))
  const listed = listedOrigins(values.origins, options.outbound)
  const found = findCredential(situation, options.credential)
  const url = findBaseUrl(situation, options.baseURL, [...listed.origins, ...values.origins])
  const host = url.url?.hostname
  const context = {
    ownHost: host !== undefined && isDeepSeekHost(host),
    hostVendor: host === undefined ? undefined : vendorOfHost(host),
    names: situation.names.filter((name) => /^[A-Z][A-Z0-9_]{3,}$/.test(name)),
  }
  const credential = judgeCredential(found, context, situation)
  const foreign = foreignHost(url, found.text?.trim() ?? '', options.baseURL)
  const models = readModels(options.models) ?? values.models
  const problems: Problem[] = [
    ...credential.problems,
    ...(foreign.length > 0 ? foreign : url.problems),
    ...exposedKeys(situation, credential.key),
    ...listed.problems,
    ...defects.map((defect) => badSetting(defect, situation)),
    ...(isElsewhere(url)
      ? []
      : retiredModels(models, options.models ? 'models' : 'DEEPSEEK_MODEL')),
  ]
  return conclude(problems, situation, {
    ...values,
    origins: listed.origins,
    models,
    found,
    credential,
    url: url.url,
  })
}

/** On a sound URL of another host, other models exist. */
function isElsewhere({ url, problems }: FoundUrl): boolean {
  if (!url || problems.some(({ severity }) => severity === 'error')) return false
  return !isDeepSeekHost(url.hostname) && !isLoopbackHost(url.hostname)
}

function badSetting({ variable, what, advice }: EnvironmentDefect, situation: Situation): Problem {
  return {
    code: 'option-invalid',
    severity: 'error',
    variable,
    title: `${variable} ${what}.`,
    evidence: [`${situation.text(variable).length} characters`],
    advice,
    set: 'plain',
    origin: situation.originOf(variable),
  }
}

function readModels(option: unknown): string[] | undefined {
  if (!Array.isArray(option)) return undefined
  return option.filter((model): model is string => typeof model === 'string')
}
