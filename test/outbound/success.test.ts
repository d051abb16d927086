import { bench, fixed, gate, key, serve, type TestServer } from './harness'

const origin = 'https://api.deepseek.com'
const url = `${origin}/chat/completions`

describe('a call that succeeds', () => {
  it('gives the very Response object of the transport', async () => {
    const shared = new Response('{}')
    const { fetch } = bench({ to: [origin], fetch: async () => shared })
    expect(await fetch(`${origin}/models`)).toBe(shared)
  })

  it('carries the credential as a bearer', async () => {
    const transport = jest.fn(async (_input: unknown, _init?: RequestInit) => new Response('{}'))
    const { fetch } = bench({ to: [origin], fetch: transport as typeof globalThis.fetch })
    await fetch(url, { method: 'POST', body: '{}' })
    const sent = transport.mock.calls[0]?.[1]
    expect(new Headers(sent?.headers).get('authorization')).toBe(`Bearer ${key(1)}`)
  })

  it('tells what it was, once', async () => {
    const { send, outcomes } = bench({ to: [origin], fetch: async () => new Response('{}') })
    await send(`${url}?x=1`, { method: 'post', body: '{}' }, 'probe')
    expect(outcomes).toHaveLength(1)
    expect(outcomes[0]).toMatchObject({ purpose: 'probe', status: 200, synthetic: false })
    expect(outcomes[0]).toMatchObject({ method: 'POST', address: 'api.deepseek.com', port: 443 })
    expect(outcomes[0]?.path).toBe('/chat/completions')
    expect(outcomes[0]?.tokenId).toMatch(/^[0-9a-f]{12}$/)
    expect(outcomes[0]?.diagnosis).toBeUndefined()
    expect(Math.abs((outcomes[0]?.startedAt ?? 0) - Date.now())).toBeLessThan(5_000)
  })

  it('looks the global fetch up at the time of the call', async () => {
    const { fetch } = bench({ to: [origin] })
    const real = globalThis.fetch
    const shared = new Response('{}')
    globalThis.fetch = async () => shared
    try {
      expect(await fetch(`${origin}/models`)).toBe(shared)
    } finally {
      globalThis.fetch = real
    }
  })

  it('passes keys it does not know to the transport', async () => {
    const transport = jest.fn(async (_input: unknown, _init?: RequestInit) => new Response('{}'))
    const { fetch } = bench({ to: [origin], fetch: transport as typeof globalThis.fetch })
    const dispatcher = {}
    const init = { method: 'POST', body: '{}', dispatcher, priority: 'high', next: { tags: ['a'] } }
    await fetch(url, init as RequestInit)
    expect(transport.mock.calls[0]?.[1]).toMatchObject({ dispatcher, priority: 'high' })
    expect(Reflect.get(transport.mock.calls[0]?.[1] ?? {}, 'next')).toBe(init.next)
  })

  it('survives a listener that throws', async () => {
    const { fetch, outcomes } = bench({ to: [origin], fetch: async () => new Response('{}') })
    outcomes.push = () => {
      throw new Error('listener')
    }
    expect((await fetch(url)).status).toBe(200)
  })
})

describe('the headers of a call', () => {
  const forms: [string, HeadersInit][] = [
    ['a record', { Authorization: 'Bearer old', 'X-Api-Key': 'old', 'x-other': '1' }],
    [
      'pairs',
      [
        ['Authorization', 'Bearer old'],
        ['X-Api-Key', 'old'],
        ['x-other', '1'],
      ],
    ],
    ['Headers', new Headers({ authorization: 'Bearer old', 'x-api-key': 'old', 'x-other': '1' })],
    [
      'Headers of another realm',
      new Map([
        ['authorization', 'Bearer old'],
        ['x-api-key', 'old'],
        ['x-other', '1'],
      ]) as never,
    ],
  ]

  it.each(forms)(
    'get both credentials replaced in %s, and lose nothing',
    async (_name, headers) => {
      const sent: Headers[] = []
      const { fetch } = bench({
        to: [origin],
        fetch: async (_input, init?: RequestInit) => {
          sent.push(new Headers(init?.headers))
          return new Response('{}')
        },
      })
      await fetch(url, { headers } as RequestInit)
      expect(Object.fromEntries(sent[0] ?? [])).toEqual({
        authorization: `Bearer ${key(1)}`,
        'x-api-key': key(1),
        'x-other': '1',
      })
    },
  )

  it.each(forms)('given as %s are never written to', async (_name, headers) => {
    const before = [...new Headers(headers)]
    const init = Object.freeze({ headers: Object.freeze(headers) }) as RequestInit
    const { fetch } = bench({ to: [origin], fetch: async () => new Response('{}') })
    await fetch(url, init)
    expect([...new Headers(headers)]).toEqual(before)
  })

  it('get no x-api-key when the caller sent none', async () => {
    let sent = new Headers()
    const { fetch } = bench({
      to: [origin],
      fetch: async (_input, init) => {
        sent = new Headers(init?.headers)
        return new Response('{}')
      },
    })
    await fetch(url)
    expect(sent.has('x-api-key')).toBe(false)
  })

  it('of an init that inherits are kept', async () => {
    let sent: RequestInit | undefined
    const { fetch } = bench({
      to: [origin],
      fetch: async (_input, init) => {
        sent = init
        return new Response('{}')
      },
    })
    await fetch(url, Object.create({ method: 'DELETE', headers: { 'x-a': 'b' } }))
    expect(sent?.method).toBe('DELETE')
    expect(new Headers(sent?.headers).get('x-a')).toBe('b')
  })
})

describe('the destination', () => {
  async function authorizationFor(input: string | URL | Request, to = [origin]) {
    let sent: string | null | undefined
    const { fetch } = bench({
      to,
      fetch: async (asked, init) => {
        sent = new Request(asked, init).headers.get('authorization')
        return new Response('{}')
      },
    })
    await fetch(input)
    return sent
  }

  it.each([
    url,
    new URL(url),
    'https://api.deepseek.com',
    'https://api.deepseek.com?x',
    'HTTPS://API.deepseek.com:443/models',
    ' https://api.deepseek.com/models',
  ])('%s gets the credential', async (input) => {
    expect(await authorizationFor(input)).toBe(`Bearer ${key(1)}`)
  })

  it('of a Request object counts', async () => {
    expect(await authorizationFor(new Request(url))).toBe(`Bearer ${key(1)}`)
    expect(await authorizationFor(new Request('https://evil.example/'))).toBeNull()
  })

  it('behind a foreign user name is a foreign host', async () => {
    const transport = jest.fn(async (_input: unknown, _init?: RequestInit) => new Response('{}'))
    const { fetch } = bench({ to: [origin], fetch: transport as typeof globalThis.fetch })
    await fetch('https://api.deepseek.com@evil.example/')
    expect(transport.mock.calls[0]?.[1]).toBeUndefined()
  })

  it.each([
    'https://api.deepseek.com.evil.example/',
    'https://api.deepseek.com:444/',
    'http://api.deepseek.com/',
    'https://evil.example/https://api.deepseek.com/',
    'https://sub.api.deepseek.com/',
    'data:text/plain,hello',
  ])('%s does not', async (input) => {
    expect(await authorizationFor(input)).toBeNull()
  })

  it('elsewhere is a plain fetch with the same arguments, and no outcome', async () => {
    const transport = jest.fn(async () => new Response('no', { status: 401 }))
    const { fetch, outcomes, lines } = bench({ to: [origin], fetch: transport })
    const init = { headers: { authorization: 'Bearer mine' } }
    const response = await fetch('https://other.example/', init)
    expect(response.status).toBe(401)
    expect(transport.mock.calls).toEqual([['https://other.example/', init]])
    expect((transport.mock.calls as unknown[][])[0]?.[1]).toBe(init)
    expect(outcomes).toEqual([])
    expect(lines).toEqual([])
  })

  it('that is no URL fails as fetch fails', async () => {
    const { fetch, outcomes } = bench({ to: [origin] })
    await expect(fetch('not a url')).rejects.toThrow('Failed to parse URL')
    expect(outcomes).toEqual([])
  })
})

describe("callerAuthorization: 'keep'", () => {
  let server: TestServer
  beforeAll(async () => {
    server = await serve(gate((bearer) => bearer === key(1)))
  })
  beforeEach(() => {
    server.seen.length = 0
  })
  afterAll(() => server.close())

  it("sends the caller's own credential and neither refreshes nor judges its 401", async () => {
    const source = fixed()
    const { fetch, lines, outcomes, diagnoses } = bench({
      to: [server.url],
      callerAuthorization: 'keep',
      source,
    })
    const response = await fetch(server.url, { headers: { Authorization: 'Bearer mine' } })
    expect(response.status).toBe(401)
    expect(server.seen.map((call) => call.headers.authorization)).toEqual(['Bearer mine'])
    expect([source.asked, lines, diagnoses]).toEqual([0, [], []])
    expect(outcomes[0]?.tokenId).toBeUndefined()
    expect(outcomes[0]?.diagnosis).toBeUndefined()
  })

  it("keeps the caller's own x-api-key", async () => {
    const { fetch } = bench({ to: [server.url], callerAuthorization: 'keep' })
    await fetch(server.url, { headers: { 'x-api-key': 'mine' } })
    expect(server.seen[0]?.headers['x-api-key']).toBe('mine')
    expect(server.seen[0]?.headers.authorization).toBeUndefined()
  })

  it.each([
    ['nothing', {}],
    ['the placeholder as bearer', { authorization: 'Bearer managed-by-deepseek-guard' }],
    ['the placeholder as key', { 'x-api-key': 'managed-by-deepseek-guard' }],
  ])('attaches ours where the caller sent %s', async (_name, headers) => {
    const { fetch } = bench({ to: [server.url], callerAuthorization: 'keep', source: fixed() })
    expect((await fetch(server.url, { headers: headers as Record<string, string> })).status).toBe(
      200,
    )
  })

  it('does not call itself when the application makes it the global fetch', async () => {
    const { fetch: theirs } = globalThis
    const own = await serve((_seen, res) => void res.end('{}'))
    const { fetch } = bench({ to: [own.url], source: fixed() })
    globalThis.fetch = fetch
    try {
      expect((await globalThis.fetch(own.url)).status).toBe(200)
    } finally {
      globalThis.fetch = theirs
      await own.close()
    }
    expect(own.seen[0]?.headers.authorization).toBe(`Bearer ${key(1)}`)
  })
})
