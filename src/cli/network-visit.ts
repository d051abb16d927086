import type { LookupAddress } from 'node:dns'
import type { Secret } from '../secret'
import { judgeClock } from './clock-skew'
import { endpointOf } from './endpoint'
import { judgeModelNames } from './judge-reply'
import { type AskedStep, answersOf, askStep, DEADLINE_MS } from './network-steps'
import { judgeProxy, knowsEnvProxy } from './proxy'
import { modelsQuestion, probeQuestion } from './question'
import { dnsStep, tcpStep, tlsStep } from './reach'
import { doneStep, runStep, type StepResult, skippedStep } from './step'

/** What the doctor tests against the network. */
export interface Subject {
  baseURL: string
  /** Absent when the configuration holds no usable one. */
  key?: Secret | undefined
  models: readonly string[]
}

type Note = (step: StepResult) => void

/** The steps of a visit, in the order of the report. */
export const NETWORK_STEPS = [
  'proxy',
  'dns',
  'tcp',
  'tls',
  'balance',
  'models',
  'model-names',
  'clock',
] as const

async function noted<T extends StepResult>(step: Promise<T> | T, note: Note): Promise<T> {
  const done = await step
  note(done)
  return done
}

function askBalance({ baseURL, key }: Subject): Promise<AskedStep> | AskedStep {
  if (!key) return skippedStep('balance', 'There is no usable key to ask with.')
  const question = probeQuestion(baseURL, key)
  if (question.about === 'balance') return askStep('balance', question)
  return skippedStep('balance', 'Only DeepSeek itself tells a balance.')
}

function askModels({ baseURL, key }: Subject): Promise<AskedStep> | AskedStep {
  if (!key) return skippedStep('models', 'There is no usable key to ask with.')
  return askStep('models', modelsQuestion(baseURL, key))
}

async function visit(subject: Subject, addresses: LookupAddress[], proxied: boolean, note: Note) {
  const endpoint = endpointOf(subject.baseURL)
  const behind = 'Calls leave through the proxy.'
  const { connect } = DEADLINE_MS
  const reach = {
    tcp: () => runStep('tcp', connect, (signal) => tcpStep(endpoint, addresses, signal)),
    tls: () => runStep('tls', connect, (signal) => tlsStep(endpoint, addresses, signal)),
  }
  const [balance, models] = await Promise.all([
    noted(askBalance(subject), note),
    noted(askModels(subject), note),
    noted(proxied ? skippedStep('tcp', behind) : reach.tcp(), note),
    noted(proxied ? skippedStep('tls', behind) : reach.tls(), note),
  ])
  note(doneStep('model-names', judgeModelNames(subject.models, models.reply)))
  note(doneStep('clock', judgeClock(answersOf([balance, models]))))
}

/**
 * Tests the way to DeepSeek, from the resolver to the model names. Each step is noted as it ends;
 * the ones that need a name resolved wait for the resolver, all others run side by side.
 */
export async function visitNetwork(
  subject: Subject,
  env: Record<string, string | undefined>,
  note: Note,
): Promise<void> {
  const endpoint = endpointOf(subject.baseURL)
  const proxy = judgeProxy(env, endpoint, knowsEnvProxy())
  note(doneStep('proxy', proxy))
  let addresses: LookupAddress[] = []
  const resolver = await runStep('dns', DEADLINE_MS.resolve, async (signal) => {
    const resolution = await dnsStep(endpoint, signal)
    addresses = resolution.addresses
    return resolution
  })
  note(proxy.used ? skippedStep('dns', 'The proxy resolves the name.') : resolver)
  if (addresses.length > 0 || proxy.used) return visit(subject, addresses, proxy.used, note)
  for (const name of NETWORK_STEPS.slice(2)) note(skippedStep(name, 'The host has no address.'))
}
