import { inspect } from 'node:util'
import { type FailureMode, type FakeDeepSeek, startFakeDeepSeek } from '../../src/testing'

let fake: FakeDeepSeek

beforeEach(async () => {
  fake = await startFakeDeepSeek()
})
afterEach(() => fake.close())

const bearer = (key: string) => ({ authorization: `Bearer ${key}` })
const get = (path: string, headers: Record<string, string> = bearer(fake.key)) =>
  fetch(fake.url + path, { headers })
const post = (path: string, body: unknown, headers: Record<string, string> = bearer(fake.key)) =>
  fetch(fake.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
const hello = { model: 'deepseek-flash', messages: [{ role: 'user', content: 'hello there' }] }

describe('before the routes', () => {
  test.each(['/', '/models', '/user/balance', '/anthropic/v1/models', '/nowhere'])(
    'a keyless call to %s gets the governor text without a content type',
    async (path) => {
      const response = await get(path, {})
      expect(response.status).toBe(401)
      expect(response.statusText).toBe('Authorization Required')
      expect(response.headers.get('content-type')).toBeNull()
      expect(await response.text()).toBe('Authentication Fails (governor)')
    },
  )

  test.each(['Bearer', 'Bearer ', 'Token abc', 'sk-0123'])(
    'the value %p gets the header-format text',
    async (authorization) => {
      const response = await get('/models', { authorization })
      expect(response.status).toBe(401)
      expect(response.headers.get('content-type')).toBeNull()
      expect(await response.text()).toBe(
        'Authentication Fails (auth header format should be Bearer sk-...)',
      )
    },
  )

  test('x-api-key alone is no credential outside /anthropic', async () => {
    const response = await get('/models', { 'x-api-key': fake.key })
    expect(await response.text()).toBe('Authentication Fails (governor)')
  })
})

describe('the key lookup', () => {
  test('comes after the routes: an unknown key on an unknown path gets 404', async () => {
    const response = await get('/v1/v1/models', bearer('sk-unknown'))
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({
      event_id: expect.stringMatching(/^30-inst-128-\d{14}-[0-9a-f]{8}$/),
      error_msg: 'Not Found. Please check the configuration.',
    })
  })

  test('echoes the last four characters of an unknown key, case kept', async () => {
    const response = await get('/user/balance', bearer('YOUR_API_KEY'))
    expect(response.status).toBe(401)
    const { error } = (await response.json()) as any
    expect(error).toMatchObject({
      type: 'authentication_error',
      param: null,
      code: 'invalid_request_error',
      message: expect.stringMatching(
        /^Authentication Fails, Your api key: \*{4}_KEY is invalid \(request_id: [0-9a-f-]{36}\)$/,
      ),
    })
    expect(error.message).not.toContain(response.headers.get('x-ds-trace-id'))
  })

  test('knows issued keys until they are revoked, one by one', async () => {
    const second = fake.issueKey()
    fake.revoke(fake.key)
    expect((await get('/models')).status).toBe(401)
    expect((await get('/models', bearer(second))).status).toBe(200)
  })

  test('issues keys of the genuine shape', () => {
    expect([fake.key, fake.issueKey()]).toEqual(
      Array(2).fill(expect.stringMatching(/^sk-[0-9a-f]{32}$/)),
    )
  })
})

test('the two plain refusals declare the lengths that were captured: 31 and 65 bytes', async () => {
  const lengths: (string | null)[] = []
  for (const headers of [{}, { authorization: 'Bearer' }] as Record<string, string>[]) {
    lengths.push((await get('/models', headers)).headers.get('content-length'))
  }
  expect(lengths).toEqual(['31', '65'])
})

test('every answer of DeepSeek carries its trace id and no x-request-id', async () => {
  for (const headers of [{}, bearer('x'), bearer(fake.key)]) {
    const response = await get('/models', headers)
    expect(response.headers.get('x-ds-trace-id')).toMatch(/^[0-9a-f]{32}$/)
    expect(response.headers.get('vary')).toContain('access-control-request-method')
    expect(response.headers.has('x-request-id')).toBe(false)
  }
})

describe('account endpoints', () => {
  test('/models and /v1/models list what setModels gave', async () => {
    fake.setModels(['deepseek-v9'])
    for (const path of ['/models', '/v1/models']) {
      expect(await (await get(path)).json()).toEqual({
        object: 'list',
        data: [{ id: 'deepseek-v9', object: 'model', owned_by: 'deepseek' }],
      })
    }
  })

  test('/user/balance says whether the account can pay, in two currency rows', async () => {
    fake.setBalance(false)
    const body = (await (await get('/user/balance')).json()) as any
    expect(body.is_available).toBe(false)
    expect(body.balance_infos.map((row: any) => [row.currency, row.total_balance])).toEqual([
      ['CNY', '0.00'],
      ['USD', '0.00'],
    ])
  })

  test('/user/balance exists at the root only', async () => {
    expect((await get('/v1/user/balance')).status).toBe(404)
  })
})

describe('chat completions', () => {
  test.each(['/chat/completions', '/v1/chat/completions', '/beta/chat/completions'])(
    '%s answers in JSON',
    async (path) => {
      const body = (await (await post(path, hello)).json()) as any
      expect(body.object).toBe('chat.completion')
      expect(body.choices[0].message).toEqual({
        role: 'assistant',
        content: 'You said: hello there',
      })
      expect(body.usage.total_tokens).toBe(body.usage.prompt_tokens + body.usage.completion_tokens)
    },
  )

  test('a stream begins with a keep-alive comment and ends with [DONE]', async () => {
    const response = await post('/chat/completions', { ...hello, stream: true })
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const events = (await response.text()).trimEnd().split('\n\n')
    expect(events[0]).toBe(': keep-alive')
    expect(events.at(-1)).toBe('data: [DONE]')
    const chunks = events.slice(1, -1).map((event) => JSON.parse(event.slice('data: '.length)))
    expect(chunks.map((chunk) => chunk.choices[0].delta.content).join('')).toBe(
      'You said: hello there',
    )
    expect(chunks.at(-1).choices[0].finish_reason).toBe('stop')
    expect(chunks.every((chunk) => !('usage' in chunk))).toBe(true)
  })

  test('include_usage adds a last chunk with the usage and no choice', async () => {
    const body = { ...hello, stream: true, stream_options: { include_usage: true } }
    const events = (await (await post('/chat/completions', body)).text()).trimEnd().split('\n\n')
    const last = JSON.parse(events.at(-2)!.slice('data: '.length))
    expect(last.choices).toEqual([])
    expect(last.usage.completion_tokens).toBeGreaterThan(0)
  })

  test('keepAlives puts blank lines in front of the JSON', async () => {
    const slow = await startFakeDeepSeek({ keepAlives: 3, answer: 'fixed' })
    const response = await fetch(`${slow.url}/chat/completions`, {
      method: 'POST',
      headers: { ...bearer(slow.key), 'content-type': 'application/json' },
      body: JSON.stringify(hello),
    })
    const text = await response.text()
    await slow.close()
    expect(text).toMatch(/^\n{3}\{/)
    expect(JSON.parse(text).choices[0].message.content).toBe('fixed')
  })

  test('a retired model gets 400 with the names that are served', async () => {
    const response = await post('/chat/completions', { ...hello, model: 'deepseek-chat' })
    expect(response.status).toBe(400)
    expect(((await response.json()) as any).error.message).toMatch(
      /^The supported API model names are deepseek-flash, deepseek-v4-pro, but you passed deepseek-chat\. \(request_id: /,
    )
  })

  test('an unlisted alias of Flash is accepted', async () => {
    expect((await post('/chat/completions', { ...hello, model: 'deepseek-v4-flash' })).status).toBe(
      200,
    )
  })

  test('without money the answer is 402', async () => {
    fake.setBalance(false)
    const response = await post('/chat/completions', hello)
    expect(response.status).toBe(402)
    expect(((await response.json()) as any).error).toEqual({
      message: 'Insufficient Balance',
      type: 'unknown_error',
      param: null,
      code: 'invalid_request_error',
    })
  })

  test.each([
    [415, '{}', 'text/plain', 'Expected request with `Content-Type: application/json`'],
    [415, '{}', 'application/json, application/json', 'Expected request with'],
    [422, '{"messages":[]}', 'application/json', 'missing field `model`'],
    [422, '{"model":"deepseek-flash"}', 'application/json; charset=utf-8', 'missing field `messa'],
    [422, 'nonsense', 'application/json', 'Failed to deserialize the JSON body into the target'],
  ])('%d for the body %s as %s', async (status, body, type, text) => {
    const response = await fetch(`${fake.url}/chat/completions`, {
      method: 'POST',
      headers: { ...bearer(fake.key), 'content-type': type },
      body,
    })
    expect(response.status).toBe(status)
    expect(await response.text()).toContain(text)
  })
})

describe('/anthropic/v1/messages', () => {
  test.each(['authorization', 'x-api-key'])('accepts the key as %s', async (name) => {
    const value = name === 'x-api-key' ? fake.key : `Bearer ${fake.key}`
    const response = await post('/anthropic/v1/messages', hello, { [name]: value })
    expect(await response.json()).toMatchObject({
      type: 'message',
      content: [{ type: 'text', text: 'You said: hello there' }],
      stop_reason: 'end_turn',
    })
  })

  test('refuses a bad key in the OpenAI shape', async () => {
    const response = await post('/anthropic/v1/messages', hello, { 'x-api-key': 'sk-nope' })
    expect(response.status).toBe(401)
    expect(((await response.json()) as any).error.type).toBe('authentication_error')
  })

  test.each([
    ['claude-opus-4-5', 'deepseek-v4-pro'],
    ['claude-sonnet-4-5', 'deepseek-flash'],
  ])('serves %s with %s', async (asked, served) => {
    const response = await post('/anthropic/v1/messages', { ...hello, model: asked })
    expect(((await response.json()) as any).model).toBe(served)
  })

  test('an unknown model that is no Claude gets 400', async () => {
    expect((await post('/anthropic/v1/messages', { ...hello, model: 'gpt-9' })).status).toBe(400)
  })

  test('streams Anthropic events with a keep-alive comment in front', async () => {
    const response = await post('/anthropic/v1/messages', { ...hello, stream: true })
    const text = await response.text()
    expect(text.startsWith(': keep-alive\n\n')).toBe(true)
    const names = [...text.matchAll(/^event: (.+)$/gm)].map((match) => match[1])
    expect([...new Set(names)]).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ])
  })
})

describe('failures', () => {
  test.each<[FailureMode, number, RegExp]>([
    ['busy', 503, /Service is too busy/],
    ['error', 500, /openresty/],
    ['rate-limit', 429, /Rate Limit Reached/],
    ['balance-limit', 429, /based on your remaining balance/],
    ['html-proxy', 401, /<html>/],
    ['governor', 401, /^Authentication Fails \(governor\)$/],
    ['strip-authorization', 401, /^Authentication Fails \(governor\)$/],
    ['echo-other-key', 401, /Your api key: \*{4}[0-9a-f]{4} is invalid/],
  ])('%s answers %d', async (mode, status, body) => {
    fake.fail(mode)
    const response = await get('/user/balance')
    expect(response.status).toBe(status)
    expect(await response.text()).toMatch(body)
  })

  test('the proxy leaves no sign of DeepSeek, the failing DeepSeek does', async () => {
    fake.fail('html-proxy', 1)
    fake.fail('error', 1)
    expect((await get('/models')).headers.has('x-ds-trace-id')).toBe(false)
    expect((await get('/models')).headers.has('x-ds-trace-id')).toBe(true)
  })

  test('the echo of another key never is that of the key sent', async () => {
    fake.fail('echo-other-key')
    for (const tail of ['beef', 'cafe', 'd00d']) {
      const response = await get('/models', bearer(`sk-0000${tail}`))
      expect(await response.text()).not.toContain(tail)
    }
  })

  test('reset breaks the connection', async () => {
    fake.fail('reset', 1)
    await expect(get('/models')).rejects.toMatchObject({ cause: { code: expect.any(String) } })
    expect(fake.calls.at(-1)).toMatchObject({ path: '/models', status: 0 })
    expect((await get('/models')).status).toBe(200)
  })

  test('hang gives no answer until the fake is closed', async () => {
    fake.fail('hang')
    const call = get('/models')
    const outcome = expect(call).rejects.toThrow('fetch failed')
    while (fake.calls.length === 0) await new Promise(setImmediate)
    await fake.close()
    await outcome
  })

  test('counted failures come in order, then the lasting one, until healed', async () => {
    fake.fail('governor')
    fake.fail('busy', 2)
    fake.fail('error', 1)
    const seen: number[] = []
    for (let n = 0; n < 5; n++) seen.push((await get('/models')).status)
    fake.heal()
    seen.push((await get('/models')).status)
    expect(seen).toEqual([503, 503, 500, 401, 401, 200])
  })

  test('times 0 ends one mode and leaves the others', async () => {
    fake.fail('busy')
    fake.fail('error', 1)
    fake.fail('busy', 0)
    expect((await get('/models')).status).toBe(500)
    expect((await get('/models')).status).toBe(200)
  })
})

describe('calls', () => {
  test('tell method, path, status and what became of the key', async () => {
    const second = fake.issueKey()
    fake.revoke(second)
    await get('/models?x=1', bearer(second))
    await post('/anthropic/v1/messages', hello, { 'x-api-key': fake.key })
    await get('/models', bearer('sk-x'))
    await get('/models', {})
    expect(fake.calls).toEqual([
      call('GET', '/models', 401, 'bearer', 'revoked', 2),
      call('POST', '/anthropic/v1/messages', 200, 'x-api-key', 'valid', 1),
      call('GET', '/models', 401, 'bearer', 'unknown', undefined),
      call('GET', '/models', 401, 'none', 'none', undefined),
    ])
  })

  test('keep headers and body for assertions, out of what is printed', async () => {
    await post('/chat/completions', hello)
    expect(fake.calls[0]!.headers.authorization).toBe(`Bearer ${fake.key}`)
    expect(JSON.parse(fake.calls[0]!.body)).toEqual(hello)
    expect(inspect(fake.calls) + JSON.stringify(fake.calls)).not.toContain(fake.key.slice(3))
  })

  test('say that the header was stripped on the way', async () => {
    fake.fail('strip-authorization', 1)
    await get('/models')
    expect(fake.calls[0]).toMatchObject({ authorization: 'none', status: 401 })
  })

  function call(
    method: string,
    path: string,
    status: number,
    authorization: string,
    key: string,
    keyNumber: number | undefined,
  ) {
    return { method, path, status, authorization, key, keyNumber }
  }
})

test('chunkDelayMs lets a reader leave in the middle of a stream', async () => {
  const slow = await startFakeDeepSeek({ chunkDelayMs: 5, answer: 'word '.repeat(1000) })
  const response = await fetch(`${slow.url}/chat/completions`, {
    method: 'POST',
    headers: { ...bearer(slow.key), 'content-type': 'application/json' },
    body: JSON.stringify({ ...hello, stream: true }),
  })
  const reader = response.body!.getReader()
  expect(new TextDecoder().decode((await reader.read()).value)).toContain(': keep-alive')
  await reader.cancel()
  await slow.close()
})

test('close ends open streams at once and may be called twice', async () => {
  const open = await get('/models')
  await open.text()
  await Promise.all([fake.close(), fake.close()])
  await expect(get('/models')).rejects.toThrow('fetch failed')
})

test('a taken port is an error that names it', async () => {
  const port = Number(new URL(fake.url).port)
  await expect(startFakeDeepSeek({ port })).rejects.toMatchObject({ code: 'EADDRINUSE', port })
})

test.each([
  ['nope', undefined],
  ['busy', -1],
  ['busy', 1.5],
  ['busy', 'x'],
])('fail(%j, %j) is refused', (mode, times) => {
  expect(() => fake.fail(mode as 'busy', times as number)).toThrow(TypeError)
})
