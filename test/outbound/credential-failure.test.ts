import { TokenError } from '../../src/errors'
import { bench, fixed, key, refusal } from './harness'

const origin = 'https://api.deepseek.com'
const url = `${origin}/chat/completions`

function failing(error: unknown) {
  const source = {
    kind: 'function',
    asked: 0,
    getToken() {
      source.asked += 1
      throw error
    },
  }
  return source
}

describe('a source that has failed for good', () => {
  const permanent = () => failing(new TokenError('invalid_grant', { permanent: true }))

  it('resolves with a 401 that no SDK retries, and nothing leaves', async () => {
    const transport = jest.fn(async () => new Response(''))
    const { fetch } = bench({ to: [origin], source: permanent(), fetch: transport })
    const response = await fetch(url, { method: 'POST', body: '{}' })
    expect(response.status).toBe(401)
    expect(response.headers.get('x-should-retry')).toBe('false')
    expect(response.headers.get('x-deepseek-guard')).toBe('refresh-failed')
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(transport).not.toHaveBeenCalled()
  })

  it('says in the error envelope of OpenAI what to do', async () => {
    const { fetch } = bench({ to: [origin], source: permanent() })
    const body = (await (await fetch(url)).json()) as { error: Record<string, string> }
    expect(Object.keys(body.error)).toEqual(['message', 'type', 'param', 'code'])
    expect(body.error).toMatchObject({ type: 'authentication_error', code: 'refresh-failed' })
    expect(body.error.message).toMatch(/^deepseek-guard: No API key can be had.*Repair the source/)
  })

  it('is told as a synthetic outcome with a diagnosis, and logged with its reason', async () => {
    const { fetch, outcomes, diagnoses, of } = bench({ to: [origin], source: permanent() })
    await fetch(url)
    expect(outcomes[0]).toMatchObject({ status: 401, synthetic: true, resendCount: 0 })
    expect(outcomes[0]?.diagnosis).toBe(diagnoses[0])
    expect(diagnoses[0]).toMatchObject({ cause: 'key-missing', group: 'no-credential' })
    expect(diagnoses[0]?.fix.text).toMatch(/^Repair the credential source/)
    expect(of('auth.rejected')[0]).toMatchObject({
      level: 'error',
      cause: 'key-missing',
      reason: 'refresh-failed',
      'http.response.status_code': 401,
      'url.path': '/chat/completions',
    })
  })
})

describe('a source that fails for now', () => {
  it('rejects with a TokenError that no SDK takes for an abort', async () => {
    const { fetch, outcomes } = bench({ to: [origin], source: failing(new Error('vault down')) })
    const error = await fetch(url).catch((reason) => reason)
    expect(error).toBeInstanceOf(TokenError)
    expect(['AbortError', 'TimeoutError']).not.toContain(error.name)
    expect(outcomes[0]?.status).toBeUndefined()
    expect(outcomes[0]?.diagnosis).toBeDefined()
  })
})

describe('a key that DeepSeek keeps refusing', () => {
  function dead() {
    const transport = jest.fn(async () => new Response(refusal(key(1)), { status: 401 }))
    return { transport, ...bench({ to: [origin], source: fixed(), fetch: transport }) }
  }

  it('costs three calls, then the breaker answers', async () => {
    const { fetch, transport, outcomes } = dead()
    const responses: Response[] = []
    for (let i = 0; i < 50; i += 1) responses.push(await fetch(url))
    expect(responses.every((response) => response.status === 401)).toBe(true)
    expect(transport).toHaveBeenCalledTimes(3)
    expect(responses[49]?.headers.get('x-deepseek-guard')).toBe('breaker-open')
    expect(outcomes[49]).toMatchObject({ synthetic: true, status: 401, tokenId: undefined })
    expect(outcomes[49]?.diagnosis?.cause).toBe('key-rejected')
    expect(outcomes).toHaveLength(50)
  })

  it('names no part of the key in answers, outcomes, diagnoses or lines', async () => {
    const { fetch, outcomes, diagnoses, lines } = dead()
    for (let i = 0; i < 5; i += 1) await fetch(url)
    const held = await (await fetch(url)).text()
    const all = JSON.stringify([outcomes, diagnoses, lines, held])
    expect(all).not.toContain(key(1).slice(-5))
    expect(all).not.toContain(key(1).slice(0, 12))
  })
})
