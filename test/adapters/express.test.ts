import { createServer } from 'node:http'
import express, { type NextFunction, type Request, type Response } from 'express'
import { deepseekGuard } from '../../src/middleware/universal'
import { guardContract, type StartApp } from './contract'
import { listen, stop } from './listen'

function starter(framework: typeof express): StartApp {
  return async (options) => {
    const guard = deepseekGuard(options)
    const app = framework()
    app.use(guard)
    app.use(framework.json())
    app.get('/plain', (_req, res) => void res.type('text').send('plain'))
    app.get('/async', async (_req, res) => {
      await new Promise(setImmediate)
      res.json({ async: true })
    })
    app.post('/echo', (req, res) => void res.json(req.body))
    app.get('/fault', () => {
      throw new Error('boom')
    })
    app.get('/same', (req, res) => void res.send(req.deepseek === guard ? 'same' : 'other'))
    app.get('/needs', guard.required(), (_req, res) => void res.send('passed'))
    const router = framework.Router()
    router.get('/inner', (_req, res) => void res.send('inner'))
    app.use('/mounted', router)
    app.use((_req, res) => void res.status(404).send('nothing here'))
    app.use((error: Error, _req: Request, res: Response, _next: NextFunction) => {
      res.status(500).send(`handled ${error.message}`)
    })
    const server = createServer(app)
    return { url: await listen(server), guard, close: () => stop(server) }
  }
}

guardContract('Express 5', starter(express))
guardContract('Express 4', starter(require('express4')))
