import { signList } from './signs'

/**
 * Sellers of models and what their refusals look like. Order matters where one copies another's
 * wording: the copy names its own console, so it stands before the original.
 */
export const vendorSigns = signList({
  volcengine: {
    texts: `
      the api key format is incorrect | authenticationerror & request id |
      the api key or ak/sk in the request is missing or invalid |
      api key in the request is missing or invalid |
      the model or endpoint & does not exist or you do not have access`,
    codes: `
      invalidendpointormodel.notfound modelnotopen accountoverdueerror setlimitexceeded
      invalidendpointormodel.modelidaccessdisabled unsupportedmodel missingparameter.authorization`,
  },
  siliconflow: {
    texts: `
      siliconflow.cn | siliconcloud | api key is invalid, please check |
      model does not exist. please check it carefully | the selected model requires paid balance`,
    codes: '30001 30011 30014 20012 20015',
    headers: 'x-siliconcloud-trace-id',
  },
  moonshot: {
    texts: `
      platform.moonshot | platform.kimi | the api key appears to be invalid or may have expired`,
    codes: `
      invalid_authentication_error incorrect_api_key_error exceeded_current_quota_error
      resource_not_found_error`,
    headers: 'msh-request-id | msh-trace-id | x-msh-request-id',
  },
  minimax: {
    texts: 'login fail: please carry the api secret key',
    fields: 'base_resp',
    headers: 'minimax-request-id',
  },
  zhipu: {
    texts: `
      令牌已过期或验证不正确 | 身份验证失败 | token expired or incorrect | authorization token非法 |
      header中未收到authorization | authentication parameter not received in header | bigmodel.cn |
      请检查模型代码 | please check the model code`,
    codes: '1000 1001 1002 1113 1210 1211 1301 1302 1305',
  },
  baidu: {
    texts: `
      iam certification failed | access token invalid or no longer valid | baidubce | qianfan |
      no permission to access data | open api daily request limit | open api qps request limit`,
    codes: 'invalid_iam_token iam_sign_error',
    headers: 'x-baidu-request-id | x-baidu-trace-id | x-bce-request-id | x-bce-error-code',
  },
  tencent: {
    texts: 'authfailure | tencentcloud',
    codes: 'authfailure.secretidnotfound authfailure.signaturefailure',
    headers: 'x-tc-requestid',
  },
  novita: { texts: 'novita.ai | failed to authenticate api key', codes: 'failed_to_auth' },
  huawei: { texts: 'modelarts | apigw. | modelarts.' },
  iflytek: { texts: 'hmac signature cannot be verified | hmac secret key does not match' },
  xai: {
    texts: 'no or an invalid authentication header was | console.x.ai | docs.x.ai | grok.com',
  },
  together: { texts: 'api.together.ai | api.together.xyz | together.ai/settings' },
  perplexity: { texts: 'perplexity.ai' },
  dashscope: {
    texts: `
      help.aliyun.com | alibabacloud.com/help | invalid api-key provided | no api-key provided |
      make sure you are eligible for using the model | accessdenied.unpurchased |
      internalerror.algo | allocationquota | allocated quota exceeded | datainspectionfailed |
      dashscope`,
    codes: `
      invalidapikey arrearage model.accessdenied accessdenied.unpurchased throttling.ratequota
      throttling.allocationquota allocationquota.freetieronly`,
    headers: 'x-dashscope-call-gateway | req-arrive-time',
  },
  openrouter: {
    texts: `
      no auth credentials found | no cookie auth credentials | openrouter.ai/ | no endpoints found |
      provider returned error | more credits, or fewer max_tokens | free-models-per- |
      is not a valid model id | no allowed providers are available`,
  },
  github: {
    texts: `
      models.github.ai | github models | github copilot | bad credentials & github |
      github.com/login`,
    headers: 'x-github-request-id',
  },
  azure: {
    texts: `
      invalid subscription key | missing subscription key | cognitiveservices.azure.com |
      the api deployment for this resource does not exist | lacks the required data action`,
    codes: 'deploymentnotfound permissiondenied responsibleaipolicyviolation',
    headers: 'apim-request-id | x-ms-region | azureml-model-session',
  },
  google: {
    texts: `
      api key not valid. please pass a valid api key | type.googleapis.com |
      expected oauth 2 access token | api key expired. please renew the api key |
      multiple authentication credentials received | gemini api |
      method doesn't allow unregistered callers`,
    codes: 'api_key_invalid',
    headers: 'server: scaffolding on httpserver2 | x-gfe-request-trace',
  },
  groq: { texts: 'groq', headers: 'x-groq-region | x-groq-request-id' },
  mistral: { texts: 'mistral.ai', headers: 'mistral-correlation-id | x-mistral-request-id' },
  fireworks: {
    texts: 'fireworks.ai | model not found, inaccessible, and/or not deployed',
    headers: 'fireworks-request-id | x-fireworks-request-id',
  },
  cohere: {
    texts: 'cohere.com | cohere.ai',
    headers: 'x-endpoint-monthly-call-limit | x-trial-endpoint-call-limit',
  },
  nvidia: {
    texts: 'build.nvidia.com | urn:kaizen | urn:nvcf | inference connection error: nvcf',
    headers: 'nvcf-reqid | nvcf-status',
  },
  huggingface: {
    texts: `
      invalid username or password | invalid credentials in authorization header |
      authorization header is correct, but the token seems invalid | call inference providers |
      included credits for inference providers | huggingface.co`,
  },
  replicate: {
    texts: 'you did not pass an authentication token | replicate.com | valid authentication token',
  },
  cerebras: { texts: 'cerebras.ai', codes: 'wrong_api_key' },
  bedrock: {
    texts: `
      the security token included in the request is | unrecognizedclientexception |
      the request signature we calculated does not match | id or arn of an inference profile |
      to the model with the specified model id`,
    codes: 'unrecognizedclientexception invalidsignatureexception expiredtokenexception',
    headers: `
      x-amzn-errortype: invalidsignature | x-amzn-errortype: unrecognizedclient |
      x-amzn-errortype: accessdenied`,
  },
  'ollama-cloud': { texts: 'ollama.com/upgrade | ollama.com/settings | ollama cloud' },
  ollama: { texts: 'try pulling it first | ollama.com | registry.ollama.ai | ollama api error' },
  'lm-studio': { texts: "lm studio | lmstudio | lms load | 'response_format.type' must be" },
  'llama.cpp': {
    texts: 'llama.cpp | exceed_context_size_error | llama-server',
    headers: 'server: llama.cpp',
  },
  vllm: { texts: 'vllm | --enable-auto-tool-choice' },
  anthropic: {
    texts: `
      invalid x-api-key | x-api-key header is required | access the anthropic api |
      console.anthropic.com | oauth authentication is currently not supported`,
    headers: 'anthropic-organization-id | request-id: req_',
  },
  openai: {
    texts: `
      platform.openai.com | help.openai.com | missing bearer or basic authentication in header |
      you exceeded your current quota, please check your plan and billing |
      must be a member of an organization | country, region, or territory not supported |
      you have insufficient permissions for this operation. missing scopes`,
    codes: 'unsupported_country_region_territory invalid_organization billing_not_active',
    headers: 'x-request-id: req_ | openai-version | openai-organization | openai-processing-ms',
  },
})

/** Wordings that several vendors share: they count only where the host does not name one. */
export const sharedVendorSigns = signList({
  openai: {
    texts: `
      incorrect api key provided:␣ | you didn't provide an api key |
      the model \` & does not exist or you do not have access to it`,
  },
  dashscope: { texts: 'incorrect api key provided.' },
  fireworks: { texts: 'the api key you provided is invalid' },
  anthropic: { texts: 'invalid bearer token | model:␣ & not_found_error' },
  cohere: { texts: 'invalid api token | no api key supplied' },
})

/**
 * Vendors whose bare name in a text is a hint and no more: clients write the provider's name, or
 * its address, into their own messages.
 */
export const vendorNames = new RegExp(
  `\\b(${[
    ...['openrouter', 'siliconflow', 'volcengine', 'dashscope', 'moonshot', 'zhipu', 'groq'],
    ...['novita', 'deepinfra', 'sambanova', 'stepfun', 'baichuan', 'minimax', 'hunyuan'],
    ...['qianfan', 'bedrock', 'huggingface', 'ollama', 'vllm', 'cerebras', 'fireworks'],
    ...['mistral', 'nvidia', 'perplexity', 'xai', 'azure openai'],
  ].join('|')})`,
)

/** Gateways in front of models and what their own refusals look like. */
export const gatewaySigns = signList({
  litellm: {
    texts: `
      invalid model name passed in model= | invalid proxy server token |
      litellm virtual key expected | litellm_verificationtoken |
      litellm_proxyexception | litellm proxy | no api key passed in. | malformed api key passed in |
      key is blocked. update via | create key via \`/key/generate\` |
      authentication error & not found in db | expected to start with & virtual key |
      key not allowed to access model & this key can only access |
      budget has been exceeded & max budget | expired key & key expiry`,
    codes: 'token_not_found_in_db expired_key key_model_access_denied budget_exceeded auth_error',
    headers: 'x-litellm-version | x-litellm-call-id',
  },
  'new-api': {
    texts: 'new-api-user | 未提供 new-api',
    codes: 'new_api_error new_api_panic',
    headers: 'x-new-api-version',
  },
  'one-api': {
    texts: `
      无效的令牌 | 该令牌 | 令牌额度 | 用户额度不足 | 令牌已用尽 | 未提供令牌 | 无权进行此操作 | 无可用渠道 | 无权使用模型 |
      invalid token (request id:␣ | no available channel & model`,
    codes: 'one_api_error insufficient_user_quota',
    headers: 'x-oneapi-request-id',
  },
  cloudflare: {
    texts: 'aigatewayerror | ai gateway unauthorized | 2009 unauthorized',
    codes: 'aigatewayerror 2009',
  },
  vercel: {
    texts: `
      vercel.com/docs/ai-gateway | ai gateway authentication failed | vercel ai gateway |
      unauthenticated request to ai gateway | unauthenticated-ai-gateway | ai_gateway_api_key |
      gatewayauthenticationerror`,
    codes: 'gatewayauthenticationerror',
  },
  portkey: {
    texts: 'portkey',
    headers: 'x-portkey-trace-id | x-portkey-provider | x-portkey-last-used-option-index',
  },
  helicone: { texts: 'helicone', headers: 'helicone-id | helicone-status' },
  'claude-code-router': {
    texts: 'claude-code-router | claude code router',
    codes: 'provider_response_error',
  },
  opencode: { texts: 'console go | opencode.ai | opencode zen' },
  cline: { texts: 'cline product surfaces | cline account | api.cline.bot' },
  requesty: { texts: 'requesty' },
  'open-webui': { texts: 'open webui | open-webui' },
  dify: { texts: 'dify.ai' },
  bifrost: { texts: 'bifrost', fields: 'is_bifrost_error' },
})

/**
 * General API gateways. Some vendors stand behind one of them, so these count only where the host
 * does not name a vendor.
 */
export const generalGatewaySigns = signList({
  higress: { texts: 'higress', headers: 'www-authenticate: mse gateway' },
  aws: {
    texts: 'missing authentication token',
    codes: 'missingauthenticationtokenexception',
    headers: 'x-amzn-errortype: missingauthenticationtoken | x-amz-apigw-id',
  },
  apisix: {
    texts: `
      missing api key in request | missing api key found in request | invalid api key in request |
      missing jwt token in request`,
    headers: 'server: apisix',
  },
  kong: {
    texts: `
      no api key found in request | invalid authentication credentials |
      no credentials found for given 'iss'`,
    headers: 'server: kong | www-authenticate: realm="kong" | x-kong-response-latency',
  },
  envoy: {
    texts: `
      jwt is missing | jwt verification fails | jwt is expired | jwt issuer is not configured |
      jwks doesn't have key to match | rbac: access denied`,
  },
  tyk: { texts: 'authorization field missing | access to this api has been disallowed' },
  'google-apigee': { texts: 'keymanagement.service | oauth.v2.invalidaccesstoken | faultstring' },
})

/** A name before `_api_error`: one-api and its many descendants put their site's name there. */
export const siteError =
  /^(?!(?:api|internal|anthropic|upstream)_api_error$)[a-z0-9-]{2,30}_api_error$/
