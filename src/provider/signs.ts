/** Header values by lower-case name. */
export type HeaderMap = ReadonlyMap<string, string>

/** What an answer or an error says, with every wrapper peeled off. */
export interface MessageText {
  /** Every sentence, outermost first, at most 4 KiB. Holds foreign text: never shown to anyone. */
  text: string
  /** The same in lower case, for comparisons. */
  low: string
  /** Values of `type`, `code`, `status` and the like, in lower case. */
  codes: ReadonlySet<string>
  /** Names of the fields, in lower case: they tell one vendor's envelope from another's. */
  fields: ReadonlySet<string>
  form: 'none' | 'empty' | 'text' | 'json' | 'html' | 'binary'
  /** A bare JSON string, which is one vendor's whole answer. */
  bare: boolean
}

/** The part of the evidence that signs are read from. */
export interface Answer {
  message: MessageText
  headers: HeaderMap
}

/** How one responder is told from all others. One hit in any list is enough. */
export interface Sign {
  /** Lower-case name, as `Diagnosis.vendor` shows it. */
  slug: string
  /** Words in lower case; a list means that all of them stand there. */
  texts?: readonly (string | readonly string[])[]
  /** Values of `type` and `code` fields, in lower case. */
  codes?: readonly string[]
  /** Field names that only this responder's envelope has. */
  fields?: readonly string[]
  /** Header name and a part of its value; an empty part means that the header is there. */
  headers?: readonly (readonly [string, string])[]
}

/** Signs in the order in which they are asked, and all their words in one pattern. */
export interface SignList {
  rows: readonly Sign[]
  /** Matches when any word of any row may be there: most answers are let go after this one look. */
  words: RegExp
}

/** Makes a list of signs; the pattern has literals only, so no text can make it run away. */
export function signList(rows: readonly Sign[]): SignList {
  const words = rows.flatMap(({ texts = [] }) =>
    texts.map((text) => (typeof text === 'string' ? text : text[0])),
  )
  return { rows, words: new RegExp(words.map(literal).join('|')) }
}

function literal(text = ''): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}

/** What of an answer gave its sender away. */
export type Trait = 'wording' | 'error code' | 'number' | 'envelope' | 'headers'

export interface Recognised {
  slug: string
  trait: Trait
}

/** The first sign that the answer's own words or envelope show. */
export function byWords(list: SignList, answer: Answer): Recognised | undefined {
  const { low, codes, fields } = answer.message
  const isWorded = list.words.test(low)
  if (!isWorded && codes.size === 0 && fields.size === 0) return undefined
  const has = (part: string): boolean => low.includes(part)
  for (const { slug, texts = [], codes: ownCodes = [], fields: ownFields = [] } of list.rows) {
    const isSaid =
      isWorded && texts.some((part) => (typeof part === 'string' ? has(part) : part.every(has)))
    if (isSaid) return { slug, trait: 'wording' }
    const code = ownCodes.find((own) => codes.has(own))
    if (code) return { slug, trait: /^\d+$/.test(code) ? 'number' : 'error code' }
    if (ownFields.some((field) => fields.has(field))) return { slug, trait: 'envelope' }
  }
  return undefined
}

/** The first sign that the answer's headers show. */
export function byHeaders(list: SignList, answer: Answer): Recognised | undefined {
  if (answer.headers.size === 0) return undefined
  const sign = list.rows.find(({ headers = [] }) =>
    headers.some(([name, part]) => answer.headers.get(name)?.toLowerCase().includes(part)),
  )
  return sign && { slug: sign.slug, trait: 'headers' }
}

/** How a failure of the transport shows: in Node, undici, browsers, Bun and Python alike. */
export interface TransportSign {
  codes: ReadonlySet<string>
  /** Beginnings of codes that form a family. */
  families?: readonly string[]
  /** Names of error classes. */
  names?: ReadonlySet<string>
  /** In lower case, for clients that keep the message only. */
  words: readonly string[]
}

/** The name could not be resolved. */
export const dnsSign: TransportSign = {
  codes: new Set([
    ...['ENOTFOUND', 'ENODATA', 'ESERVFAIL', 'ENONAME', 'EBADNAME', 'ETIMEOUT'],
    'ERR_NAME_NOT_RESOLVED',
  ]),
  families: ['EAI_'],
  words: [
    ...['getaddrinfo', 'name or service not known', 'name resolution', 'dns error'],
    ...['nodename nor servname', 'err_name_not_resolved', 'could not resolve host'],
    'no such host',
  ],
}

/** The certificate or the handshake was refused. */
export const tlsSign: TransportSign = {
  codes: new Set(['DEPTH_ZERO_SELF_SIGNED_CERT', 'INVALID_CA', 'HOSTNAME_MISMATCH', 'EPROTO']),
  families: ['SELF_SIGNED', 'UNABLE_TO_', 'CERT_', 'ERR_TLS_CERT_', 'ERR_CERT_', 'ERR_SSL_'],
  words: [
    ...['certificate verify failed', 'self-signed certificate', 'self signed certificate'],
    ...['unable to verify the first certificate', 'unable to get local issuer'],
    ...['unable to get issuer', 'err_cert_', 'certificate is not trusted', 'unknown issuer'],
    ...['unknownissuer', 'tls handshake', 'ssl routines', 'pkix path building'],
    ...['signed by unknown authority', 'failed to verify certificate'],
  ],
}

/** The connection stood and a timer ran out. */
export const lateSign: TransportSign = {
  codes: new Set([
    ...['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ESOCKETTIMEDOUT', 'ETIME'],
    'ERR_HTTP_REQUEST_TIMEOUT',
  ]),
  names: new Set([
    ...['TimeoutError', 'APIConnectionTimeoutError', 'APITimeoutError', 'HeadersTimeoutError'],
    ...['BodyTimeoutError', 'ReadTimeout', 'Timeout'],
  ]),
  words: [
    ...['request timed out', 'read timed out', 'ms exceeded', 'due to timeout', 'headers timeout'],
    ...['body timeout', 'operation timed out', 'deadline exceeded', 'readtimeout'],
    ...['network timeout at', 'request timeout', 'i/o timeout'],
  ],
}

/** Somebody ended the call on purpose. */
export const abortSign: TransportSign = {
  codes: new Set(['ABORT_ERR', 'ERR_CANCELED', 'UND_ERR_ABORTED']),
  names: new Set(['AbortError', 'APIUserAbortError', 'CanceledError', 'ResponseAborted']),
  words: [
    ...['operation was aborted', 'request was aborted', 'user aborted', 'aborterror'],
    'context canceled',
  ],
}

/** The connection never stood; asked before lateness, because its timers are timers, too. */
export const connectSign: TransportSign = {
  codes: new Set(['UND_ERR_CONNECT_TIMEOUT']),
  words: ['connect timeout', 'connecttimeout', 'connect etimedout', 'dial tcp'],
}

/** No connection, or one that broke. */
export const downSign: TransportSign = {
  codes: new Set([
    ...['ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN', 'EHOSTDOWN'],
    ...['EPIPE', 'EADDRNOTAVAIL', 'ENETRESET', 'ECONNABORTED', 'UND_ERR_SOCKET'],
    ...['ConnectionRefused', 'FailedToOpenSocket', 'ConnectionClosed', 'ERR_NETWORK'],
    ...['ERR_STREAM_PREMATURE_CLOSE', 'ERR_SOCKET_CLOSED'],
  ]),
  families: ['ERR_HTTP2_', 'ERR_CONNECTION_', 'ERR_INTERNET_', 'ERR_NETWORK_', 'ERR_PROXY_'],
  words: [
    ...['connection refused', 'connection reset', 'connection error', 'connection closed'],
    ...['connection aborted', 'connection terminated', 'connection timed out'],
    ...['socket hang up', 'other side closed', 'premature close', 'network is unreachable'],
    ...['no route to host', 'unable to connect', 'failed to fetch', 'networkerror'],
    ...['network error', 'fetch failed', 'terminated', 'cannot connect', 'error sending request'],
    ...['unexpected eof', 'eof occurred'],
  ],
}

/** The code, or failing that the class name, that shows the sign; undefined when none does. */
export function codeOf(
  sign: TransportSign,
  codes: readonly string[],
  names: readonly string[] = [],
): string | undefined {
  const { families = [] } = sign
  return (
    codes.find((code) => sign.codes.has(code) || families.some((part) => code.startsWith(part))) ??
    names.find((name) => sign.names?.has(name))
  )
}
