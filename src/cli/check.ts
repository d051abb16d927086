import { loadConfig } from '../config/load-config'
import { appendToTerminationLog, renderReport, summaryOf } from '../config/report'
import type { LoadedConfig } from '../config/settings'
import { readableEnv } from '../config/snapshot'
import {
  EXIT,
  type ExitStatus,
  mergeFindings,
  type Outcome,
  statusOfFindings,
  toDocument,
  worstStatus,
} from './answer'
import type { CheckArguments } from './arguments'
import { withEnvFile } from './arguments'
import type { Output } from './output'
import { renderOutcome, renderStep, verdictOf } from './output'
import type { StepResult } from './step'

type Env = Record<string, string | undefined>
type Severity = CheckArguments['failOn']

function environmentOf({ envFile }: CheckArguments, env: Env): Env {
  if (envFile === undefined) return env
  return withEnvFile(env, envFile)
}

function onlineOutcome({ findings }: LoadedConfig, failOn: Severity, steps: StepResult[]): Outcome {
  const all = mergeFindings(findings, steps)
  // Errors of the network have statuses of their own.
  const settled = all.filter((each) => each.severity === 'warning' || findings.includes(each))
  const statuses = steps.flatMap(({ exit }) => exit ?? [])
  const statusFor = (severity: Severity): ExitStatus =>
    worstStatus([statusOfFindings(settled, severity), ...statuses])
  const checks = steps.map(({ check }) => check)
  const ok = statusFor('error') === EXIT.ok
  return { ok, exitCode: statusFor(failOn), findings: all, checks }
}

async function examine(config: LoadedConfig, args: CheckArguments, env: Env): Promise<Outcome> {
  const { findings, ok } = config
  if (!args.online) return { ok, exitCode: statusOfFindings(findings, args.failOn), findings }
  const { onlineSteps } = await import('./network.js')
  return onlineOutcome(config, args.failOn, await onlineSteps(config.settings, readableEnv(env)))
}

/** Names the variable, never a value: not even the host of the base URL. */
function closingLine({ config, findings }: LoadedConfig): string {
  if (!config) return ''
  const { keyOrigin, keyFingerprint } = config
  const key = keyFingerprint ? `${keyOrigin}, fingerprint ${keyFingerprint}` : keyOrigin
  return findings.length === 0
    ? `deepseek-guard: The configuration is fine (${key}).\n`
    : `deepseek-guard: The key comes from ${key}.\n`
}

/** What a failure, or a finding, is told with: on stderr, and in the termination log. */
function render(outcome: Outcome, color: boolean): { text: string; last: string } {
  const { checks, findings } = outcome
  if (!checks) return { text: renderReport(findings, { color }), last: summaryOf(findings) }
  const steps = checks.map((step) => renderStep(step, color)).join('')
  return { text: `${steps}\n${renderOutcome(outcome, color)}`, last: verdictOf(outcome) }
}

function print(outcome: Outcome, loaded: LoadedConfig, output: Output): void {
  const { exitCode, findings, checks } = outcome
  if (findings.length > 0 || checks) output.err(render(outcome, output.color).text)
  if (exitCode === EXIT.ok && !checks) output.err(closingLine(loaded))
  if (exitCode === EXIT.config && findings.every(({ severity }) => severity !== 'error')) {
    output.err('deepseek-guard: --fail-on warning makes this a failure (exit status 78).\n')
  }
}

function writeTerminationLog(outcome: Outcome, { terminationLog }: LoadedConfig): void {
  const { text, last } = render(outcome, false)
  appendToTerminationLog(terminationLog, text, last)
}

/**
 * Checks the environment, and with `--online` the credential too. A failure is also appended to
 * the termination log, if there is one.
 * @throws UsageError when the file of `--env-file` cannot be read.
 */
export async function check(args: CheckArguments, env: Env, output: Output): Promise<ExitStatus> {
  const seen = environmentOf(args, env)
  const config = loadConfig(seen)
  const outcome = await examine(config, args, seen)
  if (args.json) {
    output.out(toDocument(outcome))
  } else {
    print(outcome, config, output)
  }
  if (outcome.exitCode !== EXIT.ok) writeTerminationLog(outcome, config)
  return outcome.exitCode
}
