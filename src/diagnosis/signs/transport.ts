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
