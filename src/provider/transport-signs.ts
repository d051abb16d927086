import { anyOf, namesIn, type Words } from './signs'

/** How a failure of the transport shows, in the words of every language's client. */
export interface TransportSign {
  codes: ReadonlySet<string>
  /** Beginnings of codes that form a family. */
  families?: readonly string[]
  /** Names of error classes. */
  names?: ReadonlySet<string>
  /** In lower case, for clients that keep the message only. */
  words: Words
}

/** The name could not be resolved. */
export const dnsSign: TransportSign = {
  codes: namesIn(`
    ENOTFOUND ENODATA ESERVFAIL ENONAME EBADNAME ETIMEOUT ERR_NAME_NOT_RESOLVED
    ERR_NAME_RESOLUTION_FAILED WSAHOST_NOT_FOUND`),
  families: ['EAI_'],
  names: namesIn('UnknownHostException NameResolutionError ClientConnectorDNSError'),
  words: anyOf(`
    getaddrinfo | name or service not known | name resolution | dns error | nodename nor servname |
    err_name_not_resolved | could not resolve host | no such host | unknownhostexception |
    nameresolutionerror | failed host lookup | failed to resolve | failed to lookup address |
    hostname could not be found | host not found | no address associated | os error 11001 |
    curl error 6: | (6) could not | dns lookup failed | temporary failure in name |
    unable to resolve | nxdomain | 不知道这样的主机 | 无法解析 | 域名解析 | could not resolve proxy`),
}

/** The certificate or the handshake was refused. */
export const tlsSign: TransportSign = {
  codes: namesIn('DEPTH_ZERO_SELF_SIGNED_CERT INVALID_CA HOSTNAME_MISMATCH EPROTO'),
  families: ['SELF_SIGNED', 'UNABLE_TO_', 'CERT_', 'ERR_TLS_CERT_', 'ERR_CERT_', 'ERR_SSL_'],
  names: namesIn('SSLHandshakeException CertificateVerifyError HandshakeException'),
  words: anyOf(`
    certificate verify failed | self-signed certificate | self signed certificate |
    certificate_verify_failed | unable to verify the first certificate |
    unable to get local issuer | unable to get issuer | err_cert_ | ssl certificate problem |
    certificate is not trusted | unknown issuer | unknownissuer | pkix path building |
    tls handshake failure | ssl routines | signed by unknown authority | untrustedroot |
    failed to verify certificate | remote certificate | partialchain | x509: |
    ssl connection could not be established | invalid peer certificate | curl error 60 |
    suncertpathbuilder | sslhandshakeexception | certificate for this server is invalid |
    an ssl error has occurred | sslerror | secure channel | self_signed_cert | 证书`),
}

/** The connection stood and a timer ran out. */
export const lateSign: TransportSign = {
  codes: namesIn(`
    UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT ESOCKETTIMEDOUT ETIME ERR_HTTP_REQUEST_TIMEOUT
    TIMEOUT`),
  names: namesIn(`
    TimeoutError APIConnectionTimeoutError APITimeoutError HeadersTimeoutError BodyTimeoutError
    ReadTimeout Timeout HttpTimeoutException TimeoutException SocketTimeoutException
    RequestTimeoutError ReadTimeoutError`),
  words: anyOf(`
    request timed out | read timed out | ms exceeded | due to timeout | headers timeout |
    body timeout | operation timed out | deadline exceeded | readtimeout | request timeout |
    network timeout at | i/o timeout | client.timeout | httpclient.timeout | timed out after |
    sockettimeoutexception | timeoutexception | read timeout | response timeout |
    timeout was reached | curl error 28 | ms timeout | timeout exceeded | timeout of␣ |
    the operation has timed out | call timeout | did not respond within | timeout:␣ |
    apitimeouterror | timed out. | timed out while | (exit) time out |
    超时 | timeout error | timeouterror`),
}

/** Somebody ended the call on purpose. */
export const abortSign: TransportSign = {
  codes: namesIn('ABORT_ERR ERR_CANCELED UND_ERR_ABORTED ERR_ABORTED'),
  names: namesIn(`
    AbortError APIUserAbortError CanceledError ResponseAborted CancelledError
    OperationCanceledException TaskCanceledException CancellationException`),
  words: anyOf(`
    operation was aborted | request was aborted | user aborted | aborterror | context canceled |
    a task was canceled | operation was canceled | aborted by user | cancelled by the user |
    canceled by the user | signal is aborted | fetch is aborted | request aborted |
    request cancelled | request canceled | aborted a request`),
}

/** The connection never stood; asked before lateness, because its timers are timers, too. */
export const connectSign: TransportSign = {
  codes: namesIn('UND_ERR_CONNECT_TIMEOUT ERR_CONNECTION_TIMED_OUT'),
  names: namesIn('ConnectTimeoutError ConnectTimeout OpenTimeout ConnectTimeoutException'),
  words: anyOf(`
    connect timeout | connecttimeout | connect etimedout | dial tcp | connect timed out |
    connection timed out | connection timeout | failed to connect | failed to open tcp |
    connection attempt failed | did not properly respond | opentimeout | tcp connect error |
    tls handshake timeout | timed out trying to connect`),
}

/** No connection, or one that broke. */
export const downSign: TransportSign = {
  codes: namesIn(`
    ECONNREFUSED ECONNRESET EHOSTUNREACH ENETUNREACH ENETDOWN EHOSTDOWN EPIPE EADDRNOTAVAIL
    ENETRESET ECONNABORTED UND_ERR_SOCKET ENOTCONN ConnectionRefused FailedToOpenSocket
    ConnectionClosed ERR_NETWORK ERR_STREAM_PREMATURE_CLOSE ERR_SOCKET_CLOSED ERR_EMPTY_RESPONSE
    ERR_TIMED_OUT ERR_TUNNEL_CONNECTION_FAILED ERR_ADDRESS_UNREACHABLE ERR_FAILED`),
  families: ['ERR_HTTP2_', 'ERR_CONNECTION_', 'ERR_INTERNET_', 'ERR_NETWORK_', 'ERR_PROXY_'],
  names: namesIn('ConnectException ConnectError ClientConnectorError'),
  words: anyOf(`
    connection refused | connection reset | connection error | connection closed |
    connection aborted | connection terminated | econnrefused | econnreset | socket hang up |
    other side closed | premature close | network is unreachable | no route to host |
    unable to connect | failed to fetch | networkerror | load failed | network error |
    fetch failed | terminated | cannot connect | error sending request | unexpected eof |
    eof occurred | actively refused | forcibly closed | couldn't connect | could not connect |
    connect call failed | max retries exceeded | network connection was | appears to be offline |
    server disconnected | remote end closed | empty reply | recv failure | ssl_error_syscall |
    an error occurred while sending | broken pipe | end of file reached | connection was closed |
    closed unexpectedly | network unreachable | err_connection_ | err_proxy_ | err_internet_ |
    err_http2_ | err_tunnel_ | err_empty_ | prematurely closed before |
    unexpected end of file from server | 积极拒绝 | 网络错误 | connection broken | connection lost |
    goaway | no internet |
    cors policy`),
}

/**
 * The answer had begun and broke off in its body: these are said by readers of bodies only. Node's
 * word for it is `aborted` with ECONNRESET, undici's is `terminated`.
 */
export const cutSign: TransportSign = {
  codes: namesIn('ERR_STREAM_PREMATURE_CLOSE ERR_INCOMPLETE_CHUNKED_ENCODING'),
  names: namesIn('PrematureCloseException IncompleteRead ClientPayloadError'),
  words: anyOf(`
    premature close | incomplete chunked | incomplete read | incompleteread |
    without sending complete message body | response ended prematurely | payload is not complete |
    prematurely closed during | transfer closed with | outstanding read data |
    error decoding response body | error reading a body | unexpected end of stream |
    stream was reset | was not closed cleanly | closed while receiving data |
    read data from the transport connection | stream ended before | stream ended without |
    stream closed before | stream disconnected | err_incomplete_chunked | body stream |
    socket connection was closed unexpectedly | stream error | error in input stream |
    without finish_reason | missing finish_reason | before completion | closed mid-stream |
    stream interrupted | while reading the response | reading response body | unexpected eof |
    connection broken | ended without a finish | finished without | copying content to a stream`),
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

/** Somebody between tells with a status of its own that it could not reach the API. */
export const outOfReach = anyOf(`
  error sending request | fetch failed | client error (connect) | connection failed |
  econnrefused | connect timeout | connect: connection refused | dial tcp`)
