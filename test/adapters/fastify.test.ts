import Fastify from 'fastify'
import { deepseekGuard } from '../../src/middleware/fastify'
import { guardContract, type StartApp } from './contract'

const start: StartApp = async (options) => {
  const app = Fastify({ forceCloseConnections: true })
  await app.register(deepseekGuard, options)
  app.get('/plain', (_request, reply) => void reply.send('plain'))
  app.get('/async', async () => {
    await new Promise(setImmediate)
    return { async: true }
  })
  app.post('/echo', async (request) => request.body)
  app.get('/fault', async () => {
    throw new Error('boom')
  })
  app.get('/same', async (request) => (request.deepseek === app.deepseek ? 'same' : 'other'))
  app.get('/needs', { preHandler: app.deepseek.required() }, async () => 'passed')
  app.register(
    async (inner) => {
      inner.get('/inner', async (request) =>
        request.deepseek === inner.deepseek ? 'inner' : 'other',
      )
    },
    { prefix: '/mounted' },
  )
  app.setNotFoundHandler((_request, reply) => void reply.code(404).send('nothing here'))
  app.setErrorHandler((error: Error, _request, reply) => {
    void reply.code(500).send(`handled ${error.message}`)
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  return { url, guard: app.deepseek, close: () => app.close() }
}

guardContract('Fastify 5', start)
