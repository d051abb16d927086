import { envOf, fakeForEach, runExample } from './run-example'

jest.setTimeout(60_000)

const fake = fakeForEach()

describe.each([
  ['openai-streaming/chat.mjs', '/chat/completions'],
  ['ai-sdk/chat.mjs', '/chat/completions'],
  ['langchain/chat.mjs', '/chat/completions'],
  ['anthropic/chat.mjs', '/anthropic/v1/messages'],
])('%s', (file, path) => {
  const ask = () => runExample(file, envOf(fake()), ['Two', 'words'])

  test('prints the answer and ends', async () => {
    const script = ask()
    expect([await script.exit, script.output()]).toEqual([
      0,
      expect.stringContaining('You said: Two words'),
    ])
    expect(fake().calls.at(-1)).toMatchObject({ method: 'POST', path, status: 200, key: 'valid' })
  })

  test('explains a refused key, fails, and asks DeepSeek only once for the chat', async () => {
    fake().revoke(fake().key)
    const script = ask()
    expect(await script.exit).toBe(1)
    expect(script.output()).toMatch(/key-rejected|refuse|reject|401|invalid|Unauthorized/i)
    expect(script.output()).not.toContain(fake().key)
    expect(fake().calls.filter((call) => call.path === path).length).toBeLessThanOrEqual(1)
  })
})

test('the streaming example prints the tokens used', async () => {
  const script = runExample('openai-streaming/chat.mjs', envOf(fake()))
  await script.exit
  expect(script.output()).toMatch(/\(\d+ tokens\)/)
})

test('the fake example prints variables that work', async () => {
  const server = runExample('fake/server.mjs')
  const [, url] = await server.sees(/DEEPSEEK_BASE_URL=(\S+)/)
  const [, key] = await server.sees(/DEEPSEEK_API_KEY=(\S+)\n/)
  const response = await fetch(`${url}/models`, { headers: { authorization: `Bearer ${key}` } })
  expect(response.status).toBe(200)
  await response.text()
  server.signal('SIGTERM')
  expect(await server.exit).toBe(0)
})
