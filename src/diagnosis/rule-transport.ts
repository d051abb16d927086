import type { Cause } from './cause'
import type { Facts } from './facts'
import { isDeepSeekHost } from './vendors'
import { certain, likely, possible, type Rule } from './verdict'

/** Codes and words of resolvers, sockets and TLS: Node, undici, browsers, Bun and Python alike. */
const dnsCodes =
  /^(?:ENOTFOUND|EAI_\w+|ENODATA|ESERVFAIL|ENONAME|EBADNAME|ETIMEOUT|ERR_NAME_NOT_RESOLVED)$/
const dnsWords =
  /getaddrinfo|name or service not known|name resolution|nodename nor servname|err_name_not_resolved|could not resolve host|no such host|dns error/
const tlsCodes =
  /^(?:\w*SELF_SIGNED\w*|UNABLE_TO_\w+|CERT_\w+|ERR_TLS_CERT_\w+|ERR_CERT_\w+|INVALID_CA|HOSTNAME_MISMATCH|ERR_SSL_\w+|EPROTO)$/
const tlsWords =
  /certificate verify failed|self[- ]signed certificate|unable to verify the first certificate|unable to get (?:local )?issuer|err_cert_|certificate (?:is not trusted|has expired|is not yet valid)|unknown ?issuer|tls handshake|ssl routines/
const lateCodes =
  /^(?:UND_ERR_HEADERS_TIMEOUT|UND_ERR_BODY_TIMEOUT|ESOCKETTIMEDOUT|ERR_HTTP_REQUEST_TIMEOUT|ETIME)$/
const lateNames =
  /^(?:TimeoutError|APIConnectionTimeoutError|APITimeoutError|HeadersTimeoutError|BodyTimeoutError|ReadTimeout|Timeout)$/
const lateWords =
  /request timed out|read timed out|timeout of \d+ ?ms exceeded|due to timeout|headers timeout|body timeout|operation timed out|deadline exceeded|readtimeout|network timeout at/
const downCodes =
  /^(?:ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ENETDOWN|EHOSTDOWN|EPIPE|ETIMEDOUT|EADDRNOTAVAIL|ENETRESET|UND_ERR_CONNECT_TIMEOUT|UND_ERR_SOCKET|ConnectionRefused|FailedToOpenSocket|ConnectionClosed|ERR_STREAM_PREMATURE_CLOSE|ERR_SOCKET_CLOSED|ERR_HTTP2_\w+|ERR_(?:CONNECTION|INTERNET|NETWORK|PROXY|ADDRESS)_\w+|ERR_NETWORK)$/
const downWords =
  /connection (?:refused|reset|error|closed|aborted)|socket hang up|other side closed|premature close|network is unreachable|no route to host|connect timeout|connecttimeout|connection timed out|connect etimedout|unable to connect|failed to fetch|networkerror|network error|fetch failed|terminated|cannot connect|connection terminated|error sending request/

/** Words that name a code inside a message: `reason: getaddrinfo ENOTFOUND api…`. */
const codeInText = /\b(?:E[A-Z]{4,}(?:_[A-Z]+)*|UND_ERR_[A-Z_]+|ERR_[A-Z_]+|[A-Z_]*CERT[A-Z_]*)\b/g

/** A proxy that wants a log-in; only proxies answer 407. */
export const proxyLogin: Rule = (facts) => {
  const tunnel =
    /(?:proxy response|statuscode=?|tunnel\w*|status code)\W{0,4}407|proxy authentication required/
  if (facts.status !== 407 && !(isSilent(facts) && tunnel.test(facts.said.low))) return undefined
  const scheme = /^(\w{4,10})/.exec(facts.headers.get('proxy-authenticate') ?? '')?.[1]
  const known = /^(?:basic|ntlm|negotiate|digest|kerberos)$/i.test(scheme ?? '')
  const seen = ['407', ...(known ? [`the proxy asks for ${scheme}`] : [])]
  return { ...likely('proxy-auth-required', seen), confidence: 'certain' }
}

/** A tunnel that the proxy refused for another reason than a log-in. */
export const proxyRefusedTunnel: Rule = (facts) => {
  if (!isSilent(facts)) return undefined
  const match = /(?:proxy response \(|tunneling socket.{0,40}statuscode=)(\d{3})/.exec(
    facts.said.low,
  )
  if (!match) return undefined
  const seen = [`the proxy answered ${match[1]} to CONNECT`]
  return Number(match[1]) >= 500
    ? likely('network-unreachable', seen, ['answered-by-proxy'])
    : likely('answered-by-proxy', seen, ['access-blocked'])
}

/** Nothing answered: what the resolver, the socket, TLS or a timer said, deepest error included. */
export const transport: Rule = (facts) => {
  if (!isSilent(facts)) return undefined
  const low = facts.said.low
  const codes = [...facts.trail.codes, ...(facts.said.text.slice(0, 2000).match(codeInText) ?? [])]
  const code = (pattern: RegExp): string | undefined => codes.find((item) => pattern.test(item))
  const clock = code(/^CERT_(?:NOT_YET_VALID|HAS_EXPIRED)$/)
  if (clock || /certificate (?:has expired|is not yet valid)/.test(low))
    return certificateTime(facts)
  const dns = code(dnsCodes)
  if (dns || dnsWords.test(low)) return found('dns-failed', dns, misspelt(facts))
  const tls = code(tlsCodes)
  if (tls || tlsWords.test(low)) return foundTls(tls, low)
  return late(facts, codes) ?? aborted(facts) ?? down(facts, codes)
}

/** An unknown name may be a wrong one. */
function misspelt(facts: Facts): Cause[] {
  const host = facts.trail.hostname ?? facts.url?.hostname
  return host === undefined || isDeepSeekHost(host) ? [] : ['base-url-wrong-host']
}

/** A socket that never stood is no late answer, so the connect timeout is asked for first. */
function late(facts: Facts, codes: readonly string[]): ReturnType<Rule> {
  const { low } = facts.said
  if (codes.includes('UND_ERR_CONNECT_TIMEOUT') || /connect ?timeout|connect etimedout/.test(low)) {
    return found('network-unreachable', 'UND_ERR_CONNECT_TIMEOUT', ['timed-out'])
  }
  const isConnect = facts.trail.syscalls.includes('connect') || /internalconnectmultiple/.test(low)
  if (codes.includes('ETIMEDOUT')) {
    return isConnect
      ? found('network-unreachable', 'ETIMEDOUT', ['timed-out'])
      : found('timed-out', 'ETIMEDOUT', ['network-unreachable'])
  }
  const code = codes.find((item) => lateCodes.test(item))
  const name = facts.trail.names.find((item) => lateNames.test(item))
  return code || name || lateWords.test(low) ? found('timed-out', code ?? name) : undefined
}

function aborted(facts: Facts): ReturnType<Rule> {
  const name = facts.trail.names.find((item) =>
    /^(?:AbortError|APIUserAbortError|CanceledError|ResponseAborted)$/.test(item),
  )
  const code = facts.trail.codes.find((item) =>
    /^(?:ABORT_ERR|ERR_CANCELED|UND_ERR_ABORTED)$/.test(item),
  )
  const words = /(?:operation|request) was aborted|user aborted|^canceled$|aborterror/
  if (!name && !code && !words.test(facts.said.low)) return undefined
  return found('aborted', code ?? name)
}

function down(facts: Facts, codes: readonly string[]): ReturnType<Rule> {
  const code = codes.find((item) => downCodes.test(item))
  if (codes.some((item) => item.startsWith('HPE_'))) {
    const seen = ['what came back is no HTTP']
    return possible('answered-by-proxy', seen, ['network-unreachable', 'base-url-invalid'])
  }
  if (!code && !downWords.test(facts.said.low)) return undefined
  const proxied = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'ALL_PROXY'].find((name) =>
    facts.env.get(name),
  )
  const seen = proxied ? [`${proxied} is set`] : []
  const verdict = found('network-unreachable', code, ['timed-out'])
  return { ...verdict, evidence: [...verdict.evidence, ...seen] }
}

function foundTls(code: string | undefined, low: string): ReturnType<Rule> {
  if (code === 'EPROTO' || /wrong.version.number|packet length too long/.test(low)) {
    const seen = ['the other side does not speak TLS on this port']
    return possible('network-unreachable', seen, ['tls-intercepted', 'answered-by-proxy'])
  }
  return found('tls-intercepted', code)
}

/** A certificate's dates are judged by our clock: one of the two is wrong. */
function certificateTime(facts: Facts): ReturnType<Rule> {
  const early =
    facts.trail.codes.includes('CERT_NOT_YET_VALID') || /not yet valid/.test(facts.said.low)
  const seen = [`the certificate is ${early ? 'not yet valid' : 'expired'} by this machine's clock`]
  // This release's own date: a clock that lies before it is wrong.
  const isPast = facts.at !== undefined && facts.at < Date.UTC(2026, 0, 1)
  if (early || isPast) return likely('clock-skewed', seen, ['tls-intercepted'])
  return likely('tls-intercepted', seen, ['clock-skewed'])
}

function found(cause: Cause, sign: string | undefined, others: readonly Cause[] = []) {
  const seen = sign && /^[A-Za-z][A-Za-z0-9_]{2,50}$/.test(sign) ? [`the error is ${sign}`] : []
  if (seen.length === 0) return possible(cause, ['the client reports no answer'], others)
  // An abort may be a timer's; the other system errors leave no second reading.
  const isProof = others.length === 0 && cause !== 'aborted'
  return (isProof ? certain : likely)(cause, seen, others)
}

/** No HTTP answer worth the name: none at all, or one whose body broke off. */
function isSilent(facts: Facts): boolean {
  const { status, trail } = facts
  return trail.thrown && !facts.says && (status === undefined || (status >= 200 && status < 300))
}
