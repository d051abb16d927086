import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import connect from 'connect'
import { type DeepSeekGuard, deepseekGuard } from '../../src/middleware/universal'
import { guardContract, type StartApp } from './contract'
import { listen, stop } from './listen'

type Handler = (req: IncomingMessage, res: ServerResponse) => void | Promise<void>

const text =
  (body: string): Handler =>
  (_req, res) =>
    void res.end(body)

/** The routes, for frameworks that have none or little of their own. */
function routesFor(guard: DeepSeekGuard): Record<string, Handler> {
  const required = guard.required()
  return {
    'GET /plain': text('plain'),
    'GET /async': async (_req, res) => {
      await new Promise(setImmediate)
      res.end('{"async":true}')
    },
    'POST /echo': async (req, res) => void res.end(JSON.stringify(await json(req))),
    'GET /fault': () => {
      throw new Error('boom')
    },
    'GET /same': (req, res) => {
      res.end((req as { deepseek?: unknown }).deepseek === guard ? 'same' : 'other')
    },
    'GET /needs': (req, res) => required(req, res, () => res.end('passed')),
  }
}

function notFound(_req: IncomingMessage, res: ServerResponse): void {
  res.statusCode = 404
  res.end('nothing here')
}

function onError(error: Error, res: ServerResponse): void {
  res.statusCode = 500
  res.end(`handled ${error.message}`)
}

const startPlain: StartApp = async (options) => {
  const guard = deepseekGuard(options)
  const routes: Record<string, Handler> = {
    ...routesFor(guard),
    'GET /mounted/inner': text('inner'),
  }
  const server = createServer((req, res) => {
    guard(req, res, () => {
      try {
        void (routes[`${req.method} ${req.url}`] ?? notFound)(req, res)
      } catch (error) {
        onError(error as Error, res)
      }
    })
  })
  return { url: await listen(server), guard, close: () => stop(server) }
}

const startConnect: StartApp = async (options) => {
  const guard = deepseekGuard(options)
  const routes = routesFor(guard)
  const app = connect()
  app.use(guard)
  app.use('/mounted', (req, res, next) => {
    if (req.url === '/inner') res.end('inner')
    else next()
  })
  app.use((req, res) => void (routes[`${req.method} ${req.url}`] ?? notFound)(req, res))
  app.use(((error, _req, res, _next) => onError(error, res)) as connect.ErrorHandleFunction)
  const server = createServer(app)
  return { url: await listen(server), guard, close: () => stop(server) }
}

const startPolka: StartApp = async (options) => {
  const guard = deepseekGuard(options)
  const polka = require('polka')
  const app = polka({
    onError: (error: Error, _req: unknown, res: ServerResponse) => onError(error, res),
    onNoMatch: notFound,
  })
  app.use(guard)
  // Polka 0.5 catches nothing: faults go to `next`.
  const fault = (_req: unknown, _res: unknown, next: (error: Error) => void) =>
    next(new Error('boom'))
  for (const [route, handler] of Object.entries({ ...routesFor(guard), 'GET /fault': fault })) {
    const [method, path] = route.split(' ')
    app.add(method, path, handler)
  }
  app.use('/mounted', polka().get('/inner', text('inner')))
  const server = createServer(app.handler)
  return { url: await listen(server), guard, close: () => stop(server) }
}

guardContract('node:http', startPlain)
guardContract('Connect', startConnect)
guardContract('Polka', startPolka)
