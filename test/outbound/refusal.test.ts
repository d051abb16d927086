import { createGzip, gzipSync } from 'node:zlib'
import {
  bench,
  fixed,
  gate,
  hangUp,
  key,
  refusal,
  rotating,
  serverStarter,
  type TestServer,
  until,
} from './harness'

const start = serverStarter()

const bearers = (server: TestServer) =>
  server.seen.map((call) => (call.headers.authorization ?? '').replace('Bearer ', ''))

describe('a 401 whose refresh gives another token', () => {
  it('is replayed once with the new token', async () => {
    const server = await start(gate((bearer) => bearer === key(2)))
    const source = rotating()
    const { fetch, outcomes } = bench({ to: [server.url], source })
    const response = await fetch(server.url, { method: 'POST', body: 'hello' })
    expect(response.status).toBe(200)
    expect(bearers(server)).toEqual([key(1), key(2)])
    expect(server.seen.map((call) => call.body.toString())).toEqual(['hello', 'hello'])
    expect(source.asked).toBe(2)
    expect(outcomes).toHaveLength(1)
    expect(outcomes[0]).toMatchObject({ status: 200, refreshed: true, resendCount: 1 })
  })

  it('replaces x-api-key on the replay, too', async () => {
    const server = await start(gate((bearer) => bearer === key(2)))
    const { fetch } = bench({ to: [server.url] })
    await fetch(server.url, { headers: { 'X-Api-Key': 'sdk' } })
    expect(server.seen.map((call) => call.headers['x-api-key'])).toEqual([key(1), key(2)])
  })

  it('logs the diagnosis as a warning and the replay as news, neither with a key', async () => {
    const server = await start(gate((bearer) => bearer === key(2)))
    const { fetch, lines, of } = bench({ to: [server.url] })
    await fetch(`${server.url}/chat/completions?secret=1`, { method: 'POST', body: '{}' })
    expect(of('auth.rejected')[0]).toMatchObject({
      level: 'warn',
      'http.request.method': 'POST',
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(server.url).port),
      'url.path': '/chat/completions',
      'http.response.status_code': 401,
      'token.generation': 1,
      'token.source': 'function',
      'token.length': 35,
      'token.shape': 'deepseek',
      key_echo: 'match',
      ds_trace_id: 'trace-1',
    })
    expect(of('auth.replayed')[0]).toMatchObject({
      level: 'info',
      'http.request.resend_count': 1,
      'token.generation': 2,
      'http.response.status_code': 200,
    })
    expect(JSON.stringify(lines)).not.toContain(key(1).slice(-5))
    expect(JSON.stringify(lines)).not.toContain('secret=1')
  })

  it('passes the same unknown init keys on both attempts', async () => {
    const inits: RequestInit[] = []
    const { fetch } = bench({
      to: ['https://api.deepseek.com'],
      fetch: async (_input, init) => {
        inits.push(init as RequestInit)
        return new Response('{}', { status: inits.length === 1 ? 401 : 200 })
      },
    })
    const dispatcher = {}
    await fetch('https://api.deepseek.com/', { dispatcher, next: 1 } as RequestInit)
    expect(inits).toHaveLength(2)
    for (const init of inits) expect(init).toMatchObject({ dispatcher, next: 1 })
    for (const init of inits) expect((init as { dispatcher?: unknown }).dispatcher).toBe(dispatcher)
  })

  it('is replayed at most once: a second 401 comes back as it is', async () => {
    const server = await start(gate(() => false))
    const source = rotating()
    const { fetch, of, diagnoses } = bench({ to: [server.url], source })
    const response = await fetch(server.url)
    expect(response.status).toBe(401)
    expect(await response.text()).toBe(refusal(key(2)))
    expect(bearers(server)).toEqual([key(1), key(2)])
    expect(diagnoses).toHaveLength(1)
    expect(of('auth.rejected').map((line) => line.level)).toEqual(['warn', 'error'])
  })
})

describe('a 401 that cannot be cured', () => {
  it('comes back untouched when the source gives the same token', async () => {
    const server = await start(gate(() => false))
    const { fetch, of, outcomes } = bench({ to: [server.url], source: fixed() })
    const response = await fetch(server.url)
    expect([response.status, response.url, response.statusText]).toEqual([
      401,
      `${server.url}/`,
      'Unauthorized',
    ])
    expect(response.headers.get('x-ds-trace-id')).toBe('trace-1')
    expect(response.headers.get('x-deepseek-guard')).toBeNull()
    expect(await response.text()).toBe(refusal(key(1)))
    expect(server.seen).toHaveLength(1)
    expect(of('auth.rejected')[0]).toMatchObject({ level: 'error', reason: 'unchanged-token' })
    expect(of('auth.replay_skipped')[0]).toMatchObject({ reason: 'unchanged-token' })
    expect(outcomes[0]).toMatchObject({ status: 401, synthetic: false, resendCount: 0 })
    expect(outcomes[0]?.diagnosis?.cause).toBe('key-rejected')
  })

  it('comes back when the refresh fails', async () => {
    const server = await start(gate(() => false))
    let asked = 0
    const source = {
      kind: 'function',
      getToken() {
        asked += 1
        if (asked > 1) throw new Error('vault is down')
        return { token: key(1) }
      },
    }
    const { fetch, of } = bench({ to: [server.url], source })
    const response = await fetch(server.url)
    expect(await response.text()).toBe(refusal(key(1)))
    expect(server.seen).toHaveLength(1)
    expect(of('auth.rejected')[0]?.reason).toBe('refresh-failed')
  })

  it('is readable once, as any body', async () => {
    const server = await start(gate(() => false))
    const { fetch } = bench({ to: [server.url], source: fixed() })
    const response = await fetch(server.url)
    await response.text()
    expect(response.bodyUsed).toBe(true)
    await expect(response.text()).rejects.toThrow()
  })

  it('with insufficient_scope neither refreshes nor replays', async () => {
    const server = await start((_seen, res) => {
      res.writeHead(401, { 'www-authenticate': 'Bearer realm="x", error="insufficient_scope"' })
      res.end('scope')
    })
    const source = rotating()
    const { fetch, of } = bench({ to: [server.url], source })
    const response = await fetch(server.url)
    expect([response.status, await response.text()]).toEqual([401, 'scope'])
    expect([source.asked, server.seen.length]).toEqual([1, 1])
    expect(of('auth.replay_skipped')[0]).toMatchObject({
      level: 'warn',
      reason: 'insufficient-scope',
    })
  })

  it('with no body at all comes back', async () => {
    const server = await start((_seen, res) => void res.writeHead(401).end())
    const { fetch } = bench({ to: [server.url], source: fixed() })
    expect(await (await fetch(server.url)).text()).toBe('')
  })

  it('that somebody else has begun to read is handed on', async () => {
    const shared = new Response('taken', { status: 401 })
    shared.body?.getReader()
    const { fetch } = bench({
      to: ['https://api.deepseek.com'],
      source: fixed(),
      fetch: async () => shared,
    })
    expect(await fetch('https://api.deepseek.com/')).toBe(shared)
  })
})

describe('a 401 for a token that was replaced meanwhile', () => {
  it('is replayed with the current token, without a refresh', async () => {
    const gates: (() => void)[] = []
    const server = await start(async (seen, res) => {
      const bearer = (seen.headers.authorization ?? '').replace('Bearer ', '')
      if (bearer === key(1)) await new Promise<void>((resolve) => gates.push(resolve))
      res.writeHead(bearer === key(2) ? 200 : 401).end('answer')
    })
    const source = rotating()
    const { fetch, of } = bench({ to: [server.url], source })
    const both = [fetch(server.url), fetch(server.url)]
    await until(() => gates.length === 2)
    gates[0]?.()
    await Promise.race(both)
    gates[1]?.()
    const answers = await Promise.all(both)
    expect(answers.map((answer) => answer.status)).toEqual([200, 200])
    expect(source.asked).toBe(2)
    expect(of('auth.stale_rejection')).toHaveLength(1)
    expect(of('auth.rejected')).toHaveLength(1)
  })
})

describe('the body of a 401', () => {
  it('of 10 MB is read no further than its head, and its socket let go, for a replay', async () => {
    let written = 0
    const end = hangUp()
    const server = await start((seen, res) => {
      if (seen.headers.authorization === `Bearer ${key(2)}`) return void res.end('good')
      end.of(res)
      res.writeHead(401)
      const chunk = Buffer.alloc(65_536, 'x')
      const push = (): void => {
        while (written < 10 * 1024 * 1024) {
          if (res.destroyed) return
          written += chunk.length
          if (!res.write(chunk)) return void res.once('drain', push)
        }
        res.end()
      }
      push()
    })
    const { fetch } = bench({ to: [server.url] })
    const response = await fetch(server.url)
    expect(await response.text()).toBe('good')
    await end.seen
    expect(written).toBeLessThan(10 * 1024 * 1024)
  })

  it('of 10 MB comes back whole when it is not replayed', async () => {
    const page = Buffer.alloc(10 * 1024 * 1024, 'y')
    const server = await start((_seen, res) => void res.writeHead(401).end(page))
    const { fetch } = bench({ to: [server.url], source: fixed() })
    const response = await fetch(server.url)
    expect(Buffer.from(await response.arrayBuffer()).equals(page)).toBe(true)
  })

  it('that drips holds nobody, and is whole in the end', async () => {
    let finish: () => void = () => undefined
    const server = await start((_seen, res) => {
      res.writeHead(401)
      res.write('begin ')
      finish = () => void res.end('end')
    })
    const { fetch } = bench({ to: [server.url], source: fixed() })
    const response = await fetch(server.url)
    finish()
    expect(await response.text()).toBe('begin end')
  })

  it('that stalls does not keep a replay waiting', async () => {
    const end = hangUp()
    const server = await start((seen, res) => {
      if (seen.headers.authorization === `Bearer ${key(2)}`) return void res.end('good')
      end.of(res)
      res.writeHead(401)
      res.write('never ends')
    })
    const { fetch } = bench({ to: [server.url] })
    expect(await (await fetch(server.url)).text()).toBe('good')
    await end.seen
  })

  it('that breaks off gives what was read and then the error', async () => {
    const server = await start((_seen, res) => {
      res.writeHead(401, { 'content-length': '100' })
      res.write('some', () => res.socket?.resetAndDestroy())
    })
    const { fetch } = bench({ to: [server.url], source: fixed() })
    const response = await fetch(server.url)
    expect(response.status).toBe(401)
    const reader = response.body?.getReader()
    const first = await reader?.read()
    expect(Buffer.from(first?.value ?? []).toString()).toBe('some')
    await expect(reader?.read()).rejects.toThrow('terminated')
  })

  it('can be cancelled by the caller, and then its socket closes', async () => {
    const end = hangUp()
    const server = await start((_seen, res) => {
      end.of(res)
      res.writeHead(401)
      res.write('x')
    })
    const { fetch } = bench({ to: [server.url], source: fixed() })
    const response = await fetch(server.url)
    await response.body?.cancel()
    await end.seen
  })

  it('in gzip is understood and given back as text', async () => {
    const server = await start((seen, res) => {
      const body = gzipSync(refusal(seen.headers.authorization))
      res.writeHead(401, { 'content-encoding': 'gzip', 'content-length': body.length })
      res.end(body)
    })
    const { fetch, of } = bench({ to: [server.url], source: fixed() })
    const response = await fetch(server.url)
    expect(await response.json()).toMatchObject({ error: { type: 'authentication_error' } })
    expect(of('auth.rejected')[0]?.key_echo).toBe('match')
  })

  it('that unpacks to a mountain is not unpacked for the diagnosis', async () => {
    const server = await start((_seen, res) => {
      res.writeHead(401, { 'content-encoding': 'gzip' })
      const zip = createGzip()
      zip.pipe(res)
      for (let i = 0; i < 100; i += 1) zip.write(Buffer.alloc(1_000_000))
      zip.end()
    })
    const { fetch } = bench({ to: [server.url], source: fixed() })
    const response = await fetch(server.url)
    expect(response.status).toBe(401)
    await response.body?.cancel()
  })

  it('in HTML comes back as it is', async () => {
    const page = '<!doctype html><title>Proxy</title>'
    const server = await start((_seen, res) => {
      res.writeHead(401, { 'content-type': 'text/html' }).end(page)
    })
    const { fetch, of } = bench({ to: [server.url], source: fixed() })
    const response = await fetch(server.url)
    expect(response.headers.get('content-type')).toBe('text/html')
    expect(await response.text()).toBe(page)
    expect(of('auth.rejected')[0]?.key_echo).toBe('none')
  })
})
