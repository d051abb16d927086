/**
 * Deno: no framework, the guard answers the health endpoints by itself. The grants are the least
 * that it needs: what it may read and write is absent without them, and never an error.
 *
 *   DEEPSEEK_API_KEY=sk-... deno run --allow-env --allow-net --allow-sys=hostname \
 *     examples/deno/server.ts
 *   curl 'localhost:3000/chat?message=Hello' ; curl -i localhost:3000/health/deepseek
 */
import process from 'node:process'
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

const port = Number(process.env.PORT || 3000)
const onListen = ({ port }: { port: number }) => {
  console.log(`Listening on http://localhost:${port}`)
}
const server = Deno.serve({ port, onListen }, (request) => {
  const health = deepseek.respond(request)
  if (health) return health
  const { pathname, searchParams } = new URL(request.url)
  if (pathname === '/chat') return chat(searchParams.get('message') ?? 'Hello')
  return new Response('Not found\n', { status: 404 })
})

process.once('SIGTERM', async () => {
  // In Kubernetes, wait one probe period after drain() before stopping the server.
  deepseek.drain()
  await server.shutdown()
  await deepseek.close()
})
