import type { AccountReader } from '../account/watch'
import type { Clock } from '../clock'
import type { HealthMonitor } from '../health/health-monitor'
import type { ResolvedHealthOptions } from '../health/health-options'
import { contentSecurityPolicy, renderPage } from '../health/page'
import { createAbortCounter } from './aborts'
import {
  type Answer,
  type AnswerSettings,
  answerHealth,
  answerRequired,
  matchEndpoint,
} from './answer'
import type { HealthEndpoints } from './members'

/** What the health endpoints of one guard depend on. */
interface EndpointDeps {
  health: ResolvedHealthOptions
  monitor: HealthMonitor
  production: boolean
  /** False with `health: false`: no endpoint, no background probe. */
  watching: boolean
  clock: Clock
  /** Default: nothing is known of it. */
  account?: AccountReader | undefined
}

/** Joins the monitor's snapshot with the pure answers. */
export function createEndpoints({
  health,
  monitor,
  production,
  watching,
  clock,
  account,
}: EndpointDeps): HealthEndpoints {
  const settings: AnswerSettings = {
    details: health.details,
    production,
    tokenMatches: (candidate) => health.token?.matches(candidate) === true,
    bare: new WeakMap(),
    page(document) {
      return {
        html: renderPage(document, monitor.history(), account?.facts()),
        contentSecurityPolicy,
      }
    },
  }
  return {
    path: watching ? health.path : undefined,
    trustsLocal: !production && health.details === 'authorized',
    answer(endpoint, request) {
      const { everReady } = monitor
      const state = { health: monitor.snapshot(), everReady, now: clock.now() }
      return answerHealth(endpoint, request, state, settings)
    },
    required: () => answerRequired(monitor.snapshot(), clock.now()),
    aborts: createAbortCounter(
      () => clock.elapsed(),
      () => monitor.probeAborted(),
    ),
  }
}

/** A status that must not have a body, and a request that wants none. */
function isBodyless(status: number, method: string): boolean {
  return method === 'HEAD' || status === 204 || status === 304
}

export function toResponse({ status, headers, body }: Answer, method: string): Response {
  return new Response(isBodyless(status, method) ? null : body, { status, headers })
}

/**
 * The answer to a WHATWG request; undefined for every other path. Requests of any realm and any
 * implementation are taken, hence no `instanceof`.
 */
export function respondTo(endpoints: HealthEndpoints, request: Request): Response | undefined {
  const url: unknown = (request as Request | undefined)?.url
  if (typeof request?.headers?.get !== 'function' || typeof url !== 'string') {
    throw new TypeError(
      'respond() takes a WHATWG Request; ' +
        'where requests come from node:http, write app.use(deepseek).',
    )
  }
  const { path } = endpoints
  if (path === undefined || !URL.canParse(url)) return undefined
  const endpoint = matchEndpoint(new URL(url).pathname, path)
  if (!endpoint) return undefined
  const { method, headers } = request
  const authorization = headers.get('authorization') ?? undefined
  const accept = headers.get('accept') ?? undefined
  const answer = endpoints.answer(endpoint, { method, authorization, accept, local: false })
  return toResponse(answer, method)
}
