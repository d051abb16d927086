import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { gzipSync } from 'node:zlib'
import { clientCredentials } from '../../src/credentials/oauth'
import { TokenError } from '../../src/errors'
import { kit, settle } from './holder-kit'
import { initial } from './token-requests'

const SECRET = 'canary/secret+with:odd%characters'

interface Asked {
  method?: string
  headers: IncomingMessage['headers']
  form: URLSearchParams
}

type Reply = (response: ServerResponse, request: IncomingMessage) => void

let server: Server
let origin: string
let asked: Asked[]
let reply: Reply

function json(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body))
  }
}

const good = json(200, { access_token: 'one', token_type: 'Bearer', expires_in: 3_600 })

beforeEach(async () => {
  asked = []
  reply = good
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      const { method, headers } = request
      asked.push({ method, headers, form: new URLSearchParams(body) })
      reply(response, request)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

function source(more: object = {}) {
  return clientCredentials({
    tokenURL: `${origin}/token`,
    clientId: 'the client',
    clientSecret: SECRET,
    ...more,
  })
}

async function failureOf(promise: unknown): Promise<TokenError> {
  const error = await Promise.resolve(promise).then(
    () => new Error('a token was given'),
    (thrown) => thrown,
  )
  expect(error).toBeInstanceOf(TokenError)
  const told = inspect(error, { depth: 9 }) + JSON.stringify(error) + error.stack
  expect(told).not.toContain('canary')
  expect(told).not.toContain(encodeURIComponent(SECRET))
  return error
}

describe('clientCredentials', () => {
  test('gives the token and its lifetime', async () => {
    const token = await source().getToken(initial())
    expect(token).toEqual({ token: 'one', expiresInMs: 3_600_000 })
  })

  test('authenticates by HTTP Basic with form-encoded parts, and only there', async () => {
    await source({ scope: 'chat', audience: 'deepseek' }).getToken(initial())
    const [{ method, headers, form }] = asked as [Asked]
    const basic = Buffer.from(headers.authorization?.replace('Basic ', '') ?? '', 'base64')
    expect(method).toBe('POST')
    expect(new URLSearchParams(`secret=${basic.toString().split(':')[1]}`).get('secret')).toBe(
      SECRET,
    )
    expect(basic.toString()).toMatch(/^the\+client:/)
    expect(Object.fromEntries(form)).toEqual({
      grant_type: 'client_credentials',
      scope: 'chat',
      audience: 'deepseek',
    })
  })

  test.each([
    [400, 'invalid_client'],
    [400, 'invalid_grant'],
    [401, 'invalid_client'],
    [403, 'access_denied'],
  ])('fails for good on %i %s', async (status, error) => {
    reply = json(status, { error, error_description: SECRET })
    expect((await failureOf(source().getToken(initial()))).permanent).toBe(true)
  })

  test('fails for good on a 401 with a challenge and no body', async () => {
    reply = (response) => response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
    const error = await failureOf(source().getToken(initial()))
    expect(error.permanent).toBe(true)
    expect(error.message).toContain('answers 401. Check clientId, clientSecret and scope.')
  })

  test('repeats a registered error code and no other text', async () => {
    reply = json(400, { error: 'invalid_scope' })
    expect((await failureOf(source().getToken(initial()))).message).toContain('(invalid_scope)')
    reply = json(400, { error: SECRET })
    expect((await failureOf(source().getToken(initial()))).message).toContain('answers 400.')
  })

  test.each([500, 502, 503, 429, 408])('fails for now on %i', async (status) => {
    reply = json(status, {})
    expect((await failureOf(source().getToken(initial()))).permanent).toBe(false)
  })

  test('passes on a Retry-After', async () => {
    reply = json(503, {}, { 'retry-after': '7' })
    expect((await failureOf(source().getToken(initial()))).retryAfterMs).toBe(7_000)
  })

  test('fails for now when nobody listens', async () => {
    const tokenURL = `${origin}/token`
    await new Promise((resolve) => server.close(resolve))
    const error = await failureOf(source({ tokenURL }).getToken(initial()))
    expect(error).toMatchObject({ permanent: false })
    expect(error.message).toContain('cannot be reached')
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })

  test('follows no redirect', async () => {
    reply = (response) => response.writeHead(307, { location: `${origin}/other` }).end()
    const error = await failureOf(source().getToken(initial()))
    expect(error).toMatchObject({ permanent: true })
    expect(asked).toHaveLength(1)
  })

  test('reads no more than 64 KiB', async () => {
    let sent = 0
    reply = (response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const more = (): void => {
        while (!response.destroyed && sent < 50_000_000) {
          sent += 65_536
          if (!response.write(' '.repeat(65_536))) {
            response.once('drain', more)
            return
          }
        }
      }
      more()
    }
    const error = await failureOf(source().getToken(initial()))
    expect(error.message).toContain('more than 64 KiB')
    expect(sent).toBeLessThan(50_000_000)
  })

  test.each<[string, Reply]>([
    ['HTML', (response) => response.end('<html>canary</html>')],
    ['an empty body', (response) => response.end()],
    ['an array', json(200, ['canary'])],
    ['no token', json(200, { token_type: 'bearer' })],
    ['a number as token', json(200, { access_token: 7, token_type: 'bearer' })],
    ['no token type', json(200, { access_token: 'canary' })],
    ['another token type', json(200, { access_token: 'canary', token_type: 'mac' })],
    ['a bound token', json(200, { access_token: 'canary', token_type: 'DPoP' })],
  ])('refuses a 200 with %s', async (_name, hostile) => {
    reply = hostile
    const error = await failureOf(source().getToken(initial()))
    expect(error.message).toContain('200 without a bearer token')
  })

  test.each([undefined, null, -1, 'soon', '60', 0, true, [], 1e308])(
    'stands expires_in %p',
    async (expires_in) => {
      reply = json(200, { access_token: 'one', token_type: 'bearer', expires_in })
      const { token } = await source().getToken(initial())
      expect(token).toBe('one')
    },
  )

  test('minds nothing that it does not use: an ID token, a refresh token, a scope', async () => {
    const more = { id_token: 'canary', refresh_token: 7, scope: ['canary'] }
    reply = json(200, { access_token: 'one', token_type: 'bearer', ...more })
    expect(await source().getToken(initial())).toEqual({ token: 'one' })
  })

  test('reads no more than 64 KiB of what was compressed', async () => {
    reply = (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      response.end(gzipSync(Buffer.alloc(20_000_000, ' ')))
    }
    const error = await failureOf(source().getToken(initial()))
    expect(error.message).toContain('more than 64 KiB')
  })

  test('gives up with the deadline of the refresh, also in the middle of the body', async () => {
    const controller = new AbortController()
    reply = (response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write('{"access_token":')
      controller.abort()
    }
    const request = { ...initial(), signal: controller.signal }
    const error = await failureOf(source().getToken(request))
    expect(error.message).toContain('did not answer in time')
  })

  test('gives up by itself after 10 seconds', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
    try {
      const arrived = new Promise<void>((resolve) => {
        reply = () => resolve()
      })
      const failed = failureOf(source().getToken(initial()))
      await arrived
      jest.advanceTimersByTime(10_000)
      expect((await failed).message).toContain('did not answer in time')
    } finally {
      jest.useRealTimers()
    }
  })

  test('shares its tokens under a name that tells nothing', () => {
    const one = source() as { id?: string }
    expect(one.id).toMatch(/^[0-9a-f]{12}$/)
    expect(source({ clientSecret: 'rotated' })).toMatchObject({ id: one.id })
    expect(source({ scope: 'other' })).not.toMatchObject({ id: one.id })
  })

  test('costs one request for a thousand concurrent 401s, though each kills the last', async () => {
    let issued = 0
    reply = (response) => {
      issued += 1
      json(200, { access_token: `token-${issued}`, token_type: 'bearer' })(response, {} as never)
    }
    const { holder } = kit(source())
    const first = await holder.acquire()
    if (first.kind !== 'token') throw new Error(first.reason)
    const all = await Promise.all(Array.from({ length: 1_000 }, () => holder.rejected(first.token)))
    await settle()
    expect(all.every((after) => after.kind === 'replay' && after.token.generation === 2)).toBe(true)
    expect(asked).toHaveLength(2)
  })

  test.each([
    [{ tokenURL: 'http://auth.example.com/token' }, 'must begin with https://'],
    [{ tokenURL: 'ftp://auth.example.com/token' }, 'must begin with https://'],
    [{ tokenURL: 'https://me:canary@auth.example.com/' }, 'holds a user or password'],
    [{ tokenURL: 'nonsense' }, 'is not a URL'],
    [{ clientSecret: undefined }, 'clientCredentials.clientSecret must be'],
    [{ clientId: '' }, 'clientCredentials.clientId'],
    [{ scope: 3 }, 'clientCredentials.scope'],
    [{ tokenUrl: 'https://x.example' }, 'Did you mean clientCredentials.tokenURL?'],
  ])('refuses the options %j', (more, message) => {
    expect(() => source(more)).toThrow(TypeError)
    expect(() => source(more)).toThrow(message)
  })

  test.each(['https://auth.example.com/token', 'http://localhost:1/token', 'http://[::1]:1/token'])(
    'accepts %s',
    (tokenURL) => {
      expect(source({ tokenURL }).kind).toBe('client-credentials')
    },
  )
})
