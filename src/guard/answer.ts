import type { Health } from '../health/health-document'
import { isLoopbackHost } from '../provider/vendors'

/** What the answer depends on, read from any framework's request. */
export interface HealthRequest {
  method: string
  /** The bytes sent with `Authorization`, if any. */
  authorization: string | undefined
  accept: string | undefined
  /** True for a socket on a loopback address that carries no forwarding header. */
  local: boolean
}

export interface Answer {
  status: number
  headers: Record<string, string>
  body: string
}

/** Decided once, at construction. */
export interface AnswerSettings {
  details: 'never' | 'authorized' | 'always'
  production: boolean
  /** Compares in constant time; absent when no token is configured. */
  tokenMatches?: (candidate: string) => boolean
  /** Keeps the answer without details for as long as its snapshot lives, a second at most. */
  bare?: WeakMap<Health, Answer>
  /** The page for people, made only when a browser asks for it. */
  page: (health: Health) => { html: string; contentSecurityPolicy: string }
}

/** Which of the three endpoints a path names. */
export type Endpoint = 'ready' | 'live' | 'startup'

const LOOPBACK = /^(?:::ffff:)?127\.|^::1$/

/** Headers of proxies, load balancers and meshes: somebody stands between socket and client. */
const FORWARDING = new RegExp(
  `^(?:${[
    'forwarded',
    'x-forwarded(?:-.*)?',
    'x-envoy-.*',
    'x-real-ip',
    'via',
    '(?:cf-connecting|true-client|x-client|x-cluster-client|fly-client|fastly-client)-ip',
  ].join('|')})$`,
)

const BASE_HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
}

/**
 * True for a client on this machine that came without a proxy and asked for this machine: a name
 * of somebody else's that leads here (DNS rebinding) brings a browser's page along.
 */
export function isLocal(
  remoteAddress: string | undefined,
  headers: Readonly<Record<string, unknown>>,
): boolean {
  if (!remoteAddress || !LOOPBACK.test(remoteAddress)) return false
  const host = headers.host ?? headers[':authority']
  if (host !== undefined && !isLoopbackHost(String(host))) return false
  for (const name in headers) if (FORWARDING.test(name)) return false
  return true
}

/**
 * The endpoint that `url` names, or undefined for every other route. The query is ignored; nothing
 * is parsed or allocated for a URL that does not start with the path.
 */
export function matchEndpoint(url: string | undefined, path: string): Endpoint | undefined {
  if (!url?.startsWith(path)) return undefined
  const query = url.indexOf('?', path.length)
  const rest = url.slice(path.length, query < 0 ? undefined : query)
  if (rest === '') return 'ready'
  if (rest === '/live') return 'live'
  return rest === '/startup' ? 'startup' : undefined
}

function mayDetail(request: HealthRequest, settings: AnswerSettings): boolean {
  if (settings.details !== 'authorized') return settings.details === 'always'
  if (!settings.production && request.local) return true
  const bearer = /^bearer +(\S.*?) *$/i.exec(request.authorization ?? '')?.[1]
  return bearer !== undefined && settings.tokenMatches?.(bearer) === true
}

/** An hour: whoever is told to come back in a year never comes back. */
const LONGEST_RETRY_S = 3_600

/** Whole seconds until the next probe, at least one: when asking again is worth it. */
export function retryAfterSeconds(health: Health, now: number): string {
  const wait = Date.parse(health.nextProbeAt ?? '') - now
  const seconds = Math.ceil((Number.isFinite(wait) ? wait : 1_000) / 1_000)
  return String(Math.min(Math.max(1, seconds), LONGEST_RETRY_S))
}

function json(status: number, body: string, extra?: Record<string, string>): Answer {
  return {
    status,
    headers: { ...BASE_HEADERS, 'content-type': 'application/health+json', ...extra },
    body,
  }
}

function answerStartup(everReady: boolean, health: Health, now: number): Answer {
  return everReady
    ? json(200, '{"status":"pass"}')
    : json(503, '{"status":"fail"}', { 'retry-after': retryAfterSeconds(health, now) })
}

/** Answers a health endpoint from a snapshot; never waits. */
export function answerHealth(
  endpoint: Endpoint,
  request: HealthRequest,
  state: { health: Health; everReady: boolean; now: number },
  settings: AnswerSettings,
): Answer {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return { status: 405, headers: { ...BASE_HEADERS, allow: 'GET, HEAD' }, body: '' }
  }
  const { health, now } = state
  const isPlain = endpoint === 'ready' && !mayDetail(request, settings)
  const kept = isPlain ? settings.bare?.get(health) : undefined
  if (kept) return kept
  if (endpoint === 'live') return json(200, '{"status":"pass"}')
  if (endpoint === 'startup') return answerStartup(state.everReady, health, now)
  const failing = health.status === 'fail'
  const status = failing ? 503 : 200
  const extra: Record<string, string> = failing
    ? { 'retry-after': retryAfterSeconds(health, now) }
    : {}
  if (isPlain) {
    const bare = json(status, `{"status":"${health.status}"}`, extra)
    settings.bare?.set(health, bare)
    return bare
  }
  if (!request.accept?.includes('text/html')) return json(status, JSON.stringify(health), extra)
  const { html, contentSecurityPolicy } = settings.page(health)
  return {
    status,
    headers: {
      ...BASE_HEADERS,
      ...extra,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': contentSecurityPolicy,
    },
    body: html,
  }
}

/**
 * The 503 of a route that needs DeepSeek (RFC 9457), or undefined when traffic may pass. Before the
 * first evidence nothing speaks against a call, and while the guard drains calls go on: what
 * arrives is served.
 */
export function answerRequired(health: Health, now: number): Answer | undefined {
  if (health.status !== 'fail' || health.phase === 'draining') return undefined
  if (health.cause === 'starting') return undefined
  const problem = {
    type: health.links.about,
    title: health.description,
    status: 503,
    cause: health.cause,
  }
  return {
    status: 503,
    headers: {
      'cache-control': 'no-store',
      'content-type': 'application/problem+json',
      'retry-after': retryAfterSeconds(health, now),
    },
    body: JSON.stringify(problem),
  }
}
