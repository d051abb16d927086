// Plays DeepSeek's own fault server to a plain fetch, to the wrapper and to DeepSeek's own adapter,
// and prints what each of them made of it, as JSON.
// usage: node official.mjs SERVER_FOLDER ADAPTER_FOLDER
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const load = createRequire(import.meta.url)
load('./load-typescript.cjs')
const { deepseekGuard } = load('../../src/index.ts')

const [serverFolder, adapterFolder] = process.argv.slice(2)
const fromFolder = (folder, name) =>
  import(pathToFileURL(join(folder, 'node_modules', name, 'lib/index.js')).href)
const { startMockLlmServer } = await fromFolder(serverFolder, '@deepseek-ai/dsh-llm-mock-server')
const { DeepSeekAdapter, resolveAdapterOptions } = await fromFolder(
  adapterFolder,
  '@deepseek-ai/dsh-llm-deepseek',
)

const behaviors = [
  ...['stream_disconnect', 'empty', 'empty_body', 'stream_eof', 'partial_eof'],
  ...['partial_disconnect', 'stall', 'malformed_json', 'malformed_event', 'wrong_content_type'],
  ...['success', 'reasoning_success', 'tool_call_success', 'max_tokens', 'slow_success'],
]
const apiKey = `sk-${'0123456789abcdef'.repeat(2)}`
const native = globalThis.fetch

/** All that a caller of `fetch` can see of a body. */
async function read(fetch, baseURL) {
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(new Error('enough')), 400)
  const chunks = []
  try {
    const body = JSON.stringify({ model: 'deepseek-flash', messages: [], stream: true })
    const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' }
    const init = { method: 'POST', headers, body, signal: abort.signal }
    const response = await fetch(`${baseURL}/chat/completions`, init)
    for await (const chunk of response.body) chunks.push(Buffer.from(chunk).toString())
    return { text: chunks.join(''), end: 'end' }
  } catch (error) {
    return { text: chunks.join(''), end: `${error.name}: ${error.message}` }
  } finally {
    clearTimeout(timer)
  }
}

/** What DeepSeek's own adapter makes of an answer; it takes the global fetch. */
async function adapt(fetch, baseURL) {
  globalThis.fetch = fetch
  const options = resolveAdapterOptions({ baseURL, streamIdleTimeoutMs: 300 })
  const adapter = new DeepSeekAdapter({
    options: () => options,
    resolveApiKey: async () => apiKey,
    resolveUserId: () => 'anonymous',
    resolveAttachments: () => undefined,
  })
  const messages = [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }]
  const seen = []
  try {
    for await (const part of adapter.stream({ model: 'deepseek-v4-pro', messages })) seen.push(part)
    return { seen }
  } catch (error) {
    return { seen, error: `${error.code}: ${error.message.replaceAll(baseURL, 'base')}` }
  } finally {
    globalThis.fetch = native
  }
}

const results = []
for (const behavior of behaviors) {
  const options = { sequence: [behavior], repeatLast: true, apiKey, chunkDelayMs: 2 }
  const server = await startMockLlmServer(options)
  const causes = []
  const guard = deepseekGuard({
    env: { DEEPSEEK_API_KEY: apiKey, DEEPSEEK_BASE_URL: server.baseURL },
    logger: false,
    health: false,
    outbound: { stallMs: 100 },
  })
  guard.on('diagnosis', ({ cause }) => causes.push(cause))
  const plain = [await read(native, server.baseURL), await read(guard.fetch, server.baseURL)]
  const told = [...causes]
  const adapted = [await adapt(native, server.baseURL), await adapt(guard.fetch, server.baseURL)]
  results.push({ behavior, plain, told, adapted })
  await guard.close()
  await server.close()
}
console.log(JSON.stringify(results))
process.exit(0)
