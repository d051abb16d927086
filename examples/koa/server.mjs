// @ts-check
/**
 * Koa: the same guard, the same one line. `ctx.state.deepseek` is the guard, `required()` answers
 * 503 while DeepSeek cannot be used, and the health endpoint is served in front of everything.
 *
 *   DEEPSEEK_API_KEY=sk-... node examples/koa/server.mjs
 *   curl 'localhost:3000/chat?message=Hello'
 */
import { deepseekGuard } from 'deepseek-guard'
import Koa from 'koa'
import OpenAI from 'openai'

const deepseek = deepseekGuard()
const openai = new OpenAI(deepseek.client)

const app = new Koa()
app.use(deepseek)
app.use(deepseek.required())
app.use(async (ctx) => {
  if (ctx.path !== '/chat') return
  const completion = await openai.chat.completions.create({
    model: 'deepseek-flash',
    messages: [{ role: 'user', content: String(ctx.query.message) }],
  })
  ctx.body = { answer: completion.choices[0]?.message.content }
})

const server = app.listen(Number(process.env.PORT || 3000), () => {
  const address = server.address()
  console.log(`Listening on http://localhost:${typeof address === 'object' && address?.port}`)
})

process.once('SIGTERM', () => {
  deepseek.drain()
  server.close(() => deepseek.close())
})
