import type { Clock } from '../clock'
import { announceFailure, renderReport, writeWhole } from '../config/report'
import type { LoadedConfig } from '../config/settings'
import { explainWith } from '../diagnosis/diagnose'
import { ConfigError } from '../errors'
import { HealthMonitor } from '../health/health-monitor'
import { fillHealthOptions } from '../health/health-options'
import { createForeignCalls } from '../observability/foreign'
import { createGuardLog } from '../observability/log'
import { createScrubber } from '../observability/scrub'
import { managedPlaceholder } from '../outbound/headers'
import { API } from '../provider/deepseek'
import { createEndpoints, respondTo } from './endpoints'
import { createEmitter, type Guard, type GuardMembers, warnOfListener } from './members'
import type { ResolvedGuardOptions } from './options'
import { logFindings } from './reporting'

const silence = { enabled: () => false, emit() {} }

/**
 * The guard while a framework builds with a wrong environment: the build goes on, since the secret
 * is often there only at run time. What is wrong is printed as warnings; the first call and
 * `ready()` throw it.
 */
export function deferGuard(loaded: LoadedConfig, given: ResolvedGuardOptions, clock: Clock): Guard {
  if (given.report !== false) writeWhole(2, renderReport(loaded.findings))
  const refuse = (): Promise<never> => {
    return Promise.reject(new ConfigError(loaded.deferred ?? loaded.findings))
  }
  const health = fillHealthOptions(given.health || undefined)
  const monitor = new HealthMonitor({
    options: health,
    probe: refuse,
    clock,
    random: Math.random,
    log: silence,
    record() {},
  })
  const emitter = createEmitter(createForeignCalls(warnOfListener))
  const close = async (): Promise<void> => monitor.close()
  const baseURL = given.baseURL ?? API
  const endpoints = createEndpoints({ health, monitor, production: true, watching: false, clock })
  const members: GuardMembers = {
    fetch: refuse,
    client: Object.freeze({ baseURL, apiKey: managedPlaceholder, fetch: refuse }),
    health: () => monitor.snapshot(),
    respond: (request) => respondTo(endpoints, request),
    headersFor: refuse,
    ready: refuse,
    diagnose: explainWith({}),
    account: () => undefined,
    on: emitter.on,
    off: emitter.off,
    drain: () => monitor.drain(),
    close,
    [Symbol.asyncDispose]: close,
  }
  return { members, endpoints, log: silence }
}

/** Prints what is wrong once and ends the construction. */
export function refuseGuard(
  loaded: LoadedConfig,
  given: ResolvedGuardOptions,
  clock: Clock,
): never {
  if (given.report !== false) announceFailure(loaded)
  if (given.logger) {
    const log = createGuardLog({ logger: given.logger, scrubber: createScrubber(), clock })
    logFindings(log, loaded, 'fatal')
  }
  throw withoutSourceLine(new ConfigError(loaded.findings), 'node-do-not-add-exception-line')
}

/**
 * Node prints the source line of an uncaught error, which in a minified bundle is the whole bundle:
 * 26 KB after a report of ten lines. It leaves the line out where these words stand in it, so they
 * must stay in the line that throws, as text that no minifier takes away.
 */
function withoutSourceLine(error: ConfigError, mark: string): ConfigError {
  return mark === '' ? new ConfigError([]) : error
}
