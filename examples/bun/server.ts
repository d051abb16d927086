/**
 * Bun: no framework, the guard answers the health endpoints by itself.
 *
 *   DEEPSEEK_API_KEY=sk-... bun examples/bun/server.ts
 *   curl 'localhost:3000/chat?message=Hello' ; curl -i localhost:3000/health/deepseek
 */
import { deepseekGuard } from 'deepseek-guard'
import OpenAI from 'openai'

const deepseek = deepseekGuard()
const openai = new OpenAI(deepseek.client)

async function chat(message: string): Promise<Response> {
  try {
    const completion = await openai.chat.completions.create({
      model: 'deepseek-flash',
      messages: [{ role: 'user', content: message }],
    })
    return Response.json({ answer: completion.choices[0]?.message.content })
  } catch (error) {
    const { cause, title } = deepseek.diagnose(error)
    return Response.json({ cause, title }, { status: 502 })
  }
}

const server = Bun.serve({
  port: Number(process.env.PORT || 3000),
  fetch(request) {
    const health = deepseek.respond(request)
    if (health) return health
    const { pathname, searchParams } = new URL(request.url)
    if (pathname === '/chat') return chat(searchParams.get('message') ?? 'Hello')
    return new Response('Not found\n', { status: 404 })
  },
})
console.log(`Listening on http://localhost:${server.port}`)

process.once('SIGTERM', async () => {
  // In Kubernetes, wait one probe period after drain() before stopping the server.
  deepseek.drain()
  await server.stop()
  await deepseek.close()
})
