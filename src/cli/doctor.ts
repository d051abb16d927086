import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Finding } from '../causes/cause'
import { judgeBaseUrl } from '../config/base-url'
import { settingsFiles } from '../config/env-files'
import { loadConfig } from '../config/load-config'
import type { CheckResult, LoadedConfig } from '../config/settings'
import { folderOf, readableEnv } from '../config/snapshot'
import { normalBaseUrl } from '../config/url-text'
import { API } from '../provider/deepseek'
import {
  type CheckStatus,
  EXIT,
  type ExitStatus,
  mergeFindings,
  statusOfFindings,
  toDocument,
  worstStatus,
} from './answer'
import type { DoctorArguments } from './arguments'
import { NETWORK_STEPS, type Subject, visitNetwork } from './network'
import { type Output, renderOutcome, renderStep } from './output'
import { doneStep, type StepResult, skippedStep } from './step'

type Environment = Record<string, string | undefined>

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

function isInstalled(name: string, cwd: string): boolean {
  try {
    return createRequire(join(cwd, 'package.json')).resolve(name) !== ''
  } catch {
    // Not there, or nobody may look: under Node's permission model a read that is denied.
    return false
  }
}

/** Two libraries have two global registries: figures in the one do not show in the other. */
function metricsLibraries(cwd: string): string {
  const names = ['prom-client', '@prometheus-io/client']
  if (!names.every((name) => isInstalled(name, cwd))) return ''
  return (
    ` ${names.join(' and ')} are both installed: write guardMetrics({ registry }) with the ` +
    'registry that you expose.'
  )
}

function environment({ findings }: CheckResult, cwd: string): StepResult {
  const status = statusOf(findings)
  const codes = findings.filter(({ severity }) => severity !== 'info').map(({ code }) => code)
  const found = codes.length > 0 ? `Found: ${codes.join(', ')}.` : 'Nothing is wrong.'
  return doneStep('environment', { status, detail: found + metricsLibraries(cwd) })
}

function envFiles({ findings }: CheckResult, env: Environment, cwd: string): StepResult {
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
function localSteps(result: CheckResult, env: Environment, cwd: string): StepResult[] {
  return [environment(result, cwd), envFiles(result, env, cwd), provenance(result)]
}

type Env = Record<string, string | undefined>

/** How often a person is told what is still being waited for, in milliseconds. */
const REMINDER_MS = 3_000

/** What the way to DeepSeek depends on; a fault in any other variable leaves it testable. */
const ON_THE_WAY = [
  'DEEPSEEK_API_KEY',
  'DEEPSEEK_API_KEY_FILE',
  'DEEPSEEK_BASE_URL',
  'DEEPSEEK_MODEL',
  'DEEPSEEK_GUARD_ORIGINS',
]

/** What can be tested: with the settings, or with a usable part of a wrong environment. */
function subjectOf({ settings }: LoadedConfig, env: Env): Subject | undefined {
  const wayOnly = () => Object.fromEntries(ON_THE_WAY.map((name) => [name, env[name]]))
  const usable = settings ?? loadConfig(wayOnly()).settings
  if (usable) return { baseURL: usable.baseURL, models: usable.models, key: usable.apiKey }
  const text = env.DEEPSEEK_BASE_URL?.trim() || API
  const { url, finding } = judgeBaseUrl(text, 'DEEPSEEK_BASE_URL', [])
  return url && !finding ? { baseURL: normalBaseUrl(url), models: [] } : undefined
}

/** Says now and then which steps are still open; returns the function that ends it. */
function remind(output: Output, open: () => string[]): () => void {
  const timer = setInterval(() => {
    output.err(`  still waiting for ${open().join(', ')}\n`)
  }, REMINDER_MS)
  return () => clearInterval(timer)
}

async function examine(
  config: LoadedConfig,
  env: Env,
  output: Output,
  showBalance: boolean,
): Promise<StepResult[]> {
  const steps: StepResult[] = []
  const note = (step: StepResult): void => {
    steps.push(step)
    output.err(renderStep(step.check, output.color))
  }
  for (const step of localSteps(config, env, folderOf())) note(step)
  const subject = subjectOf(config, env)
  if (!subject) {
    for (const name of NETWORK_STEPS) note(skippedStep(name, 'The base URL is not usable.'))
    return steps
  }
  const open = () => NETWORK_STEPS.filter((name) => !steps.some(({ check }) => check.name === name))
  const settle = remind(output, open)
  await visitNetwork({ ...subject, showBalance }, env, note).finally(settle)
  return steps
}

/** The document's order: as a call travels, whichever step ended first. */
function inOrder(steps: readonly StepResult[]): StepResult[] {
  const order: readonly string[] = NETWORK_STEPS
  const rank = ({ check }: StepResult) => order.indexOf(check.name)
  return [...steps].sort((a, b) => rank(a) - rank(b))
}

/**
 * Tests everything from the environment to the model names, and tells what is bad from what could
 * not be told. Ends within 20 s whatever the network does.
 */
export async function doctor(
  { json, balance = false }: DoctorArguments,
  env: Env,
  output: Output,
): Promise<ExitStatus> {
  const shown = json ? { ...output, err: () => {} } : output
  const config = loadConfig(env)
  shown.err('deepseek-guard doctor (at most 20 s)\n')
  const steps = inOrder(await examine(config, readableEnv(env), shown, balance))
  const findings = mergeFindings(config.findings, steps)
  const own = statusOfFindings(config.findings, 'error')
  const exitCode = worstStatus([own, ...steps.flatMap(({ exit }) => exit ?? [])])
  const checks = steps.map(({ check }) => check)
  const outcome = { ok: exitCode === EXIT.ok, exitCode, findings, checks }
  if (json) output.out(toDocument(outcome))
  shown.err(`\n${renderOutcome(outcome, output.color)}`)
  return exitCode
}
