// One service with one health endpoint, as its library's README has it: the first argument says
// which. It asks the upstream of the environment, and lives as long as its parent.
import http from 'node:http'
import { createRequire } from 'node:module'

const load = createRequire(import.meta.url)
const upstream = process.env.DEEPSEEK_BASE_URL
/** Short, so that a window of the measurement sees what comes after it, too. */
const TIMEOUT_MS = 250

/** What a readiness check by hand does: ask, throw unless it went well. */
async function ask(signal) {
  const headers = { authorization: `Bearer ${process.env.DEEPSEEK_API_KEY}` }
  const answer = await fetch(`${upstream}/user/balance`, { headers, signal })
  await answer.arrayBuffer()
  if (!answer.ok) throw new Error(`DeepSeek answered ${answer.status}`)
}

function express(install) {
  const app = load('express')()
  install(app)
  return http.createServer(app)
}

function koa(install) {
  const Koa = load('koa')
  const app = new Koa()
  install(app)
  return http.createServer(app.callback())
}

function guardOf() {
  const health = { path: '/health', intervalMs: 1_000, timeoutMs: TIMEOUT_MS }
  return load('deepseek-guard').deepseekGuard({ health, logger: false })
}

/** Nest's decorators, applied by hand: this file is not compiled. */
async function nest(check) {
  load('reflect-metadata')
  const { Controller, Get, Inject, Module } = await import('@nestjs/common')
  const { NestFactory } = await import('@nestjs/core')
  const terminus = await import('@nestjs/terminus')
  const { HealthCheck, HealthCheckService, HealthIndicatorService, TerminusModule } = terminus
  class Health {
    constructor(service, indicators) {
      this.service = service
      this.indicators = indicators
    }
    health() {
      return this.service.check([() => check(this.indicators.check('deepseek'))])
    }
  }
  Inject(HealthCheckService)(Health, undefined, 0)
  Inject(HealthIndicatorService)(Health, undefined, 1)
  const method = Object.getOwnPropertyDescriptor(Health.prototype, 'health')
  for (const decorate of [HealthCheck(), Get()]) decorate(Health.prototype, 'health', method)
  Controller('health')(Health)
  class App {}
  Module({ imports: [TerminusModule.forRoot({ logger: false })], controllers: [Health] })(App)
  const app = await NestFactory.create(App, { logger: false })
  await app.init()
  return app.getHttpServer()
}

const services = {
  constant: () => express((app) => app.get('/health', (_req, res) => res.json({ status: 'pass' }))),
  guard: () => express((app) => app.use(guardOf())),
  'koa-constant': () =>
    koa((app) =>
      app.use((ctx) => {
        ctx.body = { status: 'pass' }
      }),
    ),
  'koa-guard': () => koa((app) => app.use(guardOf())),
  terminus: () => {
    const server = express((app) => app.get('/', (_req, res) => res.send('ok')))
    const healthChecks = { '/health': () => ask() }
    return load('@godaddy/terminus').createTerminus(server, { healthChecks, logger() {} })
  },
  nest: () =>
    nest((indicator) => indicator.attempt(({ signal }) => ask(signal)).withTimeout(TIMEOUT_MS)),
  'nest-cached': () =>
    nest((indicator) =>
      indicator
        .attempt(({ signal }) => ask(signal))
        .withTimeout(TIMEOUT_MS)
        .cacheFor(1_000),
    ),
}

const server = await services[process.argv[2]]()
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
process.once('disconnect', () => process.exit())
