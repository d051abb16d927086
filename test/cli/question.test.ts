import { modelsQuestion, probeQuestion, reasonNotToSend } from '../../src/cli/step'
import { Secret } from '../../src/secret'
import { GOOD_KEY } from './command'

const key = new Secret(GOOD_KEY)

test.each([
  ['https://api.deepseek.com', 'balance', 'https://api.deepseek.com/user/balance'],
  ['https://api.deepseek.com/v1', 'balance', 'https://api.deepseek.com/user/balance'],
  ['http://127.0.0.1:4000/v1', 'balance', 'http://127.0.0.1:4000/user/balance'],
  ['https://llm.example.com/v1', 'models', 'https://llm.example.com/v1/models'],
])('the probe of %s asks for %s', (baseURL, about, url) => {
  expect(probeQuestion(baseURL, key)).toMatchObject({ about, url })
})

test('the list of models of a gateway stands below its base URL', () => {
  const { url } = modelsQuestion('https://llm.example.com/openai/v1', key)
  expect(url).toBe('https://llm.example.com/openai/v1/models')
})

test.each(['https://api.deepseek.com', 'http://localhost:4000', 'https://llm.example.com/v1'])(
  "a key without another vendor's prefix may go to %s",
  (baseURL) => {
    expect(reasonNotToSend(baseURL, key)).toBeUndefined()
  },
)

test.each([
  'https://api.openai.com/v1',
  'https://api.anthropic.com',
  'https://openrouter.ai/api/v1',
  'https://api.siliconflow.cn/v1',
])('no key goes to %s', (baseURL) => {
  expect(reasonNotToSend(baseURL, key)).toContain('no key was sent there')
})

test.each([
  ['sk-proj-', 'OpenAI'],
  ['sk-ant-api03-', 'Anthropic'],
  ['sk-or-v1-', 'OpenRouter'],
  ['gsk_', 'Groq'],
  ['AIza', 'Google'],
])('a key that begins with %s goes nowhere, not even to its own vendor', (prefix, vendor) => {
  const foreign = new Secret(`${prefix}Zk3vW8qTn5Lr2Xc9`)
  const hosts = ['https://api.deepseek.com', 'http://127.0.0.1:1', 'https://api.openai.com/v1']
  for (const baseURL of hosts) {
    expect(reasonNotToSend(baseURL, foreign)).toBe(
      `The key is one of ${vendor}'s, so it was not sent.`,
    )
  }
})
