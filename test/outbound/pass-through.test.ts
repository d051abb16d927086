import { type Bench, bench, fixed, hangUp, key, serverStarter, until } from './harness'

const origin = 'https://api.deepseek.com'
const start = serverStarter()

/** A holder that gives one token and writes down what it is told. */
function recording(source = fixed()) {
  const told: string[] = []
  const made = bench({ to: [], source }).holder
  const holder = new Proxy(made, {
    get(target, name) {
      const value = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        if (name === 'accepted' || name === 'exhausted' || name === 'rejected') told.push(name)
        return Reflect.apply(value, target, args)
      }
    },
  })
  return { holder, told }
}

describe('an answer that is neither 2xx nor 401', () => {
  it.each([403, 407, 408, 409, 418, 422, 500, 502, 503, 504, 529])(
    '%i: the same Response, one call, no refresh',
    async (status) => {
      const answer = new Response('x', { status, headers: { 'retry-after': '7', 'x-a': ' b ' } })
      const transport = jest.fn(async () => answer)
      const { holder, told } = recording()
      const { fetch, outcomes, diagnoses } = bench({ to: [origin], holder, fetch: transport })
      expect(await fetch(origin, { method: 'POST', body: 'x' })).toBe(answer)
      expect(answer.bodyUsed).toBe(false)
      expect(transport).toHaveBeenCalledTimes(1)
      expect(told).toEqual([])
      expect(outcomes[0]).toMatchObject({ status, retryAfterMs: 7000, refreshed: false })
      expect(outcomes[0]?.diagnosis).toBe(diagnoses[0])
      expect(diagnoses).toHaveLength(1)
    },
  )

  it('402 is untouched, names the balance and benches the account', async () => {
    const answer = new Response('x', { status: 402, headers: { 'content-length': '1' } })
    const { holder, told } = recording()
    const { fetch, outcomes } = bench({ to: [origin], holder, fetch: async () => answer })
    expect(await fetch(origin)).toBe(answer)
    expect(outcomes[0]?.diagnosis?.cause).toBe('balance-exhausted')
    expect(told).toContain('exhausted')
    expect(told).toContain('accepted')
    expect(told).not.toContain('rejected')
  })

  it('429 for the balance benches the account, and comes back whole', async () => {
    const body = JSON.stringify({
      error: {
        message:
          'Too many requests. Your current concurrency is 26, which exceeds your concurrency ' +
          'limit of 25 based on your remaining balance. Please top up your balance.',
        type: 'rate_limit_error',
        param: null,
        code: 'invalid_request_error',
      },
    })
    const server = await start((_seen, res) => {
      const headers = { 'content-length': body.length, 'retry-after': '3', 'x-ds-trace-id': 't' }
      res.writeHead(429, headers).end(body)
    })
    const { holder, told } = recording()
    const { fetch, outcomes } = bench({ to: [server.url], holder })
    const response = await fetch(`${server.url}/chat/completions`)
    expect(response.headers.get('retry-after')).toBe('3')
    expect(response.url).toBe(`${server.url}/chat/completions`)
    expect(await response.text()).toBe(body)
    expect(outcomes[0]?.diagnosis?.cause).toBe('balance-limits-concurrency')
    expect(told).toContain('exhausted')
    expect(told).not.toContain('rejected')
    expect(server.seen).toHaveLength(1)
  })

  it('429 for the rate benches nobody', async () => {
    const server = await start((_seen, res) => {
      res.writeHead(429, { 'content-length': 18 }).end('Rate Limit Reached')
    })
    const { holder, told } = recording()
    const { fetch, outcomes } = bench({ to: [server.url], holder })
    expect(await (await fetch(server.url)).text()).toBe('Rate Limit Reached')
    expect(outcomes[0]?.diagnosis?.cause).toBe('rate-limited')
    expect(told).toEqual([])
  })

  it.each([400, 404, 429])('%i is read whether or not it declares a length', async (status) => {
    const body = `${'x'.repeat(70_000)}end`
    const server = await start((_seen, res) => {
      res.writeHead(status).write(body.slice(0, 10))
      res.end(body.slice(10))
    })
    const { fetch, outcomes } = bench({ to: [server.url], source: fixed() })
    const response = await fetch(server.url)
    expect(response.url).toBe(`${server.url}/`)
    expect(await response.text()).toBe(body)
    expect(outcomes[0]?.diagnosis).toBeDefined()
  })

  it('a chunked 429 about the balance benches the account', async () => {
    const message = 'Your concurrency limit is 25 based on your remaining balance.'
    const server = await start((_seen, res) => {
      res.writeHead(429, { 'content-type': 'application/json' })
      res.write('{"error":')
      res.end(`{"message":"${message}"}}`)
    })
    const { holder, told } = recording()
    const { fetch, outcomes } = bench({ to: [server.url], holder })
    await (await fetch(server.url)).text()
    expect(outcomes[0]?.diagnosis?.cause).toBe('balance-limits-concurrency')
    expect(told).toContain('exhausted')
  })

  it('400 for an unknown model proves the key', async () => {
    const message =
      'The supported API model names are deepseek-flash, deepseek-v4-pro, but you passed x.'
    const body = JSON.stringify({ error: { message, type: 'invalid_request_error' } })
    const server = await start((_seen, res) => {
      res.writeHead(400, { 'content-length': body.length, 'x-ds-trace-id': 't' }).end(body)
    })
    const { holder, told } = recording()
    const { fetch, outcomes } = bench({ to: [server.url], holder })
    expect(await (await fetch(server.url)).text()).toBe(body)
    expect(outcomes[0]?.diagnosis?.cause).toBe('model-unavailable')
    expect(told).toEqual(['accepted'])
  })

  it('204 and 206 prove the key and are no failure', async () => {
    for (const status of [204, 206]) {
      const { holder, told } = recording()
      const { fetch, outcomes } = bench({
        to: [origin],
        holder,
        fetch: async () => new Response(null, { status }),
      })
      expect((await fetch(origin)).status).toBe(status)
      expect(told).toEqual(['accepted'])
      expect(outcomes[0]?.diagnosis).toBeUndefined()
    }
  })

  it.each([
    ['seconds', '120', 120_000],
    ['a date in the past', 'Wed, 21 Oct 2015 07:28:00 GMT', 0],
    ['half seconds', '0.5', 500],
    ['rubbish', 'soon', undefined],
    ['nothing', '', undefined],
  ])('retry-after as %s is understood', async (_name, value, expected) => {
    const answer = new Response('', { status: 503, headers: { 'retry-after': value } })
    const { fetch, outcomes } = bench({ to: [origin], fetch: async () => answer })
    await fetch(origin)
    expect(outcomes[0]?.retryAfterMs).toBe(expected)
  })
})

describe('a network error', () => {
  async function failing(transport: typeof fetch): Promise<{ error: unknown; made: Bench }> {
    const made = bench({ to: [origin], source: fixed(), fetch: transport })
    const error = await made.fetch(origin).catch((reason) => reason)
    return { error, made }
  }

  it('is the identical object, after one call and no refresh', async () => {
    const thrown = new TypeError('fetch failed', { cause: new Error('ECONNRESET') })
    const transport = jest.fn(async () => Promise.reject(thrown))
    const { error, made } = await failing(transport)
    expect(error).toBe(thrown)
    expect(transport).toHaveBeenCalledTimes(1)
    expect(made.outcomes).toHaveLength(1)
    expect(made.outcomes[0]?.status).toBeUndefined()
    expect(made.diagnoses).toHaveLength(1)
  })

  it.each([['a string'], [undefined], [null], [Object.freeze({})]])(
    'thrown as %p stays what it is',
    async (thrown) => {
      const { error } = await failing(async () => Promise.reject(thrown))
      expect(error).toBe(thrown)
    },
  )

  it('thrown synchronously is a rejection', async () => {
    const thrown = new Error('at once')
    const { error } = await failing(() => {
      throw thrown
    })
    expect(error).toBe(thrown)
  })

  it('of a server that resets is the error of fetch', async () => {
    const server = await start((_seen, _res, req) => void req.socket.resetAndDestroy())
    const { fetch, diagnoses } = bench({ to: [server.url], source: fixed() })
    await expect(fetch(server.url)).rejects.toThrow('fetch failed')
    expect(server.seen).toHaveLength(1)
    expect(diagnoses[0]?.group).toBe('network')
  })

  it('of a closed port is the error of fetch', async () => {
    const server = await start(() => undefined)
    const { url } = server
    await server.close()
    const { fetch } = bench({ to: [url], source: fixed() })
    const error = await fetch(url).catch((reason) => reason)
    expect(error.cause.code).toBe('ECONNREFUSED')
  })

  it('on the replay is handed on, too', async () => {
    const thrown = new Error('second')
    let calls = 0
    const { fetch } = bench({
      to: [origin],
      fetch: async () => {
        calls += 1
        if (calls === 1) return new Response('', { status: 401 })
        throw thrown
      },
    })
    await expect(fetch(origin)).rejects.toBe(thrown)
    expect(calls).toBe(2)
  })

  const once = () => ({
    method: 'POST',
    body: new Blob(['too long']).stream(),
    duplex: 'half',
  })

  // Older versions of undici answer a 401 to a streamed body with an error that has no cause.
  it.each([[undefined], [new Error('')]])(
    'that may hide a 401 of a streamed body is named in the log (cause %p)',
    async (cause) => {
      const thrown = new TypeError('fetch failed', { cause })
      const { fetch, of } = bench({
        to: [origin],
        maxReplayBytes: 1,
        fetch: async () => Promise.reject(thrown),
      })
      await expect(fetch(origin, once() as RequestInit)).rejects.toBe(thrown)
      expect(of('auth.replay_skipped')[0]).toMatchObject({
        level: 'warn',
        reason: 'body-not-replayable',
        'error.type': 'TypeError',
      })
    },
  )

  it('with a cause of its own hides nothing', async () => {
    const thrown = new TypeError('fetch failed', { cause: new Error('ECONNRESET') })
    const { fetch, of } = bench({
      to: [origin],
      maxReplayBytes: 1,
      fetch: async () => Promise.reject(thrown),
    })
    await expect(fetch(origin, once() as RequestInit)).rejects.toBe(thrown)
    expect(of('auth.replay_skipped')).toEqual([])
  })
})

describe('a streamed answer', () => {
  it('passes byte-exact, keep-alive comments and blank lines included', async () => {
    const pieces = [': keep-alive\n\n', '\n\n', 'data: {"a":1}\n\n', 'data: [DONE]\n\n']
    const server = await start(async (_seen, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      for (const piece of pieces) {
        res.write(piece)
        await new Promise((resolve) => setImmediate(resolve))
      }
      res.end()
    })
    const { fetch } = bench({ to: [server.url] })
    expect(await (await fetch(server.url)).text()).toBe(pieces.join(''))
  })

  it('is given at its headers, long before its end', async () => {
    let end: () => void = () => undefined
    const server = await start((_seen, res) => {
      res.writeHead(200).write('first')
      end = () => void res.end('last')
    })
    const { fetch } = bench({ to: [server.url] })
    const response = await fetch(server.url)
    end()
    expect(await response.text()).toBe('firstlast')
  })

  it('that the caller cancels ends upstream', async () => {
    const end = hangUp()
    const server = await start((_seen, res) => {
      end.of(res)
      res.writeHead(200).write('first')
    })
    const { fetch } = bench({ to: [server.url] })
    const response = await fetch(server.url)
    await response.body?.cancel()
    await end.seen
  })

  it('that nobody reads is not read by us', async () => {
    let written = 0
    let blocked = false
    const server = await start((_seen, res) => {
      res.writeHead(200)
      const chunk = Buffer.alloc(65_536)
      const push = (): void => {
        while (res.write(chunk)) written += chunk.length
        blocked = true
        res.once('drain', () => {
          blocked = false
          push()
        })
      }
      push()
    })
    const { fetch } = bench({ to: [server.url] })
    const response = await fetch(server.url)
    await until(() => blocked)
    expect(written).toBeLessThan(16 * 1024 * 1024)
    await response.body?.cancel()
  })

  it('that breaks off fails while it is read, without a replay', async () => {
    const server = await start((_seen, res) => {
      res.writeHead(200, { 'content-length': '100' })
      res.write('some', () => res.socket?.resetAndDestroy())
    })
    const { fetch } = bench({ to: [server.url] })
    const response = await fetch(server.url)
    await expect(response.text()).rejects.toThrow('terminated')
    expect(server.seen.map((call) => call.headers.authorization)).toEqual([`Bearer ${key(1)}`])
  })
})
