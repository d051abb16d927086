// @ts-check
/**
 * Short-lived tokens instead of a key: many companies put a gateway in front of DeepSeek that takes
 * OAuth 2.0 access tokens (RFC 6749, section 4.4). The guard fetches one, renews it before it ends,
 * and after a 401 fetches another and repeats the call once.
 *
 *   TOKEN_URL=https://login.example.com/oauth/token CLIENT_ID=... CLIENT_SECRET=... \
 *   DEEPSEEK_BASE_URL=https://gateway.example.com/deepseek \
 *   node examples/client-credentials/server.mjs
 */
import { createServer } from 'node:http'
import { clientCredentials, deepseekGuard } from 'deepseek-guard'
import OpenAI from 'openai'

const { TOKEN_URL, CLIENT_ID, CLIENT_SECRET } = process.env
if (!TOKEN_URL || !CLIENT_ID || !CLIENT_SECRET) {
  throw new Error('Set TOKEN_URL, CLIENT_ID and CLIENT_SECRET to those of your gateway.')
}

const deepseek = deepseekGuard({
  credential: clientCredentials({
    tokenURL: TOKEN_URL,
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    scope: 'chat',
  }),
})
const openai = new OpenAI(deepseek.client)

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
