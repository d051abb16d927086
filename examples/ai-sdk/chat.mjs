// @ts-check
/**
 * The AI SDK with its own DeepSeek provider. `deepseek.client` fits `createDeepSeek` as it is; the
 * SDK holds a placeholder, the guard puts the live key into each request.
 *
 *   DEEPSEEK_API_KEY=sk-... node examples/ai-sdk/chat.mjs Why is the sky blue?
 */
import { createDeepSeek } from '@ai-sdk/deepseek'
import { streamText } from 'ai'
import { deepseekGuard } from 'deepseek-guard'

const guard = deepseekGuard({ health: false }) // a script needs no readiness probe
const deepseek = createDeepSeek(guard.client)

const { textStream } = streamText({
  model: deepseek('deepseek-flash'),
  prompt: process.argv.slice(2).join(' ') || 'Say hello.',
  onError({ error }) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  },
})
for await (const text of textStream) process.stdout.write(text)
process.stdout.write('\n')
await guard.close()
