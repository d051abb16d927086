// @ts-check
/**
 * LangChain. Its constructor wants a key and an openai configuration: the placeholder goes into the
 * first, address and fetch into the second.
 *
 *   DEEPSEEK_API_KEY=sk-... node examples/langchain/chat.mjs Why is the sky blue?
 */
import { ChatDeepSeek } from '@langchain/deepseek'
import { deepseekGuard } from 'deepseek-guard'

const guard = deepseekGuard({ health: false }) // a script needs no readiness probe
const { apiKey, baseURL, fetch } = guard.client
const model = new ChatDeepSeek({
  model: 'deepseek-flash',
  apiKey,
  configuration: { baseURL, fetch },
})

try {
  const answer = await model.invoke(process.argv.slice(2).join(' ') || 'Say hello.')
  console.log(answer.content)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await guard.close()
}
