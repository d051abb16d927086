import { bench, fixed, gate, type Handler, key, serverStarter } from './harness'

const start = serverStarter()

const hop =
  (status: number, location: string | (() => string)): Handler =>
  (seen, res) => {
    if (seen.url === '/end') return void res.end('end')
    const target = typeof location === 'string' ? location : location()
    res.writeHead(status, { location: target }).end('moved')
  }

describe('a redirect', () => {
  it.each([307, 308])(
    '%i to the same origin is followed with body and credential',
    async (status) => {
      const server = await start(hop(status, '/end'))
      const { fetch, outcomes, of } = bench({ to: [server.url], source: fixed() })
      const response = await fetch(server.url, { method: 'POST', body: 'prompt' })
      expect([response.status, await response.text()]).toEqual([200, 'end'])
      expect(server.seen.map((call) => [call.method, call.url, call.body.toString()])).toEqual([
        ['POST', '/', 'prompt'],
        ['POST', '/end', 'prompt'],
      ])
      expect(server.seen[1]?.headers.authorization).toBe(`Bearer ${key(1)}`)
      expect(outcomes[0]).toMatchObject({ status: 200, resendCount: 1 })
      expect(of('redirect.blocked')).toEqual([])
    },
  )

  it('of a Request object is followed with its method, headers and body', async () => {
    const server = await start(hop(307, '/end'))
    const { fetch } = bench({ to: [server.url], source: fixed() })
    const init = { method: 'PUT', body: 'prompt', headers: { 'x-a': 'b' } }
    await fetch(new Request(server.url, init))
    expect(server.seen[1]).toMatchObject({ method: 'PUT', url: '/end' })
    expect(server.seen[1]?.body.toString()).toBe('prompt')
    expect(server.seen[1]?.headers['x-a']).toBe('b')
  })

  it.each([301, 302, 303])('%i comes back, even to the same origin', async (status) => {
    const server = await start(hop(status, '/end'))
    const { fetch, of } = bench({ to: [server.url], source: fixed() })
    const response = await fetch(server.url, { method: 'POST', body: 'prompt' })
    expect([response.status, response.headers.get('location')]).toEqual([status, '/end'])
    expect(await response.text()).toBe('moved')
    expect(server.seen).toHaveLength(1)
    expect(of('redirect.blocked')[0]).toMatchObject({ level: 'warn', reason: 'method-may-change' })
  })

  it.each([301, 302, 303, 307, 308])('%i to another origin reaches nobody', async (status) => {
    const other = await start((_seen, res) => void res.end('stolen'))
    const server = await start(hop(status, other.url))
    const { fetch, of } = bench({ to: [server.url], source: fixed() })
    const response = await fetch(server.url, {
      method: 'POST',
      body: 'prompt',
      headers: { 'x-api-key': 'sdk' },
    })
    expect(response.status).toBe(status)
    expect(other.seen).toEqual([])
    expect(of('redirect.blocked')).toHaveLength(1)
    expect(of('redirect.blocked')[0]?.reason).toBe('other-origin')
  })

  it('to another origin is blocked even when that one may get the credential', async () => {
    const other = await start((_seen, res) => void res.end('other'))
    const server = await start(hop(307, other.url))
    const { fetch } = bench({ to: [server.url, other.url], source: fixed() })
    expect((await fetch(server.url)).status).toBe(307)
    expect(other.seen).toEqual([])
  })

  it('to the same host over plain http is blocked', async () => {
    const { fetch, of } = bench({
      to: ['https://api.deepseek.com'],
      source: fixed(),
      fetch: async () =>
        new Response('', { status: 308, headers: { location: 'http://api.deepseek.com/' } }),
    })
    expect((await fetch('https://api.deepseek.com/')).status).toBe(308)
    expect(of('redirect.blocked')[0]?.reason).toBe('other-origin')
  })

  it('in circles ends after five hops', async () => {
    const server = await start((_seen, res) => void res.writeHead(307, { location: '/' }).end())
    const { fetch, of } = bench({ to: [server.url], source: fixed() })
    expect((await fetch(server.url)).status).toBe(307)
    expect(server.seen).toHaveLength(6)
    expect(of('redirect.blocked')[0]?.reason).toBe('too-many-redirects')
  })

  it('of a body that can be sent once comes back', async () => {
    const server = await start(hop(307, '/end'))
    const { fetch, of } = bench({ to: [server.url], source: fixed(), maxReplayBytes: 1 })
    const body = new Blob(['prompt']).stream()
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit
    expect((await fetch(server.url, init)).status).toBe(307)
    expect(server.seen).toHaveLength(1)
    expect(of('redirect.blocked')[0]?.reason).toBe('body-not-replayable')
  })

  it.each([
    ['no Location', {}],
    ['no readable Location', { location: 'http://[' }],
  ])('with %s comes back', async (_name, headers) => {
    const server = await start((_seen, res) => void res.writeHead(307, headers as never).end())
    const { fetch } = bench({ to: [server.url], source: fixed() })
    expect((await fetch(server.url)).status).toBe(307)
  })

  it("comes back without a word under redirect: 'manual'", async () => {
    const server = await start(hop(307, '/end'))
    const { fetch, of } = bench({ to: [server.url], source: fixed() })
    expect((await fetch(server.url, { redirect: 'manual' })).status).toBe(307)
    expect((await fetch(new Request(server.url, { redirect: 'manual' }))).status).toBe(307)
    expect(of('redirect.blocked')).toEqual([])
  })

  it.each([
    ['the transport', undefined],
    ['us', async () => answer307()],
  ])("rejects under redirect: 'error', by %s", async (_name, transport) => {
    const server = await start(hop(307, '/end'))
    const { fetch } = bench({ to: [server.url], source: fixed(), fetch: transport })
    await expect(fetch(server.url, { redirect: 'error' })).rejects.toThrow('fetch failed')
  })

  it('to a place that refuses the token is replayed once, from the start', async () => {
    const good = gate((bearer) => bearer === key(2))
    const server = await start((seen, res, req) => {
      if (seen.url === '/end') return good(seen, res, req)
      res.writeHead(308, { location: '/end' }).end()
    })
    const { fetch } = bench({ to: [server.url] })
    expect((await fetch(server.url, { method: 'POST', body: 'x' })).status).toBe(200)
    expect(server.seen.map((call) => call.url)).toEqual(['/', '/end', '/', '/end'])
  })
})

function answer307(): Response {
  return new Response('', { status: 307, headers: { location: '/end' } })
}
