import { API } from '../provider/deepseek'
import { isDeepSeekHost, ownerOfHost, vendorOf } from '../provider/vendors'
import { type Facts, isNearHost } from './facts'

const ENDPOINT = '/chat/completions'
/** Endpoints that a client adds by itself. */
const endpoints = /\/(?:chat\/completions|completions|messages|responses|embeddings|models)\/?$/
/** Paths of base URLs that DeepSeek has. */
const ownPaths = /^\/(?:v1|beta|anthropic(?:\/v1)?)?\/?$/

/**
 * What has to change in an address that was answered with 404, as an order that continues a
 * sentence; undefined when nothing about it is known. Shows known parts of paths only.
 */
export function pathCureOf(facts: Facts): string | undefined {
  const { url, baseURL, firstUrl } = facts
  const asked = firstUrl && firstUrl !== baseURL ? firstUrl.pathname : undefined
  const base = baseURL?.pathname
  const host = (url ?? baseURL)?.hostname
  if (asked !== undefined) {
    const repeated = repeatedIn(asked)
    if (repeated) return `remove the second ${repeated} from the path`
  }
  if (base !== undefined && endpoints.test(base)) {
    return `remove ${endpoints.exec(base)?.[0] ?? ENDPOINT} from the end of the base URL`
  }
  if (host === undefined) return undefined
  if (isDeepSeekHost(host)) return atDeepSeek(asked, base)
  return atOthers(facts, host, asked, base)
}

/** `/v1/v1`, `/v1/v4`, `/chat/completions/chat/completions`: what stands there twice. */
function repeatedIn(path: string): string | undefined {
  const version = /\/(v\d{1,2}(?:beta)?)\/(v\d{1,2}(?:beta)?)(?:\/|$)/.exec(path)
  if (version) return `/${version[2]}`
  const known = /(\/(?:chat\/completions|completions|messages|responses|models|anthropic|beta))/g
  const parts: readonly string[] = path.match(known) ?? []
  return parts.find((part, index) => parts.indexOf(part) !== index)
}

function atDeepSeek(asked: string | undefined, base: string | undefined): string | undefined {
  if (asked === '/' || asked === '') {
    return `append ${ENDPOINT} to the address: this client posts to the URL exactly as it is given`
  }
  if (asked !== undefined && /^\/(?:v1\/)?chat\/?$/.test(asked)) {
    return `write ${ENDPOINT} instead of /chat`
  }
  if (asked !== undefined && /\/v1\/messages\/?$/.test(asked) && !asked.includes('/anthropic')) {
    return `put /anthropic in front of /v1/messages: set the base URL to ${API}/anthropic`
  }
  if (asked !== undefined && /\/anthropic\/.*(?:chat\/completions|models)/.test(asked)) {
    return 'remove /anthropic from the base URL: only /v1/messages exists below it'
  }
  if (asked !== undefined && /^\/(?:v1\/)?completions\/?$/.test(asked)) {
    return 'write /chat/completions; /completions exists only below /beta'
  }
  if (base !== undefined && !ownPaths.test(base)) {
    const part = /^\/[a-z][\w.-]{0,15}\/?$/i.test(base) && !/\d{3}/.test(base) ? ` ${base}` : ''
    return `remove the path${part} from the base URL`
  }
  return undefined
}

function atOthers(
  facts: Facts,
  host: string,
  asked: string | undefined,
  base: string | undefined,
): string | undefined {
  const owner = ownerOfHost(host)
  const wanted = owner && pathOf(vendorOf(owner.slug)?.base)
  const path = asked ?? base ?? '/'
  if (wanted !== undefined) {
    const isThere = path.startsWith(wanted === '' ? '/' : wanted)
    if (!isThere) return `set the base URL to ${vendorOf(owner?.slug ?? '')?.base}`
    if (/\/completions\/?$/.test(path) && !/chat\/completions/.test(path)) {
      return `write ${wanted}${ENDPOINT}: the part /chat is missing`
    }
    if (path === wanted || path === `${wanted}/`) return `append ${ENDPOINT} to the address`
    return undefined
  }
  const isBare = !/\/v\d|\/api|\/openai/.test(path)
  if (isBare && (isNearHost(host) || facts.responder.kind === 'stranger')) {
    return 'append /v1 to the base URL'
  }
  return undefined
}

function pathOf(base: string | undefined): string | undefined {
  return base === undefined ? undefined : new URL(base).pathname.replace(/\/$/, '')
}

/** Endpoints of other vendors that DeepSeek does not have, and how they are called. */
const foreignEndpoint =
  /\/(embeddings|moderations|assistants|batches|fine_tuning|rerank|images|audio)\b/

/** What was called that DeepSeek does not have. */
export function featureOf({ url }: Facts): string | undefined {
  const name = foreignEndpoint.exec(url?.pathname ?? '')?.[1]
  return name?.replace('_', '-')
}
