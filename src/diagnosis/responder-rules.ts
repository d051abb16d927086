import { type Cause, causesByGroup } from '../causes/cause'
import { blockSigns, blockWords, proxySigns, serverSigns } from '../provider/middlebox-signs'
import { gatewaySigns, vendorSigns } from '../provider/responder-signs'
import { anyOf, byHeaders, byWords } from '../provider/signs'
import { isDeepSeekHost, ownerOfHost, vendorOfHost } from '../provider/vendors'
import { certain, likely, possible, type Rule, statusSeen, type Verdict } from './evidence'
import type { Facts } from './facts'
import type { Responder } from './responder'
import { defectOf, heldKey, isFatal } from './sent-key'

/** DeepSeek's web hosts answer 200 and put their own code into the body. */
export const webHost: Rule = (facts) => {
  const { codes, low } = facts.message
  const code = ['40002', '40003'].find((item) => codes.has(item) || low.includes(`code:${item}`))
  const isWebToken = facts.sentence === 'web-token' || code !== undefined || codes.has('-2001')
  const isWebHost = facts.responder.kind === 'web'
  if (!isWebToken && !isWebHost) return undefined
  const seen = [
    ...(code ? [`the web site's own code ${code}`] : []),
    ...(isWebHost ? ["the host is DeepSeek's web site"] : []),
  ]
  const host = facts.url?.hostname
  const isElsewhere = host !== undefined && !/(?:^|\.)deepseek\.com$/.test(host)
  const key = heldKey(facts)
  const isApiKey = key === undefined || key.trim().startsWith('sk-')
  const isRefused = facts.sentence === 'web-token' || code === '40003' || codes.has('-2001')
  const isNowhere = host === undefined && key === undefined && facts.status === undefined
  if (isRefused && (isElsewhere || isNowhere || !isApiKey)) {
    const evidence = [...seen, "a token of the web application's was refused"]
    return likely('token-expired', evidence, ['wrong-host', 'key-session-token'])
  }
  return likely('wrong-host', seen, ['base-url-wrong-host', 'token-expired'])
}

/** Another vendor's or a gateway's own words, envelope or headers. */
export const answeredByOther: Rule = (facts) => {
  const { responder } = facts
  if (responder.kind !== 'vendor' && responder.kind !== 'gateway') return undefined
  // A 400 in a vendor's words is about the request, unless it speaks of a credential or a model.
  const { status, baseURL } = facts
  const isStrayed = baseURL !== undefined && isDeepSeekHost(baseURL.hostname)
  const isRequest = (status === 400 || status === 422) && !isStrayed
  if ((responder.by !== 'words' || isRequest) && !isRefusal(facts)) return undefined
  if (isPassing(facts)) return undefined
  return {
    ...(ownKeyFault(facts) ?? byOther(facts, responder)),
    vendor: responder.slug,
  }
}

/** A host that is not DeepSeek's and whose answer nobody knows. */
export const answeredByStranger: Rule = (facts) => {
  const { kind, slug } = facts.responder
  if (!isRefusal(facts) || (kind !== 'stranger' && kind !== 'local')) return undefined
  const seen = [`${facts.status} from a host that is not DeepSeek's`]
  const fault = ownKeyFault(facts)
  const others: Cause[] = fault ? [fault.cause, 'key-rejected'] : ['key-rejected']
  if (kind === 'local') {
    const verdict = possible('answered-by-gateway', seen, ['answered-by-other-vendor', ...others])
    return { ...verdict, vendor: slug }
  }
  return possible('answered-by-other-vendor', seen, ['answered-by-gateway', ...others])
}

function byOther(facts: Facts, responder: Responder): Verdict {
  const isVendor = responder.kind === 'vendor'
  const cause = isVendor ? 'answered-by-other-vendor' : 'answered-by-gateway'
  const sign = {
    words: 'the wording is',
    code: 'the error code is',
    headers: 'the headers are',
    host: 'the host is',
    nothing: '',
  }
  const seen = [...statusSeen(facts), `${sign[responder.by]} that of ${responder.slug}`]
  const others = alsoPossible(facts)
  const isProof = isProvenOther(facts, responder) && others.length === 0
  return (isProof ? certain : likely)(cause, seen, others)
}

/** A refusal of a credential that two signs give to one sender: its words, and its host. */
function isProvenOther({ status, url, headers, message }: Facts, responder: Responder): boolean {
  if (status !== 401 && status !== 403) return false
  const isHost = url !== undefined && ownerOfHost(url.hostname)?.slug === responder.slug
  const signs = [vendorSigns, gatewaySigns].map((list) => byHeaders(list, { message, headers }))
  const isHeaders = signs.some((sign) => sign?.slug === responder.slug)
  return responder.by === 'words' ? isHost || isHeaders : responder.by === 'headers' && isHost
}

/** An account's money, in the words of several vendors. */
const accountWords = /quota|balance|credit|billing|欠费|余额/

/** No vendor's keys are shorter. */
const SHORTEST = 16

/** What is true as well, when the vendor was meant: its own limits, models and keys. */
function alsoPossible(facts: Facts): Cause[] {
  const { status, message } = facts
  const defect = defectOf(facts, heldKey(facts))
  const isFault = defect !== undefined && defect.code !== 'key-unknown-shape'
  const isStub = (heldKey(facts)?.length ?? SHORTEST) < SHORTEST
  const fault: Cause[] = isFault ? [defect.code] : isStub ? ['key-truncated'] : []
  if (status === 402 || accountWords.test(message.low)) return [...fault, 'balance-exhausted']
  if (status === 404 || /model/.test(message.low)) return [...fault, 'model-unavailable']
  if (/country|region|territory/.test(message.low)) return [...fault, 'access-blocked']
  if (/expired|过期/.test(message.low)) return [...fault, 'token-expired']
  return fault
}

/**
 * The vendor's host was meant, and the text in the key slot is no key at all: that is the fault.
 */
function ownKeyFault(facts: Facts): Verdict | undefined {
  const { baseURL, responder } = facts
  const isMeant = baseURL !== undefined && vendorOfHost(baseURL.hostname) === responder.slug
  const defect = defectOf(facts, heldKey(facts))
  if (!isMeant || !isFatal(defect)) return undefined
  const isText = (causesByGroup['not-a-key'] as readonly Cause[]).includes(defect.code)
  return isText
    ? likely(defect.code, [...defect.evidence], ['answered-by-other-vendor'])
    : undefined
}

/** Statuses that say no to a credential, a model or a path. */
function isRefusal(facts: Facts): boolean {
  const { status, message, responder } = facts
  const isMoney = status === 402 && responder.kind !== 'stranger' && responder.kind !== 'local'
  if (status === 401 || status === 403 || isMoney) return true
  if (status !== 400 && status !== 404 && status !== undefined) return false
  if (responder.kind === 'local') return false
  if (aboutCredential.test(message.low)) return true
  return responder.kind !== 'stranger' && /model|provider/.test(message.low)
}

/** A tokenizer is no token, and tokens are counted. */
const aboutCredential = /api.?key|\btoken\b(?! limit)|auth|credential|凭|密钥|令牌/

/** Limits and outages pass by themselves, whoever reports them. */
function isPassing({ status, message }: Facts): boolean {
  // Some say 429 to an account that is out of money; waiting does not help there.
  if (status === 429 && accountWords.test(message.low)) return false
  if (noChannelWords.test(message.low)) return false
  if (status === undefined) return paceWords.test(message.low)
  return status === 429 || status === 408 || status >= 500
}

/** A relay without anybody behind it that serves the model: it stays so. */
const noChannelWords = anyOf(`
  无可用渠道 | no available channel | model_not_found | no such model`)

/** A limit by time, where the client lost the status. */
const paceWords = anyOf(`
  rate limit | rate-limit | rate_limit | too many requests | overloaded`)

/** A filter, portal or log-in page that nobody chose for the API. */
export const proxyPage: Rule = (facts) => {
  if (facts.responder.kind === 'deepseek' && facts.responder.by !== 'host') return undefined
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
  const { status, responder, message } = facts
  if (!canBlock(facts)) return undefined
  const words = byWords(blockSigns, facts)
  const sign = words ?? byHeaders(blockSigns, facts)
  const isNamed = blockWords.test(message.low)
  const isDeepSeeks = responder.kind === 'deepseek' || responder.kind === 'nobody'
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
  if (!isPage(facts) || facts.responder.kind === 'vendor') return undefined
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
  if (!isParser.test(facts.message.low) || !/<|doctype|html/.test(facts.message.low))
    return undefined
  return possible(
    'answered-by-proxy',
    ['the client met a page where JSON was expected'],
    ['wrong-path', 'wrong-host', 'access-blocked'],
  )
}

function portal(facts: Facts): Verdict {
  const seen = [`${statusWord(facts)} with a page where JSON was expected`]
  return likely('answered-by-proxy', seen, ['wrong-path', 'access-blocked'])
}

/** Statuses with which firewalls turn away; 5xx and 404 pages are other stories. */
function canBlock(facts: Facts): boolean {
  const { status, sentence, message, responder } = facts
  if (responder.kind === 'vendor' || responder.kind === 'gateway') return false
  if (sentence && responder.by === 'words') return false
  if (status === 503)
    return facts.headers.has('cf-mitigated') || message.low.includes('just a moment')
  if (status === undefined) return isPage(facts) || message.low.includes('intercepted')
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
  if (facts.message.form === 'html') return true
  const type = facts.headers.get('content-type') ?? ''
  return type.includes('text/html') && facts.message.form !== 'json'
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
