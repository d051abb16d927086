import { API, type CallContext, type CallWords } from './call-context'
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
    tell: unreachable,
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
    tell: (call) => ({
      title: `The host name${call.host ? ` ${nameOf(call.host)}` : ''} could not be resolved.`,
      fix: {
        text:
          call.kind === 'near' || call.kind === 'local'
            ? `Check the spelling of ${nameOf(call.host ?? '')}: such a name is known only ` +
              `inside its own ` +
              `network (the same compose project or cluster).`
            : `Check the spelling of the host${call.host ? ` ${call.host}` : ''}, and the ` +
              `DNS resolver of this machine or container.`,
        command: `nslookup ${nameOf(call.host ?? 'api.deepseek.com')}`,
      },
    }),
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
    tell: (call) => ({
      fix: {
        text:
          'Find out which proxy or network opens TLS: a company proxy (add its root ' +
          'certificate to ' +
          'NODE_EXTRA_CA_CERTS), a VPN, or a public network with a log-in page' +
          `${call.proxy ? `; here ${call.proxy.name} is set` : ''}. Never switch verification off.`,
        command: 'export NODE_EXTRA_CA_CERTS=/path/to/company-root.pem',
      },
    }),
  },
  'proxy-auth-required': {
    title: "The network's proxy wants a log-in.",
    meaning: '407 comes from the proxy; the API never saw the call.',
    see: '407, or `Proxy response (407) when HTTP Tunneling`',
    fix: { text: "Put the proxy's user and password into HTTPS_PROXY." },
    proof: 'Only proxies answer 407.',
    tell: (call) => ({
      fix: { text: `Put the proxy's user and password into ${call.proxy?.name ?? 'HTTPS_PROXY'}.` },
    }),
  },
  'access-blocked': {
    title: 'A firewall in front of the API blocks this address or request.',
    meaning: 'A web application firewall, a region rule or an address block.',
    see: '403 or 418, an HTML page, `Request Blocked`',
    fix: { text: 'Call from another address or without the VPN, and keep the event id.' },
    proof: "A block page or an empty 403 without DeepSeek's trace id.",
    tell: (call) => ({
      title:
        `A firewall in front of ` +
        `${call.aim === 'chosen' ? (call.host ?? 'that host') : 'the API'} ` +
        `blocks this address or request.`,
      fix: {
        text:
          `Call from another network or address, without the ` +
          `VPN${call.proxy ? ` and without the proxy in ${call.proxy.name}` : ' or proxy'}, ` +
          'and keep the event id of the page for its support; a new key will not help.',
      },
    }),
  },
  'timed-out': {
    title: 'The answer came too late.',
    meaning: 'The connection stood, the answer did not come in the time allowed.',
    see: '`TimeoutError`, `UND_ERR_HEADERS_TIMEOUT`, `APIConnectionTimeoutError`, 408',
    fix: { text: 'Raise the timeout or stream the answer; long answers take minutes.' },
    proof: "The error is a timer's, after the connection stood.",
    retryable: true,
    tell: (call) => ({
      title:
        call.kind === 'deepseek' || call.kind === 'nobody'
          ? 'The answer came too late.'
          : `The answer of ${call.hostName} came too late.`,
      fix: {
        text:
          call.kind === 'local'
            ? `Raise the client's timeout: ${call.hostName} loads the model first, and ` +
              `answers slowly without a GPU.`
            : "Raise the client's timeout, or stream the answer: long answers take minutes. " +
              'Then retry.',
      },
    }),
  },
  aborted: {
    title: 'The caller gave up.',
    meaning: "The application's own signal ended the call.",
    see: '`AbortError`',
    fix: { text: 'Look at who aborts; DeepSeek did nothing wrong.' },
    proof: "The error is the abort signal's.",
    tell: () => ({
      fix: {
        text:
          "Look at who aborts: a user who stopped it, or the application's own time limit; raise " +
          'that limit when answers need longer. DeepSeek did nothing wrong.',
      },
    }),
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
    tell: (call) => ({
      fix: {
        text:
          call.status === 403
            ? 'Check the base URL and the network on the way (proxy, VPN, firewall) with ' +
              'the doctor, which tests every step.'
            : 'Run the doctor, which tests every step from here to DeepSeek.',
        command: 'npx deepseek-guard doctor',
      },
    }),
  },
}

/** A host without its port. */
function nameOf(host: string): string {
  return host.replace(/:\d+$/, '')
}

function unreachable(call: CallContext): CallWords {
  const { kind, host, vendor, proxy } = call
  if (call.client === 'browser') return inBrowser(call)
  if (proxy?.isSocks) {
    return {
      title: `The proxy in ${proxy.name} could not be used.`,
      fix: {
        text:
          `Set ${proxy.name} to an http:// address of the proxy: it names a SOCKS proxy, ` +
          `and Node's ` +
          'fetch speaks HTTP to it.',
      },
    }
  }
  if (call.proxyHost !== undefined) return unreachableProxy(call, call.proxyHost)
  if ((kind === 'local' || kind === 'near') && host !== undefined)
    return unreachableHere(call, host)
  if (vendor?.foreign && call.aim === 'chosen') {
    return {
      title: `${host} could not be reached.`,
      fix: {
        text:
          `Set the base URL to ${API} if DeepSeek is meant: it is still ${vendor.name}'s ` +
          `(${host}), ` +
          'which serves no DeepSeek model.',
      },
    }
  }
  const asked = call.aim === 'chosen' && host !== undefined ? host : 'api.deepseek.com'
  return {
    title: `No connection to ${call.aim === 'chosen' && host ? host : 'the API'} could be made.`,
    fix: {
      text:
        `Retry, and when it lasts check the network: firewall and egress rules, VPN, DNS, and ` +
        `${proxy ? `the proxy in ${proxy.name}` : 'the proxy variables of this process'}.`,
      command: `curl -sS -o /dev/null -w "%{http_code}\\n" https://${asked}/`,
    },
  }
}

/** The call goes through a proxy on this machine or network, and nothing answers there. */
function unreachableProxy({ proxy }: CallContext, host: string): CallWords {
  const name =
    proxy === undefined ? "the system's proxy settings" : `${proxy.name} for this process`
  return {
    title: `The proxy on ${host} could not be reached.`,
    fix: {
      text:
        `Start the proxy on ${host}, or unset ${name}: the call goes through a proxy that does ` +
        'not answer. In a container such an address is the container itself.',
    },
  }
}

/** A server of one's own that does not listen, or not where this process looks. */
function unreachableHere({ vendor, host, who }: CallContext, shown: string): CallWords {
  const isProgram = vendor?.kind === 'local' || vendor?.kind === 'gateway'
  const name = isProgram ? vendor.name : 'the server'
  const how = vendor?.start ? ` (\`${vendor.start}\`)` : ''
  const isLoopback = /^(?:localhost|127\.|\[::1\])/.test(shown)
  const port = /:\d+$/.exec(shown)?.[0] ?? ''
  return {
    title: isProgram
      ? `${who} is not running, or not reachable from here.`
      : `Nothing listens on ${host}.`,
    fix: {
      text: isLoopback
        ? `Start ${name}${how} so that it listens on ${shown}. In a container ` +
          `${shown.replace(/:\d+$/, '')} ` +
          `is the container itself: use host.docker.internal${port} there.`
        : `Start ${name}${how} on ${shown}, let it listen on all addresses (0.0.0.0), and ` +
          `check that ` +
          'this machine or container can reach it.',
      ...(vendor?.start && !vendor.start.includes('<') ? { command: vendor.start } : {}),
    },
  }
}

function inBrowser({ host }: CallContext): CallWords {
  return {
    title: `The browser could not complete the call${host ? ` to ${host}` : ''}.`,
    fix: {
      text:
        'Call the API from a server, not from the browser: it may have refused the call as ' +
        "cross-origin (CORS). The browser's Network tab shows which; an extension may block " +
        'it, too.',
    },
  }
}
