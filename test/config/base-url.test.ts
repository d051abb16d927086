import { checkEnv, loadConfig } from '../../src/config/load-config'
import { leaveSurroundings } from '../boot-case'

beforeAll(leaveSurroundings)

const KEY = 'sk-4b3e9c0a71d85f26e0c9b7a3d1f48265'

function findingsOf(url: string, more: Record<string, string> = {}) {
  const env = { DEEPSEEK_API_KEY: KEY, DEEPSEEK_BASE_URL: url, ...more }
  return checkEnv(env, { cwd: __dirname }).findings
}

const faults: Record<string, string[]> = {
  'base-url-invalid': [
    ...[
      'api.deepseek.com',
      'localhost:8080',
      '//api.deepseek.com',
      '/v1',
      'https:/x.com',
      'https://',
    ],
    ...[
      'htps://api.deepseek.com',
      'ftp://x.com',
      'https:\\\\x.com',
      '"https://x.com"',
      "https://x.com'",
    ],
    ...[
      'https://a b.com',
      'https://x.com\u200b',
      '$URL',
      'https://<gateway>/v1',
      '{{ url }}',
      'undefined',
    ],
    ...[
      KEY,
      `Bearer ${KEY}`,
      'https://x.com?a=1',
      'https://x.com#a',
      'https://x.com,https://y.com',
    ],
    ...[
      'https://x.com;',
      'https://x.com,',
      '[x](https://x.com)',
      '<https://x.com>',
      'http://::1:1',
    ],
    ...[
      'https://https://x.com',
      'https://x..y',
      'https://x.com:99999',
      'https://api.deepseek.com/v1/v1',
    ],
  ],
  'base-url-has-credentials': [
    ...[
      'https://user:pw@x.com',
      'https://token@x.com',
      'https://x.com?api_key=a',
      `https://x.com/${KEY}/v1`,
    ],
    ...['http://user:pw@x.com'],
  ],
  'base-url-wrong-host': [
    ...['https://platform.deepseek.com', 'https://chat.deepseek.com', 'https://deepseek.com'],
    ...['https://api.deepseek.ai', 'https://api.deepseeek.com', 'https://api.deep-seek.com'],
    ...['https://deepseek.ai', 'https://deepseek.com.evil.net', 'https://api-deepseek.com/v1'],
    ...['https://deepseek.co.uk', 'https://api.deepseek.com.cn', 'https://api.d\u0435epseek.com'],
  ],
  'base-url-insecure': [
    ...['http://api.deepseek.com', 'http://gateway.example.com/v1', 'http://172.32.0.10'],
    ...['http://100.128.0.1', 'http://8.8.8.8', 'http://api.openai.com/v1', 'http://0.0.0.0:4000'],
  ],
  'base-url-has-endpoint': [
    'https://gateway.example.com/v1/chat/completions?api-version=2',
    ...[
      'https://api.deepseek.com/chat/completions',
      'https://api.deepseek.com/v1/chat/completions/',
    ],
    ...['https://gateway.example.com/v1/models', 'https://api.deepseek.com/user/balance'],
    ...['https://api.deepseek.com/anthropic/v1/messages', 'https://x.com/v1/chat'],
  ],
}
const rows = Object.entries(faults).flatMap(([code, urls]) =>
  urls.map((url) => [url, code] as const),
)

test.each(rows)('%j is one error: %s', (url, code) => {
  const found = findingsOf(url).map(({ severity, variable, ...one }) => [
    one.code,
    severity,
    variable,
  ])
  expect(found).toEqual([[code, 'error', 'DEEPSEEK_BASE_URL']])
})

test.each([
  ['https://api.deepseek.com/', 'https://api.deepseek.com'],
  [' https://api.deepseek.com/v1/\n', 'https://api.deepseek.com/v1'],
  ['\ufeffhttps://api.deepseek.com', 'https://api.deepseek.com'],
  ['HTTPS://API.DEEPSEEK.COM:443//', 'https://api.deepseek.com'],
  ['https://api.deepseek.com/anthropic', 'https://api.deepseek.com/anthropic'],
  ['http://localhost:3000', 'http://localhost:3000'],
  ['http://[::1]:3000/v1', 'http://[::1]:3000/v1'],
  ['https://dashscope.aliyuncs.com/compatible-mode/v1', undefined],
  ['https://deepseek.example.com/v1', 'https://deepseek.example.com/v1'],
  ['   ', 'https://api.deepseek.com'],
])('%j is fine', (url, normal) => {
  expect(findingsOf(url)).toEqual([])
  const { config } = checkEnv({ DEEPSEEK_API_KEY: KEY, DEEPSEEK_BASE_URL: url })
  expect(config?.baseURL).toBe(normal ?? url)
})

test.each([
  ...['http://litellm:4000/v1', 'http://gw.default.svc', 'http://gw.default.svc.cluster.local'],
  ...['http://gw.acme.internal', 'http://nas.local', 'http://gw.lan', 'http://gw.acme.corp'],
  ...['http://gw.home.arpa', 'http://gw.test', 'http://gw.example', 'http://10.0.0.1'],
  ...['http://host.docker.internal:4000', 'http://172.16.0.1', 'http://172.31.255.255'],
  ...['http://192.168.1.7:8080', 'http://169.254.7.7', 'http://100.64.0.1', 'http://100.127.0.1'],
  ...['http://[fd00::1]:4000', 'http://[fe80::1]', 'http://[::ffff:10.0.0.1]'],
])('plain http to %s in a private network is a warning, and the key goes there', (url) => {
  const loaded = loadConfig({ DEEPSEEK_API_KEY: KEY, DEEPSEEK_BASE_URL: url }, { cwd: __dirname })
  expect(loaded.findings).toMatchObject([{ code: 'base-url-insecure', severity: 'warning' }])
  expect(loaded.settings?.origins).toEqual([new URL(url).origin])
})

test.each([
  ...['https://deepseek.acme.com', 'https://api.deepseek.corp/v1', 'https://deepseek/v1'],
  ...['https://deepseek-r1.eastus2.models.ai.azure.com', 'https://deepseek.acme.co.uk/v1'],
  ...['https://api.deepseek.com.acme.internal', 'https://my-deepseek.fly.dev'],
  ...['https://shop.services.ai.azure.com/models', 'https://api.deepspeed.ai'],
])('%s is a gateway, and nobody is sent away from it', (url) => {
  const key = 'gw-p5qcqfUeKDh5dbj9mC'
  expect(checkEnv({ DEEPSEEK_API_KEY: key, DEEPSEEK_BASE_URL: url }).findings).toMatchObject([
    { code: 'key-unknown-shape', severity: 'info' },
  ])
})

test.each([
  ['https://openrouter.ai/api/v1', 'key-wrong-vendor', 'DEEPSEEK_API_KEY'],
  ['https://api.moonshot.cn/v1', 'key-wrong-vendor', 'DEEPSEEK_API_KEY'],
  ['https://api.openai.com/v1', 'base-url-wrong-host', 'DEEPSEEK_BASE_URL'],
  ['https://api.anthropic.com', 'base-url-wrong-host', 'DEEPSEEK_BASE_URL'],
  ['https://generativelanguage.googleapis.com', 'base-url-wrong-host', 'DEEPSEEK_BASE_URL'],
  ['https://aiplatform.googleapis.com/v1', 'key-wrong-vendor', 'DEEPSEEK_API_KEY'],
])('a DeepSeek key at %s is one warning: %s', (url, code, variable) => {
  expect(findingsOf(url)).toMatchObject([{ code, severity: 'warning', variable }])
  expect(findingsOf(url)).toHaveLength(1)
})

test('the name with a dot at its end is the same host', () => {
  const { config, findings } = checkEnv({
    DEEPSEEK_API_KEY: KEY,
    DEEPSEEK_BASE_URL: 'https://api.deepseek.com./v1',
  })
  expect([findings, config?.baseURL]).toEqual([[], 'https://api.deepseek.com/v1'])
})

test.each([
  `https://api.deepseek.com${'/'.repeat(100_000)}`,
  `https://api.deepseek.com/${'/'.repeat(100_000)}x`,
  `https://${'a.'.repeat(50_000)}com`,
])('100,000 characters are judged in milliseconds', (url) => {
  const start = performance.now()
  findingsOf(url)
  expect(performance.now() - start).toBeLessThan(250)
})

test.each([
  ...['https:api.deepseek.com', 'https:/api.deepseek.com', 'https//api.deepseek.com'],
  ...['hhttps://api.deepseek.com', 'https://https://api.deepseek.com', '//api.deepseek.com'],
  ...[
    'https://api.deepseek.com # prod',
    'https://api.deepseek.com\\n',
    'https://api.deepseek.com?x=1',
  ],
  ...['DEEPSEEK_BASE_URL=https://api.deepseek.com', 'export X=https://api.deepseek.com'],
  ...['https://user:pw@api.deepseek.com', 'https://api.deepseek.com;', "'https://api.deepseek.com"],
])('%j would pass after the fix, which is written out', (url) => {
  expect(findingsOf(url)).toMatchObject([
    {
      validAfterFix: true,
      fix: { command: expect.stringContaining("DEEPSEEK_BASE_URL='https://api.deepseek.com'") },
    },
  ])
})

test('an address to listen on is told from one to call', () => {
  expect(findingsOf('http://0.0.0.0:4000')[0]?.fix.command).toContain("'http://127.0.0.1:4000'")
})

test('what the text knows stands in the command', () => {
  const commandFor = (url: string) => findingsOf(url)[0]?.fix.command
  expect(commandFor('https://api.deepseek.com/chat/completions')).toContain(
    "DEEPSEEK_BASE_URL='https://api.deepseek.com'",
  )
  expect(commandFor('http://litellm:4000/v1')).toContain(
    "DEEPSEEK_GUARD_ORIGINS='http://litellm:4000'",
  )
  expect(commandFor('[x](https://api.deepseek.com/v1)')).toContain("'https://api.deepseek.com/v1'")
  expect(commandFor('localhost:11434/v1')).toContain("'http://localhost:11434/v1'")
})

test('plain http to a listed origin is a note', () => {
  const listed = { DEEPSEEK_GUARD_ORIGINS: 'http://gateway.example.com:8080' }
  expect(findingsOf('http://gateway.example.com:8080/v1', listed)).toMatchObject([
    { code: 'base-url-insecure', severity: 'info' },
  ])
})

test('another port of a listed host is not listed', () => {
  const listed = { DEEPSEEK_GUARD_ORIGINS: 'http://gateway.example.com:8080' }
  expect(findingsOf('http://gateway.example.com/v1', listed)).toMatchObject([
    { code: 'base-url-insecure', severity: 'error' },
  ])
})

test("plain http to DeepSeek's own host stays an error when it is listed", () => {
  const listed = { DEEPSEEK_GUARD_ORIGINS: 'http://api.deepseek.com' }
  expect(findingsOf('http://api.deepseek.com', listed)).toMatchObject([
    { code: 'base-url-insecure', severity: 'error' },
  ])
})

test('the credential may go to the base URL and to listed origins, but never in clear to DeepSeek', () => {
  const env = {
    DEEPSEEK_API_KEY: KEY,
    DEEPSEEK_GUARD_ORIGINS: 'https://a.example/, http://b.example:81,http://api.deepseek.com',
  }
  expect(loadConfig(env).settings?.origins).toEqual([
    'https://api.deepseek.com',
    'https://a.example',
    'http://b.example:81',
  ])
})

test('the option wins over the variable', () => {
  const env = { DEEPSEEK_API_KEY: KEY, DEEPSEEK_BASE_URL: 'nonsense' }
  const result = checkEnv(env, { baseURL: 'https://gateway.example.com/v1' })
  expect([result.ok, result.config?.baseURL]).toEqual([true, 'https://gateway.example.com/v1'])
})

test("a vendor's key at that vendor's host is nobody's business", () => {
  const key = 'sk-or-v1-8c1fe2a04b7d93c55e6f0a1b2c3d4e5f'
  const env = { DEEPSEEK_API_KEY: key, DEEPSEEK_BASE_URL: 'https://openrouter.ai/api/v1' }
  expect(checkEnv(env).findings).toEqual([])
})

test("one vendor's key at another vendor's host is a warning", () => {
  const env = {
    DEEPSEEK_API_KEY: 'sk-ant-api03-x7Q2',
    DEEPSEEK_BASE_URL: 'https://api.groq.com/openai/v1',
  }
  expect(checkEnv(env).findings).toMatchObject([
    { code: 'key-wrong-vendor', severity: 'warning', variable: 'DEEPSEEK_API_KEY' },
    { code: 'key-unknown-shape', severity: 'info' },
  ])
})
