import { count } from '../key/characters'
import { isGenuineShape } from '../key/finding'
import { mayHoldSecret } from '../key/names'
import { API } from '../provider/deepseek'
import { hasModelsInAddress, isPrivateHost, mistakenForApi } from '../provider/hosts'
import { isDeepSeekHost, isLoopbackHost, vendorOfKey } from '../provider/vendors'
import type { FindingDraft } from './finding-draft'
import {
  invalid,
  judgeText,
  knownValue,
  normalBaseUrl,
  secured,
  type UrlFault,
  withoutSlashes,
} from './url-text'

/** A base URL after judgement; `url` is absent when nothing could be made of it. */
export interface JudgedUrl {
  url?: URL
  finding?: FindingDraft
}

/** Last parts of a path that name an operation; the client adds them itself. */
const endpoint = new RegExp(
  '/(?:chat(?:/completions)?|completions|models|user/balance|messages|responses|embeddings|' +
    'files(?:/[^/]+)?)$',
  'i',
)

/** Names under which a query carries a credential. */
const secretQuery = /(?:^|[_-])(?:key|token|secret|auth|password|apikey|sig|signature)$/i

/**
 * Judges a base URL that is not blank, without its edge white space and last slash. Takes
 * milliseconds, however long the text is.
 *
 * @param variable the variable or option that the finding names
 * @param allowed the origins that somebody listed on purpose
 */
export function judgeBaseUrl(
  text: string,
  variable: string,
  allowed: readonly string[],
): JudgedUrl {
  const { url, fault } = judge(text.trim(), allowed)
  return { ...(url && { url }), ...(fault && { finding: worded(fault, variable) }) }
}

function worded({ what, advice, ...fault }: UrlFault, variable: string): FindingDraft {
  return {
    severity: 'error',
    validAfterFix: false,
    set: 'plain',
    ...fault,
    variable,
    title: `${variable} ${what}.`,
    advice: (advice ?? `Set {} to ${API}, or to the address of your gateway`).replace(
      '{}',
      variable,
    ),
  }
}

/** Longer than any address; what is longer was pasted by mistake, and is not parsed. */
const LONGEST = 2048

function judge(core: string, allowed: readonly string[]): { url?: URL; fault?: UrlFault } {
  const length = count(core.length, 'character')
  const trimmed = withoutSlashes(core)
  if (trimmed.length > LONGEST) return { fault: invalid('is too long for an address', [length]) }
  const malformed = judgeText(trimmed)
  if (malformed) return { fault: malformed }
  if (!URL.canParse(trimmed)) return { fault: invalid('is not a valid URL', [length]) }
  const url = new URL(trimmed)
  // The name with a dot at its end is the same host; everything that compares hosts wants one form.
  if (url.hostname.endsWith('.')) url.hostname = url.hostname.slice(0, -1)
  if (!isHostName(url.hostname)) {
    const fault = invalid('has a host name that cannot exist', [length])
    return { fault: { ...fault, ...secured(trimmed) } }
  }
  const fault = judgeParts(url, trimmed) ?? judgeScheme(url, allowed) ?? judgePath(url)
  return fault ? { url, fault } : { url }
}

/** Letters, digits, dots and hyphens, or an address; a second scheme is not a host. */
function isHostName(host: string): boolean {
  if (host.startsWith('[')) return true
  return /^(?!https?$)[\w-]+(?:\.[\w-]+)*$/.test(host)
}

function judgeParts(url: URL, text: string): UrlFault | undefined {
  const inPath = url.pathname.split('/').some((part) => isGenuineShape(part) || vendorOfKey(part))
  const inQuery = [...url.searchParams.keys()].some((name) => secretQuery.test(name))
  if (url.username !== '' || url.password !== '' || inPath || inQuery) {
    return {
      code: 'base-url-has-credentials',
      what: 'carries a credential',
      evidence: [inPath ? 'in the path' : inQuery ? 'in the query' : 'in front of the host name'],
      advice:
        'Remove the credential from {}, because URLs are logged. A proxy belongs in HTTPS_PROXY',
      ...(!inPath && repaired(url)),
    }
  }
  if ((url.search !== '' || url.hash !== '') && !endsInEndpoint(url)) {
    const seen = url.search === '' ? 'a # and what follows' : 'a ? and what follows'
    const what = 'has a query or a fragment, behind which no path can follow'
    return {
      ...invalid(what, [seen]),
      advice: `Cut {} in front of the ${seen[2]}`,
      ...repaired(url),
    }
  }
  return judgeHost(/^https?:\/\/([^/?#:]*)/i.exec(text)?.[1] ?? url.hostname)
}

/** The address without user, query and fragment, when nothing else is wrong with it. */
function repaired(url: URL): { value?: string; validAfterFix?: boolean } {
  const bare = new URL(normalBaseUrl(url))
  const fault = judgeHost(bare.hostname) ?? judgeScheme(bare, []) ?? judgePath(bare)
  return fault?.severity === 'error' ? {} : { validAfterFix: true, ...knownValue(bare) }
}

/** Judged as written, because parsing hides a letter of another alphabet. */
function judgeHost(host: string): UrlFault | undefined {
  const mistaken = mistakenForApi(host)
  if (!mistaken) return undefined
  return {
    code: 'base-url-wrong-host',
    what:
      mistaken === 'own'
        ? 'names a DeepSeek host that is not the API'
        : "names a host that only resembles DeepSeek's",
    evidence: ['the API is served by api.deepseek.com only'],
    advice: `Set {} to ${API}`,
    validAfterFix: true,
    value: API,
  }
}

/** Plain http is fine on this machine, a warning in a private network, and an error elsewhere. */
function judgeScheme(url: URL, allowed: readonly string[]): UrlFault | undefined {
  const { hostname, origin } = url
  if (url.protocol === 'https:' || isLoopbackHost(hostname)) return undefined
  const fault = { code: 'base-url-insecure', what: 'sends the key unencrypted' } as const
  const secure = normalBaseUrl(url).replace('http:', 'https:')
  if (isDeepSeekHost(hostname)) {
    const evidence = ['http:// to api.deepseek.com']
    const advice = 'Write https:// instead of http:// in {}'
    return { ...fault, evidence, advice, validAfterFix: true, value: secure }
  }
  if (allowed.includes(origin)) {
    return {
      ...fault,
      severity: 'info',
      evidence: ['http:// to a host that is not this machine', 'this origin is listed on purpose'],
      advice: 'Write https:// in {} when that host speaks it',
      set: undefined,
    }
  }
  if (hostname === '0.0.0.0') {
    const evidence = ['0.0.0.0 is an address to listen on, not one to call']
    const local = new URL(normalBaseUrl(url).replace('0.0.0.0', '127.0.0.1'))
    const advice = 'Write 127.0.0.1 instead of 0.0.0.0 in {}'
    return { ...fault, evidence, advice, validAfterFix: true, ...knownValue(local) }
  }
  const isPrivate = isPrivateHost(hostname)
  const origins = [...new Set([...allowed, origin])].join(',')
  const isShown = !mayHoldSecret(origins)
  return {
    ...fault,
    severity: isPrivate ? 'warning' : 'error',
    evidence: [`http:// to ${isPrivate ? 'a host of a private network' : 'a public host'}`],
    advice:
      'Write https:// in {} when that host speaks it; on a network that you trust, list ' +
      `${isShown ? origin : 'this exact origin'} in DEEPSEEK_GUARD_ORIGINS`,
    validAfterFix: true,
    ...(isPrivate
      ? { setVariable: 'DEEPSEEK_GUARD_ORIGINS', ...(isShown && { value: origins }) }
      : knownValue(new URL(secure))),
  }
}

/** What follows the endpoint goes with it, so that is not a second fault. */
function endsInEndpoint(url: URL): boolean {
  const path = withoutSlashes(url.pathname)
  if (/^\/models$/i.test(path) && hasModelsInAddress(url.hostname)) return false
  return endpoint.test(path)
}

function judgePath(url: URL): UrlFault | undefined {
  const path = withoutSlashes(url.pathname)
  if (endsInEndpoint(url)) {
    const cut = new URL(url.origin)
    cut.pathname = path.replace(endpoint, '')
    return {
      code: 'base-url-has-endpoint',
      what: 'ends in an endpoint; the client adds that itself',
      evidence: [`the path has ${count(path.split('/').length - 1, 'part')}`],
      advice: 'Cut {} in front of the endpoint',
      validAfterFix: true,
      ...knownValue(cut),
    }
  }
  if (isDeepSeekHost(url.hostname) && /\/v1\/v1$/i.test(path)) {
    const twice = invalid('has /v1 twice', ['DeepSeek answers 404 there'])
    return { ...twice, validAfterFix: true, value: `${API}/v1` }
  }
  return undefined
}
