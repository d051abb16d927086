/**
 * The public API as applications use it. Nothing here runs: `npm run types` compiles it, so a right
 * use that no longer compiles, or a wrong one that does, is an error.
 */
import 'reflect-metadata'
import { createDeepSeek } from '@ai-sdk/deepseek'
import Anthropic from '@anthropic-ai/sdk'
import { Controller, Get, Module, UseGuards } from '@nestjs/common'
import { HealthCheck, type HealthCheckService } from '@nestjs/terminus'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import OpenAI from 'openai'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import {
  type AccountSnapshot,
  type Cause,
  type CauseGroup,
  type CheckOptions,
  type CheckResult,
  type ClientCredentialsOptions,
  ConfigError,
  type ConfigSummary,
  type CredentialInput,
  CredentialRejectedError,
  type CredentialSource,
  causes,
  checkEnv,
  clientCredentials,
  type DeepSeekGuard,
  DeepSeekGuardError,
  type Diagnosis,
  deepseekGuard,
  deepseekPrices,
  diagnose,
  type Evidence,
  type Finding,
  type FromEnvOptions,
  type FromFileOptions,
  type FromFunctionOptions,
  fromEnv,
  fromFile,
  fromFunction,
  GuardClosedError,
  type GuardOptions,
  type Health,
  type HealthOptions,
  type KeyPoolOptions,
  keyPool,
  type OutboundOptions,
  type PolicyOverrides,
  type PriceTable,
  ReadyTimeoutError,
  type RefreshEvent,
  type Status,
  type Token,
  TokenError,
  type TokenFunction,
  type TokenLike,
  type TokenRequest,
} from '../../src'
import { deepseekGuard as fastifyGuard } from '../../src/middleware/fastify'
import { deepseekGuard as honoGuard } from '../../src/middleware/hono'
import {
  DeepSeekGuardModule,
  type DeepSeekHealthIndicator,
  DeepSeekRequired,
  InjectDeepSeek,
} from '../../src/middleware/nestjs'
import { guardMetrics, guardTelemetry } from '../../src/observability/metrics'
import { type FailureMode, type FakeDeepSeek, replies, startFakeDeepSeek } from '../../src/testing'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Compiles when the type of `value` is exactly `T`; `is<T>()(value)`. */
const is =
  <T>() =>
  <const V>(_value: V, _same: Same<V, T>): void =>
    undefined

// --- The guard

export async function guard(): Promise<void> {
  const deepseek = deepseekGuard()
  is<DeepSeekGuard>()(deepseek, true)
  is<string>()(deepseek.client.baseURL, true)
  is<'managed-by-deepseek-guard'>()(deepseek.client.apiKey, true)
  is<typeof fetch>()(deepseek.client.fetch, true)
  is<Health>()(deepseek.health(), true)
  is<Health>()(await deepseek.ready(), true)
  await deepseek.ready({ timeoutMs: 1_000, signal: AbortSignal.timeout(1) })
  is<Diagnosis>()(deepseek.diagnose(new Error('x')), true)
  is<void>()(deepseek.drain(), true)
  is<Promise<void>>()(deepseek.close(), true)
  await using held: AsyncDisposable = deepseek
  void held

  // @ts-expect-error: ready() takes an object, not a number
  await deepseek.ready(1_000)
  // @ts-expect-error: misspelt
  await deepseek.ready({ timeout: 1_000 })
  // @ts-expect-error: the placeholder cannot be replaced
  deepseek.client.apiKey = 'sk-mine'
  // @ts-expect-error: the members belong to the guard
  deepseek.fetch = fetch
  // @ts-expect-error: there is no way to read the key
  void deepseek.apiKey
}

export function options(env: Record<string, string | undefined>): GuardOptions[] {
  const outbound: OutboundOptions = {
    fetch: async (input, init) => fetch(input, init),
    origins: ['https://gateway.example'],
    maxReplayBytes: 0,
    refreshTimeoutMs: 1,
    callerAuthorization: 'keep',
  }
  const policy: PolicyOverrides = {
    base: 'strict',
    service: 'warn',
    'wrong-key': { steady: 'fail' },
    stale: { startup: 'fail', steady: 'warn' },
  }
  const health: HealthOptions = {
    path: '/up',
    intervalMs: 1,
    timeoutMs: 1,
    confirmDelayMs: 1,
    failureThreshold: 1,
    successThreshold: 1,
    staleAfterMs: 1,
    startupDeadlineMs: 1,
    policy,
    details: 'never',
    token: 'unlock',
  }
  const all: GuardOptions = {
    env,
    baseURL: 'https://gateway.example/v1',
    credential: 'sk-text',
    models: ['deepseek-flash'],
    health,
    outbound,
    logger: pino(),
    metrics: [guardMetrics(), guardTelemetry()],
  }
  return [all, {}, { env: process.env }, { health: false, logger: false, metrics: guardMetrics() }]
}

export const misspelt: GuardOptions[] = [
  // @ts-expect-error: baseURL
  { baseUrl: 'https://api.deepseek.com' },
  // @ts-expect-error: the key is the option `credential`
  { apiKey: 'sk-mine' },
  // @ts-expect-error: intervalMs
  { health: { interval: 30_000 } },
  // @ts-expect-error: refreshTimeoutMs
  { outbound: { refreshTimeout: 10_000 } },
  // @ts-expect-error: balance is no group of causes
  { health: { policy: { balance: 'warn' } } },
]

export const mistyped: GuardOptions[] = [
  // @ts-expect-error: only `false` says something; true is the default
  { health: true },
  // @ts-expect-error: milliseconds are numbers
  { health: { intervalMs: '30s' } },
  // @ts-expect-error: no policy of that name
  { health: { policy: 'lenient' } },
  // @ts-expect-error: no status of that name
  { health: { policy: { service: 'ok' } } },
  // @ts-expect-error: no such level of details
  { health: { details: 'sometimes' } },
  // @ts-expect-error: a list
  { models: 'deepseek-flash' },
  // @ts-expect-error: a list
  { outbound: { origins: 'https://gateway.example' } },
  // @ts-expect-error: replace or keep
  { outbound: { callerAuthorization: 'drop' } },
  // @ts-expect-error: a number is no credential
  { credential: 42 },
  // @ts-expect-error: a function gives text
  { credential: () => 42 },
  // @ts-expect-error: a source has getToken()
  { credential: { kind: 'mine' } },
  // @ts-expect-error: a logger has levels
  { logger: { log: () => undefined } },
  // @ts-expect-error: variables are texts
  { env: { DEEPSEEK_API_KEY: 42 } },
]

// --- Outbound

export async function calls(deepseek: DeepSeekGuard): Promise<void> {
  const response = await deepseek.fetch('https://api.deepseek.com/models')
  is<Response>()(response, true)
  is<string | null>()(response.headers.get('x-deepseek-guard'), true)
  await deepseek.fetch(new URL('https://api.deepseek.com/models'), { method: 'POST', body: '{}' })
  await deepseek.fetch(new Request('https://api.deepseek.com/models'))
  void new OpenAI(deepseek.client)
  void new Anthropic({ ...deepseek.client, maxRetries: 0 })
  void createDeepSeek(deepseek.client)

  // @ts-expect-error: a promise has no status
  void deepseek.fetch('https://api.deepseek.com/models').status
  // @ts-expect-error: a Response is no text
  const text: string = await deepseek.fetch('https://api.deepseek.com/models')
  // @ts-expect-error: the body is unread until json() is awaited
  const { data } = await deepseek.fetch('https://api.deepseek.com/models')
  // @ts-expect-error: fetch has no option `timeout`
  await deepseek.fetch('https://api.deepseek.com/models', { timeout: 1_000 })
  // @ts-expect-error: a body is no plain object
  await deepseek.fetch('https://api.deepseek.com/models', { method: 'POST', body: { a: 1 } })
  void [text, data]
}

// --- Events

export function events(deepseek: DeepSeekGuard): void {
  deepseek.on('change', (health) => is<Health>()(health, true))
  deepseek.on('diagnosis', (diagnosis) => is<Diagnosis>()(diagnosis, true))
  deepseek.on('refresh', (event) => is<RefreshEvent>()(event, true))
  deepseek.on('account', (snapshot) => is<AccountSnapshot>()(snapshot, true))
  const listener = ({ status }: Health): void => void status
  deepseek.on('change', listener)
  deepseek.off('change', listener)

  // @ts-expect-error: no event of that name
  deepseek.on('changed', () => undefined)
  // @ts-expect-error: no event of that name
  deepseek.off('error', () => undefined)
  // @ts-expect-error: a change brings Health, no Diagnosis
  deepseek.on('change', (diagnosis: Diagnosis) => void diagnosis)
  // @ts-expect-error: a listener is a function
  deepseek.on('refresh', 'log')
  // @ts-expect-error: only the guard says something
  deepseek.emit('change', deepseek.health())
}

export function health({ status, phase, cause, source, checks, nextProbeAt }: Health): void {
  is<'pass' | 'warn' | 'fail'>()(status, true)
  is<Status>()(status, true)
  is<'startup' | 'steady' | 'draining'>()(phase, true)
  is<Cause | 'starting' | null>()(cause, true)
  is<'active' | 'passive' | 'shared'>()(source, true)
  is<string | null>()(nextProbeAt, true)
  is<'accepted' | 'rejected' | 'unconfirmed'>()(
    checks['deepseek:credential'][0].observedValue,
    true,
  )
  is<number | undefined>()(checks['deepseek:responseTime']?.[0].observedValue, true)

  // @ts-expect-error: health is pass, warn or fail
  void (status === 'ok')
  // @ts-expect-error: no cause of that name
  void (cause === 'invalid-key')
  // @ts-expect-error: nobody has measured it before the first probe
  void checks['deepseek:responseTime'][0]
}

// --- Boot

export function boot(): void {
  const check: CheckOptions = { cwd: '/srv', models: [], outbound: { origins: [] } }
  const { ok, findings, config }: CheckResult = checkEnv(process.env, check)
  is<boolean>()(ok, true)
  is<readonly Finding[]>()(findings, true)
  is<ConfigSummary | undefined>()(config, true)
  for (const { code, severity, variable, evidence, fix, validAfterFix, docs } of findings) {
    is<Cause>()(code, true)
    is<'error' | 'warning' | 'info'>()(severity, true)
    is<string | undefined>()(variable, true)
    is<boolean | undefined>()(validAfterFix, true)
    console.error(evidence.join(), fix.text, fix.command?.length, docs)
    // @ts-expect-error: no cause of that name
    void (code === 'missing-key')
  }
  checkEnv()
  checkEnv({ DEEPSEEK_API_KEY: undefined }, { credential: fromFile('/run/secrets/key') })

  // @ts-expect-error: config is there only when the environment is fine
  void config.baseURL
  // @ts-expect-error: the answer is frozen
  findings.push(findings[0]!)
  // @ts-expect-error: the summary has a fingerprint, no key
  void config?.key
  // @ts-expect-error: misspelt
  checkEnv({}, { cdw: '/srv' })
  // @ts-expect-error: the environment comes first
  checkEnv({ cwd: '/srv', models: [] })
}

// --- Causes

export function judge(thrown: unknown): void {
  const evidence: Evidence = {
    configured: { apiKey: 'sk-x', baseURL: 'https://x', env: {}, files: [] },
    request: { url: 'https://x', method: 'GET', headers: { authorization: 'Bearer sk-x' } },
    response: { status: 401, statusText: '', headers: {}, body: '', url: '', redirected: false },
    at: Date.now(),
    error: thrown,
  }
  const { cause, group, confidence, others, vendor, credentialAccepted } = diagnose(evidence)
  is<Cause>()(cause, true)
  is<CauseGroup>()(group, true)
  is<'certain' | 'likely' | 'possible'>()(confidence, true)
  is<Cause[]>()(others, true)
  is<string | undefined>()(vendor, true)
  is<boolean | undefined>()(credentialAccepted, true)
  const { title, meaning, fix, docs } = causes[cause]
  is<string>()(title, true)
  console.error(meaning, fix.text, docs, causes['key-rejected'].group)
  const last: Cause[] = ['key-missing', 'answered-by-proxy', 'aborted', 'unknown']
  void last

  // @ts-expect-error: no cause of that name
  const wrong: Cause = 'bad-key'
  // @ts-expect-error: no cause of that name
  void causes['invalid-api-key']
  // @ts-expect-error: no group of that name
  const none: CauseGroup = 'credentials'
  // @ts-expect-error: the table is read-only
  causes['key-missing'] = causes.unknown
  // @ts-expect-error: an answer has a status
  diagnose({ response: { body: 'Authentication Fails' } })
  // @ts-expect-error: an error goes into the field `error`
  diagnose(new Error('401'))
  // @ts-expect-error: one object
  diagnose(401)
  void [wrong, none]
}

// --- Credentials

export function credentials(): CredentialInput[] {
  const env: FromEnvOptions = { env: { KEY: 'sk-x' }, name: 'KEY' }
  const file: FromFileOptions = { pollMs: 1_000 }
  const named: FromFunctionOptions = { id: 'vault' }
  const pool: KeyPoolOptions = { benchMs: 1_000 }
  const oauth: ClientCredentialsOptions = {
    tokenURL: 'https://login.example/token',
    clientId: 'chat',
    clientSecret: 'secret',
    scope: 'chat',
    audience: 'deepseek',
  }
  const azure: TokenLike = { token: 'eyJ', expiresOnTimestamp: Date.now() }
  const ask: TokenFunction = async ({ reason, signal }) => {
    signal.throwIfAborted()
    return reason === 'rejected' ? azure : null
  }
  const own: CredentialSource = {
    kind: 'vault',
    getToken({ forceRefresh, rejectedId, signal }: TokenRequest): Token {
      signal.throwIfAborted()
      if (forceRefresh) throw new TokenError('gone', { permanent: true, cause: rejectedId })
      return { token: 'sk-x', expiresInMs: 1, refreshInMs: 1, version: '1', account: 'a' }
    },
    watch: (onChange) => {
      const timer = setInterval(onChange, 1_000)
      return () => clearInterval(timer)
    },
    close: async () => undefined,
  }
  const sources = [fromEnv(), fromEnv(env), fromFile('/key', file), fromFunction(ask, named), own]
  is<CredentialSource[]>()(sources, true)
  void [fromFunction(() => 'sk-x'), clientCredentials(oauth)]

  // @ts-expect-error: misspelt
  fromEnv({ variable: 'KEY' })
  // @ts-expect-error: a file has a path
  fromFile()
  // @ts-expect-error: misspelt
  fromFile('/key', { poll: 1_000 })
  // @ts-expect-error: a function, not its answer
  fromFunction(Promise.resolve('sk-x'))
  // @ts-expect-error: a token is text
  fromFunction(() => ({ token: 42 }))
  // @ts-expect-error: the secret is missing
  clientCredentials({ tokenURL: 'https://login.example/token', clientId: 'chat' })
  // @ts-expect-error: tokenURL
  clientCredentials({ ...oauth, tokenUrl: 'https://login.example/token' })
  // @ts-expect-error: a list
  keyPool('sk-1', 'sk-2')
  // @ts-expect-error: a source says its kind
  const unnamed: CredentialSource = { getToken: () => ({ token: 'sk-x' }) }
  // @ts-expect-error: a source gives an object
  const bare: CredentialSource = { kind: 'mine', getToken: () => 'sk-x' }
  // @ts-expect-error: no such option
  void new TokenError('gone', { retryable: false })
  return [...sources, keyPool(['sk-1', () => 'sk-2', own], pool), unnamed, bare]
}

// --- Errors

export function errors(error: unknown): string | number | undefined {
  if (error instanceof ConfigError) {
    is<'config'>()(error.code, true)
    return error.findings[0]?.variable
  }
  if (error instanceof CredentialRejectedError) return error.diagnosis.cause
  if (error instanceof TokenError) return error.permanent ? 0 : error.retryAfterMs
  if (error instanceof ReadyTimeoutError || error instanceof GuardClosedError) return error.message
  if (error instanceof DeepSeekGuardError) {
    // @ts-expect-error: no error has that code
    void (error.code === 'timeout')
    // @ts-expect-error: only a ConfigError has findings
    void error.findings
    return error.code
  }
  // @ts-expect-error: the base is never thrown itself
  return new DeepSeekGuardError('x').message
}

// --- Frameworks

export function expressAndKoa(deepseek: DeepSeekGuard): void {
  const app = express()
  app.use(deepseek)
  app.get('/', deepseek.required(), (req, res) => {
    is<DeepSeekGuard>()(req.deepseek, true)
    res.send(req.deepseek.health().status)
  })
  new Koa().use(deepseek).use(deepseek.required())
  // @ts-expect-error: required() makes the handler
  app.get('/', deepseek.required, 42)
}

export async function fastify(): Promise<void> {
  const app = Fastify()
  await app.register(fastifyGuard)
  await app.register(fastifyGuard, { health: { path: '/up' }, logger: false })
  app.get('/', { preHandler: app.deepseek.required() }, ({ deepseek }) => deepseek.health())
  // @ts-expect-error: misspelt
  await app.register(fastifyGuard, { baseUrl: 'https://api.deepseek.com' })
}

export function hono(): void {
  const deepseek = honoGuard({ logger: false })
  const app = new Hono()
  app.use(deepseek)
  app.get('/', deepseek.required(), (c) => c.json(c.get('deepseek').health()))
  // @ts-expect-error: misspelt
  honoGuard({ loger: false })
  // @ts-expect-error: the guard for Hono is no middleware for Express
  express().use(deepseek)
}

@Controller()
export class ChatController {
  constructor(
    @InjectDeepSeek() private readonly deepseek: DeepSeekGuard,
    private readonly checks: HealthCheckService,
    private readonly indicator: DeepSeekHealthIndicator,
  ) {}

  @Get()
  @UseGuards(DeepSeekRequired)
  chat(): Health {
    return this.deepseek.health()
  }

  @Get('health')
  @HealthCheck()
  async health(): Promise<Status> {
    const { details } = await this.checks.check([() => this.indicator.isHealthy('ai')])
    return details.ai?.status === 'up' ? 'pass' : 'fail'
  }
}

@Module({ imports: [DeepSeekGuardModule.forRoot()], controllers: [ChatController] })
export class AppModule {}

// @ts-expect-error: misspelt
export const wrongModule = () => DeepSeekGuardModule.forRoot({ heath: false })

// --- Metrics and the testing kit

export function metrics(): GuardOptions {
  const registry = new Registry()
  // @ts-expect-error: a registry, not its text
  guardMetrics({ registry: 'default' })
  // @ts-expect-error: misspelt
  guardMetrics({ registery: registry })
  // @ts-expect-error: OpenTelemetry is configured by its own SDK
  guardTelemetry({ registry })
  return { metrics: [guardMetrics({ registry }), guardTelemetry()] }
}

// --- The account

export function account(deepseek: DeepSeekGuard): (GuardOptions | undefined)[] {
  is<AccountSnapshot | undefined>()(deepseek.account(), true)
  const snapshot = deepseek.account()
  is<number | undefined>()(snapshot?.balances[0]?.total, true)
  is<number | undefined>()(snapshot?.burnPerHour?.lastDay, true)
  is<number | undefined>()(snapshot?.spent?.amount, true)
  is<boolean>()(deepseekPrices.isPeak(new Date()), true)
  is<number | undefined>()(deepseekPrices.priceOf('deepseek-flash', 0, 'CNY')?.output, true)
  const prices: PriceTable = {
    ...deepseekPrices,
    models: { mine: { USD: { cacheHit: 1, cacheMiss: 2, output: 3 } } },
  }
  // @ts-expect-error: a snapshot is read only
  if (snapshot) snapshot.peak = true
  return [
    { account: false },
    { account: { lowBalance: { CNY: 50 }, warnHours: 48, exclusive: true, prices } },
    // @ts-expect-error: misspelt
    { account: { exclusve: true } },
    // @ts-expect-error: true is the default and no way to say it
    { account: true },
  ]
}

export async function testingKit(): Promise<void> {
  const fake: FakeDeepSeek = await startFakeDeepSeek({ models: ['deepseek-flash'] })
  const modes: FailureMode[] = ['busy', 'error', 'rate-limit', 'balance-limit', 'hang', 'reset']
  modes.push('html-proxy', 'governor', 'strip-authorization', 'echo-other-key')
  for (const mode of modes) fake.fail(mode, 1)
  is<string>()(fake.issueKey(), true)
  fake.revoke(fake.key)
  fake.setBalance(false)
  fake.setModels([])
  is<number>()(fake.calls.length, true)
  is<number>()(replies.busy.status, true)
  await fake.close()

  // @ts-expect-error: no mode of that name
  fake.fail('down')
  // @ts-expect-error: a balance is there or not; amounts are none of the guard's business
  fake.setBalance(3.5)
  // @ts-expect-error: it is a promise until it listens
  void startFakeDeepSeek().url
  // @ts-expect-error: no reply of that name
  void replies.notFoundAtAll
}
