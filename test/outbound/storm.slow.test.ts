import { bench, key, refusal, serve } from './harness'

/** An issuer whose every token invalidates the one before it. */
function issuer() {
  const state = {
    kind: 'function',
    issued: 0,
    current: '',
    async getToken() {
      state.issued += 1
      // Long enough that nearly every 401 arrives while the refresh runs.
      await new Promise((resolve) => setTimeout(resolve, 20))
      state.current = key(state.issued)
      return { token: state.current }
    },
  }
  return state
}

function bearerOf(init: RequestInit | undefined): string {
  return (new Headers(init?.headers).get('authorization') ?? '').replace('Bearer ', '')
}

describe('a storm of 401s, where each refresh invalidates the token before it', () => {
  it('of 10,000 at once and stragglers costs one refresh and fails no call', async () => {
    const source = issuer()
    const origin = 'https://api.deepseek.com'
    let calls = 0
    const { fetch, outcomes } = bench({
      to: [origin],
      source,
      fetch: async (_input, init) => {
        calls += 1
        const bearer = bearerOf(init)
        // Every tenth answer is a straggler that comes long after the refresh.
        if (calls % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 30 + (calls % 70)))
        if (bearer === source.current) return new Response('{}')
        return new Response(refusal(bearer), { status: 401 })
      },
    })
    await fetch(origin)
    source.current = 'revoked'
    outcomes.length = 0
    const answers = await Promise.all(
      Array.from({ length: 10_000 }, () => fetch(origin, { method: 'POST', body: '{}' })),
    )
    expect(answers.filter((answer) => answer.status !== 200)).toEqual([])
    expect(source.issued).toBe(2)
    expect(calls).toBe(20_001)
    expect(outcomes).toHaveLength(10_000)
    expect(outcomes.every((outcome) => outcome.resendCount === 1)).toBe(true)
  }, 60_000)

  it('of 1,000 over real sockets costs one refresh and fails no call', async () => {
    const source = issuer()
    let calls = 0
    const server = await serve(async (seen, res) => {
      calls += 1
      const bearer = (seen.headers.authorization ?? '').replace('Bearer ', '')
      const good = bearer === source.current
      if (calls % 10 === 0) await new Promise((resolve) => setTimeout(resolve, calls % 100))
      if (good) res.end('{}')
      else res.writeHead(401).end(refusal(bearer))
    })
    try {
      const { fetch } = bench({ to: [server.url], source })
      await (await fetch(server.url)).text()
      source.current = 'revoked'
      const statuses = await Promise.all(
        Array.from({ length: 1_000 }, async () => {
          const response = await fetch(server.url, { method: 'POST', body: '{}' })
          await response.text()
          return response.status
        }),
      )
      expect(statuses.filter((status) => status !== 200)).toEqual([])
      expect(source.issued).toBe(2)
      expect(server.seen).toHaveLength(2_001)
    } finally {
      await server.close()
    }
  }, 60_000)
})
