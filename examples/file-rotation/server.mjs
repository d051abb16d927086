// @ts-check
/**
 * A key that rotates under a running process. `DEEPSEEK_API_KEY_FILE` names the file, as Docker and
 * Kubernetes secrets mount it; the guard watches the directory and reads the file again after every
 * 401, so a new key needs no restart. `fromFile` in code does the same and lets you choose how
 * often the file is read when watching does not work (network file systems): here every 5 s.
 *
 *   printf %s sk-... > /tmp/deepseek-key
 *   DEEPSEEK_API_KEY_FILE=/tmp/deepseek-key node examples/file-rotation/server.mjs
 *   curl 'localhost:3000/chat?message=Hello'
 */
import { createServer } from 'node:http'
import { deepseekGuard, fromFile } from 'deepseek-guard'
import OpenAI from 'openai'

const path = process.env.DEEPSEEK_API_KEY_FILE || '/run/secrets/deepseek-key'
const deepseek = deepseekGuard({ credential: fromFile(path, { pollMs: 5_000 }) })
const openai = new OpenAI(deepseek.client)

deepseek.on('refresh', (refresh) => console.log('credential refreshed', refresh))

// Plain node:http: the guard is a (req, res, next) handler like any other.
const server = createServer((req, res) => deepseek(req, res, () => chat(req, res)))
server.listen(Number(process.env.PORT || 3000), () => {
  const address = server.address()
  console.log(`Listening on http://localhost:${typeof address === 'object' && address?.port}`)
})

/**
 * @param {import('node:http').IncomingMessage} req
 * @param {import('node:http').ServerResponse} res
 */
async function chat(req, res) {
  const message = new URL(req.url ?? '/', 'http://localhost').searchParams.get('message') ?? ''
  try {
    const completion = await openai.chat.completions.create({
      model: 'deepseek-flash',
      messages: [{ role: 'user', content: message }],
    })
    res.end(`${completion.choices[0]?.message.content}\n`)
  } catch {
    res.writeHead(502).end('DeepSeek did not answer this one; the log says why.\n')
  }
}

process.once('SIGTERM', () => {
  deepseek.drain()
  server.close(() => deepseek.close())
})
