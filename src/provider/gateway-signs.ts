import { signList } from './signs'

/** Gateways in front of models and what their own refusals look like. */
export const gatewaySigns = signList([
  {
    slug: 'litellm',
    texts: [
      'invalid proxy server token',
      'litellm virtual key expected',
      'litellm_verificationtoken',
      'litellm_proxyexception',
      'litellm proxy',
      'no api key passed in.',
      'malformed api key passed in',
      'key is blocked. update via',
      'create key via `/key/generate`',
      ['authentication error', 'not found in db'],
      ['expected to start with', 'virtual key'],
      ['key not allowed to access model', 'this key can only access'],
      ['budget has been exceeded', 'max budget'],
      ['expired key', 'key expiry'],
    ],
    codes: [
      'token_not_found_in_db',
      'expired_key',
      'key_model_access_denied',
      'budget_exceeded',
      'auth_error',
    ],
    headers: [
      ['x-litellm-version', ''],
      ['x-litellm-call-id', ''],
    ],
  },
  {
    slug: 'new-api',
    texts: ['new-api-user', '未提供 new-api'],
    codes: ['new_api_error', 'new_api_panic'],
    headers: [['x-new-api-version', '']],
  },
  {
    slug: 'one-api',
    texts: [
      '无效的令牌',
      '该令牌',
      '令牌额度',
      '用户额度不足',
      '令牌已用尽',
      '未提供令牌',
      '无权进行此操作',
      '无可用渠道',
      '无权使用模型',
      ['invalid token (request id: '],
      ['no available channel', 'model'],
    ],
    codes: ['one_api_error', 'insufficient_user_quota'],
    headers: [['x-oneapi-request-id', '']],
  },
  {
    slug: 'cloudflare',
    texts: ['aigatewayerror', 'ai gateway unauthorized', '2009 unauthorized'],
    codes: ['aigatewayerror', '2009'],
  },
  {
    slug: 'vercel',
    texts: [
      'vercel.com/docs/ai-gateway',
      'ai gateway authentication failed',
      'vercel ai gateway',
      'unauthenticated request to ai gateway',
      'unauthenticated-ai-gateway',
      'ai_gateway_api_key',
      'gatewayauthenticationerror',
    ],
    codes: ['gatewayauthenticationerror'],
  },
  {
    slug: 'portkey',
    texts: ['portkey'],
    headers: [
      ['x-portkey-trace-id', ''],
      ['x-portkey-provider', ''],
      ['x-portkey-last-used-option-index', ''],
    ],
  },
  {
    slug: 'helicone',
    texts: ['helicone'],
    headers: [
      ['helicone-id', ''],
      ['helicone-status', ''],
    ],
  },
  {
    slug: 'claude-code-router',
    texts: ['claude-code-router', 'claude code router'],
    codes: ['provider_response_error'],
  },
  { slug: 'opencode', texts: ['console go', 'opencode.ai', 'opencode zen'] },
  { slug: 'cline', texts: ['cline product surfaces', 'cline account', 'api.cline.bot'] },
  { slug: 'requesty', texts: ['requesty'] },
  { slug: 'open-webui', texts: ['open webui', 'open-webui'] },
  { slug: 'dify', texts: ['dify.ai'] },
  { slug: 'bifrost', texts: ['bifrost'], fields: ['is_bifrost_error'] },
])

/**
 * General API gateways. Some vendors stand behind one of them, so these count only where the host
 * does not name a vendor.
 */
export const generalGatewaySigns = signList([
  { slug: 'higress', texts: ['higress'], headers: [['www-authenticate', 'mse gateway']] },
  {
    slug: 'aws',
    texts: ['missing authentication token'],
    codes: ['missingauthenticationtokenexception'],
    headers: [
      ['x-amzn-errortype', 'missingauthenticationtoken'],
      ['x-amz-apigw-id', ''],
    ],
  },
  {
    slug: 'apisix',
    texts: [
      'missing api key in request',
      'missing api key found in request',
      'invalid api key in request',
      'missing jwt token in request',
    ],
    headers: [['server', 'apisix']],
  },
  {
    slug: 'kong',
    texts: [
      'no api key found in request',
      'invalid authentication credentials',
      "no credentials found for given 'iss'",
    ],
    headers: [
      ['server', 'kong'],
      ['www-authenticate', 'realm="kong"'],
      ['x-kong-response-latency', ''],
    ],
  },
  {
    slug: 'envoy',
    texts: [
      'jwt is missing',
      'jwt verification fails',
      'jwt is expired',
      'jwt issuer is not configured',
      "jwks doesn't have key to match",
      'rbac: access denied',
    ],
  },
  { slug: 'tyk', texts: ['authorization field missing', 'access to this api has been disallowed'] },
  {
    slug: 'google-apigee',
    texts: ['keymanagement.service', 'oauth.v2.invalidaccesstoken', 'faultstring'],
  },
])

/** A name before `_api_error`: one-api and its many descendants put their site's name there. */
export const siteError =
  /^(?!(?:api|internal|anthropic|upstream)_api_error$)[a-z0-9-]{2,30}_api_error$/
