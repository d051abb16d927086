import type { Clock } from '../clock'
import { renderReport, writeWhole } from '../config/report'
import type { LoadedConfig } from '../config/settings'
import { explainWith } from '../diagnosis/diagnose'
import { ConfigError } from '../errors'
import { HealthMonitor } from '../health/health-monitor'
import { fillHealthOptions } from '../health/health-options'
import { createForeignCalls } from '../observability/foreign'
import { managedPlaceholder } from '../outbound/request'
import { createEndpoints, respondTo } from './endpoints'
import { createEmitter, type Guard, type GuardMembers, warnOfListener } from './members'
import type { ResolvedGuardOptions } from './options'

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
  const baseURL = given.baseURL ?? 'https://api.deepseek.com'
  const endpoints = createEndpoints({ health, monitor, production: true, watching: false, clock })
  const members: GuardMembers = {
    fetch: refuse,
    client: Object.freeze({ baseURL, apiKey: managedPlaceholder, fetch: refuse }),
    health: () => monitor.snapshot(),
    respond: (request) => respondTo(endpoints, request),
    headersFor: refuse,
    ready: refuse,
    diagnose: explainWith({}),
    on: emitter.on,
    off: emitter.off,
    drain: () => monitor.drain(),
    close,
    [Symbol.asyncDispose]: close,
  }
  return { members, endpoints, log: silence }
}
