import type { Server } from 'node:http'
import { inspect } from 'node:util'
import { createAdaptorServer } from '@hono/node-server'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import OpenAI from 'openai'
import { deepseekGuard } from '../../src'
import { deepseekGuard as fastifyGuard } from '../../src/middleware/fastify'
import { deepseekGuard as honoGuard } from '../../src/middleware/hono'
import { listen, stop } from '../adapters/listen'

/** Nobody listens there: nothing leaves this machine. */
const env = {
  DEEPSEEK_API_KEY: `sk-${'0f1e2d3c4b5a6978'.repeat(2)}`,
  DEEPSEEK_BASE_URL: 'http://127.0.0.1:9',
}
const options = { env, logger: false, health: { path: '/up' } } as const
const off = { ...options, health: false } as const

/** What a plain GET is told by a server of any kind. */
async function tell(handler: (req: never, res: never) => void): Promise<string> {
  const { createServer } = await import('node:http')
  const server = createServer(handler as never)
  const url = await listen(server)
  try {
    return await (await fetch(url)).text()
  } finally {
    await stop(server)
  }
}

test('app.use(deepseekGuard) in Express is answered with the parentheses', async () => {
  const app = express()
  app.use(deepseekGuard as never)
  app.use(((error: Error, _req: unknown, res: express.Response, _next: unknown) => {
    res.send(error.message)
  }) as express.ErrorRequestHandler)
  expect(await tell(app as never)).toBe(
    'deepseekGuard makes the middleware: write app.use(deepseekGuard()), with parentheses.',
  )
})

test('app.use(deepseekGuard) in Koa is answered with the parentheses', async () => {
  const app = new Koa()
  app.use(async (ctx, next) => {
    await next().catch((error: Error) => {
      ctx.body = error.message
    })
  })
  app.use(deepseekGuard as never)
  expect(await tell(app.callback() as never)).toContain('with parentheses')
})

test.each([
  ['uncalled', deepseekGuard],
  ['called', deepseekGuard(off)],
])('the root entry in Hono, %s, is answered with the right entry', async (_, guard) => {
  const app = new Hono()
  app.use(guard as never)
  app.onError((error, c) => c.text(error.message))
  const text = await (await app.request('/')).text()
  expect(text).toBe(
    "In Hono, import deepseekGuard from 'deepseek-guard/hono' and write app.use(deepseekGuard()).",
  )
})

test.each([
  ['uncalled', deepseekGuard],
  ['called', deepseekGuard(off)],
])('the root entry in Fastify, %s, is answered with the right entry', async (_, guard) => {
  const app = Fastify()
  const registered = async () => app.register(guard as never)
  await expect(registered()).rejects.toThrow("import deepseekGuard from 'deepseek-guard/fastify'")
})

test('the root guard as a hook of Fastify is answered with the right entry', async () => {
  const app = Fastify()
  app.addHook('onRequest', deepseekGuard(off) as never)
  const { body } = await app.inject('/')
  expect(body).toContain('deepseek-guard/fastify')
})

test('a framework of WHATWG requests is led to respond()', () => {
  const guard = deepseekGuard(off) as (...args: unknown[]) => unknown
  const event = { req: new Request('http://a.example/'), res: {} }
  expect(() => guard(event, () => undefined)).toThrow('write deepseek.respond(request)')
})

test('the guard of Hono in Express is answered with the root entry', async () => {
  const app = express()
  app.use(honoGuard(off) as never)
  app.use(((error: Error, _req: unknown, res: express.Response, _next: unknown) => {
    res.send(error.message)
  }) as express.ErrorRequestHandler)
  expect(await tell(app as never)).toContain("import deepseekGuard from 'deepseek-guard'")
})

test('new OpenAI(deepseek) throws the line to write, and printing the guard does not', async () => {
  for (const guard of [deepseekGuard(off), honoGuard(off)]) {
    expect(() => new OpenAI(guard as never)).toThrow(
      new TypeError(
        'The guard itself is not a set of client options: write new OpenAI(deepseek.client).',
      ),
    )
    expect(Object.keys(guard)).not.toContain('apiKey')
    expect(() => [inspect(guard), { ...guard }]).not.toThrow()
  }
})

test('required without its parentheses is the handler', async () => {
  const guard = deepseekGuard(off)
  const app = express()
  app.get('/', guard.required as express.RequestHandler, (_req, res) => void res.send('passed'))
  expect(await tell(app as never)).toBe('passed')
  const hono = honoGuard(off)
  const honoApp = new Hono().get('/', hono.required, (c) => c.text('passed'))
  expect(await (await honoApp.request('/')).text()).toBe('passed')
  const fastify = Fastify()
  await fastify.register(fastifyGuard, off)
  fastify.get('/', { preHandler: fastify.deepseek.required }, () => 'passed')
  expect((await fastify.inject('/')).body).toBe('passed')
  await Promise.all([guard.close(), hono.close(), fastify.close()])
})

describe('two guards on one path of one application', () => {
  let emit: jest.SpyInstance
  beforeEach(() => {
    emit = jest.spyOn(process, 'emitWarning').mockImplementation()
  })
  afterEach(() => emit.mockRestore())

  test('are told once in Express', async () => {
    const guards = [deepseekGuard(options), deepseekGuard(options)]
    const app = express().use(guards)
    await tell(app as never)
    await tell(app as never)
    expect(emit.mock.calls).toEqual([
      [expect.stringContaining('Two guards serve /up'), { code: 'DEEPSEEK_GUARD_TWICE' }],
    ])
    await Promise.all(guards.map((guard) => guard.close()))
  })

  test('are told in Hono', async () => {
    const guards = [honoGuard(options), honoGuard(options)]
    const app = new Hono().use(...guards)
    const server = createAdaptorServer({ fetch: app.fetch }) as Server
    await fetch(await listen(server))
    await stop(server)
    expect(emit).toHaveBeenCalledTimes(1)
    await Promise.all(guards.map((guard) => guard.close()))
  })

  test('are refused in Fastify', async () => {
    const app = Fastify()
    await app.register(fastifyGuard, options)
    const again = async () => app.register(fastifyGuard, options)
    await expect(again()).rejects.toThrow('register deepseekGuard once')
    await app.close()
  })

  test('are silent where their paths differ', async () => {
    const guards = [deepseekGuard(options), deepseekGuard(off)]
    await tell(express().use(guards) as never)
    expect(emit).not.toHaveBeenCalled()
    await Promise.all(guards.map((guard) => guard.close()))
  })
})
