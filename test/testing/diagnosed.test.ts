import { diagnose } from '../../src/diagnosis/diagnose'
import { type FailureMode, type FakeDeepSeek, startFakeDeepSeek } from '../../src/testing'

let fake: FakeDeepSeek

beforeEach(async () => {
  fake = await startFakeDeepSeek()
})
afterEach(() => fake.close())

/** What a process knows after a call to the fake with this key: the whole evidence. */
async function diagnosed(key: string, path = '/chat/completions', body = CHAT) {
  const url = fake.url + path
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const configured = { apiKey: key, baseURL: fake.url }
  const request = { url, method: 'POST', headers }
  try {
    const answer = await fetch(url, { method: 'POST', headers, body })
    const response = {
      status: answer.status,
      statusText: answer.statusText,
      headers: Object.fromEntries(answer.headers),
      body: await answer.text(),
    }
    return diagnose({ configured, request, response })
  } catch (error) {
    return diagnose({ configured, request, error })
  }
}

const CHAT = '{"model":"deepseek-flash","messages":[{"role":"user","content":"hi"}]}'

test.each<[FailureMode, string]>([
  ['busy', 'service-busy'],
  ['error', 'service-error'],
  ['rate-limit', 'rate-limited'],
  ['balance-limit', 'balance-limits-concurrency'],
  ['reset', 'network-unreachable'],
  ['html-proxy', 'answered-by-proxy'],
  ['governor', 'credential-stripped'],
  ['strip-authorization', 'credential-stripped'],
  ['echo-other-key', 'key-replaced'],
])('%s is read as %s', async (mode, cause) => {
  fake.fail(mode)
  expect((await diagnosed(fake.key)).cause).toBe(cause)
})

test('a revoked key is a rejected one', async () => {
  fake.revoke(fake.key)
  expect((await diagnosed(fake.key)).cause).toBe('key-rejected')
})

test('an empty account and a retired model prove that the key is good', async () => {
  const retired = CHAT.replace('deepseek-flash', 'deepseek-chat')
  expect(await diagnosed(fake.key, '/chat/completions', retired)).toMatchObject({
    cause: 'model-unavailable',
    credentialAccepted: true,
  })
  fake.setBalance(false)
  expect(await diagnosed(fake.key)).toMatchObject({
    cause: 'balance-exhausted',
    credentialAccepted: true,
  })
})

test('a wrong path, a wrong content and a wrong body are told apart', async () => {
  expect((await diagnosed(fake.key, '/v1/v1/chat/completions')).cause).toBe('wrong-path')
  expect((await diagnosed(fake.key, '/chat/completions', '{}')).cause).toBe('request-invalid')
})
