import {
  FormData as ForeignForm,
  Headers as ForeignHeaders,
  Request as ForeignRequest,
  fetch as foreignFetch,
} from 'undici'
import { bench, fixed, gate, key, type Seen, serverStarter } from './harness'

const start = serverStarter()
const type = { 'content-type': 'application/json' }

/** A source that needs a turn of the event loop for its first token. */
const slow = () => ({
  kind: 'function',
  async getToken() {
    await new Promise((resolve) => setImmediate(resolve))
    return { token: key(1) }
  },
})

/** What a server saw, apart from what every request has. */
const told = ({ url, headers, body }: Seen) => [url, headers['x-user'], body.toString()]

const sources = [
  ['a token at hand', async () => fixed()],
  ['a token on its way', async () => slow()],
] as const

describe.each(sources)('with %s', (_name, source) => {
  const bodies: [string, (user: string) => BodyInit][] = [
    ['text', (user) => `prompt of ${user}`],
    ['a buffer', (user) => Buffer.from(`prompt of ${user}`)],
    ['an array buffer', (user) => new TextEncoder().encode(`prompt of ${user}`).buffer],
    ['parameters', (user) => new URLSearchParams({ prompt: user })],
    ['a blob', (user) => new Blob([`prompt of ${user}`])],
  ]

  it.each(bodies)(
    'one URL and init for three calls send three calls, as fetch does: %s',
    async (_n, make) => {
      const server = await start((_seen, res) => void res.end('{}'))
      const ours = bench({ to: [server.url], source: await source() })
      if (_name === 'a token at hand') await ours.fetch(server.url)
      const send = async (fetch: typeof globalThis.fetch) => {
        server.seen.length = 0
        const url = new URL(server.url)
        const init = { method: 'POST', headers: { 'x-user': '' }, body: '' as BodyInit }
        const calls: Promise<Response>[] = []
        for (const user of ['alice', 'bob', 'carol']) {
          url.pathname = `/${user}`
          init.headers['x-user'] = user
          init.body = make(user)
          calls.push(fetch(url, init))
        }
        init.body = 'nothing'
        await Promise.all(calls)
        return server.seen.map(told).sort()
      }
      expect(await send(ours.fetch)).toEqual(await send(fetch))
    },
  )

  it('a buffer, parameters, a form and a Headers that change after the call stay as they were', async () => {
    const server = await start((_seen, res) => void res.end('{}'))
    const { fetch } = bench({ to: [server.url], source: await source() })
    if (_name === 'a token at hand') await fetch(server.url)
    server.seen.length = 0
    const buffer = Buffer.from('alice')
    const parameters = new URLSearchParams({ user: 'alice' })
    const form = new FormData()
    form.set('user', 'alice')
    const headers = new Headers({ 'x-user': 'alice' })
    const calls = [buffer, parameters, form].map((body) =>
      fetch(server.url, { method: 'POST', headers, body }),
    )
    buffer.fill('x')
    parameters.set('user', 'mallory')
    form.set('user', 'mallory')
    headers.set('x-user', 'mallory')
    await Promise.all(calls)
    const sent = server.seen.map(told).join()
    expect(server.seen).toHaveLength(3)
    expect(sent).not.toContain('mallory')
    expect(sent).not.toContain('xxxxx')
  })

  it('a URL that changes while the token loads does not lead the key elsewhere', async () => {
    const good = await start((_seen, res) => void res.end('{}'))
    const evil = await start((_seen, res) => void res.end('{}'))
    const { fetch } = bench({ to: [good.url], source: await source() })
    const url = new URL(`${good.url}/a`)
    const call = fetch(url)
    url.port = new URL(evil.url).port
    await call
    expect(evil.seen).toEqual([])
    expect(good.seen.map(({ url: path }) => path)).toEqual(['/a'])
  })

  it('a Request whose headers change after the call is sent as it was', async () => {
    const server = await start((_seen, res) => void res.end('{}'))
    const { fetch } = bench({ to: [server.url], source: await source() })
    if (_name === 'a token at hand') await fetch(server.url)
    server.seen.length = 0
    const request = new Request(server.url, {
      method: 'POST',
      headers: { 'x-user': 'alice' },
      body: 'alice',
    })
    const call = fetch(request)
    request.headers.set('x-user', 'mallory')
    await call
    expect(server.seen.map(told)).toEqual([['/', 'alice', 'alice']])
  })
})

describe('a replay', () => {
  it('carries the headers of its own call', async () => {
    const server = await start(gate((bearer) => bearer === key(2)))
    const { fetch } = bench({ to: [server.url] })
    const headers = new Headers({ 'x-user': 'alice' })
    const call = fetch(server.url, { method: 'POST', headers, body: 'alice' })
    headers.set('x-user', 'bob')
    await call
    expect(server.seen.map(({ headers: seen }) => seen['x-user'])).toEqual(['alice', 'alice'])
  })

  it('has the headers of an iterator that can be read once', async () => {
    const server = await start(gate((bearer) => bearer === key(2)))
    const { fetch } = bench({ to: [server.url] })
    const headers = new Map([['x-user', 'alice']]).entries() as never
    expect((await fetch(server.url, { method: 'POST', headers, body: '{}' })).status).toBe(200)
    expect(server.seen.map(({ headers: seen }) => seen['x-user'])).toEqual(['alice', 'alice'])
  })

  it('replaces a key that came as x-api-key both times', async () => {
    const server = await start(gate((bearer) => bearer === key(2)))
    const { fetch } = bench({ to: [server.url] })
    await fetch(server.url, { headers: { 'X-Api-Key': 'theirs', Authorization: 'Bearer theirs' } })
    expect(server.seen.map(({ headers }) => headers['x-api-key'])).toEqual([key(1), key(2)])
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([
      `Bearer ${key(1)}`,
      `Bearer ${key(2)}`,
    ])
  })
})

describe('what is judged is what is sent', () => {
  const both = async () => {
    const good = await start((_seen, res) => void res.end('{}'))
    const evil = await start((_seen, res) => void res.end('{}'))
    const { fetch } = bench({ to: [good.url], source: fixed() })
    await fetch(good.url)
    good.seen.length = 0
    return { good, evil, fetch }
  }

  it('a toString that changes its mind is asked once', async () => {
    const { good, evil, fetch } = await both()
    let asked = 0
    const input = { toString: (): string => `${asked++ === 0 ? good.url : evil.url}/e` }
    await fetch(input as unknown as string)
    expect(asked).toBe(1)
    expect(evil.seen).toEqual([])
    const other = { toString: (): string => `${asked++ === 1 ? evil.url : good.url}/e` }
    await fetch(other as unknown as string)
    expect(evil.seen.map(({ headers }) => headers.authorization)).toEqual([undefined])
  })

  it('a Request is what its own class says it is', async () => {
    const { good, evil, fetch } = await both()
    class Lying extends Request {
      override get url(): string {
        return `${good.url}/f`
      }
    }
    await fetch(new Lying(`${evil.url}/f`))
    const own = new Request(`${evil.url}/g`)
    Object.defineProperty(own, 'url', { value: `${good.url}/g` })
    await fetch(own)
    expect(good.seen).toEqual([])
    expect(evil.seen.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined])
  })

  it.each([0, 1, 2, 3])(
    'something like a request is asked once: good for %i looks',
    async (looks) => {
      const { good, evil, fetch } = await both()
      let asked = 0
      const like = {
        get url() {
          return `${asked++ < looks ? good.url : evil.url}/g`
        },
        method: 'GET',
        headers: new Headers(),
        body: null,
        clone() {
          return like
        },
      }
      await fetch(like as unknown as Request).catch(() => undefined)
      const leaked = evil.seen.filter(({ headers }) => headers.authorization !== undefined)
      expect(leaked).toEqual([])
    },
  )

  it('a URL is what fetch makes of it', async () => {
    const { good, evil, fetch } = await both()
    class Lying extends URL {
      override toString(): string {
        return `${good.url}/h`
      }
    }
    await fetch(new Lying(`${evil.url}/h`))
    expect(evil.seen).toEqual([])
    expect(good.seen.map(({ url }) => url)).toEqual(['/h'])
  })

  it('an init is read as fetch reads it: each member once, in the same order', async () => {
    const { good, fetch: ours } = await both()
    const reads = async (fetch: typeof globalThis.fetch) => {
      const seen: string[] = []
      const init = new Proxy(
        { method: 'POST', headers: type, body: '{}' },
        {
          get(target, name) {
            seen.push(String(name))
            return Reflect.get(target, name)
          },
        },
      )
      await fetch(good.url, init)
      return seen
    }
    const theirs = await reads(fetch)
    const own = (await reads(ours)).filter((name) => theirs.includes(name))
    // Node 26 reads by the alphabet, and `priority` too, which goes along here where it is given.
    const isByAlphabet = theirs.join() === theirs.toSorted().join()
    const known = theirs.filter((name) => name !== 'priority')
    expect(isByAlphabet ? own.toSorted() : own).toEqual(isByAlphabet ? known : theirs)
  })

  it('members that sit on Object.prototype are no headers', async () => {
    const { good, fetch } = await both()
    Object.defineProperty(Object.prototype, 'x-evil', {
      value: 'x',
      enumerable: true,
      configurable: true,
    })
    try {
      await fetch(good.url, { method: 'POST', headers: { 'x-user': 'alice' }, body: '{}' })
    } finally {
      Reflect.deleteProperty(Object.prototype, 'x-evil')
    }
    expect(good.seen[0]?.headers).not.toHaveProperty('x-evil')
  })

  it('unknown members of the init go along on both attempts, and the init is not written to', async () => {
    const inits: Record<string, unknown>[] = []
    const { fetch } = bench({
      to: ['https://api.deepseek.com'],
      fetch: async (_input, init) => {
        inits.push(init as Record<string, unknown>)
        return new Response('', { status: inits.length === 1 ? 401 : 200 })
      },
    })
    const init = Object.freeze({
      method: 'POST',
      body: 'x',
      next: { tags: [] },
      headers: Object.freeze({ a: 'b' }),
    })
    await fetch('https://api.deepseek.com/x', init)
    expect(inits).toHaveLength(2)
    for (const sent of inits) expect(sent.next).toBe(init.next)
  })
})

test('pairs that name a header twice send both values, and no credential of the caller', async () => {
  const server = await start((_seen, res) => void res.end('{}'))
  const { fetch } = bench({ to: [server.url], source: fixed() })
  const pairs = [
    ['x-user', 'a'],
    ['X-User', 'b'],
    ['Authorization', 'Bearer x'],
  ]
  await fetch(server.url, { headers: pairs as never })
  expect(server.seen[0]?.headers).toMatchObject({
    'x-user': 'a, b',
    authorization: `Bearer ${key(1)}`,
  })
})

test('the wrapper has the name and the length of the global fetch', () => {
  const { fetch: ours } = bench({ to: [] })
  expect([ours.name, ours.length]).toEqual([fetch.name, fetch.length])
})

describe('classes of another undici', () => {
  it('a form is sent as a form', async () => {
    const server = await start((_seen, res) => void res.end('{}'))
    const { fetch } = bench({ to: [server.url], source: fixed(), fetch: foreignFetch as never })
    const form = new ForeignForm()
    form.set('prompt', 'hello')
    const response = await fetch(server.url, { method: 'POST', body: form as never })
    expect(response.status).toBe(200)
    expect(server.seen[0]?.headers['content-type']).toContain('multipart/form-data')
    expect(server.seen[0]?.body.toString()).toContain('hello')
  })

  it.each([
    ['a list', new ForeignHeaders([['X-User', 'a']])],
    ['a record', { 'X-User': 'a' }],
    ['pairs', [['X-User', 'a']]],
  ])('headers given as %s keep the case of their names', async (_name, headers) => {
    const names: string[][] = []
    const server = await start((_seen, res, req) => {
      names.push(req.rawHeaders)
      res.end('{}')
    })
    const { fetch } = bench({ to: [server.url], source: fixed(), fetch: foreignFetch as never })
    await fetch(server.url, { headers: headers as never })
    expect(names[0]).toContain('X-User')
    expect(server.seen[0]?.headers.authorization).toBe(`Bearer ${key(1)}`)
  })

  it('a request is sent whole', async () => {
    const server = await start((_seen, res) => void res.end('{}'))
    const { fetch } = bench({ to: [server.url], source: fixed() })
    const request = new ForeignRequest(server.url, {
      method: 'POST',
      headers: { 'x-user': 'a' },
      body: 'b',
    })
    await fetch(request as never)
    expect(server.seen.map(told)).toEqual([['/', 'a', 'b']])
  })
})

describe('bodies that fetch makes text of', () => {
  it.each([
    ['an array', ['a', 'b']],
    ['an object with a text of its own', { toString: (): string => 'a,b' }],
  ])('%s is that text', async (_name, body) => {
    const server = await start((_seen, res) => void res.end('{}'))
    const { fetch: ours } = bench({ to: [server.url], source: fixed() })
    await fetch(server.url, { method: 'POST', body: body as never })
    await ours(server.url, { method: 'POST', body: body as never })
    const [theirs, sent] = server.seen
    expect(sent?.body).toEqual(theirs?.body)
  })
})

describe('a body stream of a call that is not sent', () => {
  it('is cancelled with the reason when the call was aborted before', async () => {
    const { fetch } = bench({ to: ['https://api.deepseek.com'], source: fixed() })
    let cancelled: unknown
    const body = new ReadableStream({
      cancel(reason) {
        cancelled = reason
      },
    })
    const reason = new Error('gone')
    const signal = AbortSignal.abort(reason)
    const init = { method: 'POST', body, signal, duplex: 'half' } as RequestInit
    await expect(fetch('https://api.deepseek.com/x', init)).rejects.toBe(reason)
    expect(cancelled).toBe(reason)
  })
})
