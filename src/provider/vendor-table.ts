/** A seller of models, a gateway in front of others' models, or a program on one's own machine. */
export interface Vendor {
  /** Lower-case name, as `Diagnosis.vendor` shows it. */
  slug: string
  /** As people write it. */
  name: string
  kind: 'vendor' | 'gateway' | 'local'
  /** Every host below one of these domains belongs to it. */
  domains?: readonly string[]
  /** The base URL that an OpenAI client wants there. */
  base?: string
  /** Where its keys are made, where one pays, and where its models are listed or switched on. */
  keys?: string
  pay?: string
  models?: string
  /** The prefix that it documents for its own keys; first match wins. */
  prefix?: RegExp
  /** The variable that its clients read. */
  variable?: string
  /** It serves no model of DeepSeek's at its own host. */
  foreign?: true
  /** What its model names look like. */
  naming?: string
  /** A permission or a switch that its refusals are often about. */
  permission?: string
  /** Where it is set what may see the prompts. */
  privacy?: string
  /** How its addresses are made, where that is not one base URL for all. */
  address?: string
  /** Default port of a program on one's own machine, how it is started and how it gets a model. */
  port?: string
  start?: string
  pull?: string
}

/** Rows of vendors whose hosts stand outside China. */
export const vendorRows: readonly Vendor[] = [
  {
    slug: 'openai',
    name: 'OpenAI',
    kind: 'vendor',
    domains: ['openai.com', 'chatgpt.com'],
    base: 'https://api.openai.com/v1',
    keys: 'https://platform.openai.com/api-keys',
    pay: 'https://platform.openai.com/settings/organization/billing',
    models: 'https://platform.openai.com/docs/models',
    // Every key of OpenAI's older kind carries "OpenAI" in base64 in its middle.
    prefix: /^sk-(?:proj|svcacct|admin)-|^sk-[A-Za-z0-9_-]*T3BlbkFJ/,
    variable: 'OPENAI_API_KEY',
    foreign: true,
  },
  {
    slug: 'anthropic',
    name: 'Anthropic',
    kind: 'vendor',
    domains: ['anthropic.com', 'claude.ai', 'claude.com'],
    base: 'https://api.anthropic.com',
    keys: 'https://console.anthropic.com/settings/keys',
    pay: 'https://console.anthropic.com/settings/billing',
    prefix: /^sk-ant-/,
    variable: 'ANTHROPIC_API_KEY',
    foreign: true,
  },
  {
    slug: 'openrouter',
    name: 'OpenRouter',
    kind: 'vendor',
    domains: ['openrouter.ai'],
    base: 'https://openrouter.ai/api/v1',
    keys: 'https://openrouter.ai/settings/keys',
    pay: 'https://openrouter.ai/settings/credits',
    models: 'https://openrouter.ai/models',
    prefix: /^sk-or-/,
    variable: 'OPENROUTER_API_KEY',
    naming: 'vendor/model, as in deepseek/deepseek-chat',
    permission: 'a provider of this model, in the privacy settings',
    privacy: 'https://openrouter.ai/settings/privacy',
  },
  {
    slug: 'azure',
    name: 'Azure AI Foundry',
    kind: 'vendor',
    domains: ['openai.azure.com', 'ai.azure.com', 'ml.azure.com', 'cognitiveservices.azure.com'],
    keys: 'https://ai.azure.com',
    pay: 'https://portal.azure.com',
    models: 'https://ai.azure.com',
    variable: 'AZURE_OPENAI_API_KEY',
    naming: 'the name of the deployment, not that of the model',
    address:
      'DeepSeek models answer at https://<resource>.services.ai.azure.com/models (with an ' +
      'api-version) or at https://<resource>.openai.azure.com/openai/v1, under the name of the ' +
      'deployment',
  },
  {
    slug: 'github',
    name: 'GitHub Models',
    kind: 'vendor',
    domains: ['models.github.ai', 'models.inference.ai.azure.com', 'githubcopilot.com'],
    base: 'https://models.github.ai/inference',
    keys: 'https://github.com/settings/tokens',
    pay: 'https://github.com/settings/billing',
    models: 'https://github.com/marketplace/models',
    prefix: /^(?:ghp_|github_pat_)/,
    variable: 'GITHUB_TOKEN',
    permission: 'the permission `models: read` for the token',
  },
  {
    slug: 'google',
    name: 'Google',
    kind: 'vendor',
    domains: ['generativelanguage.googleapis.com', 'aiplatform.googleapis.com'],
    base: 'https://generativelanguage.googleapis.com/v1beta/openai',
    keys: 'https://aistudio.google.com/apikey',
    pay: 'https://console.cloud.google.com/billing',
    prefix: /^AIza/,
    variable: 'GEMINI_API_KEY',
    foreign: true,
  },
  {
    slug: 'groq',
    name: 'Groq',
    kind: 'vendor',
    domains: ['groq.com'],
    base: 'https://api.groq.com/openai/v1',
    keys: 'https://console.groq.com/keys',
    pay: 'https://console.groq.com/settings/billing',
    models: 'https://console.groq.com/docs/models',
    prefix: /^gsk_/,
    variable: 'GROQ_API_KEY',
  },
  {
    slug: 'xai',
    name: 'xAI',
    kind: 'vendor',
    domains: ['x.ai'],
    base: 'https://api.x.ai/v1',
    keys: 'https://console.x.ai',
    pay: 'https://console.x.ai',
    prefix: /^xai-/,
    variable: 'XAI_API_KEY',
    foreign: true,
  },
  {
    slug: 'mistral',
    name: 'Mistral',
    kind: 'vendor',
    domains: ['mistral.ai'],
    base: 'https://api.mistral.ai/v1',
    keys: 'https://console.mistral.ai/api-keys',
    pay: 'https://console.mistral.ai/billing',
    variable: 'MISTRAL_API_KEY',
  },
  {
    slug: 'together',
    name: 'Together AI',
    kind: 'vendor',
    domains: ['together.xyz', 'together.ai'],
    base: 'https://api.together.xyz/v1',
    keys: 'https://api.together.ai/settings/api-keys',
    pay: 'https://api.together.ai/settings/billing',
    models: 'https://api.together.ai/models',
    variable: 'TOGETHER_API_KEY',
    naming: 'deepseek-ai/…',
  },
  {
    slug: 'fireworks',
    name: 'Fireworks',
    kind: 'vendor',
    domains: ['fireworks.ai'],
    base: 'https://api.fireworks.ai/inference/v1',
    keys: 'https://app.fireworks.ai/settings/users/api-keys',
    pay: 'https://app.fireworks.ai/account/billing',
    models: 'https://app.fireworks.ai/models',
    variable: 'FIREWORKS_API_KEY',
    naming: 'accounts/fireworks/models/…',
  },
  {
    slug: 'nvidia',
    name: 'NVIDIA',
    kind: 'vendor',
    domains: ['nvidia.com'],
    base: 'https://integrate.api.nvidia.com/v1',
    keys: 'https://build.nvidia.com',
    pay: 'https://build.nvidia.com',
    models: 'https://build.nvidia.com/models',
    prefix: /^nvapi-/,
    variable: 'NVIDIA_API_KEY',
    naming: 'deepseek-ai/…',
  },
  {
    slug: 'perplexity',
    name: 'Perplexity',
    kind: 'vendor',
    domains: ['perplexity.ai'],
    base: 'https://api.perplexity.ai',
    keys: 'https://www.perplexity.ai/settings/api',
    pay: 'https://www.perplexity.ai/settings/api',
    prefix: /^pplx-/,
    variable: 'PERPLEXITY_API_KEY',
  },
  {
    slug: 'cohere',
    name: 'Cohere',
    kind: 'vendor',
    domains: ['cohere.ai', 'cohere.com'],
    keys: 'https://dashboard.cohere.com/api-keys',
    pay: 'https://dashboard.cohere.com/billing',
  },
  {
    slug: 'huggingface',
    name: 'Hugging Face',
    kind: 'vendor',
    domains: ['huggingface.co', 'huggingface.cloud'],
    base: 'https://router.huggingface.co/v1',
    keys: 'https://huggingface.co/settings/tokens',
    pay: 'https://huggingface.co/settings/billing',
    models: 'https://huggingface.co/inference/models',
    prefix: /^hf_/,
    variable: 'HF_TOKEN',
    naming: 'deepseek-ai/…',
    permission: 'the permission "Make calls to Inference Providers" for the token',
  },
  {
    slug: 'replicate',
    name: 'Replicate',
    kind: 'vendor',
    domains: ['replicate.com'],
    keys: 'https://replicate.com/account/api-tokens',
    pay: 'https://replicate.com/account/billing',
    variable: 'REPLICATE_API_TOKEN',
  },
  {
    slug: 'bedrock',
    name: 'Amazon Bedrock',
    kind: 'vendor',
    keys: 'https://console.aws.amazon.com/bedrock',
    pay: 'https://console.aws.amazon.com/billing',
    models: 'https://console.aws.amazon.com/bedrock/home#/modelaccess',
    variable: 'AWS_BEARER_TOKEN_BEDROCK',
    naming: 'an inference profile such as us.deepseek.r1-v1:0',
    permission: 'access to the model, in the Bedrock console under "Model access"',
  },
  // AWS sells models under the name of Bedrock; its keys have a prefix of their own.
  { slug: 'aws', name: 'AWS', kind: 'vendor', prefix: /^AKIA[A-Z0-9]/ },
  {
    slug: 'ollama-cloud',
    name: 'Ollama Cloud',
    kind: 'vendor',
    domains: ['ollama.com'],
    base: 'https://ollama.com/v1',
    keys: 'https://ollama.com/settings/keys',
    pay: 'https://ollama.com/settings/billing',
    models: 'https://ollama.com/search?c=cloud',
    variable: 'OLLAMA_API_KEY',
  },
  ...brief('vendor', {
    deepinfra: ['DeepInfra', 'deepinfra.com', 'api.deepinfra.com/v1/openai', 'deepinfra.com/dash'],
    hyperbolic: ['Hyperbolic', 'hyperbolic.xyz', 'api.hyperbolic.xyz/v1', 'app.hyperbolic.ai'],
    sambanova: ['SambaNova', 'sambanova.ai', 'api.sambanova.ai/v1', 'cloud.sambanova.ai'],
    cerebras: ['Cerebras', 'cerebras.ai', 'api.cerebras.ai/v1', 'cloud.cerebras.ai'],
    baseten: ['Baseten', 'baseten.co', 'inference.baseten.co/v1', 'app.baseten.co'],
    nebius: ['Nebius', 'nebius.ai nebius.com', 'api.studio.nebius.com/v1', 'studio.nebius.com'],
    chutes: ['Chutes', 'chutes.ai', 'llm.chutes.ai/v1', 'chutes.ai/app'],
    lambda: ['Lambda', 'lambdalabs.com lambda.ai', 'api.lambda.ai/v1', 'cloud.lambda.ai'],
  }),
]

/** Rows of which only name, domains, base and console are known; the console serves for all. */
export function brief(
  kind: Vendor['kind'],
  rows: Readonly<
    Record<string, readonly [name: string, domains: string, base: string, ui: string]>
  >,
): Vendor[] {
  return Object.entries(rows).map(([slug, [name, domains, base, ui]]) => ({
    slug,
    name,
    kind,
    domains: domains.split(' '),
    ...(base === '' ? {} : { base: `https://${base}` }),
    keys: `https://${ui}`,
    pay: `https://${ui}`,
    variable: `${slug.toUpperCase().replace(/\W/g, '_')}_API_KEY`,
  }))
}
