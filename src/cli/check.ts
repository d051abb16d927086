import { loadConfig } from '../config/load-config'
import { renderReport, summaryOf } from '../config/report'
import type { ConfigSummary, LoadedConfig } from '../config/settings'
import { appendToTerminationLog } from '../config/write-report'
import type { CheckArguments } from './arguments'
import { type Outcome, toDocument } from './document'
import { EXIT, type ExitStatus, statusOfFindings, worstStatus } from './exit-status'
import type { Output } from './output'
import type { StepResult } from './step'

type Env = Record<string, string | undefined>

function environmentOf({ envFile }: CheckArguments, env: Env): Env {
  if (envFile === undefined) return env
  const { withEnvFile } = require('./env-file') as typeof import('./env-file')
  return withEnvFile(env, envFile)
}

function outcomeOf(config: LoadedConfig, args: CheckArguments, steps?: StepResult[]): Outcome {
  if (!steps) {
    return { exitCode: statusOfFindings(config.findings, args.failOn), findings: config.findings }
  }
  const { mergeFindings } = require('./finding-of') as typeof import('./finding-of')
  const findings = mergeFindings(config.findings, steps)
  // What the network said has statuses of its own; only warnings and the environment are left.
  const settled = findings.filter(
    (finding) => finding.severity === 'warning' || config.findings.includes(finding),
  )
  const statuses = [
    statusOfFindings(settled, args.failOn),
    ...steps.flatMap(({ exit }) => exit ?? []),
  ]
  return { exitCode: worstStatus(statuses), findings, checks: steps.map(({ check }) => check) }
}

function praise({ baseURL, keyOrigin, keyFingerprint }: ConfigSummary, asked: boolean): string {
  const key = keyFingerprint ? `${keyOrigin}, fingerprint ${keyFingerprint}` : keyOrigin
  const result = asked
    ? 'The configuration is fine and DeepSeek accepts it'
    : 'The configuration is fine'
  return `deepseek-guard: ${result} (${key}; ${new URL(baseURL).host}).\n`
}

function print(outcome: Outcome, config: LoadedConfig, output: Output): void {
  const { exitCode, findings, checks } = outcome
  if (checks) {
    const { renderStep } = require('./render') as typeof import('./render')
    for (const step of checks) output.err(renderStep(step, output.color))
  }
  output.err(renderReport(findings, { color: output.color }))
  if (exitCode === EXIT.ok) {
    const proven = checks?.every(({ status }) => status === 'ok' || status === 'skipped')
    if (config.config) output.err(praise(config.config, proven ?? false))
  } else if (checks) {
    const { renderVerdict } = require('./render') as typeof import('./render')
    output.err(renderVerdict(exitCode, output.color))
  }
}

/**
 * Checks the environment, and with `--online` the credential too. A failure is also appended to
 * the termination log, if there is one.
 * @throws UsageError when the file of `--env-file` cannot be read.
 */
export async function check(args: CheckArguments, env: Env, output: Output): Promise<ExitStatus> {
  const seen = environmentOf(args, env)
  const config = loadConfig(seen)
  let steps: StepResult[] | undefined
  if (args.online) {
    const { onlineSteps } = require('./online') as typeof import('./online')
    steps = await onlineSteps(config.settings, seen)
  }
  const outcome = outcomeOf(config, args, steps)
  if (args.json) output.out(toDocument(outcome))
  else print(outcome, config, output)
  const { exitCode, findings } = outcome
  if (exitCode !== EXIT.ok) {
    appendToTerminationLog(config.terminationLog, renderReport(findings), summaryOf(findings))
  }
  return exitCode
}
