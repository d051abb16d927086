// @ts-check
/**
 * The Anthropic SDK on DeepSeek's Anthropic endpoint. The base URL ends in `/anthropic`; the probe
 * still goes to the root, where the balance is. Versions 0.x of the SDK send `x-api-key`, 1.x sends
 * `Authorization`: the guard replaces either.
 *
 *   DEEPSEEK_API_KEY=sk-... node examples/anthropic/chat.mjs Why is the sky blue?
 */
import Anthropic from '@anthropic-ai/sdk'
import { deepseekGuard } from 'deepseek-guard'

const root = process.env.DEEPSEEK_BASE_URL || 'https://api.deepseek.com'
const guard = deepseekGuard({ baseURL: new URL('/anthropic', root).href, health: false })
const anthropic = new Anthropic(guard.client)

try {
  const message = await anthropic.messages.create({
    model: 'deepseek-flash',
    max_tokens: 1024,
    messages: [{ role: 'user', content: process.argv.slice(2).join(' ') || 'Say hello.' }],
  })
  for (const block of message.content) {
    if (block.type === 'text') console.log(block.text)
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await guard.close()
}
