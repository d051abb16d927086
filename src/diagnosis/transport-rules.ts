import type { Cause } from '../causes/cause'
import * as signs from '../provider/transport-signs'
import { isDeepSeekHost } from '../provider/vendors'
import { certain, likely, possible, type Rule, type Verdict } from './evidence'
import type { Facts } from './facts'

/** Words that name a code inside a message: `reason: getaddrinfo ENOTFOUND api…`. */
const codeInText = /\b(?:E[A-Z]{4,}(?:_[A-Z]+)*|UND_ERR_[A-Z_]+|ERR_[A-Z_]+|[A-Z_]*CERT[A-Z_]*)\b/g
/** A clock that lies before this library's first release is wrong. */
const EARLIEST = Date.UTC(2026, 0, 1)

/** A proxy that wants a log-in; only proxies answer 407. */
export const proxyLogin: Rule = (facts) => {
  const tunnel = /(?:proxy response|statuscode=?|tunnel\w{0,9}|status code)\W{0,4}407/
  const isTold =
    tunnel.test(facts.message.low) || facts.message.low.includes('proxy authentication req')
  if (facts.status !== 407 && !(isSilent(facts) && isTold)) return undefined
  const scheme = /^(\w{4,10})/.exec(facts.headers.get('proxy-authenticate') ?? '')?.[1]
  const isKnown = /^(?:basic|ntlm|negotiate|digest|kerberos)$/i.test(scheme ?? '')
  const challenge = isKnown ? [`the proxy asks for ${scheme?.toLowerCase()}`] : []
  return certain('proxy-auth-required', ['407, which only proxies answer', ...challenge])
}

/** A tunnel that the proxy refused for another reason than a log-in. */
export const proxyRefusedTunnel: Rule = (facts) => {
  if (!isSilent(facts)) return undefined
  const pattern = /(?:proxy response \(|tunneling socket.{0,40}statuscode=)(\d{3})/
  const status = pattern.exec(facts.message.low)?.[1]
  if (!status) return undefined
  const seen = [`the proxy answered ${status} to CONNECT`]
  return Number(status) >= 500
    ? likely('network-unreachable', seen, ['answered-by-proxy'])
    : likely('answered-by-proxy', seen, ['access-blocked'])
}

/** Nothing answered: what the resolver, the socket, TLS or a timer said, deepest error included. */
export const transport: Rule = (facts) => {
  if (!isSilent(facts)) return undefined
  const { low, text } = facts.message
  const codes = [...facts.trail.codes, ...(text.slice(0, 2000).match(codeInText) ?? [])]
  return (
    certificateTime(facts, codes) ??
    found(facts, codes, signs.dnsSign, 'dns-failed', misspelt(facts)) ??
    wrongProtocol(codes, low) ??
    found(facts, codes, signs.tlsSign, 'tls-intercepted') ??
    found(facts, codes, signs.connectSign, 'network-unreachable', ['timed-out']) ??
    socketTimeout(facts, codes) ??
    late(facts, codes) ??
    found(facts, codes, signs.abortSign, 'aborted', ['timed-out']) ??
    down(facts, codes)
  )
}

/** A certificate's dates are judged by our clock: one of the two is wrong. */
function certificateTime(facts: Facts, codes: readonly string[]): Verdict | undefined {
  const { low } = facts.message
  const isEarly = codes.includes('CERT_NOT_YET_VALID') || low.includes('certificate is not yet')
  const isOver = codes.includes('CERT_HAS_EXPIRED') || low.includes('certificate has expired')
  if (!isEarly && !isOver) return undefined
  const seen = [`the certificate is ${isEarly ? 'not yet valid' : 'expired'} by our own clock`]
  const isPast = facts.at !== undefined && facts.at < EARLIEST
  return isEarly || isPast
    ? likely('clock-skewed', seen, ['tls-intercepted'])
    : likely('tls-intercepted', seen, ['clock-skewed'])
}

/** An unknown name may be a wrong one. */
function misspelt(facts: Facts): Cause[] {
  const host = facts.trail.hostname ?? facts.url?.hostname
  return host === undefined || isDeepSeekHost(host) ? [] : ['base-url-wrong-host']
}

/** https spoken to a port or a proxy that speaks plain http. */
function wrongProtocol(codes: readonly string[], low: string): Verdict | undefined {
  if (codes.some((code) => code.startsWith('HPE_'))) {
    const seen = ['what came back is not HTTP']
    return possible('answered-by-proxy', seen, ['network-unreachable', 'base-url-invalid'])
  }
  const isPlain = /wrong[ _]version[ _]number|packet length too/.test(low)
  if (!isPlain && !codes.includes('EPROTO')) return undefined
  const seen = ['the other side does not speak TLS on this port']
  return possible('network-unreachable', seen, ['tls-intercepted', 'answered-by-proxy'])
}

/** ETIMEDOUT is both: a socket that never stood, or one on which nothing came. */
function socketTimeout(facts: Facts, codes: readonly string[]): Verdict | undefined {
  if (!codes.includes('ETIMEDOUT')) return undefined
  const isConnect = facts.trail.syscalls.includes('connect')
  return isConnect
    ? likely('network-unreachable', ['the error is ETIMEDOUT of connect'], ['timed-out'])
    : likely('timed-out', ['the error is ETIMEDOUT'], ['network-unreachable'])
}

/** A class name alone may stand around a connect timeout. */
function late(facts: Facts, codes: readonly string[]): Verdict | undefined {
  const isCode = signs.codeOf(signs.lateSign, codes) !== undefined
  const others: Cause[] = isCode ? [] : ['network-unreachable']
  return found(facts, codes, signs.lateSign, 'timed-out', others)
}

function down(facts: Facts, codes: readonly string[]): Verdict | undefined {
  const verdict = found(facts, codes, signs.downSign, 'network-unreachable', ['timed-out'])
  const proxy = proxyOf(facts)
  return verdict && proxy
    ? { ...verdict, evidence: [...verdict.evidence, `${proxy.name} is set`] }
    : verdict
}

/** The names in the order in which clients look for them. */
const proxyNames = 'HTTPS_PROXY https_proxy ALL_PROXY all_proxy HTTP_PROXY http_proxy'.split(' ')

/** The proxy that the environment names, if any. */
export function proxyOf({ env }: Facts): { name: string; isSocks: boolean } | undefined {
  const name = proxyNames.find((item) => env.get(item)?.trim())
  return name === undefined ? undefined : { name, isSocks: /^socks/i.test(env.get(name) ?? '') }
}

function found(
  facts: Facts,
  codes: readonly string[],
  sign: signs.TransportSign,
  cause: Cause,
  others: readonly Cause[] = [],
): Verdict | undefined {
  const code = signs.codeOf(sign, codes, facts.trail.names)
  if (code === undefined) {
    const seen = ['the client reports it in words only']
    return sign.words.test(facts.message.low) ? possible(cause, seen, others) : undefined
  }
  // Codes come from strangers, too; those of the families are not shown unless they look like one.
  const seen = /^[A-Za-z][A-Za-z_]{2,40}$/.test(code) ? `the error is ${code}` : 'the error code'
  // SDKs put one class around several system errors; a system error leaves no second reading.
  const isProof = others.length === 0 && cause !== 'aborted' && facts.trail.codes.includes(code)
  return (isProof ? certain : likely)(cause, [seen], others)
}

/** No HTTP answer worth the name: none at all, or one whose body broke off. */
function isSilent(facts: Facts): boolean {
  const { status, trail } = facts
  if (!trail.thrown || facts.sentence) return false
  // A relay's class for "something broke" stands around a broken connection, too.
  if (status === undefined || (facts.isStatusGuessed && status >= 500)) return true
  return status >= 200 && status < 300
}
