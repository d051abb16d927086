import { type AccountDeps, type AccountWatch, openAccount } from '../account/watch'
import { systemClock } from '../clock'
import { loadConfig } from '../config/load-config'
import type { Settings } from '../config/settings'
import { processEnv } from '../config/snapshot'
import type { CredentialHolder, RefreshEvent } from '../credentials/credential'
import { createCredentialHolder } from '../credentials/credential-holder'
import { fromEnv } from '../credentials/from-env'
import { fromFile } from '../credentials/from-file'
import { toSource } from '../credentials/from-function'
import type { CredentialSource } from '../credentials/source'
import { diagnose, explainWith } from '../diagnosis/diagnose'
import type { Evidence } from '../diagnosis/evidence'
import { HealthMonitor } from '../health/health-monitor'
import { fillHealthOptions, type ResolvedHealthOptions } from '../health/health-options'
import { createProbe, type Probe, type ProbeDeps } from '../health/probe'
import type { GuardLog } from '../observability/events'
import { createForeignCalls } from '../observability/foreign'
import { createGuardLog } from '../observability/log'
import { combineMetrics, type GuardMetrics } from '../observability/measurement'
import { createScrubber, type Scrubber } from '../observability/scrub'
import { once } from '../once'
import { createFetch, type GuardFetch } from '../outbound/create-fetch'
import { managedPlaceholder } from '../outbound/headers'
import type { Secret } from '../secret'
import { createEndpoints, respondTo } from './endpoints'
import { Fleet } from './fleet'
import {
  createEmitter,
  type Emitter,
  type Guard,
  type GuardMembers,
  type HealthEndpoints,
  warnOfListener,
} from './members'
import { type GuardOptions, type ResolvedGuardOptions, readGuardOptions } from './options'
import { createProve } from './prove'
import { deferGuard, refuseGuard } from './refused'
import { logFindings, logStart, measured, recordStream } from './reporting'

export type { Guard, GuardClient, GuardMembers, HealthEndpoints } from './members'

/** What every room gets: one log, one scrubber, one place for figures and for listeners. */
interface Parts {
  given: ResolvedGuardOptions
  settings: Settings
  scrubber: Scrubber
  log: GuardLog
  metrics: GuardMetrics
  emitter: Emitter
}

const clock = systemClock
const random = Math.random

function buildParts(
  given: ResolvedGuardOptions,
  settings: Settings,
  healthToken: Secret | undefined,
): Parts {
  const scrubber = createScrubber()
  for (const secret of [settings.apiKey, healthToken, settings.storeSecret]) {
    if (secret) scrubber.add(secret.reveal())
  }
  const { logger } = given
  const foreign = createForeignCalls((what) => {
    warnOfListener(what)
    const message = `${what} threw or rejected; it is called again, and told of only once.`
    log.emit('warn', 'listener.failed', { reason: what }, message)
  })
  const log = createGuardLog({ logger, level: settings.logLevel, scrubber, clock, foreign })
  const metrics = combineMetrics(given.metrics, foreign)
  return { given, settings, scrubber, log, metrics, emitter: createEmitter(foreign) }
}

function sourceOf({ given, settings }: Parts): CredentialSource {
  const { credential } = settings
  if (given.credential !== undefined) return toSource(given.credential)
  if (credential.kind === 'file') return fromFile(credential.path)
  return fromEnv({ env: given.env, name: credential.kind === 'env' ? credential.name : undefined })
}

function holdCredential(
  parts: Parts,
  health: ResolvedHealthOptions,
  fleet: Fleet,
  onRefresh: (event: RefreshEvent) => void,
): CredentialHolder {
  const { scrubber, log, given, settings } = parts
  const prove = createProve({
    origins: new Set(settings.origins),
    options: given.outbound,
    baseURL: settings.baseURL,
    probe: health.probe,
    clock,
    known: () => knownBy(parts),
  })
  return createCredentialHolder(fleet.shareTokens(sourceOf(parts)), {
    clock,
    random,
    log,
    refreshTimeoutMs: given.outbound.refreshTimeoutMs,
    scrub: (text) => scrubber.scrub(text),
    onToken: (secret) => scrubber.add(secret.reveal()),
    onRefresh,
    prove: fleet.shareProof(prove),
    proveTimeoutMs: health.timeoutMs,
  })
}

/** What this process holds, for a diagnosis; made when one is due, never kept. */
function knownBy({ given, settings }: Parts, holder?: CredentialHolder): Evidence['configured'] {
  const apiKey = (holder?.peek()?.secret ?? settings.apiKey)?.reveal()
  const files = settings.files.map(({ path, names }) => ({ path, names: [...names] }))
  return { apiKey, baseURL: settings.baseURL, env: given.env ?? processEnv(), files }
}

/** The account that is watched; undefined where nobody wants to know. */
function accountOf(
  { given, settings, log, metrics, emitter }: Parts,
  onCause: AccountDeps['onCause'],
): AccountWatch | undefined {
  return openAccount(settings.off ? false : given.account, settings.baseURL, {
    clock,
    log,
    record: (measurement) => metrics.record(measurement),
    onSnapshot: (snapshot) => emitter.emit('account', snapshot),
    onCause,
  })
}

function probeOf(
  { baseURL, models }: Settings,
  { probe }: ResolvedHealthOptions,
  outbound: GuardFetch,
  onBalance: ProbeDeps['onBalance'],
): Probe {
  const send: ProbeDeps['send'] = (url, init) => outbound.send(url, init, 'probe')
  return createProbe({ send, baseURL, models, clock, probe, onBalance })
}

/** Wires outbound and health: each call is evidence, each probe is a call. */
function wire(parts: Parts, health: ResolvedHealthOptions) {
  const { settings, given, log, metrics, emitter, scrubber } = parts
  const fleet = new Fleet({ ...parts, health, clock, random })
  const holder = holdCredential(parts, health, fleet, (event) => {
    metrics.record({ kind: 'refresh', outcome: event.outcome })
    if (event.outcome === 'changed') fleet.changed()
    if (event.outcome === 'changed' && event.generation !== 1) monitor.credentialChanged()
    emitter.emit('refresh', event)
  })
  const account = accountOf(parts, (cause) => monitor.accountRead(cause))
  const outbound: GuardFetch = createFetch({
    holder,
    origins: new Set(settings.origins),
    options: given.outbound,
    log,
    clock,
    known: () => knownBy(parts, holder),
    ...(given.metrics && {
      onAnswer: (outcome) => metrics.record(measured(outcome, scrubber)),
    }),
    onOutcome: (outcome) => {
      fleet.observe(outcome)
      monitor.observe(outcome)
      account?.takeOutcome(outcome)
      if (given.metrics !== undefined) recordStream(metrics, outcome)
    },
    onUsage: (outcome) => account?.takeCall(outcome),
    onDiagnosis: (diagnosis) => emitter.emit('diagnosis', diagnosis),
  })
  const monitor = new HealthMonitor({
    options: health,
    probe: probeOf(settings, health, outbound, (body) => {
      account?.takeBalance(body, holder.peek()?.id)
      fleet.tookBalance(body)
    }),
    account,
    off: settings.off,
    clock,
    random,
    log,
    record: (measurement) => metrics.record(measurement),
    onChange: (document) => {
      fleet.changed()
      emitter.emit('change', document)
    },
    verdictSource: fleet.shareVerdicts(holder, account),
  })
  return { holder, outbound, monitor, fleet, account }
}

/** Switched off and without a key, calls go out as the application made them. */
function fetchOf({ settings, given }: Parts, outbound: GuardFetch): typeof fetch {
  const hasCredential = given.credential !== undefined || settings.apiKey !== undefined
  if (!settings.off || hasCredential) return outbound.fetch
  return (input, init) => (given.outbound.fetch ?? fetch)(input, init)
}

/**
 * Milliseconds after the start at which the rules and words of diagnosis load, without which it
 * starts faster: soon enough that no `npm ci` under a running process takes their file away first.
 */
const WARM_UP_MS = 1_000

/** What cannot load now is told when it is needed; a timer of ours must not end the process. */
function warmUp(): void {
  try {
    diagnose({})
  } catch {}
}

function membersOf(
  parts: Parts,
  { holder, outbound, monitor, fleet, account }: ReturnType<typeof wire>,
  endpoints: HealthEndpoints,
): GuardMembers {
  const { settings, emitter, log } = parts
  const stopWarmUp = clock.after(WARM_UP_MS, warmUp)
  const stopWatching = settings.off ? undefined : outbound.watchClients()
  const close = once(async () => {
    stopWarmUp()
    stopWatching?.()
    monitor.close()
    outbound.close()
    await Promise.all([holder.close(), fleet.leave()])
    log.emit('info', 'guard.closed', {}, 'The guard is closed; calls go on without refresh.')
  })
  const fetch = fetchOf(parts, outbound)
  const baseURL = settings.baseURL
  return {
    fetch,
    client: Object.freeze({ baseURL, apiKey: managedPlaceholder, fetch }),
    health: () => monitor.snapshot(),
    respond: (request) => respondTo(endpoints, request),
    ready: (options) => monitor.ready(options),
    headersFor: outbound.headersFor,
    diagnose: (error) =>
      outbound.verdictOn(error) ?? explainWith({ configured: knownBy(parts, holder) })(error),
    account: () => account?.snapshot(),
    on: emitter.on,
    off: emitter.off,
    drain: () => monitor.drain(),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/**
 * Wires the rooms together: environment, credential, outbound, health. Adapters turn the result
 * into their framework's middleware.
 *
 * @throws ConfigError when the environment is wrong (the report is on stderr by then), TypeError
 *   when an option is misspelt or has the wrong type.
 */
export function createGuard(options?: GuardOptions): Guard {
  const given = readGuardOptions(options)
  const loaded = loadConfig(given.env, given)
  if (loaded.deferred) return deferGuard(loaded, given, clock)
  const { settings } = loaded
  if (!settings) return refuseGuard(loaded, given, clock)
  const { healthPath, healthToken, policy, production } = settings
  const fromEnvironment = { path: healthPath, token: healthToken, policy }
  const health = fillHealthOptions(given.health || undefined, fromEnvironment)
  const parts = buildParts(given, settings, health.token)
  const rooms = wire(parts, health)
  const { monitor } = rooms
  const watching = given.health !== false
  logFindings(parts.log, loaded, 'warn')
  logStart(parts.log, settings, { ...rooms, watching })
  if (watching && !settings.building) monitor.start()
  if (!settings.building && !settings.off) {
    rooms.fleet.join(rooms, watching)
    if (rooms.account) rooms.fleet.shareUsage(rooms.account)
  }
  const { account } = rooms
  const endpoints = createEndpoints({
    health,
    monitor,
    production,
    watching,
    clock,
    account,
  })
  return { members: membersOf(parts, rooms, endpoints), endpoints, log: parts.log }
}
