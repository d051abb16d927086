import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { systemClock } from '../../src/clock'
import { createProbe, type Probe, probeTargets } from '../../src/health/probe'
import type { Sent } from '../../src/outbound/create-fetch'
import { type FakeDeepSeek, startFakeDeepSeek } from '../../src/testing/fake-deepseek'
import { diagnosisOf, outcomeOf } from './monitor-kit'

let fake: FakeDeepSeek
let servers: Server[] = []

beforeEach(async () => {
  fake = await startFakeDeepSeek()
})

afterEach(async () => {
  await fake.close()
  for (const server of servers) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  servers = []
})

const signal = (): AbortSignal => new AbortController().signal

const withKey: typeof fetch = (url, init) =>
  fetch(url, { ...init, headers: { ...init?.headers, authorization: `Bearer ${fake.key}` } })

const toSent = (transport: typeof fetch) => (url: string, init: RequestInit) =>
  transport(url, init).then(
    (response): Sent => ({ response }),
    (error): Sent => ({ error }),
  )

function probeOf(baseURL: string, models: string[] = [], transport = withKey): Probe {
  return createProbe({ baseURL, models, clock: systemClock, send: toSent(transport) })
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const paths = () => fake.calls.map(({ method, path }) => `${method} ${path}`)

test('one free call to the balance proves key and money', async () => {
  const result = await probeOf(fake.url)(signal())
  expect(result).toEqual({ ok: true, proof: 'balance', durationMs: expect.any(Number) })
  expect(paths()).toEqual(['GET /user/balance'])
})

test('an empty balance is a failure of the account that proves the key', async () => {
  fake.setBalance(false)
  await expect(probeOf(fake.url)(signal())).resolves.toMatchObject({
    ok: false,
    status: 200,
    diagnosis: { cause: 'balance-exhausted', credentialAccepted: true },
  })
})

test('a refused key is told with its status', async () => {
  fake.revoke(fake.key)
  await expect(probeOf(fake.url)(signal())).resolves.toMatchObject({
    ok: false,
    status: 401,
    diagnosis: { group: 'wrong-key' },
  })
})

test('an overloaded provider is told from a bad key', async () => {
  fake.fail('busy')
  await expect(probeOf(fake.url)(signal())).resolves.toMatchObject({
    ok: false,
    diagnosis: { cause: 'service-busy' },
  })
})

test('a page of HTML with status 200 is no proof of anything', async () => {
  const url = await serve((_, res) => {
    res.setHeader('content-type', 'text/html')
    res.end('<html><title>Welcome to Airport WiFi</title></html>')
  })
  const result = await probeOf(url)(signal())
  expect(result).toMatchObject({ ok: false, status: 200 })
  expect(result).toHaveProperty('diagnosis.group', 'wrong-destination')
})

test('a redirect is not followed', async () => {
  let asked = 0
  const url = await serve((req, res) => {
    asked++
    res.writeHead(302, { location: `http://${req.headers.host}/elsewhere` }).end()
  })
  await expect(probeOf(url)(signal())).resolves.toMatchObject({ ok: false, status: 302 })
  expect(asked).toBe(1)
})

test('a connection that fails is told without a status', async () => {
  const { url } = fake
  await fake.close()
  const result = await probeOf(url)(signal())
  expect(result).toMatchObject({ ok: false, diagnosis: { group: 'network' } })
  expect(result).not.toHaveProperty('status')
})

test('an endless body is read to 64 KiB and let go', async () => {
  let closed: () => void = () => {}
  const socketClosed = new Promise<void>((resolve) => {
    closed = resolve
  })
  const url = await serve((req, res) => {
    req.socket.once('close', closed)
    const more = (): void => {
      while (!res.destroyed && res.write('x'.repeat(16_384))) {}
    }
    res.on('drain', more)
    more()
  })
  await expect(probeOf(url)(signal())).resolves.toMatchObject({ ok: false, status: 200 })
  await socketClosed
})

test('an abort ends a probe that hangs', async () => {
  fake.fail('hang')
  const controller = new AbortController()
  const result = probeOf(fake.url)(controller.signal)
  controller.abort()
  await expect(result).resolves.toMatchObject({ ok: false })
})

describe('configured models', () => {
  test('that are listed are no warning', async () => {
    fake.setModels(['a', 'b'])
    await expect(probeOf(fake.url, ['b'])(signal())).resolves.toMatchObject({
      ok: true,
      warning: null,
    })
  })

  test('that are not listed are a warning only', async () => {
    fake.setModels(['a'])
    await expect(probeOf(fake.url, ['a', 'b'])(signal())).resolves.toMatchObject({
      ok: true,
      warning: 'model-unavailable',
    })
  })

  test('are looked up once in a while, not with every probe', async () => {
    const probe = probeOf(fake.url, ['deepseek-flash'])
    await probe(signal())
    await probe(signal())
    expect(paths()).toEqual(['GET /user/balance', 'GET /models', 'GET /user/balance'])
  })

  test('cannot spoil a good answer when the list does not come', async () => {
    const probe = probeOf(fake.url, ['a'], ((url: string, init: RequestInit) =>
      url.endsWith('/models')
        ? Promise.reject(new Error('no'))
        : fetch(url, {
            ...init,
            headers: { authorization: `Bearer ${fake.key}` },
          })) as typeof fetch)
    const result = await probe(signal())
    expect(result).toEqual({ ok: true, proof: 'balance', durationMs: expect.any(Number) })
  })
})

describe('at a gateway', () => {
  const gateway = (answer: Response, seen: string[] = []): Probe =>
    probeOf('https://gateway.example/deepseek/v1/', ['m'], (async (url: string) => {
      seen.push(url)
      return answer
    }) as typeof fetch)

  test('the list of models is asked for, under the base URL', async () => {
    const seen: string[] = []
    const result = await gateway(Response.json({ data: [{ id: 'm' }] }), seen)(signal())
    expect(seen).toEqual(['https://gateway.example/deepseek/v1/models'])
    expect(result).toMatchObject({ ok: true, proof: 'models', warning: null })
  })

  test('a model that is not listed is a warning only', async () => {
    const result = await gateway(Response.json({ data: [{ id: 'x' }, null] }))(signal())
    expect(result).toMatchObject({ ok: true, warning: 'model-unavailable' })
  })

  test('a bare array of models is a list as well', async () => {
    const result = await gateway(Response.json([{ id: 'm' }, { id: 'n' }]))(signal())
    expect(result).toMatchObject({ ok: true, proof: 'models', warning: null })
  })

  test('an answer that is no list is a failure', async () => {
    await expect(gateway(Response.json({ ok: true }))(signal())).resolves.toMatchObject({
      ok: false,
    })
  })
})

describe('on loopback, where DeepSeek is not what answers', () => {
  type Route = [status: number, body: string, type?: string]
  const LIST = '{"object":"list","data":[{"id":"llama"}]}'

  /** A local server, and the paths that it was asked for. */
  async function local(routes: Record<string, Route>) {
    const asked: string[] = []
    const url = await serve((req, res) => {
      asked.push(req.url ?? '')
      const [status, body, type = 'application/json'] = routes[req.url ?? ''] ?? [404, '{}']
      res.writeHead(status, { 'content-type': type }).end(body)
    })
    return { url, asked }
  }

  const litellm =
    '{"error":{"message":"LiteLLM Virtual Key expected. Received=sk-, expected to ' +
    'start with sk-.","type":"auth_error","param":"None","code":"401"}}'
  const strangers: Record<string, Route> = {
    'a path that is not there': [404, '{"detail":"Not Found"}'],
    'a method that is not allowed': [405, '{"error":"method not allowed"}'],
    'a page of HTML': [200, '<!doctype html><title>Open WebUI</title>', 'text/html'],
    "a gateway's own 401": [401, litellm],
    'a refusal that names nobody': [401, '{"error":"no"}'],
    'a body without is_available': [200, '{"status":"ok"}'],
  }

  test.each(Object.entries(strangers))('%s leads to the list of models', async (_, balance) => {
    const { url, asked } = await local({ '/user/balance': balance, '/v1/models': [200, LIST] })
    const probe = probeOf(`${url}/v1`)
    await expect(probe(signal())).resolves.toMatchObject({ ok: true, proof: 'models' })
    await probe(signal())
    expect(asked).toEqual(['/user/balance', '/v1/models', '/v1/models'])
  })

  test('a list that is not there is what is told, and asked for from then on', async () => {
    const { url, asked } = await local({})
    const probe = probeOf(url)
    await expect(probe(signal())).resolves.toMatchObject({ ok: false, status: 404 })
    await probe(signal())
    expect(asked).toEqual(['/user/balance', '/models', '/models'])
  })

  test('a refusal that the list of models repeats stays one, and is compared once', async () => {
    const { url, asked } = await local({
      '/user/balance': [401, '{"error":"no"}'],
      '/models': [401, '{"error":"no"}'],
    })
    const probe = probeOf(url)
    await expect(probe(signal())).resolves.toMatchObject({ ok: false, status: 401 })
    await probe(signal())
    expect(asked).toEqual(['/user/balance', '/models', '/user/balance'])
  })

  test.each([500, 503])('a %i is an outage, not another server', async (status) => {
    const { url, asked } = await local({ '/user/balance': [status, '<html>', 'text/html'] })
    await probeOf(url)(signal())
    expect(asked).toEqual(['/user/balance'])
  })

  test("DeepSeek's own words are enough to know it by", async () => {
    const body = '{"error":{"message":"Authentication Fails (no such user)"}}'
    const { url, asked } = await local({ '/user/balance': [401, body] })
    await probeOf(url)(signal())
    expect(asked).toEqual(['/user/balance'])
  })

  test("DeepSeek's own refusal is asked about nowhere else", async () => {
    fake.revoke(fake.key)
    await probeOf(fake.url)(signal())
    expect(paths()).toEqual(['GET /user/balance'])
  })

  test('an option fixes what is asked', async () => {
    const { url, asked } = await local({ '/models': [200, LIST] })
    const deps = { baseURL: url, models: [], clock: systemClock, send: toSent(withKey) }
    await createProbe({ ...deps, probe: 'balance' })(signal())
    await createProbe({ ...deps, probe: 'models' })(signal())
    expect(asked).toEqual(['/user/balance', '/models'])
  })
})

describe('one judgement a probe', () => {
  test("takes the wrapper's diagnosis as it is", async () => {
    const diagnosis = diagnosisOf('credential-stripped')
    const outcome = outcomeOf({ purpose: 'probe', status: 401, diagnosis })
    const response = Response.json({}, { status: 401, headers: { 'x-ds-trace-id': 'a' } })
    const send = async (): Promise<Sent> => ({ response, outcome })
    const probe = createProbe({ baseURL: fake.url, models: [], clock: systemClock, send })
    expect(await probe(signal())).toMatchObject({ ok: false, outcome })
    expect(await probe(signal())).toHaveProperty('diagnosis', diagnosis)
  })

  test.each([
    ['breaker-open', true],
    ['pool-exhausted', true],
    ['refresh-failed', false],
  ])('an answer made here because of %s repeats old news: %s', async (reason, echo) => {
    const diagnosis = diagnosisOf('key-missing')
    const outcome = outcomeOf({ purpose: 'probe', status: 401, diagnosis, synthetic: true })
    const headers = { 'x-deepseek-guard': reason }
    const send = async (): Promise<Sent> => ({
      response: Response.json({}, { status: 401, headers }),
      outcome,
    })
    const probe = createProbe({ baseURL: fake.url, models: [], clock: systemClock, send })
    expect(await probe(signal())).toMatchObject({ ok: false, echo })
  })
})

test('a transport whose bodies are Node streams is read as well', async () => {
  const response = {
    status: 200,
    headers: new Headers({ 'content-type': 'application/json' }),
    body: Readable.from([Buffer.from('{"is_available":'), Buffer.from('true}')]),
  }
  const send = async (): Promise<Sent> => ({ response: response as unknown as Response })
  const probe = createProbe({ baseURL: fake.url, models: [], clock: systemClock, send })
  await expect(probe(signal())).resolves.toMatchObject({ ok: true, proof: 'balance' })
})

test('a balance is handed on as it came', async () => {
  const seen: unknown[] = []
  const deps = { baseURL: fake.url, models: [], clock: systemClock, send: toSent(withKey) }
  await createProbe({ ...deps, onBalance: (body) => seen.push(body) })(signal())
  expect(seen).toEqual([expect.objectContaining({ is_available: true })])
})

test.each([
  ['https://api.deepseek.com', 'https://api.deepseek.com/user/balance'],
  ['https://api.deepseek.com/v1', 'https://api.deepseek.com/user/balance'],
  ['https://api.deepseek.com/beta', 'https://api.deepseek.com/user/balance'],
  ['https://api.deepseek.com/anthropic', 'https://api.deepseek.com/user/balance'],
  ['http://localhost:8080/v1', 'http://localhost:8080/user/balance'],
  ['http://[::1]:8080', 'http://[::1]:8080/user/balance'],
  ['https://openrouter.ai/api/v1', 'https://openrouter.ai/api/v1/models'],
  ['https://api.deepseek.com.evil.example', 'https://api.deepseek.com.evil.example/models'],
])('%s is probed at %s', (baseURL, url) => {
  expect(probeTargets(baseURL).url).toBe(url)
})
