import type { Cause } from '../../src/causes/cause'
import { diagnose } from '../../src/diagnosis/diagnose'

const KEY = 'sk-5f0c1ab97de24c5891f3b6470d2e8ca4'
const OTHER = 'sk-90ab3cd47ef1420b8d6655a1c7f03e21'
const BASE = 'https://api.deepseek.com'
const CHAT = `${BASE}/chat/completions`
const TRACE = { 'x-ds-trace-id': '5c1e7f90aa21b3d4c6e8f0123456789a' }
const JSON_TRACE = { ...TRACE, 'content-type': 'application/json' }

type Expected = Cause | Cause[]
type Row = [about: string, evidence: any, causes: Expected, more?: Record<string, unknown>]

const refusal = (echo: string): string =>
  `Authentication Fails, Your api key: ****${echo} is invalid (request_id: 0d9b1b0e-5d3a-4c6f-8f1a-2b3c4d5e6f70)`
const envelope = (message: string, type = 'authentication_error'): string =>
  JSON.stringify({ error: { message, type, param: null, code: 'invalid_request_error' } })
const asked = (headers: Record<string, string>, url = CHAT) => ({ url, method: 'POST', headers })
const bearer = (key: string) => asked({ Authorization: `Bearer ${key}` })
const answer = (status: number, body: string, headers: Record<string, string> = {}) => ({
  status,
  headers,
  body,
})

const credential: Row[] = [
  [
    'governor text wrapped by a Bad Gateway of a relay, nothing configured',
    { error: { message: 'Bad Gateway: upstream said 401: Authentication Fails (governor)' } },
    'key-missing',
  ],
  [
    'governor, headers as a Map-like list, key configured and not sent',
    {
      configured: { apiKey: KEY },
      request: { url: CHAT, headers: { accept: '*/*' } },
      response: answer(401, 'Authentication Fails (governor)', TRACE),
    },
    'credential-not-attached',
  ],
  [
    'governor after a redirect between hosts',
    {
      configured: { apiKey: KEY, baseURL: 'https://deepseek.acme.example' },
      request: asked(
        { authorization: `Bearer ${KEY}` },
        'https://deepseek.acme.example/chat/completions',
      ),
      response: {
        ...answer(401, 'Authentication Fails (governor)', TRACE),
        url: CHAT,
        redirected: true,
      },
    },
    'credential-stripped',
  ],
  [
    'governor through a gateway, headers unknown, key configured',
    {
      configured: { apiKey: KEY, baseURL: 'http://gw.internal.example/deepseek' },
      error: { status: 401, message: '401 Authentication Fails (governor)' },
    },
    ['credential-stripped', 'credential-not-attached'],
  ],
  [
    'openai error that lost the 31 bytes',
    {
      error: {
        status: 401,
        message: '401 status code (no body)',
        headers: { ...TRACE, 'content-length': '31' },
      },
    },
    ['key-missing', 'credential-not-attached'],
  ],
  [
    '65 bytes and an empty key',
    {
      configured: { apiKey: '' },
      error: {
        status: 401,
        message: '401 status code (no body)',
        headers: { ...TRACE, 'content-length': '65' },
      },
    },
    ['key-missing', 'env-not-loaded'],
  ],
  [
    '.env names the key and the process does not have it',
    {
      configured: {
        env: { NODE_ENV: 'production' },
        files: [{ path: '/app/.env', names: ['PORT', 'DEEPSEEK_API_KEY'] }],
      },
      request: asked({}),
      response: answer(401, 'Authentication Fails (governor)', TRACE),
    },
    'env-not-loaded',
  ],
  [
    'mastra reads another process.env',
    {
      configured: { env: {}, files: [{ path: '.env.local', names: ['DEEPSEEK_API_KEY'] }] },
      error: {
        name: 'MastraError',
        message:
          'Could not find API key process.env.DEEPSEEK_API_KEY for model id deepseek/deepseek-chat',
      },
    },
    'env-not-loaded',
  ],
  [
    'genkit plug-in without a key',
    {
      error: {
        name: 'GenkitError',
        status: 'FAILED_PRECONDITION',
        message:
          'FAILED_PRECONDITION: Please pass in the API key or set the DEEPSEEK_API_KEY environment variable.',
      },
    },
    'key-missing',
  ],
  [
    'llamaindex without a key',
    {
      configured: { env: {} },
      error: new Error('Set DeepSeek Key in DEEPSEEK_API_KEY env variable'),
    },
    ['key-missing', 'env-not-loaded'],
  ],
  [
    'python openai client',
    {
      error: {
        name: 'OpenAIError',
        message:
          'The api_key client option must be set either by passing api_key to the client or by setting the OPENAI_API_KEY environment variable',
      },
    },
    'key-missing',
  ],
  [
    'an empty bearer in Python',
    { configured: { apiKey: '' }, error: { message: "Illegal header value b'Bearer '" } },
    ['key-missing', 'env-not-loaded'],
  ],
  [
    'DS_API_KEY is what the team calls it',
    {
      configured: { env: { DS_API_KEY: KEY } },
      error: {
        name: 'AI_LoadAPIKeyError',
        message:
          "DeepSeek API key is missing. Pass it using the 'apiKey' parameter or the DEEPSEEK_API_KEY environment variable.",
      },
    },
    'key-misnamed',
  ],
  [
    'a misspelt name',
    {
      configured: { env: { DEEPSEEK_APIKEY: KEY } },
      request: asked({}),
      response: answer(401, 'Authentication Fails (governor)'),
    },
    'key-misnamed',
  ],
  [
    'the key lies in OPENAI_API_KEY',
    {
      configured: { env: { OPENAI_API_KEY: KEY } },
      error: new Error(
        'Deepseek API key not found. Please set the DEEPSEEK_API_KEY environment variable.',
      ),
    },
    'key-misnamed',
  ],
  [
    'the key went out as x-api-key on the OpenAI path',
    {
      configured: { apiKey: KEY },
      request: asked({ 'x-api-key': KEY }),
      response: answer(401, 'Authentication Fails (governor)', TRACE),
    },
    ['credential-not-attached', 'header-malformed'],
  ],
  [
    'Basic instead of Bearer',
    {
      request: asked({ authorization: 'Basic c2stYWJjOg==' }),
      response: answer(
        401,
        'Authentication Fails (auth header format should be Bearer sk-...)',
        TRACE,
      ),
    },
    'header-malformed',
  ],
  [
    'a colon behind Bearer',
    {
      configured: { apiKey: KEY },
      request: asked({ authorization: `Bearer: ${KEY}` }),
      response: answer(
        401,
        'Authentication Fails (auth header format should be Bearer sk-...)',
        TRACE,
      ),
    },
    'header-malformed',
  ],
  [
    'header-form text as JSON',
    {
      configured: { apiKey: KEY },
      request: asked({ authorization: KEY }),
      response: answer(
        401,
        envelope('Authentication Fails (auth header format should be Bearer sk-...)'),
        JSON_TRACE,
      ),
    },
    'header-malformed',
  ],
  [
    'Bearer Bearer built by the code',
    {
      configured: { apiKey: KEY },
      request: asked({ authorization: `Bearer Bearer ${KEY}` }),
      response: answer(
        401,
        'Authentication Fails (auth header format should be Bearer sk-...)',
        TRACE,
      ),
    },
    'header-malformed',
  ],
  [
    'AI SDK retry error around a refusal',
    {
      configured: { apiKey: KEY },
      error: {
        name: 'AI_RetryError',
        message: `Failed after 3 attempts. Last error: ${refusal('8ca4')}`,
        reason: 'maxRetriesExceeded',
        errors: [
          {
            name: 'AI_APICallError',
            message: refusal('8ca4'),
            statusCode: 401,
            responseBody: envelope(refusal('8ca4')),
            url: CHAT,
          },
        ],
      },
    },
    'key-rejected',
  ],
  [
    'anthropic SDK with the body in the message',
    {
      configured: { apiKey: KEY, baseURL: `${BASE}/anthropic` },
      error: {
        name: 'AuthenticationError',
        status: 401,
        message: `401 ${envelope(refusal('8ca4'))}`,
        headers: JSON_TRACE,
      },
    },
    'key-rejected',
  ],
  [
    'claude code prints it',
    { error: { message: `Failed to authenticate. API Error: 401 ${envelope(refusal('8ca4'))}` } },
    'key-rejected',
  ],
  [
    'a body cut in the middle',
    {
      configured: { apiKey: KEY },
      response: answer(
        401,
        '{"error":{"message":"Authentication Fails, Your api key: ****8ca4 is invalid (reque',
        JSON_TRACE,
      ),
    },
    'key-rejected',
  ],
  [
    'twice-escaped JSON in a log line',
    {
      error: {
        message: `provider failed: ${JSON.stringify(JSON.stringify({ body: envelope(refusal('None')) }))}`,
      },
    },
    'key-nullish',
  ],
  [
    'undici-style body error',
    {
      error: {
        name: 'ResponseError',
        statusCode: 401,
        body: JSON.parse(envelope(refusal('null'))),
      },
    },
    'key-nullish',
  ],
  [
    'axios with text data',
    {
      error: {
        isAxiosError: true,
        message: 'Request failed with status code 401',
        config: { url: CHAT, headers: { Authorization: 'Bearer null' } },
        response: { status: 401, headers: TRACE, data: envelope(refusal('null')) },
      },
    },
    'key-nullish',
  ],
  [
    '[object Object] sent',
    {
      request: bearer('[object Object]'),
      response: answer(401, envelope(refusal('ect]')), JSON_TRACE),
    },
    'key-nullish',
  ],
  [
    'template braces',
    { error: { status: 401, message: `401 ${refusal('eek}')}` } },
    'key-unexpanded',
  ],
  [
    'GitHub Actions expression',
    {
      configured: { apiKey: '${{ secrets.DEEPSEEK_API_KEY }}' },
      response: answer(401, envelope(refusal(' }}')), JSON_TRACE),
    },
    'key-unexpanded',
  ],
  [
    'sample echo of crosses',
    { response: answer(401, envelope(refusal('xxxx')), JSON_TRACE) },
    'key-placeholder',
  ],
  [
    'changeme',
    { configured: { apiKey: 'changeme' }, error: { status: 401, message: refusal('geme') } },
    'key-placeholder',
  ],
  [
    'double quote kept by docker --env-file',
    {
      configured: { apiKey: `"${KEY}"` },
      response: answer(401, envelope(refusal('ca4"')), JSON_TRACE),
    },
    'key-quoted',
  ],
  [
    'a leading blank',
    {
      configured: { apiKey: ` ${KEY}` },
      request: bearer(` ${KEY}`),
      response: answer(401, envelope(refusal('8ca4')), JSON_TRACE),
    },
    ['key-whitespace', 'key-rejected', 'header-malformed'],
  ],
  [
    'DEEPSEEK_API_KEY= in front',
    {
      configured: { apiKey: `DEEPSEEK_API_KEY=${KEY}` },
      response: answer(401, envelope(refusal('8ca4')), JSON_TRACE),
    },
    'key-prefixed',
  ],
  [
    'asterisks from the console',
    {
      configured: { apiKey: 'sk-5f0c****************8ca4' },
      response: answer(401, envelope(refusal('8ca4')), JSON_TRACE),
    },
    'key-masked',
  ],
  [
    'one character short',
    {
      configured: { apiKey: KEY.slice(0, -1) },
      response: answer(401, envelope(refusal('e8ca')), JSON_TRACE),
    },
    'key-truncated',
  ],
  [
    'two keys in one variable',
    {
      configured: { apiKey: `${KEY},${OTHER}` },
      response: answer(401, envelope(refusal('3e21')), JSON_TRACE),
    },
    'key-repeated',
  ],
  [
    'key file path as key',
    {
      configured: { apiKey: './secrets/deepseek.json' },
      response: answer(401, envelope(refusal('json')), JSON_TRACE),
    },
    'key-is-path',
  ],
  ['only the echo of a file', { error: new Error(refusal('json')) }, 'key-is-path'],
  [
    'an e-acute is sent',
    {
      configured: { apiKey: 'sk-5f0c1ab97de24c5891f3b6470d2e8cé4' },
      response: answer(401, envelope(refusal('8cé4')), JSON_TRACE),
    },
    ['key-unsendable', 'key-whitespace', 'key-wrong-vendor', 'key-rejected', 'key-unknown-shape'],
  ],
  [
    'BOM at the start of the header value',
    {
      configured: { apiKey: `\ufeff${KEY}` },
      error: new TypeError(
        'Cannot convert argument to a ByteString because the character at index 7 has a value of 65279 which is greater than 255.',
      ),
    },
    ['key-whitespace', 'key-unsendable'],
  ],
  [
    'node http refuses the header',
    {
      configured: { apiKey: `${KEY.slice(0, 10)}\n${KEY.slice(10)}` },
      error: {
        name: 'TypeError',
        code: 'ERR_INVALID_CHAR',
        message: 'Invalid character in header content ["Authorization"]',
      },
    },
    ['key-unsendable', 'key-whitespace'],
  ],
  [
    'node http refuses another header',
    {
      configured: { apiKey: KEY },
      error: {
        name: 'TypeError',
        code: 'ERR_INVALID_CHAR',
        message: 'Invalid character in header content ["X-Title"]',
      },
    },
    ['unknown', 'request-invalid'],
  ],
  [
    'openai connection error around ByteString',
    {
      configured: { apiKey: 'sk-“abc”' },
      error: {
        name: 'Error',
        message: 'Connection error.',
        cause: {
          name: 'TypeError',
          message:
            'Cannot convert argument to a ByteString because the character at index 10 has a value of 8220 which is greater than 255.',
        },
      },
    },
    ['key-unsendable', 'key-quoted', 'key-placeholder'],
  ],
  [
    'Python codec',
    {
      error: {
        message:
          "'ascii' codec can't encode character '\\u201c' in position 7: ordinal not in range(128)",
      },
    },
    'key-unsendable',
  ],
  [
    'a Groq key at DeepSeek',
    {
      configured: { apiKey: 'gsk_Ab3dE6gH9jK2mN5pQ8rT1vW4yZ7bC0dF3gH6jK9mN2pQ5rT8' },
      response: answer(401, envelope(refusal('5rT8')), JSON_TRACE),
    },
    'key-wrong-vendor',
  ],
  [
    'an OpenAI key at DeepSeek, no echo',
    {
      configured: {
        apiKey: 'sk-proj-Ab3dE6gH9jK2mN5pQ8rT1vW4yZ7bC0dF3gH6jK9mN2pQ5rT8',
        baseURL: BASE,
      },
      error: { status: 401, message: '401 Authentication Fails (no such user)' },
    },
    'key-wrong-vendor',
  ],
  [
    'a JWT at DeepSeek',
    {
      configured: { apiKey: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1In0.c2lnbmF0dXJlLXNpZ25hdHVyZQ' },
      response: answer(
        401,
        'Authentication Fails (auth header format should be Bearer sk-...)',
        TRACE,
      ),
    },
    'key-session-token',
  ],
  [
    '38 characters without sk-',
    {
      configured: { apiKey: 'Zk4Tn7Wq0aPs3Df6Gh9Jk2Lz5Xc8Vb1Nm4Qw7E' },
      request: bearer('Zk4Tn7Wq0aPs3Df6Gh9Jk2Lz5Xc8Vb1Nm4Qw7E'),
      response: answer(
        401,
        'Authentication Fails (auth header format should be Bearer sk-...)',
        TRACE,
      ),
    },
    'key-session-token',
  ],
  [
    'echo belongs to another variable',
    {
      configured: { apiKey: KEY, env: { DEEPSEEK_API_KEY: KEY, DEEPSEEK_API_KEY_OLD: OTHER } },
      request: bearer(KEY),
      response: answer(401, envelope(refusal('3e21')), JSON_TRACE),
    },
    'key-replaced',
  ],
  [
    'echo differs, key only configured',
    { configured: { apiKey: KEY }, error: { status: 401, message: refusal('77ab') } },
    'key-replaced',
  ],
  [
    'the unofficial web API, rotated token',
    {
      configured: { apiKey: 'nQ4xJ9w0d8K2m5p7', baseURL: 'http://localhost:8000' },
      response: answer(
        200,
        '{"code":-2001,"message":"[请求deepseek失败]: Authorization Failed (invalid token)","data":null}',
      ),
    },
    ['token-expired', 'wrong-host'],
  ],
  [
    'first generation detail',
    {
      configured: { apiKey: KEY },
      error: { status: 401, message: '401 {"detail":"Authentication Fails"}' },
    },
    'key-rejected',
  ],
  [
    'guard placeholder escaped',
    {
      request: bearer('managed-by-deepseek-guard'),
      response: answer(401, envelope(refusal('uard')), JSON_TRACE),
    },
    'credential-not-attached',
  ],
]

const destination: Row[] = [
  [
    'OpenRouter keyless',
    { response: answer(401, '{"error":{"message":"No auth credentials found","code":401}}') },
    'answered-by-other-vendor',
    { vendor: 'openrouter' },
  ],
  [
    'OpenRouter deleted key, host known',
    {
      configured: {
        apiKey: 'sk-or-v1-0123456789abcdef0123456789abcdef',
        baseURL: 'https://openrouter.ai/api/v1',
      },
      response: answer(401, '{"error":{"message":"User not found.","code":401}}'),
    },
    'answered-by-other-vendor',
    { vendor: 'openrouter' },
  ],
  [
    'Anthropic envelope',
    {
      configured: { apiKey: KEY },
      response: answer(
        401,
        '{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"},"request_id":"req_011CSHoEeqs5C35K2UUqR7Fy"}',
      ),
    },
    'answered-by-other-vendor',
    { vendor: 'anthropic' },
  ],
  [
    'Anthropic in an SDK message',
    {
      configured: { apiKey: KEY },
      error: {
        name: 'AuthenticationError',
        status: 401,
        message:
          '401 {"type":"error","error":{"type":"authentication_error","message":"Invalid bearer token"},"request_id":"req_011CSHoEeqs5C35K2UUqR7Fy"}',
      },
    },
    'answered-by-other-vendor',
    { vendor: 'anthropic' },
  ],
  [
    'SiliconFlow code',
    { response: answer(401, '{"code":30014,"message":"Token is invalid.","data":null}') },
    'answered-by-other-vendor',
    { vendor: 'siliconflow' },
  ],
  [
    'Volcengine shape',
    {
      response: answer(
        401,
        '{"error":{"code":"AuthenticationError","message":"The API key format is incorrect. Request id: 0217387","param":"","type":"Unauthorized"}}',
      ),
    },
    'answered-by-other-vendor',
    { vendor: 'volcengine' },
  ],
  [
    'Azure APIM keyless',
    {
      response: answer(
        401,
        '{ "statusCode": 401, "message": "Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API." }',
      ),
    },
    ['answered-by-other-vendor', 'answered-by-gateway'],
    { vendor: 'azure' },
  ],
  [
    'Moonshot',
    {
      configured: { apiKey: KEY },
      response: answer(
        401,
        '{"error":{"message":"Invalid Authentication","type":"invalid_authentication_error"}}',
      ),
    },
    'answered-by-other-vendor',
    { vendor: 'moonshot' },
  ],
  [
    'Zhipu in Chinese',
    { response: answer(401, '{"error":{"code":"401","message":"令牌已过期或验证不正确"}}') },
    'answered-by-other-vendor',
    { vendor: 'zhipu' },
  ],
  [
    'Gemini',
    {
      response: answer(
        400,
        '[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}}]',
      ),
    },
    'answered-by-other-vendor',
    { vendor: 'google' },
  ],
  [
    'Groq by host',
    {
      configured: { baseURL: 'https://api.groq.com/openai/v1' },
      error: {
        status: 401,
        message: '401 Invalid API Key',
        error: {
          message: 'Invalid API Key',
          type: 'invalid_request_error',
          code: 'invalid_api_key',
        },
      },
    },
    'answered-by-other-vendor',
    { vendor: 'groq' },
  ],
  [
    'Together',
    {
      response: answer(
        401,
        '{"id":"x","error":{"message":"Invalid API key provided. You can find your API key at https://api.together.ai/settings/api-keys.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}',
      ),
    },
    'answered-by-other-vendor',
    { vendor: 'together' },
  ],
  [
    'MiniMax 200',
    {
      configured: { baseURL: 'https://api.minimax.chat/v1' },
      response: answer(
        200,
        '{"base_resp":{"status_code":1004,"status_msg":"login fail: Please carry the API secret key in the \'Authorization\' field of the request header"}}',
      ),
    },
    'answered-by-other-vendor',
    { vendor: 'minimax' },
  ],
  [
    'Mistral behind Kong',
    {
      configured: { baseURL: 'https://api.mistral.ai/v1' },
      response: answer(401, '{"message":"No API key found in request"}', {
        'www-authenticate': 'Key realm="kong"',
      }),
    },
    'answered-by-other-vendor',
    { vendor: 'mistral' },
  ],
  [
    'GitHub Models',
    {
      configured: { baseURL: 'https://models.github.ai/inference' },
      error: { status: 401, message: '401 Unauthorized' },
    },
    'answered-by-other-vendor',
    { vendor: 'github' },
  ],
  [
    'NVIDIA NIM',
    {
      configured: { baseURL: 'https://integrate.api.nvidia.com/v1' },
      response: answer(403, '{"status":403,"title":"Forbidden","detail":"Authorization failed"}'),
    },
    'answered-by-other-vendor',
    { vendor: 'nvidia' },
  ],
  [
    'Bedrock',
    {
      response: answer(
        403,
        '{"message":"The security token included in the request is invalid."}',
        { 'x-amzn-errortype': 'UnrecognizedClientException' },
      ),
    },
    'answered-by-other-vendor',
    { vendor: 'bedrock' },
  ],
  [
    'Qianfan',
    {
      response: answer(
        401,
        '{"error":{"code":"invalid_iam_token","message":"IAM Certification failed","type":"invalid_request_error"},"id":"as-abc"}',
      ),
    },
    'answered-by-other-vendor',
    { vendor: 'baidu' },
  ],
  [
    'OpenAI region',
    {
      configured: { apiKey: KEY },
      response: answer(
        403,
        '{"error":{"code":"unsupported_country_region_territory","message":"Country, region, or territory not supported","param":null,"type":"request_forbidden"}}',
      ),
    },
    'answered-by-other-vendor',
    { vendor: 'openai' },
  ],
  [
    'OpenAI quota',
    {
      configured: { apiKey: KEY },
      error: {
        status: 429,
        message: '429 You exceeded your current quota, please check your plan and billing details.',
        code: 'insufficient_quota',
      },
    },
    'quota-exhausted',
    { vendor: 'openai' },
  ],
  [
    'Ollama has no such model',
    {
      configured: { baseURL: 'http://localhost:11434/v1' },
      response: answer(
        404,
        '{"error":{"message":"model \\"deepseek-chat\\" not found, try pulling it first","type":"api_error","param":null,"code":null}}',
      ),
    },
    ['answered-by-other-vendor', 'model-unavailable'],
    { vendor: 'ollama' },
  ],
  [
    'LiteLLM virtual key',
    {
      response: answer(
        401,
        '{"error":{"message":"Authentication Error, LiteLLM Virtual Key expected. Received=****, expected to start with \'sk-\'.","type":"auth_error","param":"None","code":"401"}}',
      ),
    },
    'answered-by-gateway',
    { vendor: 'litellm' },
  ],
  [
    'LiteLLM without a key',
    {
      configured: { baseURL: 'http://litellm:4000' },
      response: answer(
        401,
        '{"error":{"message":"Authentication Error, No api key passed in.","type":"auth_error","param":"None","code":"401"}}',
      ),
    },
    'answered-by-gateway',
    { vendor: 'litellm' },
  ],
  [
    'one-api exhausted token',
    {
      response: answer(
        403,
        '{"error":{"message":"该令牌额度已用尽 (request id: 20260101)","type":"one_api_error"}}',
      ),
    },
    'quota-exhausted',
    { vendor: 'one-api' },
  ],
  [
    'one-api in English',
    {
      configured: { baseURL: 'https://relay.example/v1' },
      response: answer(
        401,
        '{"error":{"message":"Invalid token (request id: 2026110509143)","type":"one_api_error"}}',
      ),
    },
    'answered-by-gateway',
    { vendor: 'one-api' },
  ],
  [
    'LiteLLM relays DeepSeek',
    {
      response: answer(
        401,
        '{"error":{"message":"litellm.AuthenticationError: AuthenticationError: DeepseekException - {\\"error\\":{\\"message\\":\\"Authentication Fails, Your api key: ****ab12 is invalid\\"}}. Received Model Group=deepseek","type":null,"param":null,"code":"401"}}',
        { 'x-litellm-version': '1.80.0' },
      ),
    },
    'key-rejected',
  ],
  [
    'Cloudflare AI Gateway unauthorised',
    {
      configured: { baseURL: 'https://gateway.ai.cloudflare.com/v1/a/b/deepseek' },
      response: answer(
        401,
        '{"success":false,"result":[],"messages":[],"error":[{"code":2009,"message":"Unauthorized"}]}',
      ),
    },
    'answered-by-gateway',
    { vendor: 'cloudflare' },
  ],
  [
    'Vercel AI Gateway',
    {
      configured: { baseURL: 'https://ai-gateway.vercel.sh/v1' },
      response: answer(
        401,
        '{"error":{"message":"Invalid API key","type":"authentication_error"}}',
      ),
    },
    'answered-by-gateway',
    { vendor: 'vercel' },
  ],
  [
    'claude-code-router refuses',
    { configured: { baseURL: 'http://127.0.0.1:3456' }, response: answer(401, 'Invalid API key') },
    'answered-by-gateway',
    { vendor: 'claude-code-router' },
  ],
  [
    'Kong on a company host',
    {
      configured: { baseURL: 'https://ai.corp.example/deepseek' },
      response: answer(401, '{"message":"No API key found in request"}', { server: 'kong/3.4.2' }),
    },
    'answered-by-gateway',
    { vendor: 'kong' },
  ],
  [
    'Envoy JWT',
    { configured: { baseURL: 'https://ai.corp.example' }, response: answer(401, 'Jwt is missing') },
    'answered-by-gateway',
    { vendor: 'envoy' },
  ],
  [
    'API Gateway of AWS',
    {
      configured: { baseURL: 'https://abc.execute-api.eu-west-1.amazonaws.com/prod' },
      response: answer(403, '{"message":"Missing Authentication Token"}', {
        'x-amzn-errortype': 'MissingAuthenticationTokenException',
      }),
    },
    'answered-by-gateway',
    { vendor: 'aws' },
  ],
  [
    'squid denies',
    {
      configured: { apiKey: KEY, baseURL: BASE },
      response: answer(
        403,
        '<!DOCTYPE html><html><head><title>ERROR: The requested URL could not be retrieved</title></head><body><p>Access Denied.</p><p>Generated by squid</p></body></html>',
        { 'content-type': 'text/html', 'x-squid-error': 'ERR_ACCESS_DENIED 0' },
      ),
    },
    ['answered-by-proxy', 'access-blocked'],
    { vendor: 'squid' },
  ],
  [
    'FortiGuard',
    {
      response: answer(
        403,
        '<html><head><title>Web Filter Violation</title></head><body>FortiGuard Intrusion Prevention</body></html>',
      ),
    },
    ['answered-by-proxy', 'access-blocked'],
    { vendor: 'fortinet' },
  ],
  [
    'captive portal says 200',
    {
      configured: { baseURL: BASE },
      response: answer(200, '<html><head><title>Hotspot Login</title></head></html>', {
        'content-type': 'text/html',
      }),
    },
    'answered-by-proxy',
  ],
  [
    'AI SDK meets a page',
    {
      error: {
        name: 'AI_APICallError',
        message: 'Invalid JSON response',
        statusCode: 200,
        url: CHAT,
        responseBody: '<!DOCTYPE html><html><body>Sign in</body></html>',
      },
    },
    'answered-by-proxy',
  ],
  [
    'NTLM challenge',
    { configured: { baseURL: BASE }, response: answer(401, '', { 'www-authenticate': 'NTLM' }) },
    'answered-by-proxy',
  ],
  [
    'path doubled',
    {
      configured: { apiKey: KEY, baseURL: `${BASE}/v1` },
      request: {
        url: `${BASE}/v1/v1/chat/completions`,
        headers: { authorization: `Bearer ${KEY}` },
      },
      response: answer(404, ''),
    },
    'wrong-path',
  ],
  [
    '404 through LangChain',
    {
      configured: { baseURL: `${BASE}/chat/completions` },
      error: {
        status: 404,
        message:
          '404 Not Found. Please check the configuration.\n\nTroubleshooting URL: https://docs.langchain.com/',
        lc_error_code: 'MODEL_NOT_FOUND',
      },
    },
    'wrong-path',
  ],
  [
    'chat host',
    {
      configured: { apiKey: KEY, baseURL: 'https://chat.deepseek.com/v1' },
      response: answer(200, '{"code":40003,"msg":"INVALID_TOKEN","data":null}'),
    },
    'wrong-host',
  ],
  [
    'chat host, missing token',
    { response: answer(200, '{"code":40002,"msg":"Missing Token","data":null}') },
    'wrong-host',
  ],
  [
    'a stranger',
    {
      configured: { apiKey: KEY, baseURL: 'https://llm.unheard-of.example/v1' },
      response: answer(401, '{"error":"unauthorized"}'),
    },
    ['answered-by-other-vendor', 'answered-by-gateway'],
  ],
]

const later: Row[] = [
  [
    'the AI SDK without a key for its own gateway',
    {
      error: {
        name: 'GatewayError',
        message: 'Unauthenticated. Configure AI_GATEWAY_API_KEY or use a provider module.',
      },
    },
    ['answered-by-gateway', 'key-missing'],
  ],
  [
    'a vendor that says 429 to an account without money',
    { response: answer(429, '{"error":{"message":"x","type":"exceeded_current_quota_error"}}') },
    'quota-exhausted',
    { vendor: 'moonshot' },
  ],
  [
    'a gateway that passes the balance sentence on',
    {
      response: answer(400, envelope('Insufficient Balance', 'unknown_error'), {
        'x-litellm-version': '1.80.0',
      }),
    },
    'balance-exhausted',
  ],
  [
    'a signature that came too late',
    {
      response: answer(403, '{"message":"Signature expired: 20261123T010000Z is now earlier"}', {
        'x-amzn-errortype': 'InvalidSignatureException',
      }),
    },
    'clock-skewed',
    { vendor: 'bedrock' },
  ],
  [
    'a print of Python that ends in the sentence',
    {
      error: {
        message: `Traceback:\n${'  File "x.py", line 1\n'.repeat(200)}Error: ${refusal('null')}`,
      },
    },
    'key-nullish',
  ],
  [
    'a print of Python with the sentence in its middle',
    {
      error: {
        message: `${'  File "x.py", line 1\n'.repeat(60)}${refusal('null')}\n${'  File "y.py"\n'.repeat(99)}`,
      },
    },
    'key-nullish',
  ],
  [
    'a completion that speaks about errors',
    {
      response: answer(
        200,
        '{"object":"chat.completion","choices":[{"message":{"content":"Authentication Fails (governor)"}}]}',
        JSON_TRACE,
      ),
    },
    'unknown',
  ],
  [
    'requests names the address in its message',
    {
      configured: { apiKey: KEY },
      error: { message: `401 Client Error: Unauthorized for url: ${CHAT}` },
    },
    'key-rejected',
  ],
  [
    'the header was kept masked',
    {
      configured: { apiKey: KEY },
      request: asked({ authorization: 'Bearer [REDACTED]' }),
      response: answer(401, 'Authentication Fails (governor)', TRACE),
    },
    'credential-stripped',
  ],
  [
    'a fake on loopback that answers a bare 401',
    {
      configured: { apiKey: KEY, baseURL: 'http://127.0.0.1:39217' },
      request: asked({ authorization: `Bearer ${KEY}` }, 'http://127.0.0.1:39217/models'),
      response: answer(401, ''),
    },
    'key-rejected',
  ],
  [
    'a fake on loopback that answers a bare 402',
    { configured: { baseURL: 'http://localhost:39217' }, response: answer(402, '') },
    'balance-exhausted',
    { credentialAccepted: true },
  ],
  [
    'a program on loopback that says its own',
    {
      configured: { apiKey: KEY, baseURL: 'http://localhost:8317/v1' },
      response: answer(401, '{"error":"Missing API key"}'),
    },
    'answered-by-gateway',
  ],
  [
    'a stranger that wants money',
    { configured: { baseURL: 'https://llm.unheard-of.example' }, response: answer(402, '{}') },
    'quota-exhausted',
  ],
  [
    'a text that refuses a key and says please provide',
    { error: { message: 'Invalid API key. Please provide a valid API key.' } },
    'key-rejected',
  ],
  [
    'a client that keeps one Chinese sentence',
    { configured: { apiKey: KEY, baseURL: BASE }, error: { message: '认证失败: API Key 无效' } },
    'key-rejected',
  ],
  [
    'two headers were joined',
    {
      configured: { apiKey: KEY },
      request: asked({ authorization: `Bearer ${KEY}, Bearer ${OTHER}` }),
      response: answer(401, 'Authentication Fails (auth header format should be Bearer sk-...)'),
    },
    'header-malformed',
  ],
]

const others: Row[] = [
  [
    '402 of the AI SDK',
    {
      error: {
        name: 'AI_APICallError',
        statusCode: 402,
        message: 'Insufficient Balance',
        responseBody: envelope('Insufficient Balance', 'unknown_error'),
        url: CHAT,
      },
    },
    'balance-exhausted',
    { credentialAccepted: true },
  ],
  [
    'balance probe says unavailable',
    {
      request: { url: `${BASE}/user/balance` },
      response: answer(
        200,
        '{"is_available":false,"balance_infos":[{"currency":"CNY","total_balance":"0.00"}]}',
        JSON_TRACE,
      ),
    },
    'balance-exhausted',
    { credentialAccepted: true },
  ],
  [
    'balance 429 in LangChain',
    {
      error: {
        status: 429,
        message:
          '429 Too many requests. Your current concurrency is 8, which exceeds your concurrency limit of 7 based on your remaining balance. Please top up your balance to restore your concurrency.',
      },
    },
    'balance-limits-concurrency',
  ],
  [
    '429 with text only',
    { configured: { baseURL: BASE }, error: { status: 429, message: '429 Rate Limit Reached' } },
    'rate-limited',
  ],
  [
    '503 text',
    {
      error: {
        message:
          'Error: 503 Service is too busy. We advise users to temporarily switch to alternative LLM API service providers.',
      },
    },
    'service-busy',
  ],
  [
    '500 page of openresty',
    {
      configured: { baseURL: BASE },
      response: answer(
        500,
        '<html><head><title>500 Internal Server Error</title></head><body><center>openresty</center></body></html>',
        { 'content-type': 'text/html', server: 'openresty' },
      ),
    },
    'service-error',
  ],
  [
    '504',
    { configured: { baseURL: BASE }, error: { status: 504, message: '504 status code (no body)' } },
    ['service-error', 'timed-out'],
  ],
  [
    'stream error',
    {
      response: answer(
        200,
        '{"error":{"message":"Service is too busy.","type":"service_unavailable_error"}}',
        JSON_TRACE,
      ),
    },
    'service-busy',
  ],
  [
    'model in Python',
    {
      error: {
        message:
          "Error code: 400 - {'error': {'message': 'Model Not Exist', 'type': 'invalid_request_error', 'param': None, 'code': 'invalid_request_error'}}",
      },
    },
    'model-unavailable',
    { credentialAccepted: true },
  ],
  [
    'model by litellm',
    {
      error: {
        name: 'BadRequestError',
        status: 400,
        message:
          'litellm.BadRequestError: DeepseekException - {"error":{"message":"The supported API model names are deepseek-flash, deepseek-v4-pro, but you passed deepseek-r1. (request_id: x)"}}',
      },
    },
    'model-unavailable',
    { credentialAccepted: true },
  ],
  [
    'context too long',
    {
      configured: { baseURL: BASE },
      error: {
        status: 400,
        message:
          "400 This model's maximum context length is 131072 tokens. However, you requested 140000 tokens.",
      },
    },
    'context-too-long',
  ],
  [
    'bad user_id',
    {
      configured: { baseURL: BASE },
      response: answer(
        400,
        envelope("Invalid 'user_id': string does not match pattern", 'invalid_request_error'),
        JSON_TRACE,
      ),
    },
    'request-invalid',
  ],
  [
    '413 of nginx',
    {
      configured: { baseURL: BASE },
      response: answer(
        413,
        '<html><head><title>413 Request Entity Too Large</title></head></html>',
      ),
    },
    'request-invalid',
  ],
  [
    'refused',
    {
      error: Object.assign(new TypeError('fetch failed'), {
        cause: Object.assign(
          new AggregateError(
            [
              Object.assign(new Error('connect ECONNREFUSED ::1:443'), {
                code: 'ECONNREFUSED',
                syscall: 'connect',
              }),
            ],
            '',
          ),
          { code: 'ECONNREFUSED' },
        ),
      }),
    },
    'network-unreachable',
  ],
  [
    'happy eyeballs timed out',
    {
      error: {
        name: 'TypeError',
        message: 'fetch failed',
        cause: {
          name: 'AggregateError',
          code: 'ETIMEDOUT',
          errors: [
            { code: 'ETIMEDOUT', syscall: 'connect', message: 'connect ETIMEDOUT 1.2.3.4:443' },
            { code: 'ENETUNREACH', syscall: 'connect', message: 'connect ENETUNREACH 2606::1:443' },
          ],
        },
      },
    },
    'network-unreachable',
  ],
  [
    'node-fetch resolver',
    {
      error: {
        name: 'FetchError',
        type: 'system',
        code: 'ENOTFOUND',
        message:
          'request to https://api.deepseek.com/chat/completions failed, reason: getaddrinfo ENOTFOUND api.deepseek.com',
      },
    },
    'dns-failed',
  ],
  [
    'resolver text only',
    {
      error: {
        message: 'APIConnectionError: Connection error: getaddrinfo EAI_AGAIN api.deepseek.com',
      },
    },
    'dns-failed',
  ],
  ['browser fetch', { error: new TypeError('Failed to fetch') }, 'network-unreachable'],
  ['electron', { error: new Error('net::ERR_CERT_AUTHORITY_INVALID') }, 'tls-intercepted'],
  [
    'leaf unverified',
    {
      error: {
        message: 'Connection error.',
        cause: {
          code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
          message: 'unable to verify the first certificate',
        },
      },
    },
    'tls-intercepted',
  ],
  [
    'tunnel 407',
    {
      error: {
        message: 'fetch failed',
        cause: {
          name: 'RequestAbortedError',
          code: 'UND_ERR_ABORTED',
          message: 'Proxy response (407) !== 200 when HTTP Tunneling',
        },
      },
    },
    'proxy-auth-required',
  ],
  [
    'old tunnel agent',
    { error: new Error('tunneling socket could not be established, statusCode=407') },
    'proxy-auth-required',
  ],
  [
    'axios timeout',
    {
      error: {
        name: 'AxiosError',
        code: 'ECONNABORTED',
        message: 'timeout of 30000ms exceeded',
        isAxiosError: true,
      },
    },
    'timed-out',
  ],
  [
    'openai timeout',
    {
      error: {
        name: 'Error',
        message: 'Request timed out.',
        constructor: { name: 'APIConnectionTimeoutError' },
      },
    },
    'timed-out',
  ],
  [
    'body timeout',
    {
      error: {
        name: 'TypeError',
        message: 'terminated',
        cause: {
          name: 'BodyTimeoutError',
          code: 'UND_ERR_BODY_TIMEOUT',
          message: 'Body Timeout Error',
        },
      },
    },
    'timed-out',
  ],
  [
    'stream broke off',
    {
      error: {
        name: 'TypeError',
        message: 'terminated',
        cause: { name: 'SocketError', code: 'UND_ERR_SOCKET', message: 'other side closed' },
      },
    },
    'stream-cut',
  ],
  [
    'axios cancelled',
    { error: { name: 'CanceledError', code: 'ERR_CANCELED', message: 'canceled' } },
    'aborted',
  ],
  ['openai aborted', { error: { name: 'Error', message: 'Request was aborted.' } }, 'aborted'],
  [
    'undici abort',
    { error: new DOMException('This operation was aborted', 'AbortError') },
    'aborted',
  ],
  [
    'cloudfront country block',
    {
      configured: { baseURL: BASE },
      response: answer(
        403,
        '<HTML><HEAD><TITLE>ERROR: The request could not be satisfied</TITLE></HEAD><BODY>The Amazon CloudFront distribution is configured to block access from your country.</BODY></HTML>',
        { server: 'CloudFront' },
      ),
    },
    'access-blocked',
  ],
  [
    'cloudflare block',
    {
      response: answer(
        403,
        '<html><title>Attention Required! | Cloudflare</title><h1>Sorry, you have been blocked</h1></html>',
        { server: 'cloudflare' },
      ),
    },
    'access-blocked',
  ],
  [
    'huawei waf',
    { response: answer(418, '<html><title>访问被拦截！</title></html>', { server: 'CloudWAF' }) },
    'access-blocked',
  ],
  [
    'key file gone',
    {
      configured: { env: { DEEPSEEK_API_KEY_FILE: '/run/secrets/ds' } },
      error: Object.assign(new Error("ENOENT: no such file or directory, open '/run/secrets/ds'"), {
        code: 'ENOENT',
        syscall: 'open',
        path: '/run/secrets/ds',
      }),
    },
    'key-file-unreadable',
  ],
  [
    'base URL without scheme',
    {
      configured: { baseURL: 'localhost:8080' },
      error: { name: 'TypeError', message: 'fetch failed', cause: { message: 'unknown scheme' } },
    },
    'base-url-invalid',
  ],
  [
    'a URL with a user',
    {
      error: new TypeError(
        'Request cannot be constructed from a URL that includes credentials: https://…',
      ),
    },
    'base-url-has-credentials',
  ],
  [
    'gateway JWT ran out',
    {
      configured: {
        baseURL: 'https://gw.example/v1',
        apiKey: `eyJhbGciOiJub25lIn0.${btoa('{"exp":1760000000}')}.c2ln`,
      },
      at: 1763900000000,
      response: answer(401, '', { date: 'Sun, 23 Nov 2025 12:13:20 GMT' }),
    },
    'token-expired',
  ],
  [
    'a clock in the past',
    {
      at: Date.UTC(2025, 0, 1),
      error: {
        message: 'fetch failed',
        cause: { code: 'CERT_NOT_YET_VALID', message: 'certificate is not yet valid' },
      },
    },
    'clock-skewed',
  ],
  [
    'an application bug',
    { configured: { apiKey: KEY }, error: new RangeError('Invalid array length') },
    'unknown',
  ],
  [
    'a parser bug about keys',
    { error: new TypeError("Cannot read properties of undefined (reading 'api_key')") },
    'unknown',
  ],
  [
    'a 422 that quotes OpenAI',
    {
      configured: { baseURL: BASE },
      response: answer(
        422,
        'Failed to deserialize the JSON body into the target type: messages[0]: unknown variant `Incorrect API key provided: sk-x`',
        TRACE,
      ),
    },
    'request-invalid',
  ],
]

const accepted: Row[] = [
  [
    'litellm has no key and raises the class of a 401',
    {
      error: {
        name: 'AuthenticationError',
        message: 'litellm.AuthenticationError: Missing DeepSeek API Key - no key is set either in',
      },
    },
    'key-missing',
  ],
  ...['User not found.', 'Missing Authentication header'].map(
    (message): Row => [
      `OpenRouter by its numeric code: ${message}`,
      {
        configured: { apiKey: KEY },
        response: answer(401, JSON.stringify({ error: { message, code: 401 } })),
      },
      'answered-by-other-vendor',
      { vendor: 'openrouter' },
    ],
  ),
  [
    'litellm names a malformed key of its own',
    {
      configured: { baseURL: 'https://relay.example/v1', apiKey: KEY },
      response: answer(
        401,
        JSON.stringify({
          error: { message: 'Authentication Error, Key lacks a prefix', type: 'auth_error' },
        }),
      ),
    },
    'answered-by-gateway',
    { vendor: 'litellm' },
  ],
  [
    'a gateway does not know the provider in its path',
    {
      configured: { baseURL: 'https://gateway.ai.cloudflare.com/v1/a/b/deepsek' },
      response: answer(
        400,
        '{"success":false,"errors":[{"code":2008,"message":"Invalid provider"}]}',
      ),
    },
    'answered-by-gateway',
  ],
  [
    'a 400 of DeepSeek that quotes the balance sentence out of the request',
    { response: answer(400, envelope("Invalid description: 'Insufficient Balance'"), JSON_TRACE) },
    'request-invalid',
  ],
  [
    'a 400 of DeepSeek that quotes the governor out of the request',
    {
      response: answer(400, envelope('Invalid name: Authentication Fails (governor)'), JSON_TRACE),
    },
    'request-invalid',
  ],
  [
    'only a message with the reason phrase of the governor',
    { error: new Error(`[GET] "${BASE}/models": 401 Authorization Required`) },
    ['key-missing', 'credential-not-attached'],
  ],
  [
    "a server's 401 page without a challenge",
    {
      configured: { apiKey: KEY, baseURL: BASE },
      request: bearer(KEY),
      response: answer(
        401,
        '<html><head><title>401 Authorization Required</title></head><hr>nginx</html>',
        { server: 'nginx', 'content-type': 'text/html' },
      ),
    },
    'answered-by-proxy',
  ],
  [
    "the echo is the end of another vendor's key in the environment, no key configured",
    {
      configured: { env: { OPENROUTER_API_KEY: `sk-or-v1-${'0a1b2c3d'.repeat(8)}` } },
      response: answer(401, envelope(refusal('2c3d')), JSON_TRACE),
    },
    'key-wrong-vendor',
  ],
  [
    'three relays wrapped the same refusal as JSON in JSON',
    {
      response: answer(
        500,
        [1, 2, 3].reduce((message) => envelope(message, 'upstream_error'), refusal('ined')),
      ),
    },
    'key-nullish',
  ],
  [
    "a class of 500 around a resolver's trouble",
    {
      error: {
        name: 'InternalServerError',
        message: 'Cannot connect to host [Temporary failure in name resolution]',
      },
    },
    'dns-failed',
  ],
  [
    'a client without a key that names the vendors it knows',
    { error: new Error('OpenAI or Azure OpenAI API key or Token Provider not found') },
    'key-missing',
  ],
  [
    'a token alive by the clock of the server and dead by ours',
    tokenBetween(2 * 3600, -60),
    'clock-skewed',
  ],
  [
    'a token dead by the clock of the server and alive by ours',
    tokenBetween(-2 * 3600, 1800),
    'clock-skewed',
  ],
  ['a token dead by both clocks', tokenBetween(2 * 3600, -4 * 3600), 'token-expired'],
  ...(
    [
      ['tls: failed to verify certificate: x509: signed by unknown authority', 'tls-intercepted'],
      ['PKIX path building failed: unable to find valid certification path', 'tls-intercepted'],
      ['dial tcp 192.0.2.1:443: i/o timeout', 'network-unreachable'],
      ['read tcp 192.0.2.1:443: i/o timeout', 'timed-out'],
      ['dial tcp: lookup api.deepseek.com: no such host', 'dns-failed'],
      ['Post "https://api.deepseek.com/chat/completions": context canceled', 'aborted'],
      ['EOF occurred in violation of protocol (_ssl.c:1129)', 'network-unreachable'],
    ] as const
  ).map(([message, cause]): Row => [`relayed: ${message}`, { error: new Error(message) }, cause]),
]

/** A gateway's refusal of a token: our clock is `ahead` seconds of theirs, and the token ends so
 * many seconds after our own time. */
function tokenBetween(ahead: number, end: number) {
  const at = Date.UTC(2026, 9, 1, 12)
  const apiKey = `eyJhbGciOiJub25lIn0.${btoa(JSON.stringify({ exp: at / 1000 + end }))}.c2ln`
  const date = new Date(at - ahead * 1000).toUTCString()
  return {
    at,
    configured: { baseURL: 'https://gw.example/v1', apiKey },
    response: answer(401, '{"error":"invalid_token"}', { date }),
  }
}

describe.each([
  ['credential', credential],
  ['destination', destination],
  ['found later', later],
  ['everything else', others],
  ['found in acceptance', accepted],
])('%s', (_, rows) => {
  test.each(rows.map((row) => [row[0], row] as const))('%s', (__, row) => {
    const [, evidence, expected, more] = row
    const diagnosis = diagnose(evidence)
    expect([expected].flat()).toContain(diagnosis.cause)
    expect(diagnosis).toMatchObject(more ?? {})
    if (diagnosis.confidence === 'certain') expect([expected].flat()[0]).toBe(diagnosis.cause)
  })
})
