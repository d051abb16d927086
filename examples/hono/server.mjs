// @ts-check
/**
 * Hono on Node: the guard is a middleware that carries the guard's members; handlers find it as
 * `c.get('deepseek')`.
 *
 *   DEEPSEEK_API_KEY=sk-... node examples/hono/server.mjs
 *   curl 'localhost:3000/chat?message=Hello'
 */
import { serve } from '@hono/node-server'
import { deepseekGuard } from 'deepseek-guard/hono'
import { Hono } from 'hono'
import OpenAI from 'openai'

const deepseek = deepseekGuard()
const openai = new OpenAI(deepseek.client)

const app = new Hono()
app.use(deepseek)
app.get('/chat', deepseek.required(), async (c) => {
  const completion = await openai.chat.completions.create({
    model: 'deepseek-flash',
    messages: [{ role: 'user', content: c.req.query('message') ?? '' }],
  })
  return c.json({ answer: completion.choices[0]?.message.content })
})

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT || 3000) }, (info) => {
  console.log(`Listening on http://localhost:${info.port}`)
})

process.once('SIGTERM', () => {
  deepseek.drain()
  server.close(() => deepseek.close())
})
