import { API } from '../provider/deepseek'
import { type CallContext, isDeepSeeks } from './call-context'
import type { CauseWords, causesByGroup, Fix } from './cause'

type Causes = (typeof causesByGroup)['network' | 'caller' | 'unknown'][number]

/** Nothing answered, or something in front of the API did. */
export const networkWords: Record<Causes, CauseWords> = {
  'network-unreachable': {
    title: (call) => unreachable(call).title,
    meaning: 'Refused, reset, or no route: a firewall, a dead proxy or no network.',
    see: '`ECONNREFUSED`, `ECONNRESET`, `UND_ERR_SOCKET`, `UND_ERR_CONNECT_TIMEOUT`',
    fix: (call) => unreachable(call).fix,
    proof: "The system error at the end of the error's cause chain.",
    retryable: true,
  },
  'dns-failed': {
    title: ({ host }) => `The host name${host ? ` ${nameOf(host)}` : ''} could not be resolved.`,
    meaning: 'The resolver does not answer, or does not know the name.',
    see: '`ENOTFOUND` or `EAI_AGAIN`',
    fix: ({ kind, host }) => ({
      text:
        kind === 'near' || kind === 'local'
          ? `Check the spelling of ${nameOf(host ?? '')}: such a name is known only inside its ` +
            'own network (the same compose project or cluster).'
          : `Check the spelling of the host${host ? ` ${host}` : ''}, and the DNS resolver of ` +
            'this machine or container.',
      command: `nslookup ${nameOf(host ?? 'api.deepseek.com')}`,
    }),
    proof: "The system error is the resolver's.",
    retryable: true,
  },
  'tls-intercepted': {
    title: 'The certificate that was shown is not one this process trusts.',
    meaning: 'A company proxy opens TLS with its own certificate, or the trust store is old.',
    see: '`SELF_SIGNED_CERT_IN_CHAIN`, `UNABLE_TO_GET_ISSUER_CERT_LOCALLY`',
    fix: ({ proxy }) => ({
      text:
        'Find out which proxy or network opens TLS: a company proxy (add its root certificate to ' +
        'NODE_EXTRA_CA_CERTS), a VPN, or a public network with a log-in page' +
        `${proxy ? `; here ${proxy.name} is set` : ''}. Never switch verification off.`,
      command: 'export NODE_EXTRA_CA_CERTS=/path/to/company-root.pem',
    }),
    proof: 'The TLS error at the end of the cause chain.',
  },
  'proxy-auth-required': {
    title: "The network's proxy wants a log-in.",
    meaning: '407 comes from the proxy; the API never saw the call.',
    see: '407, or `Proxy response (407) when HTTP Tunneling`',
    fix: ({ proxy }) => `Put the proxy's user and password into ${proxy?.name ?? 'HTTPS_PROXY'}.`,
    proof: 'Only proxies answer 407.',
  },
  'access-blocked': {
    title: ({ aim, host }) =>
      `A firewall in front of ${aim === 'chosen' ? (host ?? 'that host') : 'the API'} blocks ` +
      'this address or request.',
    meaning: 'A web application firewall, a region rule or an address block.',
    see: '403 or 418, an HTML page, `Request Blocked`',
    fix: ({ proxy }) =>
      'Call from another network or address, without the ' +
      `VPN${proxy ? ` and without the proxy in ${proxy.name}` : ' or proxy'}, and keep the event ` +
      'id of the page for its support; a new key will not help.',
    proof: "A block page or an empty 403 without DeepSeek's trace id.",
  },
  'timed-out': {
    title: (call) =>
      isDeepSeeks(call)
        ? 'The answer came too late.'
        : `The answer of ${call.hostName} came too late.`,
    meaning: 'The connection stood, the answer did not come in the time allowed.',
    see: '`TimeoutError`, `UND_ERR_HEADERS_TIMEOUT`, `APIConnectionTimeoutError`, 408',
    fix: ({ kind, hostName }) =>
      kind === 'local'
        ? `Raise the client's timeout: ${hostName} loads the model first, and answers slowly ` +
          'without a GPU.'
        : "Raise the client's timeout, or stream the answer: long answers take minutes. Then " +
          'retry.',
    proof: "The error is a timer's, after the connection stood.",
    retryable: true,
  },
  aborted: {
    title: 'The caller gave up.',
    meaning: "The application's own signal ended the call.",
    see: '`AbortError`',
    fix:
      "Look at who aborts: a user who stopped it, or the application's own time limit; raise " +
      'that ' +
      'limit when answers need longer. DeepSeek did nothing wrong.',
    proof: "The error is the abort signal's.",
  },
  unknown: {
    title: 'The evidence fits no known cause.',
    meaning: 'Nothing that was seen points at the key, the account, the network or DeepSeek.',
    see: 'An error or an answer that no rule knows',
    fix: ({ status }) => ({
      text:
        status === 403
          ? 'Check the base URL and the network on the way (proxy, VPN, firewall) with the ' +
            'doctor, which tests every step.'
          : 'Run the doctor, which tests every step from here to DeepSeek.',
      command: 'npx deepseek-guard doctor',
    }),
    proof: 'No rule matched.',
  },
}

/** A host without its port. */
function nameOf(host: string): string {
  return host.replace(/:\d+$/, '')
}

interface Words {
  title: string
  fix: string | Fix
}

function unreachable(call: CallContext): Words {
  const { kind, host, vendor, proxy, aim } = call
  if (call.client === 'browser') return inBrowser(call)
  if (proxy?.isSocks) {
    return {
      title: `The proxy in ${proxy.name} could not be used.`,
      fix:
        `Set ${proxy.name} to an http:// address of the proxy: it names a SOCKS proxy, and ` +
        `Node's ` +
        'fetch speaks HTTP to it.',
    }
  }
  if (call.proxyHost !== undefined) return unreachableProxy(call, call.proxyHost)
  if ((kind === 'local' || kind === 'near') && host !== undefined) {
    return unreachableHere(call, host)
  }
  if (call.sideHost !== undefined) {
    return {
      title: `No connection to ${call.sideHost} could be made.`,
      fix: {
        text:
          `Let this process reach ${call.sideHost}, or switch off what asks it (the download of ` +
          `a tokenizer, telemetry): the call to ${host ?? 'the API'} is not what failed.`,
        command: `curl -sS -o /dev/null -w "%{http_code}\\n" https://${call.sideHost}/`,
      },
    }
  }
  if (vendor?.foreign && aim === 'chosen') {
    return {
      title: `${host} could not be reached.`,
      fix:
        `Set the base URL to ${API} if DeepSeek is meant: it is still ${vendor.name}'s ` +
        `(${host}), ` +
        'which serves no DeepSeek model.',
    }
  }
  const asked = aim === 'chosen' ? host : undefined
  return {
    title: `No connection to ${asked ?? 'the API'} could be made.`,
    fix: {
      text:
        'Retry, and when it lasts check the network: firewall and egress rules, VPN, DNS, and ' +
        `${proxy ? `the proxy in ${proxy.name}` : 'the proxy variables of this process'}.`,
      command: `curl -sS -o /dev/null -w "%{http_code}\\n" https://${asked ?? 'api.deepseek.com'}/`,
    },
  }
}

/** The call goes through a proxy on this machine or network, and nothing answers there. */
function unreachableProxy({ proxy }: CallContext, host: string): Words {
  const name = proxy ? `${proxy.name} for this process` : "the system's proxy settings"
  return {
    title: `The proxy on ${host} could not be reached.`,
    fix:
      `Start the proxy on ${host}, or unset ${name}: the call goes through a proxy that does ` +
      'not answer. In a container such an address is the container itself.',
  }
}

/** A server of one's own that does not listen, or not where this process looks. */
function unreachableHere({ vendor, who }: CallContext, host: string): Words {
  const isProgram = vendor?.kind === 'local' || vendor?.kind === 'gateway'
  const name = isProgram ? vendor.name : 'the server'
  const how = vendor?.start ? ` (\`${vendor.start}\`)` : ''
  const isLoopback = /^(?:localhost|127\.|\[::1\])/.test(host)
  const port = /:\d+$/.exec(host)?.[0] ?? ''
  return {
    title: isProgram
      ? `${who} is not running, or not reachable from here.`
      : `Nothing listens on ${host}.`,
    fix: {
      text: isLoopback
        ? `Start ${name}${how} so that it listens on ${host}. In a container ${nameOf(host)} is ` +
          `the container itself: use host.docker.internal${port} there.`
        : `Start ${name}${how} on ${host}, let it listen on all addresses (0.0.0.0), and check ` +
          'that this machine or container can reach it.',
      ...(vendor?.start && !vendor.start.includes('<') ? { command: vendor.start } : {}),
    },
  }
}

function inBrowser({ host }: CallContext): Words {
  return {
    title: `The browser could not complete the call${host ? ` to ${host}` : ''}.`,
    fix:
      'Call the API from a server, not from the browser: it may have refused the call as ' +
      "cross-origin (CORS). The browser's Network tab shows which; an extension may block it, too.",
  }
}
