import type { CauseWords, causesByGroup } from './cause'

type Causes = (typeof causesByGroup)['network' | 'caller' | 'unknown'][number]

/** Nothing answered, or something in front of the API did. */
export const networkWords: Record<Causes, CauseWords> = {
  'network-unreachable': {
    title: 'No connection to DeepSeek could be made.',
    meaning: 'Refused, reset, or no route: a firewall, a dead proxy or no network.',
    see: '`ECONNREFUSED`, `ECONNRESET`, `UND_ERR_SOCKET`, `UND_ERR_CONNECT_TIMEOUT`',
    fix: {
      text: 'Check egress rules and the proxy variables of this process.',
      command: 'curl -sS -o /dev/null -w "%{http_code}\\n" https://api.deepseek.com/models',
    },
    proof: "The system error at the end of the error's cause chain.",
    retryable: true,
  },
  'dns-failed': {
    title: 'The host name could not be resolved.',
    meaning: 'The resolver does not answer, or does not know the name.',
    see: '`ENOTFOUND` or `EAI_AGAIN`',
    fix: {
      text: 'Check the resolver of this machine or container, and the spelling of the host.',
      command: 'nslookup api.deepseek.com',
    },
    proof: "The system error is the resolver's.",
    retryable: true,
  },
  'tls-intercepted': {
    title: 'The certificate that was shown is not one this process trusts.',
    meaning: 'A company proxy opens TLS with its own certificate, or the trust store is old.',
    see: '`SELF_SIGNED_CERT_IN_CHAIN`, `UNABLE_TO_GET_ISSUER_CERT_LOCALLY`',
    fix: {
      text: "Add the company's root certificate; never switch verification off.",
      command: 'export NODE_EXTRA_CA_CERTS=/path/to/company-root.pem',
    },
    proof: 'The TLS error at the end of the cause chain.',
  },
  'proxy-auth-required': {
    title: "The network's proxy wants a log-in.",
    meaning: '407 comes from the proxy; the API never saw the call.',
    see: '407, or `Proxy response (407) when HTTP Tunneling`',
    fix: { text: "Put the proxy's user and password into HTTPS_PROXY." },
    proof: 'Only proxies answer 407.',
  },
  'access-blocked': {
    title: 'A firewall in front of the API blocks this address or request.',
    meaning: 'A web application firewall, a region rule or an address block.',
    see: '403 or 418, an HTML page, `Request Blocked`',
    fix: { text: 'Call from another address or without the VPN, and keep the event id.' },
    proof: "A block page or an empty 403 without DeepSeek's trace id.",
  },
  'timed-out': {
    title: 'The answer came too late.',
    meaning: 'The connection stood, the answer did not come in the time allowed.',
    see: '`TimeoutError`, `UND_ERR_HEADERS_TIMEOUT`, `APIConnectionTimeoutError`, 408',
    fix: { text: 'Raise the timeout or stream the answer; long answers take minutes.' },
    proof: "The error is a timer's, after the connection stood.",
    retryable: true,
  },
  aborted: {
    title: 'The caller gave up.',
    meaning: "The application's own signal ended the call.",
    see: '`AbortError`',
    fix: { text: 'Look at who aborts; DeepSeek did nothing wrong.' },
    proof: "The error is the abort signal's.",
  },
  unknown: {
    title: 'The evidence fits no known cause.',
    meaning: 'Nothing that was seen points at the key, the account, the network or DeepSeek.',
    see: 'An error or an answer that no rule knows',
    fix: {
      text: 'Run the doctor, which tests every step from here to DeepSeek.',
      command: 'npx deepseek-guard doctor',
    },
    proof: 'No rule matched.',
  },
}
