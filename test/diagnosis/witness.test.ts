import type { Cause } from '../../src/causes/cause'
import { causes } from '../../src/causes/table'
import { diagnose, explainWith } from '../../src/diagnosis/diagnose'

const KEY = 'sk-5f0c1ab97de24c5891f3b6470d2e8ca4'
const OTHER = 'sk-90ab3cd47ef1420b8d6655a1c7f03e21'
const BASE = 'https://api.deepseek.com'

/** Causes that only the check at boot can find; no answer tells of them. */
type BootOnly =
  | 'key-conflict'
  | 'key-file-exposed'
  | 'key-exposed-to-client'
  | 'key-unknown-shape'
  | 'base-url-has-endpoint'
  | 'base-url-wrong-host'
  | 'model-retired'
  | 'option-invalid'
  | 'guard-off'

/** Causes that the account tells of, before any call fails. */
type AccountOnly = 'balance-low' | 'spending-unexplained'

const said = (status: number, body: string, headers = {}) => ({
  response: { status, body, headers },
})
const echo = (tail: string): string => `Authentication Fails, Your api key: ****${tail} is invalid`
const holding = (apiKey: string, tail: string) => ({
  configured: { apiKey },
  ...said(401, echo(tail)),
})
const governor = said(401, 'Authentication Fails (governor)')
const refusedFor = (message: string) => said(400, JSON.stringify({ error: { message } }))
/** A body after a 200, by how it ended. */
const ended = (stream: Record<string, unknown>) => ({
  response: { status: 200, headers: { 'content-type': 'text/event-stream' } },
  stream: { bytes: 4096, events: 40, finished: false, ...stream },
})
const coded = (code: string, syscall?: string) => ({
  error: Object.assign(new Error(code), { code, syscall }),
})

/** One piece of evidence for every cause that an answer can have; the compiler asks for a new one. */
const witnesses: Record<Exclude<Cause, BootOnly | AccountOnly>, any> = {
  'key-missing': { configured: { apiKey: '' }, ...governor },
  'key-misnamed': { configured: { env: { DEEPSEEK_KEY: KEY } }, ...governor },
  'env-not-loaded': {
    configured: { env: {}, files: [{ path: '.env', names: ['DEEPSEEK_API_KEY'] }] },
    ...governor,
  },
  'credential-not-attached': { configured: { apiKey: KEY }, request: { headers: {} }, ...governor },
  'credential-stripped': { request: { headers: { Authorization: `Bearer ${KEY}` } }, ...governor },
  'key-placeholder': holding('your_api_key_here', 'here'),
  'key-unexpanded': holding('${DEEPSEEK_API_KEY}', 'KEY}'),
  'key-nullish': holding('undefined', 'ined'),
  'key-quoted': holding(`'${KEY}'`, "ca4'"),
  'key-whitespace': holding(`${KEY.slice(0, 9)} ${KEY.slice(9)}`, '8ca4'),
  'key-unsendable': {
    error: new TypeError(
      'Cannot convert argument to a ByteString because the character at index 12 has a value of 8203 which is greater than 255.',
    ),
  },
  'key-prefixed': holding(`Bearer ${KEY}`, '8ca4'),
  'key-encoded': holding(btoa(KEY), btoa(KEY).slice(-4)),
  'key-masked': holding('sk-5f0c************************8ca4', '8ca4'),
  'key-truncated': holding(KEY.slice(0, 20), KEY.slice(16, 20)),
  'key-repeated': holding(`${KEY}${KEY}`, '8ca4'),
  'key-is-path': holding('/run/secrets/deepseek', 'seek'),
  'key-rejected': holding(KEY, '8ca4'),
  'key-replaced': holding(KEY, '77fe'),
  'key-wrong-vendor': holding(`sk-ant-api03-${'aB3'.repeat(30)}`, 'aB3'),
  'key-session-token': {
    configured: { apiKey: 'bDnmUeINE0j4YphrchR817cIbUlXos8d9ztbsmd7eB359rKf0537PcIs2ALn6k' },
    ...said(401, 'Authentication Fails (auth header format should be Bearer sk-...)'),
  },
  'token-expired': {
    configured: { baseURL: 'https://gw.example' },
    ...said(401, '{"message":"token has expired"}'),
  },
  'answered-by-other-vendor': said(
    401,
    '{"error":{"message":"No auth credentials found","code":401}}',
  ),
  'answered-by-gateway': said(401, '{"error":{"message":"x","type":"token_not_found_in_db"}}'),
  'answered-by-proxy': said(401, '', { 'www-authenticate': 'Negotiate' }),
  'wrong-path': { configured: { baseURL: BASE }, ...said(404, '') },
  'wrong-host': said(200, '{"code":40002,"msg":"Missing Token"}'),
  'header-malformed': {
    request: { headers: { Authorization: KEY } },
    ...said(401, 'Authentication Fails (auth header format should be Bearer sk-...)'),
  },
  'balance-exhausted': { configured: { baseURL: BASE }, ...said(402, '') },
  'balance-limits-concurrency': said(429, 'limit of 5 based on your remaining balance.'),
  'quota-exhausted': {
    configured: { baseURL: 'https://openrouter.ai/api/v1' },
    ...said(402, '{"error":{"message":"Insufficient credits","code":402}}'),
  },
  'reasoning-not-returned': refusedFor(
    'The reasoning_content in the thinking mode must be passed back to the API.',
  ),
  'thinking-mode-conflict': refusedFor('Thinking mode does not support this tool_choice'),
  'context-too-long': refusedFor("This model's maximum context length is 65536 tokens."),
  'content-refused': refusedFor('Content Exists Risk'),
  'message-format-unsupported': said(
    422,
    'Failed to deserialize the JSON body into the target type: messages[0].role: unknown variant `developer`, expected one of `system`, `user`',
  ),
  'stream-cut': ended({}),
  'stream-stalled': ended({ silentMs: 60_000 }),
  'stream-empty': ended({ bytes: 12, events: 0 }),
  'stream-malformed': ended({ error: new SyntaxError('Unexpected end of JSON input') }),
  'interrupted-by-service': ended({ finishReason: 'insufficient_system_resource' }),
  'model-unavailable': said(400, '{"error":{"message":"Model Not Exist"}}'),
  'request-invalid': { configured: { baseURL: BASE }, ...said(422, 'x') },
  'rate-limited': { configured: { baseURL: BASE }, ...said(429, '') },
  'service-busy': { configured: { baseURL: BASE }, ...said(503, '') },
  'service-error': { configured: { baseURL: BASE }, ...said(500, '') },
  'network-unreachable': coded('ECONNREFUSED', 'connect'),
  'dns-failed': coded('ENOTFOUND', 'getaddrinfo'),
  'tls-intercepted': coded('SELF_SIGNED_CERT_IN_CHAIN'),
  'proxy-auth-required': said(407, ''),
  'access-blocked': { configured: { baseURL: BASE }, ...said(403, '') },
  'timed-out': coded('UND_ERR_HEADERS_TIMEOUT'),
  'key-file-unreadable': {
    configured: { env: { DEEPSEEK_API_KEY_FILE: '/run/key' } },
    error: Object.assign(new Error('x'), { code: 'EACCES', syscall: 'open', path: '/run/key' }),
  },
  'env-shadowed': {
    configured: {
      env: { DEEPSEEK_API_KEY: '' },
      files: [{ path: '.env', names: ['DEEPSEEK_API_KEY'] }],
    },
    ...governor,
  },
  'base-url-invalid': { configured: { baseURL: 'nonsense' }, ...coded('ERR_INVALID_URL') },
  'base-url-insecure': {
    request: { url: 'http://api.deepseek.com/models' },
    ...said(301, '', { location: 'https://api.deepseek.com/models' }),
  },
  'base-url-has-credentials': {
    error: new TypeError('Request cannot be constructed from a URL that includes credentials: x'),
  },
  'clock-skewed': coded('CERT_NOT_YET_VALID'),
  aborted: { error: new DOMException('This operation was aborted', 'AbortError') },
  unknown: {},
}

test.each(Object.entries(witnesses))('%s has evidence that produces it', (cause, evidence) => {
  const diagnosis = diagnose(evidence)
  expect(diagnosis.cause).toBe(cause)
  expect(diagnosis).toMatchObject({
    group: causes[cause as Cause].group,
    retryable: causes[cause as Cause].retryable,
  })
  expect(diagnosis.evidence.length).toBeGreaterThan(0)
  expect(diagnosis.others).not.toContain(cause)
})

test('a diagnosis can be changed without changing the table', () => {
  const diagnosis = diagnose(witnesses.aborted)
  diagnosis.fix.text = 'other'
  diagnosis.others.push('unknown')
  expect(diagnose(witnesses.aborted)).not.toEqual(diagnosis)
})

test('the key sent beats the configured one in an echo', () => {
  const evidence = {
    configured: { apiKey: OTHER },
    request: { headers: { authorization: `Bearer ${KEY}` } },
    ...said(401, echo('8ca4')),
  }
  expect(diagnose(evidence)).toMatchObject({ cause: 'key-replaced', confidence: 'likely' })
})

test('what is known beforehand sharpens the diagnosis of a bare error', () => {
  const explain = explainWith({ configured: { apiKey: KEY, baseURL: BASE } })
  const error = Object.assign(new Error(`401 ${echo('8ca4')}`), { status: 401 })
  expect(explain(error)).toMatchObject({ cause: 'key-rejected', confidence: 'certain' })
  expect(diagnose({ error })).toMatchObject({ cause: 'key-rejected', confidence: 'likely' })
})

test('the evidence is read and never written', () => {
  const error = Object.freeze(Object.assign(new Error('fetch failed'), { status: 500 }))
  const evidence = Object.freeze({ configured: Object.freeze({ apiKey: KEY }), error })
  expect(() => diagnose(evidence)).not.toThrow()
})
