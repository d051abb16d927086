// @ts-check
/**
 * A streamed answer through the openai SDK, from the command line. The guard hands the stream on
 * untouched: the first word is printed as soon as DeepSeek sends it. `ready()` waits for the first
 * proof that the key is good, and rejects with the diagnosis when it is not.
 *
 *   DEEPSEEK_API_KEY=sk-... node examples/openai-streaming/chat.mjs Why is the sky blue?
 */
import { deepseekGuard } from 'deepseek-guard'
import OpenAI from 'openai'

const deepseek = deepseekGuard()
const openai = new OpenAI(deepseek.client)
const question = process.argv.slice(2).join(' ') || 'Say hello.'

try {
  await deepseek.ready({ timeoutMs: 10_000 })
  const stream = await openai.chat.completions.create({
    model: 'deepseek-flash',
    messages: [{ role: 'user', content: question }],
    stream: true,
    stream_options: { include_usage: true },
  })
  for await (const chunk of stream) {
    process.stdout.write(chunk.choices[0]?.delta.content ?? '')
    if (chunk.usage) process.stdout.write(`\n(${chunk.usage.total_tokens} tokens)\n`)
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await deepseek.close()
}
