import { createServer, type Server } from 'node:http'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import request from 'supertest'
import type { GuardOptions } from '../../src/guard/options'
import { deepseekGuard as fastifyGuard } from '../../src/middleware/fastify'
import { deepseekGuard as honoGuard } from '../../src/middleware/hono'
import { deepseekGuard } from '../../src/middleware/universal'
import { type FakeDeepSeek, startFakeDeepSeek } from '../../src/testing'

let fake: FakeDeepSeek
beforeEach(async () => {
  fake = await startFakeDeepSeek()
})
afterEach(() => fake.close())

const options = (health: GuardOptions['health'] = {}): GuardOptions => ({
  env: { DEEPSEEK_API_KEY: fake.key, DEEPSEEK_BASE_URL: fake.url },
  logger: false,
  health,
})
const wrong: GuardOptions = { env: { DEEPSEEK_API_KEY: 'your-api-key' }, logger: false }
const misspelt = { ...wrong, helth: {} } as GuardOptions

describe('Express', () => {
  test('two guards on two paths of one application keep to their own', async () => {
    const good = deepseekGuard(options({ path: '/health/good' }))
    const other = await startFakeDeepSeek()
    const bad = deepseekGuard({
      ...options({ path: '/health/bad', confirmDelayMs: 1 }),
      env: { DEEPSEEK_API_KEY: fake.key, DEEPSEEK_BASE_URL: other.url },
    })
    const app = express().use(good).use(bad)
    await good.ready()
    await expect(bad.ready()).rejects.toMatchObject({ code: 'credential-rejected' })
    await request(app).get('/health/good').expect(200)
    await request(app).get('/health/bad').expect(503)
    await Promise.all([good.close(), bad.close(), other.close()])
  })

  test('a guard mounted under a prefix serves its path below the prefix', async () => {
    const guard = deepseekGuard(options())
    const app = express().use('/internal', guard)
    await request(app).get('/internal/health/deepseek/live').expect(200)
    await request(app).get('/health/deepseek/live').expect(404)
    await guard.close()
  })

  test('throws where it is made when the environment or an option is wrong', () => {
    expect(() => deepseekGuard(wrong)).toThrow(expect.objectContaining({ code: 'config' }))
    expect(() => deepseekGuard(misspelt)).toThrow(TypeError)
  })
})

describe('node:http', () => {
  test('an answer that somebody else sent meanwhile stays', async () => {
    const guard = deepseekGuard(options())
    const server: Server = createServer((req, res) => {
      guard(req, res)
      res.writeHead(504).end()
    })
    await request(server).get('/health/deepseek').expect(504)
    await guard.close()
  })
})

describe('Koa', () => {
  test('required() is a middleware that passes on what comes after it', async () => {
    const guard = deepseekGuard(options())
    await guard.ready()
    const app = new Koa().use(guard).use(guard.required())
    app.use((ctx) => {
      ctx.body = { same: ctx.state.deepseek === guard }
    })
    await request(app.callback()).get('/chat').expect(200, { same: true })
    await guard.close()
  })

  test('a fault behind the guard reaches the application', async () => {
    const guard = deepseekGuard(options())
    const app = new Koa().use(guard).use(() => {
      throw Object.assign(new Error('teapot'), { status: 418, expose: true })
    })
    await request(app.callback()).get('/chat').expect(418, 'teapot')
    await guard.close()
  })
})

describe('Fastify', () => {
  test('registering rejects when the environment or an option is wrong', async () => {
    await expect(Fastify().register(fastifyGuard, wrong)).rejects.toMatchObject({ code: 'config' })
    await expect(Fastify().register(fastifyGuard, misspelt)).rejects.toThrow(TypeError)
  })

  test('the health path is served to injected requests', async () => {
    const app = Fastify()
    await app.register(fastifyGuard, options())
    await app.deepseek.ready()
    const answer = await app.inject('/health/deepseek')
    expect(answer.statusCode).toBe(200)
    await app.close()
  })

  test('required() also works as an onRequest hook of a scope', async () => {
    fake.revoke(fake.key)
    const app = Fastify()
    await app.register(fastifyGuard, options({ confirmDelayMs: 1 }))
    await app.register(async (scope) => {
      scope.addHook('onRequest', app.deepseek.required())
      scope.get('/chat', async () => 'passed')
    })
    app.get('/about', async () => 'about')
    await expect(app.deepseek.ready()).rejects.toMatchObject({ code: 'credential-rejected' })
    expect((await app.inject('/chat')).statusCode).toBe(503)
    expect((await app.inject('/about')).body).toBe('about')
    await app.close()
  })

  test('closing the server drains first and then closes the guard', async () => {
    const app = Fastify()
    await app.register(fastifyGuard, options())
    await app.deepseek.ready()
    const phases: string[] = []
    app.addHook('onClose', async () => void phases.push(app.deepseek.health().phase))
    await app.close()
    expect(phases).toEqual(['draining'])
    await expect(app.deepseek.ready()).rejects.toMatchObject({ code: 'guard-closed' })
  })
})

describe('Hono', () => {
  test('answers without a server, and shows no details to a caller it cannot see', async () => {
    const guard = honoGuard(options())
    await guard.ready()
    const app = new Hono().use(guard).get('/chat', guard.required(), (c) => c.text('passed'))
    const answer = await app.request('/health/deepseek')
    expect(await answer.text()).toBe('{"status":"pass"}')
    expect(await (await app.request('/chat')).text()).toBe('passed')
    await guard.close()
  })

  test('required() answers a problem when the guard itself is not installed', async () => {
    fake.revoke(fake.key)
    const guard = honoGuard(options({ confirmDelayMs: 1 }))
    await expect(guard.ready()).rejects.toMatchObject({ code: 'credential-rejected' })
    const app = new Hono().get('/chat', guard.required(), (c) => c.text('passed'))
    const answer = await app.request('/chat')
    expect(answer.status).toBe(503)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    await guard.close()
  })

  test('throws where it is made when the environment is wrong', () => {
    expect(() => honoGuard(wrong)).toThrow(expect.objectContaining({ code: 'config' }))
  })
})
