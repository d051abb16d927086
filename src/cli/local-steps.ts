import { settingsFiles } from '../config/env-files'
import type { CheckResult } from '../config/settings'
import type { Finding } from '../diagnosis/finding'
import type { CheckStatus } from './document'
import { doneStep, type StepResult } from './step'

type Env = Record<string, string | undefined>

const ORIGINS: Record<NonNullable<Finding['origin']>, string> = {
  environment: 'the environment of the process',
  'env-file': 'a .env file',
  file: 'the key file',
  option: 'an option in code',
  'set-after-start': 'the process itself, after its start',
}

function statusOf(findings: readonly Finding[]): CheckStatus {
  if (findings.some(({ severity }) => severity === 'error')) return 'error'
  return findings.some(({ severity }) => severity === 'warning') ? 'warning' : 'ok'
}

function environment({ findings }: CheckResult): StepResult {
  const status = statusOf(findings)
  const codes = findings.filter(({ severity }) => severity !== 'info').map(({ code }) => code)
  const detail = codes.length > 0 ? `Found: ${codes.join(', ')}.` : 'Nothing is wrong.'
  return doneStep('environment', { status, detail })
}

function envFiles({ findings }: CheckResult, env: Env, cwd: string): StepResult {
  const files = settingsFiles(cwd, env.NODE_ENV)
  const telling = findings.filter(
    ({ code, origin }) =>
      origin === 'env-file' || code === 'env-not-loaded' || code === 'env-shadowed',
  )
  const described = files.map(({ label, entries }) => {
    const holds = entries.has('DEEPSEEK_API_KEY') || entries.has('DEEPSEEK_API_KEY_FILE')
    return `${label} ${holds ? 'names a DeepSeek key' : 'names no DeepSeek key'}`
  })
  const detail = described.length > 0 ? `${described.join('; ')}.` : 'There is no .env file here.'
  return doneStep('env-files', { status: statusOf(telling), detail })
}

function provenance({ config, findings }: CheckResult): StepResult {
  if (config) {
    const id = config.keyFingerprint ? ` (fingerprint ${config.keyFingerprint})` : ''
    return doneStep('provenance', { status: 'ok', detail: `The key is ${config.keyOrigin}${id}.` })
  }
  const told = findings.filter(({ origin, variable }) => origin && variable)
  if (told.length === 0) {
    return doneStep('provenance', { status: 'unknown', detail: 'There is no usable key.' })
  }
  const places = told.map(
    ({ variable, origin }) => `${variable} comes from ${ORIGINS[origin ?? 'environment']}`,
  )
  return doneStep('provenance', { status: 'ok', detail: `${[...new Set(places)].join('; ')}.` })
}

/** What can be told without the network. */
export function localSteps(result: CheckResult, env: Env, cwd: string): StepResult[] {
  return [environment(result), envFiles(result, env, cwd), provenance(result)]
}
