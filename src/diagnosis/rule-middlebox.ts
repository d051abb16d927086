import type { Facts } from './facts'
import { blockSigns, blockWords, proxySigns, serverSigns } from './signs/middleboxes'
import { byHeaders, byWords } from './signs/sign'
import { isDeepSeekHost } from './vendors'
import { likely, possible, type Rule, type Verdict } from './verdict'

/** A filter, portal or log-in page that nobody chose for the API. */
export const proxyPage: Rule = (facts) => {
  if (facts.answerer.kind === 'deepseek' && facts.answerer.by !== 'host') return undefined
  const known = isPage(facts) ? byWords(proxySigns, facts) : undefined
  const sign = known ?? byHeaders(proxySigns, facts)
  if (sign) {
    const seen = [`${statusWord(facts)} with the ${sign.trait} of ${sign.slug}`]
    return { ...likely('answered-by-proxy', seen, ['access-blocked']), vendor: sign.slug }
  }
  const challenge = challengeOf(facts)
  if (challenge) {
    const seen = [`${statusWord(facts)} with a ${challenge} challenge, which no API sends`]
    const verdict = likely('answered-by-proxy', seen, ['answered-by-gateway'])
    return { ...verdict, vendor: serverOf(facts) }
  }
  const isPortal = facts.status === 511 || (isPage(facts) && isSuccess(facts.status))
  return isPortal ? portal(facts) : undefined
}

/** A firewall, region or address block in front of the API. */
export const blocked: Rule = (facts) => {
  const { status, answerer, said } = facts
  if (!canBlock(facts)) return undefined
  const words = byWords(blockSigns, facts)
  const sign = words ?? byHeaders(blockSigns, facts)
  const isNamed = blockWords.some((word) => said.low.includes(word))
  const isDeepSeeks = answerer.kind === 'deepseek' || answerer.kind === 'nobody'
  const seen = [
    `${statusWord(facts)}${isPage(facts) ? ' with a page where JSON was expected' : ''}`,
  ]
  if (sign) {
    const evidence = [...seen, `the ${sign.trait} of ${sign.slug}`]
    return { ...likely('access-blocked', evidence, ['answered-by-proxy']), vendor: sign.slug }
  }
  if (isNamed && (status === undefined || isPage(facts) || isDeepSeeks)) {
    return likely('access-blocked', [...seen, 'a block page nobody signed'], ['answered-by-proxy'])
  }
  if (status === 418 || status === 451) return likely('access-blocked', seen, ['answered-by-proxy'])
  if (status !== 403 || !isDeepSeeks) return undefined
  return likely('access-blocked', seen, ['answered-by-proxy', 'answered-by-other-vendor'])
}

/** Any other page: whose it is decides whether it stands in front of DeepSeek or is a server's. */
export const page: Rule = (facts) => {
  const { status, url } = facts
  if (!isPage(facts) || facts.answerer.kind === 'vendor') return undefined
  const seen = [`${statusWord(facts)} with a page where JSON was expected`]
  const vendor = serverOf(facts)
  if (status === 404) {
    return { ...possible('wrong-path', seen, ['answered-by-proxy']), vendor }
  }
  if (status === 413) return { ...likely('request-invalid', seen, ['answered-by-proxy']), vendor }
  if (status === 429 || (status !== undefined && status >= 500)) return undefined
  const isOwn = url !== undefined && isDeepSeekHost(url.hostname)
  const verdict = likely('answered-by-proxy', seen, ['access-blocked', 'wrong-path'])
  return { ...verdict, confidence: isOwn || status === 401 ? 'likely' : 'possible', vendor }
}

/** A redirect that nobody followed. */
export const redirect: Rule = (facts) => {
  const { status, headers, url } = facts
  if (status === undefined || status < 300 || status > 399 || status === 304) return undefined
  const target = locationOf(headers.get('location'), url)
  const seen = [`${status}, a redirect`]
  if (target && url && target.host !== url.host) {
    return likely('answered-by-proxy', [...seen, 'to another host'], ['wrong-host', 'wrong-path'])
  }
  if (target?.protocol === 'https:' && url?.protocol === 'http:') {
    const evidence = [...seen, 'from http to https']
    return likely('base-url-insecure', evidence, ['wrong-path', 'credential-stripped'])
  }
  return likely('wrong-path', [...seen, 'within the same host'], ['answered-by-proxy'])
}

/** JSON was expected and a page came; some clients tell only of their parser's trouble. */
export const pageInsteadOfJson: Rule = (facts) => {
  const isParser = /unexpected token ['"]?<|invalid json.{0,40}<(?:!doctype|html)|is not valid json/
  if (!isParser.test(facts.said.low) || !/<|doctype|html/.test(facts.said.low)) return undefined
  return possible(
    'answered-by-proxy',
    ['the client met a page where JSON was expected'],
    ['wrong-path', 'wrong-host', 'access-blocked'],
  )
}

function portal(facts: Facts): Verdict {
  const seen = [`${statusWord(facts)} with a page where JSON was expected`]
  return { ...likely('answered-by-proxy', seen, ['wrong-path', 'access-blocked']) }
}

/** Statuses with which firewalls turn away; 5xx and 404 pages are other stories. */
function canBlock(facts: Facts): boolean {
  const { status, says, said, answerer } = facts
  if (answerer.kind === 'vendor' || answerer.kind === 'gateway') return false
  if (says && answerer.by === 'words') return false
  if (status === 503) return facts.headers.has('cf-mitigated') || said.low.includes('just a moment')
  if (status === undefined) return isPage(facts) || said.low.includes('intercepted')
  return [400, 403, 405, 406, 418, 429, 451].includes(status) && !isPlainRateLimit(facts)
}

function isPlainRateLimit(facts: Facts): boolean {
  return facts.status === 429 && !isPage(facts)
}

function challengeOf(facts: Facts): string | undefined {
  if (facts.status !== 401 && facts.status !== 403) return undefined
  const challenge = facts.headers.get('www-authenticate') ?? ''
  return /\b(Basic|NTLM|Negotiate|Digest|Kerberos)\b/i.exec(challenge)?.[1]
}

/** A web page came, or its type is that of one. */
export function isPage(facts: Facts): boolean {
  if (facts.said.form === 'html') return true
  const type = facts.headers.get('content-type') ?? ''
  return type.includes('text/html') && facts.said.form !== 'json'
}

function isSuccess(status: number | undefined): boolean {
  return status !== undefined && status >= 200 && status < 300
}

function serverOf(facts: Facts): string | undefined {
  return (byWords(serverSigns, facts) ?? byHeaders(serverSigns, facts))?.slug
}

function statusWord(facts: Facts): string {
  return facts.status === undefined ? 'an answer' : String(facts.status)
}

function locationOf(location: string | undefined, base: URL | undefined): URL | undefined {
  if (!location) return undefined
  try {
    return new URL(location.slice(0, 2048), base)
  } catch {
    return undefined
  }
}
