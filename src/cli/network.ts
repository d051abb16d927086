import type { LookupAddress } from 'node:dns'
import type { Settings } from '../config/settings'
import type { Secret } from '../secret'
import { type Answer, ask, judgeClock, judgeModelNames, judgeReply, type Reply } from './ask'
import { dnsStep, tcpStep, tlsStep } from './reach'
import {
  doneStep,
  type Endpoint,
  endpointOf,
  modelsQuestion,
  probeQuestion,
  type Question,
  reasonNotToSend,
  runStep,
  type StepOutcome,
  type StepResult,
  skippedStep,
} from './step'

/**
 * Deadlines in milliseconds. Resolving comes before all else and outlasts one dead name server
 * (5 s); a question outlasts fetch's own patience for a connection (10 s), so that its error is
 * seen. Both together, with the grace that a step gets, stay under 20 s.
 */
const DEADLINE_MS = { resolve: 6_000, connect: 8_000, ask: 11_000 } as const

/** A step that asked something, with the reply. */
interface AskedStep extends StepResult {
  reply?: Reply
}

/** Asks one question, unless the key must not go there. */
async function askStep(name: string, question: Question): Promise<AskedStep> {
  const reason = reasonNotToSend(question.baseURL, question.key)
  if (reason !== undefined) return skippedStep(name, reason)
  let reply: Reply | undefined
  const result = await runStep(name, DEADLINE_MS.ask, async (signal) => {
    reply = await ask(question.url, question.key, signal)
    return judgeReply(question, reply)
  })
  return reply === undefined ? result : { ...result, reply }
}

/** The answers among replies. */
function answersOf(steps: readonly AskedStep[]): Answer[] {
  return steps.flatMap(({ reply }) => (reply && 'answer' in reply ? [reply.answer] : []))
}

type Env = Record<string, string | undefined>

/** What the proxy variables mean for a call of this process. */
interface ProxyVerdict extends StepOutcome {
  /** True when calls leave through a proxy, so that direct connections prove nothing. */
  used: boolean
}

/** In the order in which clients read them. */
function variablesFor({ secure }: Endpoint): string[] {
  const names = secure ? ['https_proxy', 'HTTPS_PROXY'] : ['http_proxy', 'HTTP_PROXY']
  return [...names, 'all_proxy', 'ALL_PROXY']
}

/** `.example.com` and `*.example.com` mean the hosts below, `example.com` both. */
function isExcluded(host: string, port: number, list: string): boolean {
  return list.split(/[\s,]+/).some((entry) => {
    const [, pattern = '', entryPort] = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? []
    if (pattern === '' || (entryPort !== undefined && Number(entryPort) !== port)) return false
    if (pattern === '*') return true
    const domain = pattern.replace(/^\*?\./, '')
    return host === domain || host.endsWith(`.${domain}`)
  })
}

/** Host and port only: user and password of a proxy are secrets. */
function addressOf(value: string): string | undefined {
  try {
    return new URL(value.includes('://') ? value : `http://${value}`).host || undefined
  } catch {
    return undefined
  }
}

function isSwitchedOn(env: Env): boolean {
  return env.NODE_USE_ENV_PROXY === '1' || /(^|\s)--use-env-proxy\b/.test(env.NODE_OPTIONS ?? '')
}

/**
 * Judges the proxy variables. Node's fetch ignores them unless NODE_USE_ENV_PROXY=1, which Node
 * 22.21 and 24 brought; `supported` says whether this Node knows it.
 */
export function judgeProxy(env: Env, endpoint: Endpoint, supported: boolean): ProxyVerdict {
  const name = variablesFor(endpoint).find((variable) => env[variable])
  if (name === undefined) return { status: 'ok', detail: 'No proxy variable is set.', used: false }
  const excluded = isExcluded(endpoint.host, endpoint.port, env.no_proxy ?? env.NO_PROXY ?? '')
  if (excluded) {
    const detail = `${name} is set, and NO_PROXY exempts ${endpoint.host}.`
    return { status: 'ok', detail, used: false }
  }
  const address = addressOf(env[name] ?? '')
  if (address === undefined) {
    return { status: 'warning', detail: `${name} is set, but is not an address.`, used: false }
  }
  if (supported && isSwitchedOn(env)) {
    return { status: 'ok', detail: `Calls leave through ${address} (${name}).`, used: true }
  }
  const cure = supported ? 'set NODE_USE_ENV_PROXY=1' : 'use Node 24 with NODE_USE_ENV_PROXY=1'
  const detail = `${name} is set, but Node's fetch ignores it: ${cure}, if the proxy is needed.`
  return { status: 'warning', detail, used: false }
}

/** Whether this Node can send fetch through the proxy variables at all. */
function knowsEnvProxy(): boolean {
  return process.allowedNodeEnvironmentFlags.has('--use-env-proxy')
}

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

/** What the doctor tests against the network. */
export interface Subject {
  baseURL: string
  /** Absent when the configuration holds no usable one. */
  key?: Secret | undefined
  models: readonly string[]
  /** Tell the amounts of the balance. */
  showBalance?: boolean
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

function askBalance({ baseURL, key, showBalance }: Subject): Promise<AskedStep> | AskedStep {
  if (!key) return skippedStep('balance', 'There is no usable key to ask with.')
  const question = { ...probeQuestion(baseURL, key), showBalance }
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
