import { createDeepSeek } from '@ai-sdk/deepseek'
import { APICallError, generateText, streamText } from 'ai'
import { type Client, describeHost } from './host'

const prompt = 'Two and two?'

function model(client: Client) {
  return createDeepSeek(client)('deepseek-flash')
}

describeHost('ai with @ai-sdk/deepseek', {
  base: '',
  async plain(client) {
    return (await generateText({ model: model(client), prompt })).text
  },
  async stream(client) {
    let failure: unknown
    const { textStream } = streamText({
      model: model(client),
      prompt,
      onError({ error }) {
        failure = error
      },
    })
    let text = ''
    for await (const part of textStream) text += part
    if (failure !== undefined) throw failure
    return text
  },
  refusedWith(error) {
    expect(APICallError.isInstance(error)).toBe(true)
    expect((error as APICallError).isRetryable).toBe(false)
    return (error as APICallError).statusCode
  },
})
