import OpenAI from 'openai'
import { type Client, describeHost } from './host'

const request = {
  model: 'deepseek-flash',
  messages: [{ role: 'user' as const, content: 'Two and two?' }],
}

function chat(client: Client) {
  return new OpenAI(client).chat.completions
}

describeHost('openai', {
  base: '',
  async plain(client) {
    const answer = await chat(client).create(request)
    return answer.choices[0]?.message.content ?? ''
  },
  async stream(client) {
    let text = ''
    for await (const part of await chat(client).create({ ...request, stream: true })) {
      text += part.choices[0]?.delta.content ?? ''
    }
    return text
  },
  refusedWith(error) {
    expect(error).toBeInstanceOf(OpenAI.AuthenticationError)
    return (error as InstanceType<typeof OpenAI.AuthenticationError>).status
  },
})
