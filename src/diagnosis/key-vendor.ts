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
