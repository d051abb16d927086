import type { Cause } from '../causes/cause'
import { characterName, count, isGenuineShape, placesOf } from '../key/defect'
import { nullishIn } from '../key/look-alikes'
import { distanceOf } from '../key/names'
import { isDeepSeekHost, isLoopbackHost, normalHost, vendorOfKey } from '../provider/vendors'

export const DEFAULT_BASE_URL = 'https://api.deepseek.com'

/** What is wrong with a base URL. Holds nothing of it. */
export interface UrlDefect {
  cause: Cause
  severity: 'error' | 'warning'
  /** Completes "DEEPSEEK_BASE_URL …". */
  what: string
  evidence: string[]
  /** Begins with a verb; `{}` is the variable. */
  advice: string
  /** True when the repaired text would pass. */
  repairable?: boolean
}

/** A base URL after judgement; `url` is absent when nothing could be made of it. */
export interface JudgedUrl {
  url?: URL
  defect?: UrlDefect
}

const USE_DEFAULT = 'Set {} to https://api.deepseek.com, or to the address of your gateway'

/** Last parts of a path that name an operation; the client adds them itself. */
const endpoint = new RegExp(
  '/(?:chat(?:/completions)?|completions|models|user/balance|messages|responses|embeddings|' +
    'files(?:/[^/]+)?)$',
  'i',
)

/** Names under which a query carries a credential. */
const secretQuery = /(?:^|[_-])(?:key|token|secret|auth|password|apikey|sig|signature)$/i

/**
 * Judges a base URL that is not blank, without its edge white space and last slash.
 * `allowed` are the origins that somebody listed on purpose.
 */
export function judgeBaseUrl(text: string, allowed: readonly string[]): JudgedUrl {
  const core = text.trim()
  const malformed = judgeText(core)
  if (malformed) return { defect: malformed }
  if (!URL.canParse(core)) {
    return { defect: invalid('is no valid URL', [count(core.length, 'character')]) }
  }
  const url = new URL(core)
  if (!isHostName(url.hostname)) {
    return {
      defect: invalid('has a host name that cannot exist', [count(core.length, 'character')]),
    }
  }
  const defect = judgeParts(url) ?? judgeScheme(url, allowed) ?? judgePath(url)
  return defect ? { url, defect } : { url }
}

/** The URL as settings keep it: no slash at the end. */
export function normalBaseUrl(url: URL): string {
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}

/** Letters, digits, dots and hyphens, or an address; a second scheme is no host. */
function isHostName(host: string): boolean {
  if (host.startsWith('[')) return true
  return /^(?!https?$)[\w-]+(?:\.[\w-]+)*\.?$/.test(host)
}

function judgeText(core: string): UrlDefect | undefined {
  const length = count(core.length, 'character')
  const quoted = /^["'`“”‘’]|["'`“”‘’]$/.exec(core)
  if (quoted) {
    const inner = core.replace(/^["'`“”‘’]+|["'`“”‘’]+$/g, '')
    return {
      ...invalid('has quotes that became part of the URL', [length, characterName(quoted[0])]),
      advice: 'Remove the quotes from {}',
      repairable: judgeText(inner) === undefined && URL.canParse(inner),
    }
  }
  if (isGenuineShape(core) || vendorOfKey(core)) {
    return {
      ...invalid('holds a key instead of a URL', [length]),
      advice:
        'Move the key to DEEPSEEK_API_KEY, and set {} to https://api.deepseek.com or remove it',
    }
  }
  if (/[{}<>*$]|^%\w+%/.test(core) || nullishIn(core)) {
    return invalid('holds a template or sample text, not a URL', [length])
  }
  const odd = /[\s\p{Cc}\p{Cf}\\]/u
  // The classes of Unicode take milliseconds to compile: plain addresses do not pay for them.
  if (/[^!-[\]-~]/.test(core) && odd.test(core))
    return invalid('has a character that no URL has', [length, ...placesOf(core, odd)])
  return judgeStart(core, length)
}

function judgeStart(core: string, length: string): UrlDefect | undefined {
  if (/^https?:\/\/[^/?#]/i.test(core)) return undefined
  if (/^https?:/i.test(core)) {
    return invalid('lacks the two slashes or the host name after the scheme', [length])
  }
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(core)) {
    return {
      ...invalid('has no scheme', [length, 'it does not begin with https://']),
      advice: 'Begin {} with https://',
      repairable: /^[\w.-]+\.[a-z]{2,}(?:[:/]|$)/i.test(core),
    }
  }
  return invalid('begins with another scheme than https://', [length])
}

function judgeParts(url: URL): UrlDefect | undefined {
  const inPath = url.pathname.split('/').some((part) => isGenuineShape(part) || vendorOfKey(part))
  const inQuery = [...url.searchParams.keys()].some((name) => secretQuery.test(name))
  if (url.username !== '' || url.password !== '' || inPath || inQuery) {
    return {
      cause: 'base-url-has-credentials',
      severity: 'error',
      what: 'carries a credential',
      evidence: [inPath ? 'in the path' : inQuery ? 'in the query' : 'in front of the host name'],
      advice:
        'Remove the credential from {}; a URL ends up in logs. A proxy belongs into HTTPS_PROXY',
    }
  }
  if ((url.search !== '' || url.hash !== '') && !endsInEndpoint(url)) {
    return invalid('has a query or a fragment, behind which no path can follow', [
      url.search === '' ? 'a # and what follows' : 'a ? and what follows',
    ])
  }
  return isWrongHost(url.hostname) ? wrongHost(url.hostname) : undefined
}

/** DeepSeek's other hosts, its name under other endings, and names one slip away from it. */
function isWrongHost(host: string): boolean {
  if (isDeepSeekHost(host) && !host.endsWith('.')) return false
  const name = normalHost(host)
  if (name === 'deepseek.com' || name.endsWith('.deepseek.com')) return true
  if (/^(?:api\.)?deepseek\.[a-z]{2,}(?:\.[a-z]{2})?$/.test(name)) return true
  return distanceOf(name, 'api.deepseek.com') <= 2
}

function wrongHost(host: string): UrlDefect {
  const own = /(?:^|\.)deepseek\.com\.?$/i.test(host)
  return {
    cause: 'base-url-wrong-host',
    severity: 'error',
    what: own
      ? 'names a DeepSeek host that is not the API'
      : "names a host that only resembles DeepSeek's",
    evidence: ['the API is served by api.deepseek.com only'],
    advice: 'Set {} to https://api.deepseek.com',
    repairable: true,
  }
}

function judgeScheme(url: URL, allowed: readonly string[]): UrlDefect | undefined {
  if (url.protocol === 'https:' || isLoopbackHost(url.hostname)) return undefined
  const listed = allowed.includes(url.origin) && !isDeepSeekHost(url.hostname)
  return {
    cause: 'base-url-insecure',
    severity: listed ? 'warning' : 'error',
    what: 'would send the key unencrypted',
    evidence: [
      'http:// to a host that is not this machine',
      ...(listed ? ['this origin is listed on purpose'] : []),
    ],
    advice: isDeepSeekHost(url.hostname)
      ? 'Write https:// instead of http:// in {}'
      : 'Write https:// in {}; on a network that you trust, list this exact origin in ' +
        'DEEPSEEK_GUARD_ORIGINS',
    repairable: !listed,
  }
}

/** What follows the endpoint goes with it, so that is not a second fault. */
function endsInEndpoint(url: URL): boolean {
  return endpoint.test(url.pathname.replace(/\/+$/, ''))
}

function judgePath(url: URL): UrlDefect | undefined {
  const path = url.pathname.replace(/\/+$/, '')
  if (endsInEndpoint(url)) {
    return {
      cause: 'base-url-has-endpoint',
      severity: 'error',
      what: 'ends in an endpoint; the client adds that itself',
      evidence: [`the path has ${count(path.split('/').length - 1, 'part')}`],
      advice: 'Cut {} after the host, or after /v1',
      repairable: true,
    }
  }
  if (isDeepSeekHost(url.hostname) && /\/v1\/v1$/i.test(path)) {
    return { ...invalid('has /v1 twice', ['DeepSeek answers 404 there']), repairable: true }
  }
  return undefined
}

function invalid(what: string, evidence: string[]): UrlDefect {
  return { cause: 'base-url-invalid', severity: 'error', what, evidence, advice: USE_DEFAULT }
}
