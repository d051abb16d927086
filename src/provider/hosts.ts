import { distanceOf } from '../key/names'
import { isDeepSeekHost, normalHost, ownerOfHost, vendorOf } from './vendors'

/** Endings that no public name has: RFC 2606, 6762, 8375 and what clusters and companies use. */
const privateEndings = [
  '.svc',
  '.cluster.local',
  '.internal',
  '.local',
  '.lan',
  '.corp',
  '.home.arpa',
  '.test',
  '.example',
]

/** First and last address of each private IPv4 range: RFC 1918, link-local, shared (RFC 6598). */
const privateRanges: readonly [first: number, last: number][] = [
  [0x0a000000, 0x0affffff],
  [0xac100000, 0xac1fffff],
  [0xc0a80000, 0xc0a8ffff],
  [0xa9fe0000, 0xa9feffff],
  [0x64400000, 0x647fffff],
]

/**
 * True for a host that only a private network knows: one label (`litellm`), a private ending, or a
 * private address. Loopback is none of them.
 */
export function isPrivateHost(host: string): boolean {
  const name = normalHost(host)
  const address = ipv4Of(name)
  if (address !== undefined) {
    return privateRanges.some(([first, last]) => address >= first && address <= last)
  }
  // Unique local addresses (RFC 4193) and link-local ones.
  if (name.includes(':')) return /^f[cd][0-9a-f]{2}:|^fe[89ab][0-9a-f]:/.test(name)
  if (name === '' || name === 'localhost') return false
  return !name.includes('.') || privateEndings.some((ending) => name.endsWith(ending))
}

/** The IPv4 address as a number, also when it is written as IPv6 (`::ffff:a00:1`). */
function ipv4Of(name: string): number | undefined {
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(name)
  if (mapped) return Number.parseInt(`${mapped[1]}${mapped[2]?.padStart(4, '0')}`, 16)
  const parts = /^(?:::ffff:)?(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(name)
  return parts?.slice(1).reduce((number, part) => number * 256 + Number(part), 0)
}

/** Second levels under which countries sell names, as in `co.uk` and `com.cn`. */
const soldBelowCountries = /^(?:com?|org|net|edu|gov|ac|or|ne|gob|nom)\.[a-z]{2}$/

/** The label that somebody registered: `acme` of `deepseek.acme.co.uk`. */
function registeredLabel(name: string): string {
  const labels = name.split('.')
  const level = soldBelowCountries.test(labels.slice(-2).join('.')) ? 3 : 2
  return labels.at(-level) ?? ''
}

/** Letters of other alphabets that look like plain ones. */
const twins: Readonly<Record<string, string>> = {
  а: 'a',
  с: 'c',
  ԁ: 'd',
  е: 'e',
  һ: 'h',
  і: 'i',
  к: 'k',
  о: 'o',
  р: 'p',
  ѕ: 's',
  ο: 'o',
  ρ: 'p',
}

/** The host as the eye reads it. */
function seen(host: string): string {
  return normalHost(host.normalize('NFKC')).replace(/[^\0-~]/g, (letter) => twins[letter] ?? letter)
}

/**
 * Why a host is not the API although its name says DeepSeek: a host of DeepSeek's that serves
 * people (`own`), or a stranger's public name (`look-alike`). Names inside a private network, and
 * `deepseek` as a label of somebody's own domain, are gateways: undefined.
 */
export function mistakenForApi(host: string): 'own' | 'look-alike' | undefined {
  const name = seen(host)
  if (isDeepSeekHost(host)) return undefined
  if (name === 'deepseek.com' || name.endsWith('.deepseek.com')) {
    return name === normalHost(host) ? 'own' : 'look-alike'
  }
  // A name under .invalid (RFC 2606) belongs to nobody: whoever uses it tests something.
  if (isPrivateHost(name) || ownerOfHost(name) || name.endsWith('.invalid')) return undefined
  const borrowed = /(?:^|\.)deepseek\.com\./.test(name)
  const registered = registeredLabel(name).replace(/-/g, '').includes('deepseek')
  return borrowed || registered || distanceOf(name, 'api.deepseek.com') <= 2
    ? 'look-alike'
    : undefined
}

/** True for a vendor that serves DeepSeek models, too: its key may be meant for its host. */
export function sellsDeepSeek(vendor: string): boolean {
  return vendorOf(vendor)?.foreign !== true
}

/** True for the own host of a vendor that serves no DeepSeek model there. */
export function servesNoDeepSeek(host: string): boolean {
  const owner = ownerOfHost(host)
  const isVertex = normalHost(host).endsWith('aiplatform.googleapis.com')
  // Vertex of Google's serves one.
  return owner !== undefined && vendorOf(owner.slug)?.foreign === true && !isVertex
}

/** True where `/models` at the end is a part of the address, and no endpoint: Azure's inference. */
export function hasModelsInAddress(host: string): boolean {
  return normalHost(host).endsWith('.services.ai.azure.com')
}
