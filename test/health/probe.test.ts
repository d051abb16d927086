import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemClock } from '../../src/clock'
import { createProbe, type Probe, probeTargets } from '../../src/health/probe'
import { type FakeDeepSeek, startFakeDeepSeek } from '../../src/testing/fake-deepseek'

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

function probeOf(baseURL: string, models: string[] = [], send?: typeof fetch): Probe {
  return createProbe({
    baseURL,
    models,
    clock: systemClock,
    send:
      send ??
      ((url, init) =>
        fetch(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${fake.key}` } })),
  })
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

  test('an answer that is no list is a failure', async () => {
    await expect(gateway(Response.json({ ok: true }))(signal())).resolves.toMatchObject({
      ok: false,
    })
  })
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
