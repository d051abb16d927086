import { API, type CallContext, type CallWords, inBrackets } from './call-context'
import type { CauseWords, causesByGroup } from './cause'

type Causes = (typeof causesByGroup)['wrong-destination'][number]

/** Somebody else answered, or the address is wrong. */
export const answerWords: Record<Causes, CauseWords> = {
  'answered-by-other-vendor': {
    title: 'Another vendor answered, not DeepSeek.',
    meaning: "The base URL is missing, ignored or another vendor's; that vendor refused the call.",
    see: "Another vendor's error text, such as `Incorrect API key provided`",
    fix: {
      text: "Set the base URL to https://api.deepseek.com, or use that vendor's own key there.",
    },
    proof: "The wording, headers or host are that vendor's.",
    tell: otherVendor,
  },
  'answered-by-gateway': {
    title: 'An LLM gateway refused the call before DeepSeek saw it.',
    meaning:
      'one-api, LiteLLM, Cloudflare AI Gateway or a local router did not accept its own key.',
    see: "A gateway's error: `token_not_found_in_db`, `无效的令牌`, `AiGatewayError`",
    fix: { text: 'Use a key that the gateway issued, or set the base URL to DeepSeek itself.' },
    proof: 'The error has the form of a gateway and no DeepSeek text inside.',
    tell: gateway,
  },
  'answered-by-proxy': {
    title: 'A proxy or web server on the way answered, not DeepSeek.',
    meaning: 'A company proxy, a captive portal or a reverse proxy sent its own page or log-in.',
    see: 'HTML where JSON was expected, or `WWW-Authenticate: Basic`',
    fix: { text: 'Ask who runs the proxy to let https://api.deepseek.com through.' },
    proof: "HTML or a browser's challenge, and none of DeepSeek's headers.",
    tell: proxy,
  },
  'wrong-path': {
    title: 'The host is right, the path is not.',
    meaning: 'The base URL has a part too many (`/v1/v1`, `/chat/completions`) or one too few.',
    see: '404 `Not Found. Please check the configuration.`',
    fix: { text: 'Set the base URL to https://api.deepseek.com; the client adds the rest.' },
    proof: '404 from the host that was meant, and no error about a model.',
    tell: (call) => ({
      title:
        call.aim === 'chosen' || call.kind !== 'deepseek'
          ? `${call.who} answered, and it has nothing at this path.`
          : 'The host is right, the path is not.',
      fix: { text: pathFix(call) },
    }),
  },
  'wrong-host': {
    title: "The call went to DeepSeek's web site, not to its API.",
    meaning: 'chat. and platform.deepseek.com serve people and refuse API keys.',
    see: 'HTTP 200 with `{"code":40002}` or `{"code":40003}`',
    fix: { text: 'Set the base URL to https://api.deepseek.com.' },
    proof: "The body has the web hosts' own error codes, or the host is one of them.",
  },
}

function otherVendor(call: CallContext): CallWords {
  const name = call.hostName
  if (call.aim === 'deepseek') {
    return {
      title: `${call.who} answered, although the base URL is DeepSeek's.`,
      fix: {
        text:
          `Find the setting of this client that still points at ${name}: the base URL ${API} is ` +
          'configured, but this call did not use it. The DeepSeek key is not at fault.',
      },
    }
  }
  const isStray = call.aim === 'unknown' && call.matter === 'key'
  if (isStray && (call.vendor?.foreign || call.holdsDeepSeekKey)) {
    return {
      title: `${call.who} answered, not DeepSeek.`,
      fix: {
        text:
          `Set the base URL of the client that makes this call to ${API}: it went to ${name}, ` +
          `which does not know DeepSeek keys. If ${name} is meant, use a key from ` +
          `${call.vendor?.keys ?? 'its own console'}.`,
      },
    }
  }
  return { title: `${call.who} answered, not DeepSeek.`, fix: { text: vendorFix(call, name) } }
}

/** What cures a refusal at the host that was meant. */
function vendorFix(call: CallContext, name: string): string {
  const { vendor, matter, model } = call
  if (matter === 'model') return `Change the model${quoted(model)} to ${modelsOf(call)}.`
  if (matter === 'permission') {
    const what = vendor?.permission ?? 'the permission for this model and service'
    const page = inBrackets(vendor?.models ?? vendor?.keys)
    return (
      `Grant or activate at ${name}: ${what}${page}; or change to a model that the account ` +
      `may use${named(model)}.`
    )
  }
  if (matter === 'region') {
    return `Call ${name} from a country that it serves, or use a host that serves this one.`
  }
  if (matter === 'path') {
    return vendor?.address
      ? `Check the deployment name and the path: ${vendor.address}.`
      : `Check the path that ${name} wants${inBrackets(vendor?.base)}: ` +
          `${call.pathCure ?? 'it knows no such address'}.`
  }
  if (call.kind === 'local' || call.kind === 'near') {
    return (
      `Use the key that ${inside(call.who)} was started with; a DeepSeek key opens ` +
      `nothing there.`
    )
  }
  const where = [vendor?.keys, vendor?.variable && `variable ${vendor.variable}`].filter(Boolean)
  const details = where.length > 0 ? ` (${where.join(', ')})` : ''
  return `Use a key of ${name}${details}: it accepts only keys that it issued itself.`
}

/** `the server` inside a sentence, names as they are. */
function inside(who: string): string {
  return who.replace(/^The /, 'the ')
}

function quoted({ name }: CallContext['model']): string {
  return name === undefined ? ' name' : ` ${name}`
}

function named({ variable }: CallContext['model']): string {
  return variable === undefined ? '' : ` in ${variable}`
}

function modelsOf({ vendor, hostName, model }: CallContext): string {
  const list = vendor?.models ?? 'GET /models there lists them'
  const naming = vendor?.naming ? `; there it is ${vendor.naming}` : ''
  return `a model id that ${hostName} offers (${list})${naming}${named(model)}`
}

function gateway(call: CallContext): CallWords {
  const title = `${call.who} refused the call before DeepSeek saw it.`
  const name = inside(call.who)
  if (call.aim === 'deepseek') {
    return {
      title,
      fix: {
        text:
          `Find the setting of this client that still points at ${name}: the base URL ${API} is ` +
          'configured, but this call did not use it.',
      },
    }
  }
  if (call.matter === 'model' || call.matter === 'permission') {
    const what = quoted(call.model)
    return {
      title,
      fix: {
        text:
          `Change the model${what} to one that ${name} serves, or add a channel and a permission ` +
          'for it in its own settings, or use another provider.',
      },
    }
  }
  const kind = call.vendor?.slug === 'litellm' ? ' (its master key or a virtual key)' : ''
  return {
    title,
    fix: {
      text:
        `Use a key that ${name} issued${kind}${inBrackets(call.vendor?.keys)}; your DeepSeek key ` +
        "belongs in the gateway's own settings.",
    },
  }
}

function proxy(call: CallContext): CallWords {
  const { status, host, vendor } = call
  const isOwn = call.kind === 'near' || call.kind === 'local'
  if (isOwn && host !== undefined) {
    const isLogin = status === 401 || status === 403
    return {
      title: `${call.who} answered with a page or a log-in of its own.`,
      fix: {
        text: isLogin
          ? `Let ${inside(call.who)} pass calls of the API on without a log-in of its own.`
          : `Check that the program behind ${inside(call.who)} is running, and read its log.`,
      },
    }
  }
  if (status !== undefined && status >= 500) {
    return {
      title: `${call.who} answered with an error page.`,
      fix: { text: 'Retry later, or stream the answer so that it does not run into a time limit.' },
    }
  }
  const who = vendor?.name ?? vendorless(call)
  return {
    fix: { text: `Ask who runs ${who} to let ${call.origin ?? API} through, or call without it.` },
  }
}

function vendorless({ proxy: own }: CallContext): string {
  return own ? `the proxy in ${own.name}` : 'the proxy or network between'
}

function pathFix(call: CallContext): string {
  const { pathCure, aim, kind, vendor } = call
  if (vendor?.address)
    return `Check deployment and path of the address: at ${vendor.name}, ${vendor.address}.`
  const isOwn = aim !== 'chosen' && (kind === 'deepseek' || kind === 'nobody')
  if (pathCure !== undefined) {
    const order = pathCure.charAt(0).toUpperCase() + pathCure.slice(1)
    const isWhole =
      isOwn && /^remove the path|^remove \/(?:chat|comp)|^remove the second/.test(pathCure)
    if (isWhole) return `${order}: the base URL is ${API}.`
    const added = /append (\/v\d+) to the base/.exec(pathCure)?.[1]
    return added === undefined || call.origin === undefined
      ? `${order}.`
      : `${order}: ${call.origin}${added}.`
  }
  if (isOwn) {
    return (
      `Set the base URL to ${API}, without a further path; the client appends ` +
      `/chat/completions.`
    )
  }
  const base = call.vendor?.base ?? (call.origin === undefined ? undefined : `${call.origin}/v1`)
  return (
    `Check the path of the base URL${base ? `: ${call.hostName} wants ${base}` : ''}, ` +
    `with /chat/completions behind it.`
  )
}
