import { moreVendorRows } from './more-vendors'
import { type Vendor, vendorRows } from './vendor-table'

/** Who owns a host: a seller of models, or a gateway that stands in front of others' models. */
interface HostOwner {
  /** Lower-case name, as `Diagnosis.vendor` shows it. */
  slug: string
  kind: 'vendor' | 'gateway'
}

/** DeepSeek's own API host; the only one that knows DeepSeek keys. */
const DEEPSEEK_HOST = 'api.deepseek.com'

const rows: readonly Vendor[] = [...vendorRows, ...moreVendorRows]
const bySlug: ReadonlyMap<string, Vendor> = new Map(rows.map((row) => [row.slug, row]))
const byPort: ReadonlyMap<string, Vendor> = new Map(
  rows.flatMap((row) => (row.port === undefined ? [] : [[row.port, row] as const])),
)

/** All that is known about a vendor, gateway or local program. */
export function vendorOf(slug: string): Vendor | undefined {
  return bySlug.get(slug)
}

/** The program that listens on a port by default, on one's own machine. */
export function programOfPort(port: string): Vendor | undefined {
  return byPort.get(port)
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

const owners: ReadonlyMap<string, HostOwner> = new Map(
  rows.flatMap(({ slug, kind, domains = [] }) =>
    kind === 'local' ? [] : domains.map((name) => [name, { slug, kind }] as const),
  ),
)

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
  if (name.endsWith('-aiplatform.googleapis.com')) return { slug: 'google', kind: 'vendor' }
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

/** Hosts of one vendor carry another slug than its keys: Bedrock is AWS's. */
const sameHouse: Readonly<Record<string, string>> = { bedrock: 'aws' }

/** The vendor whose documented prefix a key carries; undefined for every other text. */
export function vendorOfKey(key: string): { slug: string; name: string } | undefined {
  const row = rows.find(({ prefix }) => prefix?.test(key))
  return row && { slug: row.slug, name: row.name }
}

/** True when keys of the vendor that owns a host can be told by their prefix. */
export function hasKeyPrefix(hostVendor: string): boolean {
  return rows.some(({ slug, prefix }) => prefix && isSameVendor(slug, hostVendor))
}

/** Compares the slug of a key's vendor with that of a host's vendor. */
export function isSameVendor(keyVendor: string, hostVendor: string): boolean {
  return keyVendor === hostVendor || keyVendor === sameHouse[hostVendor]
}

/** The vendor's name as people write it. */
export function vendorName(slug: string): string {
  return vendorOf(slug)?.name ?? `${slug.slice(0, 1).toUpperCase()}${slug.slice(1)}`
}
