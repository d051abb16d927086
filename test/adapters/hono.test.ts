import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { deepseekGuard } from '../../src/middleware/hono'
import { guardContract, type StartApp } from './contract'
import { listen, stop } from './listen'

const start: StartApp = async (options) => {
  const guard = deepseekGuard(options)
  const app = new Hono()
  app.use(guard)
  app.get('/plain', (c) => c.text('plain'))
  app.get('/async', async (c) => {
    await new Promise(setImmediate)
    return c.json({ async: true })
  })
  app.post('/echo', async (c) => c.json(await c.req.json()))
  app.get('/fault', () => {
    throw new Error('boom')
  })
  app.get('/same', (c) => c.text(c.get('deepseek') === guard ? 'same' : 'other'))
  app.get('/needs', guard.required(), (c) => c.text('passed'))
  const inner = new Hono()
  inner.get('/inner', (c) => c.text('inner'))
  app.route('/mounted', inner)
  app.notFound((c) => c.text('nothing here', 404))
  app.onError((error, c) => c.text(`handled ${error.message}`, 500))
  const server = createAdaptorServer({ fetch: app.fetch }) as Server
  return { url: await listen(server), guard, close: () => stop(server) }
}

guardContract('Hono', start)
