import { createServer, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { bench, fixed, key, serverStarter } from './harness'

const start = serverStarter()
const origin = 'https://api.deepseek.com'

/** Answers every request with these bytes. */
async function raw(bytes: (url: string, count: number) => Buffer) {
  const sockets = new Set<Socket>()
  let count = 0
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('data', () => {
      count += 1
      socket.end(bytes(url, count))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`
  const close = () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
  return { url, close }
}

const head = (line: string, more = ''): Buffer =>
  Buffer.from(`HTTP/1.1 ${line}\r\n${more}content-length: 2\r\n\r\n{}`)

describe('a reason phrase that Response refuses', () => {
  it.each([
    ['401 未授权'],
    ['400 错误请求'],
    ['429 请求过多'],
    ['404 没有'],
    ['500 错误'],
    ['401 a\u0001b\u007f'],
    ['401 a\tb'],
    ['401 '],
  ])('%j comes through as it came', async (line) => {
    const server = await raw(() => head(line))
    const { fetch: ours } = bench({ to: [server.url], source: fixed() })
    const theirs = await fetch(server.url)
    const response = await ours(server.url)
    expect(response.status).toBe(theirs.status)
    expect(response.statusText).toBe(theirs.statusText)
    expect(response.url).toBe(theirs.url)
    expect(response.type).toBe(theirs.type)
    expect(await response.text()).toBe('{}')
    server.close()
  })

  it('a status beyond 599 is handed through', async () => {
    const server = await raw(() => head('999 X'))
    const { fetch } = bench({ to: [server.url], source: fixed() })
    expect((await fetch(server.url)).status).toBe(999)
    server.close()
  })
})

describe('a redirect with user info in it', () => {
  it('is followed without it', async () => {
    const server = await raw((url, count) =>
      count === 1
        ? head('307 X', `location: ${url.replace('//', '//user:secret@')}/z\r\n`)
        : head('200 OK'),
    )
    const { fetch, outcomes } = bench({ to: [server.url], source: fixed() })
    const response = await fetch(`${server.url}/x`)
    expect(response.status).toBe(200)
    expect(response.url).toBe(`${server.url}/z`)
    expect(outcomes[0]?.resendCount).toBe(1)
    server.close()
  })
})

describe('a transport of another shape', () => {
  const shapes: [string, (status: number) => unknown][] = [
    [
      'whose bodies are Node streams',
      (status) => ({
        status,
        ok: status === 200,
        headers: new Headers({ 'content-type': 'application/json' }),
        body: Readable.from(['{}']),
        json: async () => ({}),
      }),
    ],
    ['that answers with a plain object', (status) => ({ status, headers: {} })],
    ['whose headers are missing', (status) => ({ status })],
  ]

  it.each(shapes)('%s: every status is handed through unread', async (_name, make) => {
    for (const status of [200, 400, 401, 404, 429, 500]) {
      const answer = make(status)
      const { fetch, outcomes } = bench({
        to: [origin],
        source: fixed(),
        fetch: (async () => answer) as never,
      })
      expect(await fetch(`${origin}/chat/completions`, { method: 'POST' })).toBe(answer)
      expect(outcomes).toHaveLength(1)
      expect(outcomes[0]?.status).toBe(status)
    }
  })

  it.each(shapes)('%s: a refused key is replaced and the call sent again', async (_name, make) => {
    let calls = 0
    const { fetch } = bench({
      to: [origin],
      fetch: (async () => make(++calls === 1 ? 401 : 200)) as never,
    })
    expect((await fetch(origin)).status).toBe(200)
  })

  it.each([200, 401, 429])('a synchronous %i is an answer', async (status) => {
    const { fetch, outcomes } = bench({
      to: [origin],
      source: fixed(),
      fetch: (() => new Response('{}', { status })) as never,
    })
    const signal = new AbortController().signal
    expect((await fetch(origin, { signal })).status).toBe(status)
    expect((await fetch('https://elsewhere.example')).status).toBe(status)
    expect(outcomes).toHaveLength(1)
  })

  it('one that throws at once rejects with what it threw', async () => {
    const error = new Error('sync')
    const { fetch } = bench({
      to: [origin],
      source: fixed(),
      fetch: (() => {
        throw error
      }) as never,
    })
    await expect(fetch(origin)).rejects.toBe(error)
    await expect(fetch('https://elsewhere.example')).rejects.toBe(error)
  })
})

describe('what a transport throws', () => {
  const unreadable: [string, unknown][] = [
    ['an object without a prototype', Object.create(null)],
    [
      'an error whose message throws',
      Object.defineProperty(new Error('x'), 'message', {
        get() {
          throw new Error('getter')
        },
      }),
    ],
    [
      'a proxy that throws at every look',
      new Proxy(
        {},
        {
          get() {
            throw new Error('trap')
          },
          getPrototypeOf() {
            throw new Error('trap')
          },
        },
      ),
    ],
    ['undefined', undefined],
    ['a symbol', Symbol('x')],
  ]

  it.each(unreadable)('%s reaches the caller as it is', async (_name, thrown) => {
    const { fetch, outcomes, verdictOn } = bench({
      to: [origin],
      source: fixed(),
      fetch: async () => {
        throw thrown
      },
    })
    const caught = await fetch(origin).then(
      () => 'resolved',
      (error) => ({ error }),
    )
    expect((caught as { error: unknown }).error === thrown).toBe(true)
    expect(outcomes).toHaveLength(1)
    expect(() => verdictOn(thrown)).not.toThrow()
  })
})

describe('headersFor', () => {
  it('gives the header for a listed origin and nothing elsewhere', async () => {
    const { headersFor } = bench({ to: [origin], source: fixed() })
    const authorization = `Bearer ${key(1)}`
    expect(await headersFor(`${origin}/x`)).toEqual({ authorization })
    expect(await headersFor(new URL(origin))).toEqual({ authorization })
    expect(await headersFor('https://api.deepseek.com.evil.example')).toEqual({})
    expect(await headersFor('/relative')).toEqual({})
    expect(await headersFor('')).toEqual({})
  })

  it('rejects with a TokenError when there is no credential', async () => {
    const { headersFor } = bench({
      to: [origin],
      source: {
        kind: 'function',
        getToken() {
          throw new Error('none')
        },
      },
    })
    await expect(headersFor(origin)).rejects.toMatchObject({ name: 'TokenError' })
    expect(await headersFor('https://elsewhere.example')).toEqual({})
  })
})

describe('the placeholder', () => {
  it('is warned of once an origin that is not listed', async () => {
    const { fetch, of } = bench({
      to: [origin],
      source: fixed(),
      fetch: async () => new Response('{}'),
    })
    const authorization = 'Bearer managed-by-deepseek-guard'
    for (const headers of [
      { authorization },
      new Headers({ authorization }),
      [['x-api-key', 'managed-by-deepseek-guard']] as [string, string][],
    ]) {
      await fetch('https://elsewhere.example/x', { headers })
    }
    await fetch(new Request('https://third.example/x', { headers: { authorization } }))
    await fetch('https://fourth.example/x', { headers: { authorization: 'Bearer own' } })
    await fetch(origin, { headers: { authorization } })
    const lines = of('auth.placeholder_sent')
    expect(lines.map((line) => line['server.address'])).toEqual([
      'elsewhere.example',
      'third.example',
    ])
    expect(lines[0]).toMatchObject({ level: 'warn', cause: 'credential-not-attached' })
  })
})

describe('an answer in time', () => {
  it('of a body that drips is judged by what came in 150 ms', async () => {
    const server = await start((_seen, res) => {
      res.writeHead(404, { 'content-type': 'text/plain' }).write('no')
      setTimeout(() => res.end('pe'), 600)
    })
    const { fetch } = bench({ to: [server.url], source: fixed() })
    const begun = performance.now()
    const response = await fetch(server.url)
    expect(performance.now() - begun).toBeLessThan(550)
    expect(await response.text()).toBe('nope')
  })
})
