import { createDeepSeek } from '@ai-sdk/deepseek'
import Anthropic from '@anthropic-ai/sdk'
import { generateText, streamText } from 'ai'
import OpenAI from 'openai'
import { type FakeDeepSeek, startFakeDeepSeek } from '../../src/testing'

let fake: FakeDeepSeek

beforeEach(async () => {
  fake = await startFakeDeepSeek({ keepAlives: 2 })
})
afterEach(() => fake.close())

const messages = [{ role: 'user' as const, content: 'hello there' }]

test('openai reads a whole answer behind keep-alive lines', async () => {
  const openai = new OpenAI({ baseURL: fake.url, apiKey: fake.key })
  const completion = await openai.chat.completions.create({ model: 'deepseek-flash', messages })
  expect(completion.choices[0]?.message.content).toBe('You said: hello there')
})

test('openai reads a stream with its usage', async () => {
  const openai = new OpenAI({ baseURL: fake.url, apiKey: fake.key })
  const stream = await openai.chat.completions.create({
    model: 'deepseek-flash',
    messages,
    stream: true,
    stream_options: { include_usage: true },
  })
  let text = ''
  let tokens = 0
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? ''
    tokens = chunk.usage?.total_tokens ?? tokens
  }
  expect(text).toBe('You said: hello there')
  expect(tokens).toBeGreaterThan(0)
})

test('openai has no code for the plain-text refusal and the parsed error for the JSON one', async () => {
  const openai = new OpenAI({ baseURL: fake.url, apiKey: 'sk-unknown' })
  const refused = { status: 401, code: 'invalid_request_error', type: 'authentication_error' }
  await expect(openai.models.list()).rejects.toMatchObject(refused)
  fake.fail('governor', 1)
  await expect(openai.models.list()).rejects.toMatchObject({
    status: 401,
    message: '401 Authentication Fails (governor)',
    error: undefined,
  })
})

test('openai repeats a 503 and then gets through', async () => {
  fake.fail('busy', 1)
  const openai = new OpenAI({ baseURL: fake.url, apiKey: fake.key })
  await openai.models.list()
  expect(fake.calls.map((call) => call.status)).toEqual([503, 200])
})

test('the AI SDK reads both forms', async () => {
  const deepseek = createDeepSeek({ baseURL: fake.url, apiKey: fake.key })
  const model = deepseek('deepseek-flash')
  expect((await generateText({ model, prompt: 'whole' })).text).toBe('You said: whole')
  expect(await streamText({ model, prompt: 'in pieces' }).text).toBe('You said: in pieces')
})

test('the Anthropic SDK reads both forms', async () => {
  const anthropic = new Anthropic({ baseURL: `${fake.url}/anthropic`, apiKey: fake.key })
  const request = { model: 'claude-opus-4-5', max_tokens: 64, messages }
  const message = await anthropic.messages.create(request)
  expect(message).toMatchObject({ model: 'deepseek-v4-pro', stop_reason: 'end_turn' })
  const stream = anthropic.messages.stream(request)
  expect(await stream.finalText()).toBe('You said: hello there')
})
