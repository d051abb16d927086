// @ts-check
/**
 * The service that compose.yaml starts. All of its configuration is in the environment and in the
 * secret file, so the code names neither.
 */
import { deepseekGuard } from 'deepseek-guard'
import express from 'express'
import OpenAI from 'openai'

const deepseek = deepseekGuard()
const openai = new OpenAI(deepseek.client)

const app = express()
app.use(deepseek)
app.get('/chat', deepseek.required(), async (req, res) => {
  const completion = await openai.chat.completions.create({
    model: 'deepseek-flash',
    messages: [{ role: 'user', content: String(req.query.message) }],
  })
  res.json({ answer: completion.choices[0]?.message.content })
})

const server = app.listen(Number(process.env.PORT || 3000), () => {
  const address = server.address()
  console.log(`Listening on http://localhost:${typeof address === 'object' && address?.port}`)
})

process.once('SIGTERM', () => {
  deepseek.drain()
  server.close(() => deepseek.close())
})
