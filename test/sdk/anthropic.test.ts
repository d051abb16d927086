import AnthropicNow from '@anthropic-ai/sdk'
import AnthropicBefore from 'anthropic-sdk-0'
import { type Client, describeHost } from './host'

const request = {
  model: 'deepseek-flash',
  max_tokens: 100,
  messages: [{ role: 'user' as const, content: 'Two and two?' }],
}

/** 1.x sends a bearer, 0.x sends `x-api-key`: the wrapper has to replace either. */
function host(Anthropic: typeof AnthropicNow) {
  const messages = (client: Client) => new Anthropic(client).messages
  return {
    base: '/anthropic',
    async plain(client: Client) {
      const [block] = (await messages(client).create(request)).content
      return block?.type === 'text' ? block.text : ''
    },
    async stream(client: Client) {
      let text = ''
      for await (const event of await messages(client).create({ ...request, stream: true })) {
        if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') {
          text += event.delta.text
        }
      }
      return text
    },
    refusedWith(error: unknown) {
      expect(error).toBeInstanceOf(Anthropic.AuthenticationError)
      return (error as InstanceType<typeof Anthropic.AuthenticationError>).status
    },
  }
}

describeHost('@anthropic-ai/sdk 1.x', host(AnthropicNow))
describeHost('@anthropic-ai/sdk 0.x', host(AnthropicBefore as never))
