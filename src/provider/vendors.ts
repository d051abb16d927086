/** Who owns a host: a seller of models, or a gateway that stands in front of others' models. */
export interface HostOwner {
  /** Lower-case name, as `Diagnosis.vendor` shows it. */
  slug: string
  kind: 'vendor' | 'gateway'
}

/** DeepSeek's own API host; the only one that knows DeepSeek keys. */
export const DEEPSEEK_HOST = 'api.deepseek.com'

/** Domains of other sellers of models; every host below a domain belongs to it. */
const vendorDomains: Readonly<Record<string, readonly string[]>> = {
  openai: ['openai.com', 'chatgpt.com'],
  anthropic: ['anthropic.com', 'claude.ai', 'claude.com'],
  openrouter: ['openrouter.ai'],
  siliconflow: ['siliconflow.cn', 'siliconflow.com'],
  volcengine: ['volces.com', 'volcengine.com', 'volcengineapi.com', 'bytepluses.com'],
  dashscope: ['dashscope.aliyuncs.com', 'dashscope-intl.aliyuncs.com', 'maas.aliyuncs.com'],
  azure: ['openai.azure.com', 'ai.azure.com', 'ml.azure.com', 'cognitiveservices.azure.com'],
  github: ['models.github.ai', 'models.inference.ai.azure.com', 'githubcopilot.com'],
  moonshot: ['moonshot.cn', 'moonshot.ai', 'kimi.com'],
  zhipu: ['bigmodel.cn', 'z.ai'],
  google: ['generativelanguage.googleapis.com', 'aiplatform.googleapis.com'],
  groq: ['groq.com'],
  xai: ['x.ai'],
  mistral: ['mistral.ai'],
  together: ['together.xyz', 'together.ai'],
  fireworks: ['fireworks.ai'],
  nvidia: ['nvidia.com'],
  perplexity: ['perplexity.ai'],
  cohere: ['cohere.ai', 'cohere.com'],
  huggingface: ['huggingface.co', 'huggingface.cloud'],
  replicate: ['replicate.com'],
  deepinfra: ['deepinfra.com'],
  novita: ['novita.ai'],
  hyperbolic: ['hyperbolic.xyz'],
  sambanova: ['sambanova.ai'],
  cerebras: ['cerebras.ai'],
  baseten: ['baseten.co'],
  nebius: ['nebius.ai', 'nebius.com'],
  chutes: ['chutes.ai'],
  minimax: ['minimax.chat', 'minimaxi.com', 'minimax.io'],
  baichuan: ['baichuan-ai.com'],
  stepfun: ['stepfun.com', 'stepfun.ai'],
  baidu: ['qianfan.baidubce.com', 'aip.baidubce.com'],
  tencent: ['tencentcloudapi.com', 'hunyuan.cloud.tencent.com', 'lkeap.cloud.tencent.com'],
  huawei: ['myhuaweicloud.com', 'modelarts-maas.com'],
  iflytek: ['xf-yun.com'],
  modelscope: ['modelscope.cn'],
  ppio: ['ppinfra.com', 'ppio.cn', 'ppio.com'],
  gitee: ['ai.gitee.com', 'moark.com'],
  qiniu: ['qnaigc.com'],
  infini: ['infini-ai.com'],
  lambda: ['lambdalabs.com', 'lambda.ai'],
}

/** Gateways that are hosts of their own; many more run on hosts that only their answers name. */
const gatewayDomains: Readonly<Record<string, readonly string[]>> = {
  cloudflare: ['gateway.ai.cloudflare.com', 'api.cloudflare.com'],
  vercel: ['ai-gateway.vercel.sh'],
  portkey: ['portkey.ai'],
  helicone: ['helicone.ai', 'hconeai.com'],
  'one-api': ['aihubmix.com', 'oneapi.run'],
  requesty: ['requesty.ai'],
  eden: ['edenai.run'],
  opencode: ['opencode.ai'],
}

/** Bedrock's hosts carry the region in the middle: bedrock-runtime.us-east-1.amazonaws.com. */
const bedrockHost = /^bedrock(?:-[a-z]+)*\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?$/

/** Hosts of DeepSeek that serve people, not API keys. */
const webHosts: ReadonlySet<string> = new Set([
  'deepseek.com',
  'www.deepseek.com',
  'chat.deepseek.com',
  'platform.deepseek.com',
  'coder.deepseek.com',
  'api-docs.deepseek.com',
  'docs.deepseek.com',
  'status.deepseek.com',
])

const owners: ReadonlyMap<string, HostOwner> = new Map([
  ...ownersOf(vendorDomains, 'vendor'),
  ...ownersOf(gatewayDomains, 'gateway'),
])

function ownersOf(
  domains: Readonly<Record<string, readonly string[]>>,
  kind: HostOwner['kind'],
): [string, HostOwner][] {
  return Object.entries(domains).flatMap(([slug, names]) =>
    names.map((name): [string, HostOwner] => [name, { slug, kind }]),
  )
}

/** Host name without port, brackets and trailing dot, in lower case. */
export function normalHost(host: string): string {
  const name = host.slice(0, 300).trim().toLowerCase()
  const bracketed = /^\[([^\]]+)\]/.exec(name)
  if (bracketed?.[1]) return bracketed[1]
  // More than one colon without brackets is an IPv6 address, whose last group is no port.
  const bare = name.indexOf(':') === name.lastIndexOf(':') ? name.replace(/:\d{0,5}$/, '') : name
  return bare.replace(/\.$/, '')
}

/** Who owns a host: a vendor or a hosted gateway; undefined for DeepSeek and unknown hosts. */
export function ownerOfHost(host: string): HostOwner | undefined {
  const name = normalHost(host)
  if (bedrockHost.test(name)) return { slug: 'bedrock', kind: 'vendor' }
  // The longest domain wins: models.inference.ai.azure.com is GitHub's, not Azure's.
  for (let rest = name; rest.includes('.'); rest = rest.slice(rest.indexOf('.') + 1)) {
    const owner = owners.get(rest)
    if (owner) return owner
  }
  return undefined
}

/**
 * The slug of another vendor's API host, `openai` for `api.openai.com`; undefined for DeepSeek's
 * own hosts, for gateways, for loopback and for every host that is not known.
 */
export function vendorOfHost(host: string): string | undefined {
  const owner = ownerOfHost(host)
  return owner?.kind === 'vendor' ? owner.slug : undefined
}

/** True for `api.deepseek.com` only. */
export function isDeepSeekHost(host: string): boolean {
  return normalHost(host) === DEEPSEEK_HOST
}

/** True for DeepSeek's web hosts (chat, platform, docs), which refuse API keys or ignore them. */
export function isDeepSeekWebHost(host: string): boolean {
  return webHosts.has(normalHost(host))
}

/** True for `localhost`, names below it, 127.0.0.0/8 and ::1, with or without brackets. */
export function isLoopbackHost(host: string): boolean {
  const name = normalHost(host)
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || isLoopback4(name)
}

function isLoopback4(name: string): boolean {
  return /^(?:::ffff:)?127(?:\.\d{1,3}){3}$/.test(name)
}

interface KeyVendor {
  /** Lower-case name, as `vendorOfHost` gives it. */
  slug: string
  /** As the vendor writes it. */
  name: string
  pattern: RegExp
}

/** Prefixes that the vendors document for their own keys. First match wins. */
const vendors: readonly KeyVendor[] = [
  { slug: 'openai', name: 'OpenAI', pattern: /^sk-(?:proj|svcacct|admin)-/ },
  // Every key of OpenAI's older kind carries "OpenAI" in base64 in its middle.
  { slug: 'openai', name: 'OpenAI', pattern: /^sk-[A-Za-z0-9_-]*T3BlbkFJ/ },
  { slug: 'anthropic', name: 'Anthropic', pattern: /^sk-ant-/ },
  { slug: 'openrouter', name: 'OpenRouter', pattern: /^sk-or-/ },
  { slug: 'groq', name: 'Groq', pattern: /^gsk_/ },
  { slug: 'xai', name: 'xAI', pattern: /^xai-/ },
  { slug: 'google', name: 'Google', pattern: /^AIza/ },
  { slug: 'huggingface', name: 'Hugging Face', pattern: /^hf_/ },
  { slug: 'nvidia', name: 'NVIDIA', pattern: /^nvapi-/ },
  { slug: 'perplexity', name: 'Perplexity', pattern: /^pplx-/ },
  { slug: 'github', name: 'GitHub', pattern: /^(?:ghp_|github_pat_)/ },
  { slug: 'aws', name: 'AWS', pattern: /^AKIA[A-Z0-9]/ },
]

/** Hosts of one vendor carry another slug than its keys: Bedrock is AWS's. */
const sameHouse: Readonly<Record<string, string>> = { bedrock: 'aws' }

/** The vendor whose documented prefix a key carries; undefined for every other text. */
export function vendorOfKey(key: string): { slug: string; name: string } | undefined {
  return vendors.find(({ pattern }) => pattern.test(key))
}

/** True when keys of the vendor that owns a host can be told by their prefix. */
export function hasKeyPrefix(hostVendor: string): boolean {
  return vendors.some(({ slug }) => isSameVendor(slug, hostVendor))
}

/** Compares the slug of a key's vendor with that of a host's vendor. */
export function isSameVendor(keyVendor: string, hostVendor: string): boolean {
  return keyVendor === hostVendor || keyVendor === sameHouse[hostVendor]
}

/** The vendor's name as people write it, for a slug that `vendorOfKey` gave. */
export function vendorName(slug: string): string {
  return (
    vendors.find((vendor) => isSameVendor(vendor.slug, slug))?.name ??
    `${slug.slice(0, 1).toUpperCase()}${slug.slice(1)}`
  )
}
