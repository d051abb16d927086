import { chineseVendorSigns } from './china-signs'
import { signList } from './signs'

/**
 * Sellers of models and what their refusals look like. Order matters where one copies another's
 * wording: the copy names its own console, so it stands before the original.
 */
export const vendorSigns = signList([
  ...chineseVendorSigns,
  {
    slug: 'xai',
    texts: ['no or an invalid authentication header was', 'console.x.ai', 'docs.x.ai', 'grok.com'],
  },
  { slug: 'together', texts: ['api.together.ai', 'api.together.xyz', 'together.ai/settings'] },
  { slug: 'perplexity', texts: ['perplexity.ai'] },
  {
    slug: 'dashscope',
    texts: [
      'help.aliyun.com',
      'alibabacloud.com/help',
      'invalid api-key provided',
      'no api-key provided',
      'make sure you are eligible for using the model',
      'accessdenied.unpurchased',
      'internalerror.algo',
      'allocationquota',
      'allocated quota exceeded',
      'datainspectionfailed',
      'dashscope',
    ],
    codes: [
      'invalidapikey',
      'arrearage',
      'model.accessdenied',
      'accessdenied.unpurchased',
      'throttling.ratequota',
      'throttling.allocationquota',
      'allocationquota.freetieronly',
    ],
    headers: [
      ['x-dashscope-call-gateway', ''],
      ['req-arrive-time', ''],
    ],
  },
  {
    slug: 'openrouter',
    texts: [
      'no auth credentials found',
      'no cookie auth credentials',
      'openrouter.ai/',
      'no endpoints found',
      'provider returned error',
      'more credits, or fewer max_tokens',
      'free-models-per-',
      'is not a valid model id',
      'no allowed providers are available',
    ],
  },
  {
    slug: 'github',
    texts: [
      'models.github.ai',
      'github models',
      'github copilot',
      ['bad credentials', 'github'],
      'github.com/login',
    ],
    headers: [['x-github-request-id', '']],
  },
  {
    slug: 'azure',
    texts: [
      'invalid subscription key',
      'missing subscription key',
      'cognitiveservices.azure.com',
      'the api deployment for this resource does not exist',
      'lacks the required data action',
    ],
    codes: ['deploymentnotfound', 'permissiondenied', 'responsibleaipolicyviolation'],
    headers: [
      ['apim-request-id', ''],
      ['x-ms-region', ''],
      ['azureml-model-session', ''],
    ],
  },
  {
    slug: 'google',
    texts: [
      'api key not valid. please pass a valid api key',
      'type.googleapis.com',
      'expected oauth 2 access token',
      'api key expired. please renew the api key',
      'multiple authentication credentials received',
      'gemini api',
      "method doesn't allow unregistered callers",
    ],
    codes: ['api_key_invalid'],
    headers: [
      ['server', 'scaffolding on httpserver2'],
      ['x-gfe-request-trace', ''],
    ],
  },
  {
    slug: 'groq',
    texts: ['groq'],
    headers: [
      ['x-groq-region', ''],
      ['x-groq-request-id', ''],
    ],
  },
  {
    slug: 'mistral',
    texts: ['mistral.ai'],
    headers: [
      ['mistral-correlation-id', ''],
      ['x-mistral-request-id', ''],
    ],
  },
  {
    slug: 'fireworks',
    texts: ['fireworks.ai', 'model not found, inaccessible, and/or not deployed'],
    headers: [
      ['fireworks-request-id', ''],
      ['x-fireworks-request-id', ''],
    ],
  },
  {
    slug: 'cohere',
    texts: ['cohere.com', 'cohere.ai'],
    headers: [
      ['x-endpoint-monthly-call-limit', ''],
      ['x-trial-endpoint-call-limit', ''],
    ],
  },
  {
    slug: 'nvidia',
    texts: ['build.nvidia.com', 'urn:kaizen', 'urn:nvcf', 'inference connection error: nvcf'],
    headers: [
      ['nvcf-reqid', ''],
      ['nvcf-status', ''],
    ],
  },
  {
    slug: 'huggingface',
    texts: [
      'invalid username or password',
      'invalid credentials in authorization header',
      'authorization header is correct, but the token seems invalid',
      'call inference providers',
      'included credits for inference providers',
      'huggingface.co',
    ],
  },
  {
    slug: 'replicate',
    texts: [
      'you did not pass an authentication token',
      'replicate.com',
      'valid authentication token',
    ],
  },
  {
    slug: 'cerebras',
    texts: ['cerebras.ai'],
    codes: ['wrong_api_key'],
  },
  {
    slug: 'bedrock',
    texts: [
      'the security token included in the request is',
      'unrecognizedclientexception',
      'the request signature we calculated does not match',
    ],
    codes: ['unrecognizedclientexception', 'invalidsignatureexception', 'expiredtokenexception'],
    headers: [
      ['x-amzn-errortype', 'invalidsignature'],
      ['x-amzn-errortype', 'unrecognizedclient'],
      ['x-amzn-errortype', 'accessdenied'],
    ],
  },
  { slug: 'ollama-cloud', texts: ['ollama.com/upgrade', 'ollama.com/settings', 'ollama cloud'] },
  {
    slug: 'ollama',
    texts: ['try pulling it first', 'ollama.com', 'registry.ollama.ai', 'ollama api error'],
  },
  {
    slug: 'lm-studio',
    texts: ['lm studio', 'lmstudio', 'lms load', "'response_format.type' must be"],
  },
  {
    slug: 'llama.cpp',
    texts: ['llama.cpp', 'exceed_context_size_error', 'llama-server'],
    headers: [['server', 'llama.cpp']],
  },
  { slug: 'vllm', texts: ['vllm', '--enable-auto-tool-choice'] },
  {
    slug: 'anthropic',
    texts: [
      'invalid x-api-key',
      'x-api-key header is required',
      'access the anthropic api',
      'console.anthropic.com',
      'oauth authentication is currently not supported',
    ],
    headers: [
      ['anthropic-organization-id', ''],
      ['request-id', 'req_'],
    ],
  },
  {
    slug: 'openai',
    texts: [
      'platform.openai.com',
      'help.openai.com',
      'missing bearer or basic authentication in header',
      'you exceeded your current quota, please check your plan and billing',
      'must be a member of an organization',
      'country, region, or territory not supported',
      'you have insufficient permissions for this operation. missing scopes',
    ],
    codes: ['unsupported_country_region_territory', 'invalid_organization', 'billing_not_active'],
    headers: [
      ['x-request-id', 'req_'],
      ['openai-version', ''],
      ['openai-organization', ''],
      ['openai-processing-ms', ''],
    ],
  },
])

/** Wordings that several vendors share: they count only where the host does not name one. */
export const sharedVendorSigns = signList([
  { slug: 'openai', texts: ['incorrect api key provided: ', "you didn't provide an api key"] },
  { slug: 'dashscope', texts: ['incorrect api key provided.'] },
  { slug: 'fireworks', texts: ['the api key you provided is invalid'] },
  { slug: 'anthropic', texts: ['invalid bearer token'] },
  { slug: 'cohere', texts: ['invalid api token', 'no api key supplied'] },
])

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
