import { keyPool } from '../../src/credentials/key-pool'
import { bench, key, refusal, serve, type TestServer } from './harness'

const account = (name: string, token: string) => ({
  kind: 'function',
  getToken: () => ({ token, account: name }),
})

describe('a pool of keys', () => {
  let server: TestServer
  let answers: Record<string, number> = {}
  const used = () => server.seen.map((call) => call.headers.authorization?.replace('Bearer ', ''))

  beforeEach(async () => {
    answers = {}
    server = await serve((seen, res) => {
      const bearer = seen.headers.authorization?.replace('Bearer ', '') ?? ''
      const status = answers[bearer] ?? 200
      res.writeHead(status).end(status === 401 ? refusal(bearer) : '{}')
    })
  })
  afterEach(() => server.close())

  it('stays with its key, and puts the next one in as the one replay after a 401', async () => {
    answers[key(1)] = 401
    const { fetch } = bench({ to: [server.url], source: keyPool([key(1), key(2)]) })
    for (let i = 0; i < 3; i += 1) expect((await fetch(server.url)).status).toBe(200)
    expect(used()).toEqual([key(1), key(2), key(2), key(2)])
  })

  it('replays once even when more keys are left', async () => {
    answers[key(1)] = 401
    answers[key(2)] = 401
    const source = keyPool([key(1), key(2), key(3)])
    const { fetch } = bench({ to: [server.url], source })
    expect((await fetch(server.url)).status).toBe(401)
    expect(used()).toEqual([key(1), key(2)])
    expect((await fetch(server.url)).status).toBe(200)
    expect(used()).toEqual([key(1), key(2), key(3)])
  })

  it('says in the log that no key is left when the last one is refused too', async () => {
    answers[key(1)] = 401
    answers[key(2)] = 401
    const { fetch, of } = bench({ to: [server.url], source: keyPool([key(1), key(2)]) })
    const last = await fetch(server.url)
    expect(last.status).toBe(401)
    expect(last.headers.get('x-deepseek-guard')).toBeNull()
    expect(of('auth.rejected').at(-1)?.reason).toBe('pool-exhausted')
  })

  it('leaves the account of a 402, not only the key, and does not send that call again', async () => {
    answers[key(1)] = 402
    const source = keyPool([account('a', key(1)), account('a', key(2)), account('b', key(3))])
    const { fetch } = bench({ to: [server.url], source })
    expect((await fetch(server.url)).status).toBe(402)
    expect((await fetch(server.url)).status).toBe(200)
    expect(used()).toEqual([key(1), key(3)])
  })

  it('of which every key is refused gives the last answer, then says so by itself', async () => {
    answers[key(1)] = 401
    answers[key(2)] = 401
    const { fetch, of } = bench({ to: [server.url], source: keyPool([key(1), key(2)]) })
    const last = await fetch(server.url)
    expect([last.status, await last.text()]).toEqual([401, refusal(key(2))])
    const held = await fetch(server.url)
    expect(held.headers.get('x-deepseek-guard')).toBe('pool-exhausted')
    expect(used()).toEqual([key(1), key(2)])
    expect(of('auth.rejected').at(-1)?.reason).toBe('pool-exhausted')
  })
})

describe('a closed holder', () => {
  it('still sends the last good credential, without a refresh', async () => {
    const server = await serve((seen, res) => {
      const status = seen.url === '/refused' ? 401 : 200
      res.writeHead(status).end('answer')
    })
    try {
      let asked = 0
      const source = {
        kind: 'function',
        getToken() {
          asked += 1
          return { token: key(asked) }
        },
      }
      const { fetch, holder } = bench({ to: [server.url], source })
      await fetch(server.url)
      await holder.close()
      expect((await fetch(server.url)).status).toBe(200)
      expect((await fetch(`${server.url}/refused`)).status).toBe(401)
      expect(asked).toBe(1)
      expect(server.seen.every((call) => call.headers.authorization === `Bearer ${key(1)}`)).toBe(
        true,
      )
    } finally {
      await server.close()
    }
  })
})

describe('under fake timers', () => {
  afterEach(() => jest.useRealTimers())

  it('a replay over a stubbed transport needs no clock', async () => {
    jest.useFakeTimers()
    const { fetch } = bench({
      to: ['https://api.deepseek.com'],
      fetch: async (_input, init) => {
        const good = new Headers(init?.headers).get('authorization') === `Bearer ${key(2)}`
        return new Response('x', { status: good ? 200 : 401 })
      },
    })
    expect((await fetch('https://api.deepseek.com/')).status).toBe(200)
  })
})
