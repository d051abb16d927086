import { DEFAULT_BASE_URL, judgeBaseUrl, normalBaseUrl } from '../config/base-url'
import { loadConfig } from '../config/load-config'
import type { LoadedConfig } from '../config/settings'
import { toDocument } from './document'
import { type ExitStatus, statusOfFindings, worstStatus } from './exit-status'
import { mergeFindings } from './finding-of'
import { localSteps } from './local-steps'
import { NETWORK_STEPS, type Subject, visitNetwork } from './network-visit'
import type { Output } from './output'
import { renderOutcome, renderStep } from './render'
import { type StepResult, skippedStep } from './step'

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
  const { url, defect } = judgeBaseUrl(env.DEEPSEEK_BASE_URL?.trim() || DEFAULT_BASE_URL, [])
  return url && !defect ? { baseURL: normalBaseUrl(url), models: [] } : undefined
}

/** Says now and then which steps are still open; returns the function that ends it. */
function remind(output: Output, open: () => string[]): () => void {
  const timer = setInterval(() => {
    output.err(`  still waiting for ${open().join(', ')}\n`)
  }, REMINDER_MS)
  return () => clearInterval(timer)
}

async function examine(config: LoadedConfig, env: Env, output: Output): Promise<StepResult[]> {
  const steps: StepResult[] = []
  const note = (step: StepResult): void => {
    steps.push(step)
    output.err(renderStep(step.check, output.color))
  }
  for (const step of localSteps(config, env, process.cwd())) note(step)
  const subject = subjectOf(config, env)
  if (!subject) {
    for (const name of NETWORK_STEPS) note(skippedStep(name, 'The base URL is not usable.'))
    return steps
  }
  const open = () => NETWORK_STEPS.filter((name) => !steps.some(({ check }) => check.name === name))
  const settle = remind(output, open)
  await visitNetwork(subject, env, note).finally(settle)
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
export async function doctor(json: boolean, env: Env, output: Output): Promise<ExitStatus> {
  const shown = json ? { ...output, err: () => {} } : output
  const config = loadConfig(env)
  shown.err('deepseek-guard doctor (at most 20 s)\n')
  const steps = inOrder(await examine(config, env, shown))
  const findings = mergeFindings(config.findings, steps)
  const own = statusOfFindings(config.findings, 'error')
  const exitCode = worstStatus([own, ...steps.flatMap(({ exit }) => exit ?? [])])
  const outcome = { exitCode, findings, checks: steps.map(({ check }) => check) }
  if (json) output.out(toDocument(outcome))
  shown.err(`\n${renderOutcome(outcome, output.color)}`)
  return exitCode
}
