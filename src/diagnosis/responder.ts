import { commonSentences, type DeepSeekSentence, hasTraceId } from '../provider/deepseek'
import {
  gatewaySigns,
  generalGatewaySigns,
  sharedVendorSigns,
  siteError,
  vendorNames,
  vendorSigns,
} from '../provider/responder-signs'
import {
  type Answer,
  byHeaders,
  byWords,
  type MessageText,
  namesIn,
  type Recognised,
} from '../provider/signs'
import { isDeepSeekHost, isDeepSeekWebHost, isLoopbackHost, ownerOfHost } from '../provider/vendors'

/** Who answered, and what gave it away. */
export interface Responder {
  /** `web`: DeepSeek's site; `local`: this machine; `stranger`: a host that nobody knows. */
  kind: 'deepseek' | 'vendor' | 'gateway' | 'web' | 'local' | 'stranger' | 'nobody'
  slug?: string
  /** `words` and `headers` are the answer's own; `host` is only the address that was asked. */
  by: 'words' | 'code' | 'headers' | 'host' | 'nothing'
}

interface Answered extends Answer {
  sentence?: DeepSeekSentence
  /** The host that is known to have been asked. */
  url?: URL
  /** The host that is configured; some clients ignore it. */
  base?: URL
}

/** Default ports of programs that people run beside their application. */
const localPorts: Readonly<Record<string, string>> = {
  '3456': 'claude-code-router',
  '4000': 'litellm',
  '11434': 'ollama',
  '1234': 'lm-studio',
}

/** Whole sentences of OpenRouter's that are its own only beside a number in `code`. */
const openRouterSays = /^(?:user not found\.?|missing authentication header)$/m

/** The whole of what Moonshot says to a bad key; others say which credential, token or header. */
const moonshotSays =
  /\binvalid authentication(?! (?:credential|token|key|header|method|tag|scheme|challenge|info))/

/** Vendors whose names stand in the paths of local development proxies. */
const pathVendors = namesIn(`
  openai anthropic openrouter siliconflow volcengine dashscope moonshot zhipu groq mistral together
  fireworks xai google azure`)

const slugs: Readonly<Record<string, string>> = {
  hunyuan: 'tencent',
  qianfan: 'baidu',
  'azure openai': 'azure',
}

/** Names the sender: first by what DeepSeek alone says, then by others' words, last by the host. */
export function responderOf(answered: Answered): Responder {
  const { message, sentence, headers, base } = answered
  const url = answered.url ?? base
  if (sentence && !commonSentences.has(sentence)) return { kind: 'deepseek', by: 'words' }
  if (hasTraceId(headers)) return { kind: 'deepseek', by: 'headers' }
  // A page may speak about any vendor; only an API's answer speaks for one.
  const own = message.form === 'html' ? undefined : byOwnWords(answered)
  return (
    own ??
    byOwnHeaders(answered) ??
    byHost(url) ??
    byShared(answered) ??
    byName(answered) ??
    byAddress(url, message)
  )
}

function byOwnWords(answered: Answered): Responder | undefined {
  const { low, bare, codes } = answered.message
  const gateway = byWords(gatewaySigns, answered)
  // The wrapper of a router's says nothing about whose words are inside.
  const isWrapper = codes.has('provider_response_error') && gateway?.trait === 'error code'
  if (gateway && !isWrapper) return { kind: 'gateway', slug: gateway.slug, by: traitOf(gateway) }
  const site = [...codes].find((code) => siteError.test(code))
  if (site) return { kind: 'gateway', slug: 'one-api', by: 'words' }
  const vendor = byWords(vendorSigns, answered)
  if (vendor) return { kind: 'vendor', slug: vendor.slug, by: traitOf(vendor) }
  if (bare && low.trim() === 'api key is invalid') {
    return { kind: 'vendor', slug: 'siliconflow', by: 'words' }
  }
  if (codes.has('401') && openRouterSays.test(low)) {
    return { kind: 'vendor', slug: 'openrouter', by: 'words' }
  }
  return gateway && { kind: 'gateway', slug: gateway.slug, by: traitOf(gateway) }
}

/** A number may be anybody's error code; a word such as `token_not_found_in_db` is not. */
function traitOf({ trait }: Recognised): Responder['by'] {
  return trait === 'number' ? 'code' : 'words'
}

function byOwnHeaders(answered: Answered): Responder | undefined {
  const vendor = byHeaders(vendorSigns, answered)
  if (vendor) return { kind: 'vendor', slug: vendor.slug, by: 'headers' }
  const gateway = byHeaders(gatewaySigns, answered)
  return gateway && { kind: 'gateway', slug: gateway.slug, by: 'headers' }
}

function byHost(url: URL | undefined): Responder | undefined {
  const owner = url && ownerOfHost(url.hostname)
  return owner && { kind: owner.kind, slug: owner.slug, by: 'host' }
}

function byShared(answered: Answered): Responder | undefined {
  if (answered.message.form === 'html') return undefined
  const vendor = byWords(sharedVendorSigns, answered)
  if (!vendor && moonshotSays.test(answered.message.low)) {
    return { kind: 'vendor', slug: 'moonshot', by: 'words' }
  }
  if (vendor) return { kind: 'vendor', slug: vendor.slug, by: 'words' }
  const gateway = byWords(generalGatewaySigns, answered)
  if (gateway) return { kind: 'gateway', slug: gateway.slug, by: 'words' }
  const carrier = byHeaders(generalGatewaySigns, answered)
  return carrier && { kind: 'gateway', slug: carrier.slug, by: 'headers' }
}

/** A message that names a vendor, unless DeepSeek is known to have been asked. */
function byName({ message, url }: Answered): Responder | undefined {
  if (message.form === 'html' || (url && isDeepSeekHost(url.hostname))) return undefined
  const name = vendorNames.exec(message.low)?.[1]
  return name ? { kind: 'vendor', slug: slugs[name] ?? name, by: 'host' } : undefined
}

function byAddress(url: URL | undefined, message: MessageText): Responder {
  if (!url) return { kind: 'nobody', by: 'nothing' }
  if (isDeepSeekHost(url.hostname)) return { kind: 'deepseek', by: 'host' }
  if (isDeepSeekWebHost(url.hostname)) return { kind: 'web', by: 'host' }
  const parts = url.pathname.toLowerCase().split('/')
  const named = parts.find((part) => pathVendors.has(part))
  if (named) return { kind: 'vendor', slug: named, by: 'host' }
  if (!isLoopbackHost(url.hostname)) return { kind: 'stranger', by: 'host' }
  const slug = localPorts[url.port]
  // Loopback counts as DeepSeek, so that fakes behave alike, unless a program there says its own.
  const isFake =
    slug === undefined && (message.low === '' || message.codes.has('authentication_error'))
  return isFake ? { kind: 'deepseek', by: 'host' } : { kind: 'local', slug, by: 'host' }
}
