import type { Clock } from '../clock'
import type { HealthMonitor } from '../health/health-monitor'
import type { ResolvedHealthOptions } from '../health/health-options'
import { contentSecurityPolicy, renderPage } from '../health/page'
import { type AnswerSettings, answerHealth, answerRequired } from './answer'
import type { HealthEndpoints } from './members'

/** What the health endpoints of one guard depend on. */
export interface EndpointDeps {
  health: ResolvedHealthOptions
  monitor: HealthMonitor
  production: boolean
  /** False with `health: false`: no endpoint, no background probe. */
  watching: boolean
  clock: Clock
}

/** Joins the monitor's snapshot with the pure answers of the middleware room. */
export function createEndpoints({
  health,
  monitor,
  production,
  watching,
  clock,
}: EndpointDeps): HealthEndpoints {
  const settings: AnswerSettings = {
    details: health.details,
    production,
    tokenMatches: (candidate) => health.token?.matches(candidate) === true,
    page(document) {
      return { html: renderPage(document, monitor.history()), contentSecurityPolicy }
    },
  }
  return {
    path: watching ? health.path : undefined,
    answer(endpoint, request) {
      const { everReady } = monitor
      const state = { health: monitor.snapshot(), everReady, now: clock.now() }
      return answerHealth(endpoint, request, state, settings)
    },
    required() {
      const document = monitor.snapshot()
      // Nobody probes, so "not asked yet" is no reason to turn a request away.
      if (!watching && document.cause === 'starting') return undefined
      return answerRequired(document, clock.now())
    },
    aborted: () => monitor.probeAborted(),
  }
}
