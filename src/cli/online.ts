import type { Settings } from '../config/settings'
import { judgeClock } from './clock-skew'
import { endpointOf } from './endpoint'
import { answersOf, askStep, DEADLINE_MS } from './network-steps'
import { judgeProxy, knowsEnvProxy } from './proxy'
import { probeQuestion } from './question'
import { dnsStep } from './reach'
import { runStep, type StepResult, skippedStep } from './step'

/**
 * The guard's own probe, once: is the key accepted, is there balance, does the clock agree. The
 * resolver is asked first, because a silent one would hold up the end of the process.
 */
export async function onlineSteps(
  settings: Settings | undefined,
  env: Record<string, string | undefined>,
): Promise<StepResult[]> {
  if (!settings?.apiKey) return [skippedStep('balance', 'There is no usable key to ask with.')]
  const endpoint = endpointOf(settings.baseURL)
  const proxied = judgeProxy(env, endpoint, knowsEnvProxy()).used
  const resolver = await runStep('dns', DEADLINE_MS.resolve, (signal) => dnsStep(endpoint, signal))
  const question = probeQuestion(settings.baseURL, settings.apiKey)
  if (resolver.exit !== undefined && !proxied) {
    return [resolver, skippedStep(question.about, 'The host has no address.')]
  }
  const asked = await askStep(question.about, question)
  const clock = await runStep('clock', DEADLINE_MS.ask, () => judgeClock(answersOf([asked])))
  return [proxied ? skippedStep('dns', 'The proxy resolves names.') : resolver, asked, clock]
}
