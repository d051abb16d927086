import { createDeepSeek } from '@ai-sdk/deepseek'
import Anthropic from '@anthropic-ai/sdk'
import { ChatDeepSeek } from '@langchain/deepseek'
import { generateText } from 'ai'
import OpenAI from 'openai'
import type { Cause } from '../../src/causes/cause'
import { explainWith } from '../../src/diagnosis/diagnose'

/** What each real SDK makes of the same answer, handed to `diagnose` as it was thrown. */
const KEY = 'sk-5f0c1ab97de24c5891f3b6470d2e8ca4'
const BASE = 'https://api.deepseek.com'
const messages = [{ role: 'user' as const, content: 'hi' }]

const clients: Record<string, (fetch: any) => Promise<unknown>> = {
  openai: (fetch) =>
    new OpenAI({ apiKey: KEY, baseURL: BASE, fetch, maxRetries: 0 }).chat.completions.create({
      model: 'deepseek-flash',
      messages,
    }),
  anthropic: (fetch) =>
    new Anthropic({
      apiKey: KEY,
      baseURL: `${BASE}/anthropic`,
      fetch,
      maxRetries: 0,
    }).messages.create({ model: 'deepseek-flash', max_tokens: 1, messages }),
  ai: (fetch) =>
    generateText({
      model: createDeepSeek({ apiKey: KEY, fetch })('m'),
      prompt: 'hi',
      maxRetries: 0,
    }),
  langchain: (fetch) =>
    new ChatDeepSeek({ apiKey: KEY, model: 'm', maxRetries: 0, configuration: { fetch } }).invoke(
      'hi',
    ),
}

const wire =
  (status: number, body: string, type = 'application/json') =>
  async () =>
    new Response(body, {
      status,
      headers: { 'x-ds-trace-id': '5c1e7f90aa21b3d4c6e8f0123456789a', 'content-type': type },
    })
const error = (message: string, type: string): string =>
  JSON.stringify({ error: { message, type, param: null, code: 'invalid_request_error' } })
const broken =
  (code: string, more = {}) =>
  async () => {
    const cause = Object.assign(new Error(`cause ${code}`), { code, ...more })
    throw Object.assign(new TypeError('fetch failed'), { cause })
  }

const answers: [Cause, () => Promise<Response>][] = [
  ['credential-not-attached', wire(401, 'Authentication Fails (governor)', '')],
  [
    'key-rejected',
    wire(
      401,
      error('Authentication Fails, Your api key: ****8ca4 is invalid', 'authentication_error'),
    ),
  ],
  [
    'key-replaced',
    wire(
      401,
      error('Authentication Fails, Your api key: ****77fe is invalid', 'authentication_error'),
    ),
  ],
  ['balance-exhausted', wire(402, error('Insufficient Balance', 'unknown_error'))],
  [
    'balance-limits-concurrency',
    wire(
      429,
      error('concurrency limit of 25 based on your remaining balance.', 'rate_limit_error'),
    ),
  ],
  ['rate-limited', wire(429, error('Rate Limit Reached', 'rate_limit_error'))],
  ['service-busy', wire(503, error('Service is too busy.', 'service_unavailable_error'))],
  [
    'model-unavailable',
    wire(
      400,
      error(
        'The supported API model names are deepseek-flash, but you passed m.',
        'invalid_request_error',
      ),
    ),
  ],
  [
    'wrong-path',
    wire(404, '{"event_id":"30-inst-1","error_msg":"Not Found. Please check the configuration."}'),
  ],
  [
    'request-invalid',
    wire(422, 'Failed to deserialize the JSON body into the target type: x', 'text/plain'),
  ],
  ['network-unreachable', broken('ECONNREFUSED', { syscall: 'connect' })],
  ['dns-failed', broken('ENOTFOUND', { syscall: 'getaddrinfo', hostname: 'api.deepseek.com' })],
  ['tls-intercepted', broken('SELF_SIGNED_CERT_IN_CHAIN')],
  ['timed-out', broken('UND_ERR_HEADERS_TIMEOUT')],
]

const explain = explainWith({ configured: { apiKey: KEY, baseURL: BASE } })

describe.each(Object.entries(clients))('an error of %s', (_, call) => {
  test.each(answers)('tells of %s', async (cause, fetch) => {
    const thrown = await call(fetch).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(thrown).toBeDefined()
    const diagnosis = explain(thrown)
    expect(diagnosis.cause).toBe(cause)
    expect(JSON.stringify(diagnosis)).not.toContain('8ca4')
  })
})
