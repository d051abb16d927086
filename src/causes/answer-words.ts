import { API } from '../provider/deepseek'
import { type CallContext, inBrackets, inside, isDeepSeeks } from './call-context'
import type { CauseWords, causesByGroup } from './cause'

type Causes = (typeof causesByGroup)['wrong-destination'][number]

/** Somebody else answered, or the address is wrong. */
export const answerWords: Record<Causes, CauseWords> = {
  'answered-by-other-vendor': {
    title: (call) =>
      call.aim === 'deepseek'
        ? `${call.who} answered, although the base URL is DeepSeek's.`
        : `${call.who} answered, not DeepSeek.`,
    meaning: "The base URL is missing, ignored or another vendor's; that vendor refused the call.",
    see: "Another vendor's error text, such as `Incorrect API key provided`",
    fix: vendorFix,
    proof: "The wording, headers or host are that vendor's.",
    general: { who: 'Another vendor', kind: 'vendor', hostName: 'another vendor' },
  },
  'answered-by-gateway': {
    title: (call) => `${call.who} refused the call before DeepSeek saw it.`,
    meaning:
      'one-api, LiteLLM, Cloudflare AI Gateway or a local router did not accept its own key.',
    see: "A gateway's error: `token_not_found_in_db`, `无效的令牌`, `AiGatewayError`",
    fix: gatewayFix,
    proof: 'The error has the form of a gateway and no DeepSeek text inside.',
    general: { who: 'The LLM gateway', kind: 'gateway' },
  },
  'answered-by-proxy': {
    title: (call) =>
      isOwnServer(call)
        ? `${call.who} answered with a page or a log-in of its own.`
        : isServerError(call)
          ? `${call.who} answered with an error page.`
          : 'A proxy or web server on the way answered, not DeepSeek.',
    meaning: 'A company proxy, a captive portal or a reverse proxy sent its own page or log-in.',
    see: 'HTML where JSON was expected, or `WWW-Authenticate: Basic`',
    fix: proxyFix,
    proof: "HTML or a browser's challenge, and none of DeepSeek's headers.",
  },
  'wrong-path': {
    title: (call) =>
      call.feature
        ? `DeepSeek has no ${call.feature}.`
        : call.aim === 'chosen' || call.kind !== 'deepseek'
          ? `${call.who} answered, and it has nothing at this path.`
          : 'The host is right, the path is not.',
    meaning: 'The base URL has a part too many (`/v1/v1`, `/chat/completions`) or one too few.',
    see: '404 `Not Found. Please check the configuration.`',
    fix: pathFix,
    proof: '404 from the host that was meant, and no error about a model.',
  },
  'wrong-host': {
    title: "The call went to DeepSeek's web site, not to its API.",
    meaning: 'chat. and platform.deepseek.com serve people and refuse API keys.',
    see: 'HTTP 200 with `{"code":40002}` or `{"code":40003}`',
    fix: `Set the base URL to ${API}.`,
    proof: "The body has the web hosts' own error codes, or the host is one of them.",
  },
}

/** The configured address is DeepSeek's, and this call did not use it. */
function strayFix(name: string): string {
  return (
    `Find the setting of this client that still points at ${name}: the base URL ${API} is ` +
    'configured, but this call did not use it.'
  )
}

function vendorFix(call: CallContext): string {
  const { vendor, matter, hostName: name } = call
  if (call.aim === 'deepseek') return `${strayFix(name)} The DeepSeek key is not at fault.`
  const isStray = call.aim === 'unknown' && matter === 'key'
  if (isStray && (vendor?.foreign || call.holdsDeepSeekKey)) {
    return (
      `Set the base URL of the client that makes this call to ${API}: it went to ${name}, ` +
      `which does not know DeepSeek keys. If ${name} is meant, use a key from ` +
      `${vendor?.keys ?? 'its own console'}.`
    )
  }
  if (call.aim === 'unknown' && matter === 'region' && vendor?.foreign) {
    return (
      `Set the base URL of the client that makes this call to ${API}: it went to ${name}. ` +
      `If ${name} is meant, call it from a country that it serves.`
    )
  }
  return fixAtVendor(call)
}

/** What cures a refusal at the host that was meant. */
function fixAtVendor(call: CallContext): string {
  const { vendor, matter, model, hostName: name } = call
  const where = model.variable === undefined ? '' : ` in ${model.variable}`
  if (matter === 'model') {
    const list = vendor?.models ?? 'GET /models there lists them'
    const naming = vendor?.naming ? `; there it is ${vendor.naming}` : ''
    return (
      `Change the model${quoted(model)} to a model id that ${name} offers ` +
      `(${list})${naming}${where}.`
    )
  }
  if (matter === 'permission') {
    const what = vendor?.permission ?? 'the permission for this model and service'
    const page = inBrackets(vendor?.privacy ?? vendor?.models ?? vendor?.keys)
    return (
      `Grant or activate at ${name}: ${what}${page}; or change to a model that the account ` +
      `may use${where}.`
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
      'nothing there.'
    )
  }
  const keys = [vendor?.keys, vendor?.variable && `variable ${vendor.variable}`].filter(Boolean)
  const details = keys.length > 0 ? ` (${keys.join(', ')})` : ''
  return `Use a key of ${name}${details}: it accepts only keys that it issued itself.`
}

function quoted({ name }: CallContext['model']): string {
  return name === undefined ? ' name' : ` ${name}`
}

function gatewayFix(call: CallContext): string {
  const name = inside(call.who)
  if (call.aim === 'deepseek') return strayFix(name)
  if (call.matter === 'model' || call.matter === 'permission') {
    return (
      `Change the model${quoted(call.model)} to one that ${name} serves, or add a channel and a ` +
      'permission for it in its own settings, or use another provider.'
    )
  }
  const kind = call.vendor?.slug === 'litellm' ? ' (its master key or a virtual key)' : ''
  return (
    `Use a key that ${name} issued${kind}${inBrackets(call.vendor?.keys)}; your DeepSeek key ` +
    "belongs in the gateway's own settings."
  )
}

function isOwnServer({ kind, host }: CallContext): boolean {
  return (kind === 'near' || kind === 'local') && host !== undefined
}

function isServerError({ status }: CallContext): boolean {
  return status !== undefined && status >= 500
}

function proxyFix(call: CallContext): string {
  if (isOwnServer(call)) {
    return call.status === 401 || call.status === 403
      ? `Let ${inside(call.who)} pass calls of the API on without a log-in of its own.`
      : `Check that the program behind ${inside(call.who)} is running, and read its log.`
  }
  if (isServerError(call)) {
    return 'Retry later, or stream the answer so that it does not run into a time limit.'
  }
  const unnamed = call.proxy ? `the proxy in ${call.proxy.name}` : 'the proxy or network between'
  const who = call.vendor?.name ?? unnamed
  return `Ask who runs ${who} to let ${call.origin ?? API} through, or call without it.`
}

function pathFix(call: CallContext): string {
  const { pathCure, vendor, origin, feature } = call
  if (feature) {
    return (
      `Point the setting for ${feature} at another provider or a local model, with its own ` +
      `base URL and key: DeepSeek has no ${feature}. Chat stays where it is.`
    )
  }
  if (vendor?.address) {
    return `Check deployment and path of the address: at ${vendor.name}, ${vendor.address}.`
  }
  const isOwn = call.aim !== 'chosen' && isDeepSeeks(call)
  if (pathCure !== undefined) {
    const order = pathCure.charAt(0).toUpperCase() + pathCure.slice(1)
    const isWhole = /^remove the path|^remove \/(?:chat|comp)|^remove the second/.test(pathCure)
    const whole = isOwn ? API : vendor?.base
    if (isWhole && whole) return `${order}: the base URL is ${whole}.`
    const added = /append (\/v\d+) to the base/.exec(pathCure)?.[1]
    return added === undefined || origin === undefined
      ? `${order}.`
      : `${order}: ${origin}${added}.`
  }
  if (isOwn) {
    return (
      `Set the base URL to ${API}, without a further path; the client appends ` +
      '/chat/completions.'
    )
  }
  const isLocal = call.kind === 'local' && origin !== undefined
  const base =
    (isLocal ? undefined : vendor?.base) ?? (origin === undefined ? undefined : `${origin}/v1`)
  return (
    `Check the path of the base URL${base ? `: ${call.hostName} wants ${base}` : ''}, ` +
    'with /chat/completions behind it.'
  )
}
