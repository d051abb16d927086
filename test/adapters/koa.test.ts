import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import Koa from 'koa'
import { deepseekGuard } from '../../src/middleware/universal'
import { guardContract, type StartApp } from './contract'
import { listen, stop } from './listen'

function starter(Framework: typeof Koa): StartApp {
  return async (options) => {
    const guard = deepseekGuard(options)
    const app = new Framework()
    app.use(async (ctx, next) => {
      try {
        await next()
      } catch (error) {
        ctx.status = 500
        ctx.body = `handled ${(error as Error).message}`
      }
    })
    app.use(guard)
    const required = guard.required()
    app.use(async (ctx) => {
      const route = `${ctx.method} ${ctx.path}`
      if (route === 'GET /plain') ctx.body = 'plain'
      else if (route === 'GET /async') {
        await new Promise(setImmediate)
        ctx.body = { async: true }
      } else if (route === 'POST /echo') ctx.body = await json(ctx.req)
      else if (route === 'GET /fault') throw new Error('boom')
      else if (route === 'GET /same') ctx.body = ctx.state.deepseek === guard ? 'same' : 'other'
      else if (route === 'GET /needs') {
        await required(ctx, async () => {
          ctx.body = 'passed'
        })
      } else if (route === 'GET /mounted/inner') ctx.body = 'inner'
      else {
        ctx.status = 404
        ctx.body = 'nothing here'
      }
    })
    const server = createServer(app.callback())
    return { url: await listen(server), guard, close: () => stop(server) }
  }
}

guardContract('Koa 3', starter(Koa))
guardContract('Koa 2', starter(require('koa2')))
