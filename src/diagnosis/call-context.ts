import type { CallContext, Matter } from '../causes/call-context'
import { characterName } from '../key/defect'
import { echoIn, judgeTail } from '../key/echo'
import { isDeepSeekHost, ownerOfHost, programOfPort, vendorOf } from '../provider/vendors'
import type { Verdict } from './evidence'
import { type Facts, isNearHost } from './facts'
import { acceptedIn, fieldIn, isModelName, modelIn, numbersIn, paceIn, valueIn } from './named'
import { pathCureOf } from './path-cure'
import { hasAny } from './reading'
import { isPage } from './responder-rules'
import { heldKey, isGuardKey, isWellFormed, shownName } from './sent-key'

/** What the words of a cause may name of this call. */
export function callContext(facts: Facts, verdict: Verdict): CallContext {
  return new Call(facts, verdict)
}

/** Everything is worked out when words ask for it: most causes ask for two or three things. */
class Call implements CallContext {
  readonly #facts: Facts
  readonly #verdict: Verdict

  constructor(facts: Facts, verdict: Verdict) {
    this.#facts = facts
    this.#verdict = verdict
  }

  get who() {
    return whoOf(this.#facts, this.#verdict)
  }

  get kind() {
    return kindOf(this.#facts)
  }

  get vendor() {
    return vendorOf(this.#verdict.vendor ?? slugOf(this.#facts) ?? '')
  }

  get aim() {
    return aimOf(this.#facts)
  }

  get host() {
    return shownHost(this.#facts.url)
  }

  get origin() {
    return originOf(this.#facts.baseURL ?? this.#facts.url)
  }

  get hostName() {
    return this.vendor?.name ?? this.host ?? 'that host'
  }

  get status() {
    return this.#facts.status
  }

  get fault() {
    return this.#verdict.fault
  }

  get isKeyGood() {
    return this.#verdict.credentialAccepted === true
  }

  get holdsDeepSeekKey() {
    return isWellFormed(heldKey(this.#facts))
  }

  get isRelayed() {
    return this.#facts.sentence !== undefined && this.#facts.responder.kind !== 'deepseek'
  }

  get matter() {
    return matterOf(this.#facts)
  }

  get field() {
    return fieldIn(this.#facts.message)
  }

  get value() {
    const value = valueIn(this.#facts.message)
    return value !== undefined && this.accepted.includes(value) ? undefined : value
  }

  get accepted() {
    return acceptedIn(this.#facts.message)
  }

  get numbers() {
    return numbersIn(this.#facts.message)
  }

  get model() {
    return modelOf(this.#facts)
  }

  get keyVariable() {
    return keyVariableOf(this.#facts)
  }

  get rivalVariable() {
    return this.#verdict.rival
  }

  get proxyHost() {
    return proxyHostOf(this.#facts)
  }

  get proxy() {
    return proxyOf(this.#facts)
  }

  get client() {
    return clientOf(this.#facts)
  }

  get isGithubActions() {
    const { env } = this.#facts
    return env.get('GITHUB_ACTIONS') === 'true' || env.get('GITHUB_RUN_ID') !== undefined
  }

  get pathCure() {
    return pathCureOf(this.#facts)
  }

  get pace() {
    return paceIn(this.#facts.message)
  }

  get isGuardPlaceholder() {
    const echoed = echoIn(this.#facts.message.text)
    const isEchoed = echoed !== undefined && judgeTail(echoed)?.cause === 'credential-not-attached'
    return isEchoed || isGuardKey(heldKey(this.#facts))
  }

  get character() {
    return characterOf(this.#facts)
  }

  get isPage() {
    return isPage(this.#facts)
  }
}

/** Host and port as they can be shown; nothing that looks like a secret, and nothing endless. */
function shownHost(url: URL | undefined): string | undefined {
  if (!url || !/^[\w.:[\]-]{1,80}$/.test(url.host)) return undefined
  const isSecret = /[0-9a-f]{16}|(?=[a-z]*\d)[a-z\d]{24}/i.test(url.host) || /sk-/.test(url.host)
  return isSecret ? undefined : url.host
}

function originOf(url: URL | undefined): string | undefined {
  const host = shownHost(url)
  return host === undefined || !/^https?:$/.test(url?.protocol ?? '')
    ? undefined
    : `${url?.protocol}//${host}`
}

function slugOf({ responder, url }: Facts): string | undefined {
  if (responder.slug !== undefined) return responder.slug
  return url && isNearHost(url.hostname) ? programOfPort(url.port)?.slug : undefined
}

function kindOf({ responder, url }: Facts): CallContext['kind'] {
  const { kind, slug } = responder
  if (kind === 'web') return 'deepseek'
  if (slug !== undefined && vendorOf(slug)?.kind === 'local') return 'local'
  if (kind === 'local') return 'near'
  return kind === 'stranger' && url && isNearHost(url.hostname) ? 'near' : kind
}

function whoOf(facts: Facts, verdict: Verdict): string {
  const { responder, url } = facts
  const slug = verdict.vendor ?? slugOf(facts)
  const row = vendorOf(slug ?? '')
  const host = shownHost(url)
  if (slug !== undefined) {
    const name = row?.name ?? slug
    const isThere = host !== undefined && url !== undefined && !ownerOfHost(url.hostname)
    if (!isThere || isDeepSeekHost(url.hostname)) return name
    // A vendor's words over somebody else's host: a relay stands before it.
    return row?.kind === 'vendor' ? `${name} (behind ${host})` : `${name} on ${host}`
  }
  if (responder.kind === 'deepseek' || responder.kind === 'web') {
    return isFake(facts) ? `The server on ${host}` : 'DeepSeek'
  }
  if (host !== undefined) return `The server on ${host}`
  return facts.sentence ? 'DeepSeek' : 'The API'
}

/** Loopback counts as DeepSeek, so that fakes behave alike; it is not called so. */
function isFake({ responder, url, sentence }: Facts): boolean {
  return responder.by === 'host' && !sentence && url !== undefined && isNearHost(url.hostname)
}

function aimOf({ baseURL, firstUrl, responder }: Facts): CallContext['aim'] {
  const meant = baseURL ?? (responder.by === 'host' ? firstUrl : undefined)
  if (!meant) return 'unknown'
  return isDeepSeekHost(meant.hostname) ? 'deepseek' : 'chosen'
}

const matters: readonly (readonly [Matter, readonly string[]])[] = [
  ['region', ['country', 'territory', 'your region', 'region is not', 'location is not supported']],
  [
    'permission',
    [
      ...['permission', 'not authorized to', 'eligible', 'unpurchased', 'not activated', 'scope'],
      ...[
        'not enabled',
        'modelnotopen',
        'access to model',
        'not have access',
        'no access',
        'forbidden to',
      ],
      ...[
        'not allowed to',
        '权限',
        '未开通',
        'accessdenied',
        'access denied',
        'data action',
        'verified',
      ],
    ],
  ],
  ['model', ['model', 'no endpoints found', 'deployment', '模型', 'engine', 'only available via']],
  ['path', ['no such route', 'resource not found', 'cannot post', 'cannot get', 'route not found']],
  ['key', ['key', 'token', 'auth', 'credential', '令牌', '密钥', '凭证']],
]

function matterOf({ message, status }: Facts): Matter {
  if (status === 401 && /api.?key|token|令牌|密钥/.test(message.low)) return 'key'
  const named = matters.find(([, words]) => hasAny(message.low, words))?.[0]
  if (named) return named
  return status === 401 || status === 403 ? 'key' : status === 404 ? 'path' : 'unknown'
}

/** The model that the answer names, else the one that the environment holds. */
function modelOf({ message, env }: Facts): { name?: string; variable?: string } {
  const name = modelIn(message)
  const held = env
    .all()
    .filter(([key, value]) => /MODEL/i.test(key) && isModelName(value) && shownName(key) === key)
  const same = held.find(([, value]) => value === name)
  if (name !== undefined) return { name, variable: same?.[0] }
  const own =
    held.find(([key]) => /DEEPSEEK/i.test(key)) ?? held.find(([, value]) => /deepseek/i.test(value))
  return own ? { name: own[1], variable: own[0] } : {}
}

function keyVariableOf(facts: Facts): string {
  const key = heldKey(facts)?.trim()
  const name = facts.env.all().find(([, value]) => value.trim() === key)?.[0]
  return name !== undefined && shownName(name) === name ? name : 'DEEPSEEK_API_KEY'
}

/** The names in the order in which clients look for them. */
const proxyNames = [
  'HTTPS_PROXY',
  'https_proxy',
  'ALL_PROXY',
  'all_proxy',
  'HTTP_PROXY',
  'http_proxy',
]

function proxyOf({ env }: Facts): { name: string; isSocks: boolean } | undefined {
  const name = proxyNames.find((item) => env.get(item)?.trim())
  return name === undefined ? undefined : { name, isSocks: /^socks/i.test(env.get(name) ?? '') }
}

/** The socket went to this machine or network while a public host was asked: to a proxy. */
function proxyHostOf({ peer, firstUrl, baseURL }: Facts): string | undefined {
  const asked = firstUrl ?? baseURL
  if (!peer || !asked || isNearHost(asked.hostname) || !isNearHost(peer.hostname)) return undefined
  return shownHost(peer)
}

function clientOf({ message, trail }: Facts): CallContext['client'] {
  const { low } = message
  if (low.includes('litellm') || trail.names.some((name) => name.startsWith('litellm')))
    return 'litellm'
  if (/\b(?:failed to fetch|load failed|networkerror when attempting)/.test(low)) return 'browser'
  if (/openai_api_key|openaiexception/.test(low)) return 'openai'
  return /anthropic_(?:api_key|auth_token)/.test(low) ? 'anthropic' : undefined
}

/** The character that a client names by its number, or the first one in the key that cannot go. */
function characterOf(facts: Facts): string | undefined {
  const code = Number(/has a value of (\d{1,7})/.exec(facts.message.low)?.[1] ?? Number.NaN)
  if (code > 0 && code < 0x110000) return characterName(String.fromCodePoint(code))
  const found = /[^\x20-\x7e]/u.exec(heldKey(facts) ?? '')?.[0]
  return found === undefined ? undefined : characterName(found)
}
