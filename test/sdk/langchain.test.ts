import { ChatDeepSeek } from '@langchain/deepseek'
import { type Client, describeHost } from './host'

function model({ apiKey, maxRetries, ...configuration }: Client) {
  const retries = maxRetries === undefined ? {} : { maxRetries }
  return new ChatDeepSeek({ model: 'deepseek-flash', apiKey, configuration, ...retries })
}

describeHost('@langchain/deepseek', {
  base: '',
  async plain(client) {
    return (await model(client).invoke('Two and two?')).text
  },
  async stream(client) {
    let text = ''
    for await (const part of await model(client).stream('Two and two?')) text += part.text
    return text
  },
  refusedWith(error) {
    const { lc_error_code, status } = error as { lc_error_code?: string; status?: number }
    expect(lc_error_code).toBe('MODEL_AUTHENTICATION')
    return status
  },
})
