import type { Answerer } from './answerer'
import type { Cause } from './cause'
import { causesByGroup } from './cause'
import type { Facts } from './facts'
import { defectOf, heldKey, isFatal } from './key-held'
import { vendorOfHost } from './vendors'
import { certain, likely, possible, type Rule, type Verdict } from './verdict'

/** DeepSeek's web hosts answer 200 and put their own code into the body. */
export const webHost: Rule = (facts) => {
  const { codes, low } = facts.said
  const code = ['40002', '40003'].find((item) => codes.has(item) || low.includes(`code:${item}`))
  const isWebToken = facts.says === 'web-token' || code !== undefined || codes.has('-2001')
  const isWebHost = facts.answerer.kind === 'web'
  if (!isWebToken && !isWebHost) return undefined
  const seen = [
    ...(code ? [`the web site's own code ${code}`] : []),
    ...(isWebHost ? ["the host is DeepSeek's web site"] : []),
  ]
  const host = facts.url?.hostname
  const isElsewhere = host !== undefined && !/(?:^|\.)deepseek\.com$/.test(host)
  const key = heldKey(facts)
  const isApiKey = key === undefined || key.trim().startsWith('sk-')
  const isRefused = facts.says === 'web-token' || code === '40003' || codes.has('-2001')
  if (isRefused && (isElsewhere || !isApiKey)) {
    const evidence = [...seen, "a token of the web application's was refused"]
    return likely('token-expired', evidence, ['wrong-host', 'key-session-token'])
  }
  return likely('wrong-host', seen, ['base-url-wrong-host', 'token-expired'])
}

/** Another vendor's or a gateway's own words, envelope or headers. */
export const answeredByOther: Rule = (facts) => {
  const { answerer } = facts
  if (answerer.kind !== 'vendor' && answerer.kind !== 'gateway') return undefined
  if (answerer.by !== 'words' && !isRefusal(facts)) return undefined
  if (answerer.kind === 'vendor' && isPassing(facts)) return undefined
  return {
    ...(ownKeyFault(facts) ?? byOther(facts, answerer)),
    vendor: answerer.slug,
  }
}

/** A host that is not DeepSeek's and whose answer nobody knows. */
export const answeredByStranger: Rule = (facts) => {
  const { kind, slug } = facts.answerer
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

function byOther(facts: Facts, answerer: Answerer): Verdict {
  const isVendor = answerer.kind === 'vendor'
  const cause = isVendor ? 'answered-by-other-vendor' : 'answered-by-gateway'
  const sign = {
    words: 'the wording is',
    code: 'the error code is',
    headers: 'the headers are',
    host: 'the host is',
    nothing: '',
  }
  const seen = [
    ...(facts.status === undefined ? [] : [String(facts.status)]),
    `${sign[answerer.by]} that of ${answerer.slug}`,
  ]
  const others = alsoPossible(facts)
  const isOwn = answerer.by === 'words' || (answerer.by === 'headers' && isVendor)
  const isProof = isOwn && others.length === 0 && facts.status !== undefined
  return (isProof ? certain : likely)(cause, seen, others)
}

/** An account's money, in the words of several vendors. */
const accountWords = /quota|balance|credit|billing|欠费|余额/

/** No vendor's keys are shorter. */
const SHORTEST = 16

/** What is true as well, when the vendor was meant: its own limits, models and keys. */
function alsoPossible(facts: Facts): Cause[] {
  const { status, said } = facts
  const defect = defectOf(facts, heldKey(facts))
  const isFault = defect !== undefined && defect.cause !== 'key-unknown-shape'
  const isStub = (heldKey(facts)?.length ?? SHORTEST) < SHORTEST
  const fault: Cause[] = isFault ? [defect.cause] : isStub ? ['key-truncated'] : []
  if (status === 402 || accountWords.test(said.low)) return [...fault, 'balance-exhausted']
  if (status === 404 || /model/.test(said.low)) return [...fault, 'model-unavailable']
  if (/country|region|territory/.test(said.low)) return [...fault, 'access-blocked']
  if (/expired|过期/.test(said.low)) return [...fault, 'token-expired']
  return fault
}

/**
 * The vendor's host was meant, and the text in the key slot is no key at all: that is the fault.
 */
function ownKeyFault(facts: Facts): Verdict | undefined {
  const { baseURL, answerer } = facts
  const isMeant = baseURL !== undefined && vendorOfHost(baseURL.hostname) === answerer.slug
  const defect = defectOf(facts, heldKey(facts))
  if (!isMeant || !isFatal(defect)) return undefined
  const isText = (causesByGroup['not-a-key'] as readonly Cause[]).includes(defect.cause)
  return isText
    ? likely(defect.cause, [...defect.evidence], ['answered-by-other-vendor'])
    : undefined
}

/** Statuses that say no to a credential, a model or a path. */
function isRefusal(facts: Facts): boolean {
  const { status, said, answerer } = facts
  const isMoney = status === 402 && answerer.kind !== 'stranger' && answerer.kind !== 'local'
  if (status === 401 || status === 403 || isMoney) return true
  if (status === 400 || status === 404 || status === undefined) {
    return (
      answerer.kind !== 'local' &&
      /model|provider|api.?key|token|auth|credential|凭|密钥|令牌/.test(said.low)
    )
  }
  return false
}

/** Limits and outages pass by themselves, whoever reports them. */
function isPassing({ status, said }: Facts): boolean {
  // Some say 429 to an account that is out of money; waiting does not help there.
  if (status === 429 && accountWords.test(said.low)) return false
  return status === 429 || status === 408 || (status !== undefined && status >= 500)
}
