import type { Endpoint } from './endpoint'
import type { StepOutcome } from './step'

type Env = Record<string, string | undefined>

/** What the proxy variables mean for a call of this process. */
export interface ProxyVerdict extends StepOutcome {
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
    return { status: 'warning', detail: `${name} is set, but is no address.`, used: false }
  }
  if (supported && isSwitchedOn(env)) {
    return { status: 'ok', detail: `Calls leave through ${address} (${name}).`, used: true }
  }
  const cure = supported ? 'set NODE_USE_ENV_PROXY=1' : 'use Node 24 with NODE_USE_ENV_PROXY=1'
  const detail = `${name} is set, but Node's fetch ignores it: ${cure}, if the proxy is needed.`
  return { status: 'warning', detail, used: false }
}

/** Whether this Node can send fetch through the proxy variables at all. */
export function knowsEnvProxy(): boolean {
  return process.allowedNodeEnvironmentFlags.has('--use-env-proxy')
}
