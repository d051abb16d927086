import type { Cause } from '../causes/cause'
import { characterName, count, placesOf, spokenName } from '../key/characters'
import { isGenuineShape } from '../key/finding'
import { nullishIn } from '../key/look-alikes'
import { mayHoldSecret } from '../key/names'
import { API } from '../provider/deepseek'
import { isPrivateHost } from '../provider/hosts'
import { isLoopbackHost, vendorOfKey } from '../provider/vendors'
import type { FindingDraft } from './finding-draft'

/** What a judgement adds to the code, the severity and the variable. */
export type UrlFault = Partial<FindingDraft> & { code: Cause; what: string; evidence: string[] }

/** Something that was wrapped around an address: quotes, `<…>`, or a Markdown link. */
function unwrapped(core: string): { what: string; inner: string } | undefined {
  const link = /^!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)$/.exec(core)
  if (link?.[1]) return { what: 'is a Markdown link, not a bare URL', inner: link[1] }
  const named = /^(?:(?:export|set|env)\s+)?[A-Za-z_]\w*\s*[=:]\s*(https?:\/\/\S+)$/i.exec(core)
  if (named?.[1] && !/^https?:/i.test(core)) {
    return { what: 'has its own name in front of the URL', inner: named[1] }
  }
  const followed = /^(https?:\/\/[^\s\\]+)(?:\s+\S.*|(?:\\[nrt])+)$/i.exec(core)
  if (followed?.[1]) return { what: 'has other text behind the URL', inner: followed[1] }
  const angled = /^<(https?:\/\/[^<>\s]+)>$/i.exec(core)
  if (angled?.[1]) return { what: 'has angle brackets around the URL', inner: angled[1] }
  if (!/^["'`“”‘’]|["'`“”‘’]$/.test(core)) return undefined
  const inner = core.replace(/^["'`“”‘’]+|["'`“”‘’]+$/g, '')
  return { what: 'has quotes that became part of the URL', inner }
}

/** Nothing but a scheme, a host and a path of plain letters. */
const plainAddress = /^https?:\/\/[a-z\d](?:[a-z\d.-]*[a-z\d])?(?::\d+)?(?:\/[\w./-]*)?$/i

/** What is wrong with a text that should be an address, before it is parsed. */
export function judgeText(core: string): UrlFault | undefined {
  if (plainAddress.test(core)) return undefined
  const length = count(core.length, 'character')
  const wrapped = unwrapped(core)
  if (wrapped) return judgeWrapped(core, wrapped)
  if (isGenuineShape(core) || vendorOfKey(core)) {
    return {
      ...invalid('holds a key instead of a URL', [length]),
      advice: `Move the key to DEEPSEEK_API_KEY, and set {} to ${API} or remove it`,
    }
  }
  if (/[{}<>*$]|^%\w+%/.test(core) || nullishIn(core)) {
    return invalid('holds a template or sample text, not a URL', [length])
  }
  const odd = /[\s\p{Cc}\p{Cf}\\]/u
  // The classes of Unicode take milliseconds to compile: plain addresses do not pay for them.
  if (/[^!-[\]-~]/.test(core) && odd.test(core)) {
    return invalid('has a character that no URL has', [length, ...placesOf(core, odd)])
  }
  return judgeStart(core, length) ?? judgeEnd(core, length)
}

function judgeWrapped(core: string, { what, inner }: { what: string; inner: string }): UrlFault {
  const [first = ''] = core
  const isQuote = /["'`“”‘’]/.test(first)
  const seen = /["'`]/.test(first) ? spokenName(first) : characterName(first)
  const usable = judgeText(inner) === undefined && URL.canParse(inner)
  return {
    ...invalid(what, [count(core.length, 'character'), ...(isQuote ? [seen] : [])]),
    advice: what.includes('quotes')
      ? 'Remove the quotes from {}'
      : 'Write only the address itself into {}',
    validAfterFix: usable,
    ...(usable && knownValue(new URL(inner))),
  }
}

function judgeStart(core: string, length: string): UrlFault | undefined {
  const host = /^https?:\/\/([^/?#]*)/i.exec(core)?.[1] ?? ''
  if (/^[0-9a-f:]*::[0-9a-f:]*$/i.test(host)) {
    const bracketed = core.replace(/\/\/([0-9a-f:]+?)(:\d{1,5})?(?=$|\/)/i, '//[$1]$2')
    const usable = URL.canParse(bracketed)
    return {
      ...invalid('has an IPv6 address without brackets', [length]),
      advice: 'Put the IPv6 address in {} into brackets, as in http://[::1]:11434',
      validAfterFix: usable,
      ...(usable && knownValue(new URL(bracketed))),
    }
  }
  if (host !== '') return undefined
  if (/^https?:/i.test(core)) {
    const what = 'lacks the two slashes or the host name after the scheme'
    return { ...invalid(what, [length]), ...secured(core) }
  }
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(core)) return withoutScheme(core, length)
  return { ...invalid('begins with another scheme than https://', [length]), ...secured(core) }
}

/** The address behind a scheme that was written badly: `https//`, `hhttps://`, `//`. */
export function secured(core: string): { value?: string; validAfterFix?: boolean } {
  const bare = core.replace(/^(?:h+t+p+s*:?\/+|https?:|\/+)+/i, '')
  const text = `https://${bare}`
  const usable = bare !== core && /^[\w-]+(?:\.[\w-]+)+(?:[:/]|$)/.test(bare) && URL.canParse(text)
  return usable ? { validAfterFix: true, ...knownValue(new URL(text)) } : {}
}

function withoutScheme(core: string, length: string): UrlFault {
  const bare = /^[\w.-]+(?::\d{1,5})?(?:\/\S*)?$/.test(core)
  const assumed = bare && URL.canParse(`http://${core}`) ? new URL(`http://${core}`) : undefined
  const near = assumed && (isLoopbackHost(assumed.hostname) || isPrivateHost(assumed.hostname))
  const isName = /^[\w.-]+\.[a-z]{2,}(?:[:/]|$)/i.test(core)
  const isLocal = near && (isLoopbackHost(assumed.hostname) || /:\d/.test(core))
  return {
    ...invalid('has no scheme', [length, 'it does not begin with https:// or http://']),
    advice: isLocal ? 'Begin {} with http://' : 'Begin {} with https://',
    validAfterFix: isName || isLocal === true,
    ...(isLocal && knownValue(assumed)),
    ...(!isLocal && isName && assumed && knownValue(new URL(`https://${core}`))),
    ...secured(core),
  }
}

/** The separator of the list or the statement that the address was copied from. */
function judgeEnd(core: string, length: string): UrlFault | undefined {
  const end = /[;,]+$/.exec(core)?.[0]
  if (!end) return undefined
  const inner = core.slice(0, -end.length)
  const usable = URL.canParse(inner)
  const name = spokenName(end)
  return {
    ...invalid(`ends in ${name}`, [length]),
    advice: `Remove ${name.replace(/^an? /, 'the ')} from the end of {}`,
    validAfterFix: usable,
    ...(usable && knownValue(new URL(inner))),
  }
}

/** The URL as settings keep it: no slash at the end. */
export function normalBaseUrl(url: URL): string {
  return `${url.origin}${withoutSlashes(url.pathname)}`
}

/** A pattern would start again at every slash; 100,000 of them took seconds. */
export function withoutSlashes(text: string): string {
  let end = text.length
  while (end > 0 && text[end - 1] === '/') end -= 1
  return text.slice(0, end)
}

/** The repaired address, where printing it tells nothing but a host and words of a path. */
export function knownValue(url: URL): { value?: string } {
  const bare = url.username === '' && url.password === '' && url.search === '' && url.hash === ''
  const value = normalBaseUrl(url)
  const plain =
    /^https?:\/\/[\w.[\]:-]+(?:\/(?:v\d|beta|anthropic|openai|api|models|compatible-mode))*$/
  return bare && plain.test(value) && !mayHoldSecret(value) ? { value } : {}
}

export function invalid(what: string, evidence: string[]): UrlFault {
  return { code: 'base-url-invalid', what, evidence, value: API }
}
