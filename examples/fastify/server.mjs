// @ts-check
/**
 * Fastify: the guard is a plugin. It decorates `app.deepseek` and `request.deepseek`, serves the
 * health endpoint and closes itself with the server (`onClose`).
 *
 *   DEEPSEEK_API_KEY=sk-... node examples/fastify/server.mjs
 *   curl 'localhost:3000/chat?message=Hello'
 */
import { deepseekGuard } from 'deepseek-guard/fastify'
import Fastify from 'fastify'
import OpenAI from 'openai'

const app = Fastify()
await app.register(deepseekGuard, {})
const openai = new OpenAI(app.deepseek.client)

app.get('/chat', { preHandler: app.deepseek.required() }, async (request) => {
  const { message } = /** @type {{ message?: string }} */ (request.query)
  const completion = await openai.chat.completions.create({
    model: 'deepseek-flash',
    messages: [{ role: 'user', content: String(message) }],
  })
  return { answer: completion.choices[0]?.message.content }
})

const address = await app.listen({ port: Number(process.env.PORT || 3000) })
console.log(`Listening on ${address}`)

process.once('SIGTERM', () => {
  app.deepseek.drain()
  app.close()
})
