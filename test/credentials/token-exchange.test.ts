import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { tokenExchange } from '../../src/credentials/oauth'
import type { CredentialInput } from '../../src/credentials/source'
import { TokenError } from '../../src/errors'
import { kit, scripted } from './holder-kit'
import { initial } from './token-requests'

const SECRET = 'canary/secret+with:odd%characters'
const SUBJECT = 'canary-header.canary-payload.canary-signature'

interface Asked {
  headers: IncomingMessage['headers']
  form: Record<string, string>
}

type Reply = (response: ServerResponse, form: Record<string, string>) => void

let server: Server
let tokenURL: string
let asked: Asked[]
let reply: Reply

function json(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body))
  }
}

const good = json(200, {
  access_token: 'exchanged',
  issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  token_type: 'Bearer',
  expires_in: 600,
})

/** Takes one subject and refuses all others. */
const only =
  (subject: string, refusal: Reply): Reply =>
  (response, form) =>
    (form.subject_token === subject ? good : refusal)(response, form)

beforeEach(async () => {
  asked = []
  reply = good
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      const form = Object.fromEntries(new URLSearchParams(body))
      asked.push({ headers: request.headers, form })
      reply(response, form)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  tokenURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

function source(more: object = {}, subject: CredentialInput = SUBJECT) {
  return tokenExchange({ tokenURL, subject, ...more })
}

async function failureOf(promise: unknown): Promise<TokenError> {
  const error = await Promise.resolve(promise).then(
    () => new Error('a token was given'),
    (thrown) => thrown,
  )
  expect(error).toBeInstanceOf(TokenError)
  const told = inspect(error, { depth: 9 }) + JSON.stringify(error) + error.stack
  expect(told).not.toContain('canary')
  return error
}

describe('tokenExchange', () => {
  test('gives the exchanged token and its lifetime', async () => {
    expect(await source().getToken(initial())).toEqual({ token: 'exchanged', expiresInMs: 600_000 })
  })

  test('asks as RFC 8693 has it, without client authentication when there is no client', async () => {
    await source().getToken(initial())
    expect(asked[0]?.form).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: SUBJECT,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    })
    expect(asked[0]?.headers.authorization).toBeUndefined()
    expect(asked[0]?.headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/)
  })

  test('says what the subject is and what the token is for', async () => {
    const subjectTokenType = 'urn:ietf:params:oauth:token-type:access_token'
    await source({ subjectTokenType, audience: 'deepseek', scope: 'chat' }).getToken(initial())
    expect(asked[0]?.form).toMatchObject({
      subject_token_type: subjectTokenType,
      audience: 'deepseek',
      scope: 'chat',
    })
  })

  test('authenticates a client with a secret by HTTP Basic, and keeps it out of the form', async () => {
    await source({ clientId: 'chat', clientSecret: SECRET }).getToken(initial())
    const basic = asked[0]?.headers.authorization?.replace('Basic ', '') ?? ''
    const [id, secret] = Buffer.from(basic, 'base64').toString().split(':')
    expect(new URLSearchParams(`id=${id}&secret=${secret}`).get('secret')).toBe(SECRET)
    expect(id).toBe('chat')
    expect(asked[0]?.form).not.toHaveProperty('client_secret')
  })

  test('names a client without a secret in the form', async () => {
    await source({ clientId: 'chat' }).getToken(initial())
    expect(asked[0]?.form.client_id).toBe('chat')
    expect(asked[0]?.headers.authorization).toBeUndefined()
  })

  test('reads the subject anew for each exchange', async () => {
    let serial = 0
    const exchange = source({}, () => `subject-${++serial}`)
    await exchange.getToken(initial())
    await exchange.getToken({ ...initial(), reason: 'expiring' })
    expect(asked.map(({ form }) => form.subject_token)).toEqual(['subject-1', 'subject-2'])
  })

  test('trims the subject, as a file holds it', async () => {
    await source({}, `${SUBJECT}\n`).getToken(initial())
    expect(asked[0]?.form.subject_token).toBe(SUBJECT)
  })

  test.each([400, 401, 403])('asks the subject once more by force after a %i', async (status) => {
    reply = only('renewed', json(status, { error: 'invalid_grant' }))
    const subject = scripted(({ forceRefresh }) => ({ token: forceRefresh ? 'renewed' : 'stale' }))
    expect(await source({}, subject).getToken(initial())).toMatchObject({ token: 'exchanged' })
    expect(asked.map(({ form }) => form.subject_token)).toEqual(['stale', 'renewed'])
    expect(subject.requests[1]).toMatchObject({
      reason: 'rejected',
      rejectedId: expect.stringMatching(/^[0-9a-f]{12}$/),
    })
  })

  test('does not exchange a subject twice that stays the same', async () => {
    reply = json(400, { error: 'invalid_grant', error_description: SUBJECT })
    const error = await failureOf(source().getToken(initial()))
    expect(error).toMatchObject({ permanent: true })
    expect(error.message).toContain('(invalid_grant). Check the subject, subjectTokenType')
    expect(asked).toHaveLength(1)
  })

  test.each(['invalid_client', 'invalid_scope', 'invalid_target', 'unauthorized_client'])(
    'leaves the subject alone after %s, which another one does not cure',
    async (code) => {
      reply = json(400, { error: code })
      const subject = scripted(() => ({ token: `subject-${subject.requests.length}` }))
      const error = await failureOf(source({}, subject).getToken(initial()))
      expect(error.message).toContain(`(${code})`)
      expect(subject.requests).toHaveLength(1)
    },
  )

  test.each([500, 503, 429])('fails for now on %i', async (status) => {
    reply = json(status, {}, { 'retry-after': '3' })
    const error = await failureOf(source().getToken(initial()))
    expect(error).toMatchObject({ permanent: false, retryAfterMs: 3_000 })
  })

  test.each<[string, unknown]>([
    ['no token', { token_type: 'bearer' }],
    ['a token that no header takes as a bearer', { access_token: 'x', token_type: 'N_A' }],
    ['an array', ['canary']],
  ])('refuses a 200 with %s', async (_name, body) => {
    reply = json(200, body)
    const error = await failureOf(source().getToken(initial()))
    expect(error.message).toContain('200 without a bearer token')
  })

  test('hands on what the source of the subject says', async () => {
    const gone = new TokenError('The key file is missing.', { permanent: true })
    const error = await failureOf(
      source(
        {},
        scripted(() => Promise.reject(gone)),
      ).getToken(initial()),
    )
    expect(error).toBe(gone)
    expect(asked).toEqual([])
  })

  test.each(['', 'a\nb', 7, undefined])(
    'refuses %p as a subject without quoting it',
    async (token) => {
      const subject = scripted(() => ({ token: token as string }))
      const error = await failureOf(source({}, subject).getToken(initial()))
      expect(error.message).toMatch(/^The subject of tokenExchange holds/)
      expect(error.permanent).toBe(true)
    },
  )

  test('ends with the deadline of the refresh', async () => {
    const controller = new AbortController()
    reply = () => controller.abort()
    const error = await failureOf(source().getToken({ ...initial(), signal: controller.signal }))
    expect(error.message).toContain('did not answer in time')
  })

  test('serves a holder: one exchange for a thousand 401s', async () => {
    let issued = 0
    reply = (response, form) => {
      issued += 1
      json(200, { access_token: `t-${issued}`, token_type: 'bearer' })(response, form)
    }
    const { holder } = kit(source())
    const first = await holder.acquire()
    if (first.kind !== 'token') throw new Error(first.reason)
    expect(first.token.source).toBe('token-exchange')
    const all = await Promise.all(Array.from({ length: 1_000 }, () => holder.rejected(first.token)))
    expect(all.every((after) => after.kind === 'replay' && after.token.generation === 2)).toBe(true)
    expect(asked).toHaveLength(2)
    await holder.close()
  })

  test('closes the source of its subject', async () => {
    const close = jest.fn()
    await source(
      {},
      scripted(() => ({ token: 'x' }), { close }),
    ).close?.()
    expect(close).toHaveBeenCalledTimes(1)
  })

  test.each([
    [{ tokenURL: 'http://auth.example.com/token' }, 'must begin with https://'],
    [{ tokenURL: 'nonsense' }, 'is not a URL'],
    [{ tokenURL: undefined }, 'tokenExchange.tokenURL must be a string'],
    [{ subject: undefined }, 'tokenExchange.subject must be'],
    [{ subject: 7 }, 'Option tokenExchange.subject must be a string, a function'],
    [{ subjectTokenType: '' }, 'tokenExchange.subjectTokenType'],
    [{ clientSecret: SECRET }, 'needs the option clientId'],
    [{ subjectToken: SUBJECT }, 'Did you mean tokenExchange.subject'],
    [{ audiance: 'x' }, 'Did you mean tokenExchange.audience?'],
    [{ [SUBJECT]: 'x' }, 'is unknown'],
  ])('refuses the options %#', (more, message) => {
    expect(() => source(more)).toThrow(TypeError)
    expect(() => source(more)).toThrow(message)
    expect(() => source(more)).not.toThrow(/canary-|canary\//)
  })
})
