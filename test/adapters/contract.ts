import { EventEmitter, once } from 'node:events'
import { connect } from 'node:net'
import type { GuardMembers } from '../../src/guard/guard'
import type { GuardOptions } from '../../src/guard/options'
import type { Measurement } from '../../src/observability/measurement'
import { type FakeDeepSeek, startFakeDeepSeek } from '../../src/testing'

/**
 * An application with the guard installed once and these routes:
 *
 * - `GET /plain` text `plain`; `GET /async` JSON `{"async":true}` after an await
 * - `POST /echo` its JSON body back, read with what the framework has for that
 * - `GET /fault` throws an Error `boom`; its error handler answers 500 `handled boom`
 * - `GET /same` text `same` when the request carries the guard itself, else `other`
 * - `GET /needs` text `passed`, behind `required()`
 * - `GET /mounted/inner` text `inner`, mounted under a prefix
 * - anything else 404 `nothing here`, by its own handler
 */
export interface Running {
  url: string
  guard: GuardMembers
  close(): Promise<void>
}
export type StartApp = (options: GuardOptions) => Promise<Running>

const token = 'a-health-token-of-some-length'
const bearer = { authorization: `Bearer ${token}` }
const ready = '/health/deepseek'

/** What every test of one framework needs: the other end of the wire, and apps that end. */
function setUp(start: StartApp) {
  const open: { close(): Promise<void> }[] = []
  let fake: FakeDeepSeek
  beforeEach(async () => {
    fake = await startFakeDeepSeek()
    open.push(fake)
  })
  afterEach(async () => {
    for (const each of open.splice(0).reverse()) await each.close()
  })

  const startApp = async (options: GuardOptions = {}): Promise<Running> => {
    const { health, ...others } = options
    const app = await start({
      env: {
        DEEPSEEK_API_KEY: fake.key,
        DEEPSEEK_BASE_URL: fake.url,
        NODE_ENV: 'production',
      },
      logger: false,
      health: health === false ? false : { confirmDelayMs: 1, token, ...health },
      ...others,
    })
    open.push({
      async close() {
        await app.close()
        await app.guard.close()
      },
    })
    return app
  }

  return {
    fake: () => fake,
    startApp,
    /** An app whose first probe was answered well. */
    async well(options?: GuardOptions) {
      const app = await startApp(options)
      await app.guard.ready()
      return app
    },
    /** An app whose key is confirmed bad. */
    async refused() {
      fake.revoke(fake.key)
      const app = await startApp()
      await expect(app.guard.ready()).rejects.toMatchObject({ code: 'credential-rejected' })
      return app
    },
  }
}

type Kit = ReturnType<typeof setUp>

async function get(app: Running, path: string, init?: RequestInit) {
  const response = await fetch(app.url + path, init)
  const { status, headers } = response
  return { status, headers, body: await response.text() }
}

function healthEndpointTests(kit: Kit) {
  test('answers the health path with the status and nothing else', async () => {
    const { status, headers, body } = await get(await kit.well(), ready)
    expect({ status, body }).toEqual({ status: 200, body: '{"status":"pass"}' })
    expect(headers.get('content-type')).toBe('application/health+json')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })

  test('answers 503 with Retry-After while the credential is refused', async () => {
    const { status, headers, body } = await get(await kit.refused(), ready)
    expect({ status, body }).toEqual({ status: 503, body: '{"status":"fail"}' })
    expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
  })

  test('gives details to the health token and not to a wrong one', async () => {
    const app = await kit.refused()
    const details = await get(app, ready, { headers: bearer })
    expect(JSON.parse(details.body)).toMatchObject({ status: 'fail', cause: 'key-rejected' })
    const wrong = await get(app, ready, { headers: { authorization: `Bearer ${token}x` } })
    expect(wrong.body).toBe('{"status":"fail"}')
  })

  test('gives details on this machine outside production, but not through a proxy', async () => {
    const { key, url } = kit.fake()
    const app = await kit.well({ env: { DEEPSEEK_API_KEY: key, DEEPSEEK_BASE_URL: url } })
    expect(JSON.parse((await get(app, ready)).body)).toMatchObject({ phase: 'steady' })
    const headers = { 'x-forwarded-for': '203.0.113.7' }
    expect((await get(app, ready, { headers })).body).toBe('{"status":"pass"}')
  })

  test('shows the page to a browser with authority', async () => {
    const headers = { ...bearer, accept: 'text/html' }
    const { headers: got, body } = await get(await kit.well(), ready, { headers })
    expect(got.get('content-type')).toBe('text/html; charset=utf-8')
    expect(got.get('content-security-policy')).toBeTruthy()
    expect(body).toContain('<html')
  })

  test('answers HEAD like GET, without a body', async () => {
    const { status, headers, body } = await get(await kit.well(), ready, { method: 'HEAD' })
    expect({ status, body }).toEqual({ status: 200, body: '' })
    expect(headers.get('content-type')).toBe('application/health+json')
  })

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])(
    'refuses %s with 405 and Allow',
    async (method) => {
      const { status, headers } = await get(await kit.well(), ready, { method })
      expect(status).toBe(405)
      expect(headers.get('allow')).toBe('GET, HEAD')
    },
  )

  test('ignores the query', async () => {
    expect((await get(await kit.well(), `${ready}?probe=1&x=/y`)).body).toBe('{"status":"pass"}')
  })

  test.each([
    '/health/deepseek/',
    '/health/deepseekx',
    '/health/deepseek/other',
    '/health/deepseek/live/',
    '/health%2Fdeepseek',
    '/x/health/deepseek',
    '/health',
    '/Health/DeepSeek',
  ])('leaves the neighbour %s to the application', async (path) => {
    const { status, body } = await get(await kit.well(), path)
    expect({ status, body }).toEqual({ status: 404, body: 'nothing here' })
  })

  test('serves another path instead when the options name one', async () => {
    const app = await kit.well({ health: { path: '/ready' } })
    expect((await get(app, '/ready')).body).toBe('{"status":"pass"}')
    expect((await get(app, ready)).status).toBe(404)
  })

  test('serves no endpoint when health is switched off', async () => {
    const app = await kit.startApp({ health: false })
    expect((await get(app, ready)).body).toBe('nothing here')
    expect((await get(app, '/needs')).body).toBe('passed')
  })
}

function phaseTests(kit: Kit) {
  test('is alive and not started while the first probe hangs', async () => {
    kit.fake().fail('hang')
    const app = await kit.startApp()
    const startup = await get(app, `${ready}/startup`)
    expect(startup.status).toBe(503)
    expect(startup.headers.get('retry-after')).toBeTruthy()
    expect((await get(app, `${ready}/live`)).status).toBe(200)
    expect((await get(app, ready)).status).toBe(503)
  })

  test('is started once it was ready, and stays so when draining', async () => {
    const app = await kit.well()
    expect((await get(app, `${ready}/startup`)).status).toBe(200)
    app.guard.drain()
    expect((await get(app, ready)).status).toBe(503)
    expect((await get(app, `${ready}/startup`)).status).toBe(200)
    expect((await get(app, `${ready}/live`)).status).toBe(200)
  })
}

function applicationTests(kit: Kit) {
  test.each([
    ['/plain', 200, 'plain'],
    ['/async', 200, '{"async":true}'],
    ['/fault', 500, 'handled boom'],
    ['/mounted/inner', 200, 'inner'],
    ['/nowhere', 404, 'nothing here'],
  ])('leaves %s to the application', async (path, status, body) => {
    expect(await get(await kit.well(), path)).toMatchObject({ status, body })
  })

  test('leaves request bodies to the application', async () => {
    const sent = { text: 'ü'.repeat(40_000) }
    const { status, body } = await get(await kit.well(), '/echo', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(sent),
    })
    expect(status).toBe(200)
    expect(JSON.parse(body)).toEqual(sent)
  })

  test('adds no header to the application’s answers', async () => {
    const { headers } = await get(await kit.well(), '/plain')
    expect(headers.get('x-content-type-options')).toBeNull()
    expect(headers.get('cache-control')).toBeNull()
  })

  test('every request carries the guard', async () => {
    expect((await get(await kit.well(), '/same')).body).toBe('same')
  })

  test('a route behind required() is reached while DeepSeek can be used', async () => {
    expect(await get(await kit.well(), '/needs')).toMatchObject({ status: 200, body: 'passed' })
  })

  test('a route behind required() answers a problem while the credential is refused', async () => {
    const app = await kit.refused()
    const { status, headers, body } = await get(app, '/needs')
    expect(status).toBe(503)
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json(?:; charset=utf-8)?$/)
    expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    expect(JSON.parse(body)).toEqual({
      type: expect.stringContaining('#key-rejected'),
      title: expect.any(String),
      status: 503,
      cause: 'key-rejected',
    })
    expect(body).not.toContain(kit.fake().key.slice(-4))
    expect((await get(app, '/plain')).body).toBe('plain')
  })
}

/** Writes a request and hangs up before the answer can leave. */
function hangUp(url: string): void {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname, () => {
    socket.write(`GET ${ready} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`)
    socket.destroy()
  })
}

/** Asks and closes the sending side at once, as `nc -N` does; resolves with all that came back. */
function askHalfClosed(url: string): Promise<string> {
  const { hostname: host, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), allowHalfOpen: true })
    let answer = ''
    socket.setEncoding('utf8').on('data', (chunk) => {
      answer += chunk
    })
    socket.on('error', reject)
    socket.on('end', () => {
      socket.end()
      resolve(answer)
    })
    socket.end(`GET ${ready} HTTP/1.0\r\nHost: ${host}\r\n\r\n`)
  })
}

function processTests(kit: Kit) {
  test('two guards in one process share nothing', async () => {
    const good = await kit.well()
    const { key, url } = kit.fake()
    const bad = await kit.startApp({
      env: { DEEPSEEK_API_KEY: `sk-${'0'.repeat(32)}`, DEEPSEEK_BASE_URL: url },
    })
    await expect(bad.guard.ready()).rejects.toMatchObject({ code: 'credential-rejected' })
    expect((await get(good, ready)).status).toBe(200)
    expect((await get(bad, ready)).status).toBe(503)
    expect((await get(good, '/same')).body).toBe('same')
    expect((await get(bad, '/same')).body).toBe('same')
    await bad.guard.close()
    expect((await good.guard.fetch(`${url}/models`)).status).toBe(200)
    expect(kit.fake().calls.at(-1)?.headers.authorization).toBe(`Bearer ${key}`)
  })

  test('counts the prober that hung up and not the one that waited', async () => {
    const counted: Measurement[] = []
    const events = new EventEmitter()
    const record = (measurement: Measurement) => {
      if (measurement.kind !== 'probe-abort') return
      counted.push(measurement)
      events.emit('abort')
    }
    const app = await kit.well({ metrics: { record } })
    await get(app, ready, { headers: { connection: 'close' } })
    const aborted = once(events, 'abort')
    hangUp(app.url)
    await aborted
    expect(counted).toHaveLength(1)
  })

  test('answers a client that closes its side with the request, and does not count it', async () => {
    const counted: Measurement[] = []
    const record = (measurement: Measurement) => {
      if (measurement.kind === 'probe-abort') counted.push(measurement)
    }
    const app = await kit.well({ metrics: { record } })
    for (let asked = 0; asked < 3; asked++) {
      expect(await askHalfClosed(app.url)).toMatch(/^HTTP\/1\.1 200 .*\{"status":"pass"\}$/s)
    }
    expect(counted).toEqual([])
  })

  test('answers from memory when closed', async () => {
    const app = await kit.well()
    await app.guard.close()
    expect((await get(app, ready)).status).toBe(503)
    expect((await get(app, '/plain')).body).toBe('plain')
  })
}

/** Runs the promises of the health endpoint and the middleware on one framework. */
export function guardContract(framework: string, start: StartApp): void {
  describe(framework, () => {
    const kit = setUp(start)
    healthEndpointTests(kit)
    phaseTests(kit)
    applicationTests(kit)
    processTests(kit)
  })
}
