import { diagnose } from '../../src/diagnosis/diagnose'

const KEY = 'sk-5f0c1ab97de24c5891f3b6470d2e8ca4'
const GOVERNOR = { response: { status: 401, body: 'Authentication Fails (governor)' } }

/** Every place from which a name is shown, with a key where the name belongs. */
const places: [string, any][] = [
  ['the model in a text', { error: new Error(`400 Model Not Exist, but you passed ${KEY}`) }],
  [
    'the model in a list',
    {
      error: new Error(`400 The supported API model names are x, but you passed ${KEY}.`),
    },
  ],
  [
    'a variable that names a model',
    {
      configured: { env: { DEEPSEEK_MODEL: KEY, MODEL: KEY } },
      error: new Error('400 Model Not Exist'),
    },
  ],
  [
    'the host of the base URL',
    {
      configured: { baseURL: `https://${KEY}.example/v1` },
      error: Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
    },
  ],
  [
    'the path of the base URL',
    {
      configured: { baseURL: `https://api.deepseek.com/${KEY}` },
      response: { status: 404, body: '' },
    },
  ],
  [
    'the name of a variable',
    {
      configured: { env: { [`X_${KEY.replace('-', '_')}`]: KEY } },
      ...GOVERNOR,
    },
  ],
  ['the address of the socket', { error: new Error(`dial tcp ${KEY}:443: connection refused`) }],
  [
    'a field that is not known',
    {
      response: { status: 422, body: `unknown variant \`${KEY}\`, expected one of \`${KEY}\`` },
    },
  ],
  [
    'a proxy variable',
    {
      configured: {
        baseURL: 'https://api.deepseek.com',
        env: { HTTPS_PROXY: `http://u:${KEY}@p:1` },
      },
      error: new Error(`connect ECONNREFUSED 127.0.0.1:7890 http://u:${KEY}@p:1`),
    },
  ],
  ['an Ollama model', { error: new Error(`model "${KEY}" not found, try pulling it first`) }],
]

test.each(places)('a key in %s is shown nowhere', (_, evidence) => {
  const said = JSON.stringify(diagnose(evidence))
  for (let at = 3; at + 5 <= KEY.length; at++) expect(said).not.toContain(KEY.slice(at, at + 5))
})

test('a setting whose name says key and rotation is no key', () => {
  const env = { DEEPSEEK_KEY_ROTATION_DAYS: '30' }
  expect(diagnose({ configured: { env }, ...GOVERNOR }).cause).toBe('key-missing')
})

test('the key of another stage is named and not to be renamed', () => {
  const env = { STAGING_DEEPSEEK_API_KEY: KEY }
  const { cause, evidence, fix } = diagnose({ configured: { env }, ...GOVERNOR })
  expect(cause).toBe('key-missing')
  expect(evidence.join()).toContain('STAGING_DEEPSEEK_API_KEY')
  expect(fix.text).not.toMatch(/rename/i)
})

test.each(['https://api.deepseek.com', 'https://api.deepseek.com.', 'https://API.DeepSeek.com/'])(
  '%s is DeepSeek',
  (baseURL) => {
    const answer = { response: { status: 402, headers: {}, body: '' } }
    expect(diagnose({ configured: { baseURL }, ...answer })).toMatchObject({
      cause: 'balance-exhausted',
      credentialAccepted: true,
    })
  },
)

test.each(['http://fake.localhost:8080', 'http://127.0.0.1:9', 'http://[::1]:9'])(
  'a fake on %s is judged as DeepSeek is, and not called so',
  (baseURL) => {
    const answer = { response: { status: 402, headers: {}, body: '' } }
    const { cause, credentialAccepted } = diagnose({ configured: { baseURL }, ...answer })
    expect({ cause, credentialAccepted }).toEqual({
      cause: 'balance-exhausted',
      credentialAccepted: true,
    })
    const broken = diagnose({ configured: { baseURL }, response: { status: 500, body: '' } })
    expect(broken.title).not.toContain('DeepSeek')
  },
)

test.each([
  ['an answer', { status: 401, body: 'x' }],
  ['an error', new Error(`401 ${KEY}`)],
  ['something else', { message: KEY }],
])('%s in the place of the evidence is refused with the right shape', (_, argument) => {
  const attempt = (): unknown => diagnose(argument as any)
  expect(attempt).toThrow(TypeError)
  expect(attempt).toThrow(/response.*error/)
  expect(attempt).not.toThrow(/5f0c1/)
})

test.each([undefined, null, 7, 'text', {}, { error: undefined }])(
  'evidence that holds nothing (%p) is unknown',
  (argument) => {
    expect(diagnose(argument as any).cause).toBe('unknown')
  },
)

test('an answer over a host that is not DeepSeek proves nothing about the key', () => {
  const configured = { apiKey: KEY, baseURL: 'https://relay.acme.example/v1' }
  const body = 'The supported API model names are deepseek-flash, but you passed x.'
  const { credentialAccepted, confidence } = diagnose({
    configured,
    response: { status: 400, body },
  })
  expect(credentialAccepted).toBeUndefined()
  expect(confidence).not.toBe('certain')
})
