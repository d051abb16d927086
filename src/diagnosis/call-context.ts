import type { CallContext, Matter } from '../causes/call-context'
import { characterName } from '../key/characters'
import { echoIn, judgeTail } from '../key/echo'
import { anyOf, type MessageText, type Words } from '../provider/signs'
import { outOfReach } from '../provider/transport-signs'
import { isDeepSeekHost, ownerOfHost, programOfPort, vendorOf } from '../provider/vendors'
import type { Verdict } from './evidence'
import { type Facts, isNearHost } from './facts'
import {
  acceptedIn,
  fieldIn,
  flagsIn,
  insteadIn,
  isModelName,
  lackIn,
  modelIn,
  numbersIn,
  paceIn,
  placeIn,
  typeIn,
  valueIn,
} from './named'
import { featureOf, pathCureOf } from './path-cure'
import { heldKey, isWellFormed, shownName, showsGuardKey } from './sent-key'
import { proxyOf } from './transport-rules'

/** What the words of a cause may name of this call. */
export function callContext(facts: Facts, verdict: Verdict): CallContext {
  const { message, responder, url, env } = facts
  return whenAsked<CallContext>({
    who: () => whoOf(facts, verdict),
    kind: () => kindOf(facts),
    vendor: () => vendorOf(verdict.vendor ?? slugOf(facts) ?? ''),
    aim: () => aimOf(facts),
    host: () => shownHost(url),
    origin: () => originOf(facts.baseURL ?? url),
    hostName() {
      return this.vendor?.name ?? this.host ?? 'that host'
    },
    status: () => facts.status,
    fault: () => verdict.fault,
    isKeyGood: () => verdict.credentialAccepted === true,
    holdsDeepSeekKey: () => isWellFormed(heldKey(facts)),
    isRelayed: () => facts.sentence !== undefined && responder.kind !== 'deepseek',
    matter: () => matterOf(facts),
    ...namedIn(message),
    value() {
      const value = valueIn(message)
      return value !== undefined && this.accepted.includes(value) ? undefined : value
    },
    model: () => modelOf(facts),
    keyVariable: () => keyVariableOf(facts),
    rivalVariable: () => verdict.rival,
    proxyHost: () => proxyHostOf(facts),
    sideHost: () => sideHostOf(facts),
    proxy: () => proxyOf(facts),
    client: () => clientOf(facts),
    isGithubActions: () =>
      env.get('GITHUB_ACTIONS') === 'true' || env.get('GITHUB_RUN_ID') !== undefined,
    feature: () => (responder.kind === 'deepseek' ? featureOf(facts) : undefined),
    pathCure: () => pathCureOf(facts),
    isGuardPlaceholder: () => isGuardPlaceholder(facts),
    character: () => characterOf(facts),
  })
}

/** What the answer itself names. */
function namedIn(message: MessageText) {
  return {
    field: () => fieldIn(message),
    place: () => placeIn(message),
    lacks: () => lackIn(message),
    instead: () => insteadIn(message),
    wantedType: () => typeIn(message),
    isHalfCharacter: () => /surrogate|hex escape/.test(message.low),
    flags: () => flagsIn(message),
    accepted: () => acceptedIn(message),
    numbers: () => numbersIn(message),
    pace: () => paceIn(message),
  }
}

/** Each member is worked out when words ask for it: most causes ask for two or three. */
function whenAsked<T extends object>(members: { [K in keyof T]: (this: T) => T[K] }): T {
  const object = {} as T
  for (const [name, get] of Object.entries(members)) {
    Object.defineProperty(object, name, { get: get as () => unknown })
  }
  return object
}

function isGuardPlaceholder(facts: Facts): boolean {
  const echoed = echoIn(facts.message.text)
  const isEchoed = echoed !== undefined && judgeTail(echoed)?.cause === 'credential-not-attached'
  return isEchoed || showsGuardKey(facts)
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

const matters: readonly (readonly [Matter, Words])[] = [
  ['memory', anyOf('more system memory | out of memory | insufficient memory')],
  ['network', outOfReach],
  [
    'region',
    anyOf('country | territory | your region | region is not | location is not supported'),
  ],
  [
    'permission',
    anyOf(`
      permission | not authorized to | eligible | unpurchased | not activated | scope |
      not enabled | modelnotopen | access to model | not have access | n't have access |
      no access | forbidden to | not allowed to | 权限 | 未开通 | accessdenied | access denied |
      data action | verified | data policy | guardrail`),
  ],
  ['model', anyOf('model | no endpoints found | deployment | 模型 | engine | only available via')],
  [
    'path',
    anyOf('no such route | resource not found | cannot post | cannot get | route not found'),
  ],
  ['key', anyOf('key | token | auth | credential | 令牌 | 密钥 | 凭证')],
]

function matterOf({ message, status }: Facts): Matter {
  if (status === 401 && /api.?key|token|令牌|密钥/.test(message.low)) return 'key'
  // An address has words of its own: /openai/deployments/… says nothing of what is wrong.
  const low = message.low.replace(/https?:\/\/[^\s"']{1,300}/g, '')
  const named = matters.find(([, words]) => words.test(low))?.[0]
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

/** The socket went to this machine or network while a public host was asked: to a proxy. */
function proxyHostOf({ peer, firstUrl, baseURL }: Facts): string | undefined {
  const asked = firstUrl ?? baseURL
  if (!peer || !asked || isNearHost(asked.hostname) || !isNearHost(peer.hostname)) return undefined
  return shownHost(peer)
}

/** The socket went to a third public host: not to the API, and not to a proxy here. */
function sideHostOf({ peer, baseURL }: Facts): string | undefined {
  const host = peer?.hostname ?? ''
  const isName = /[a-z]\.[a-z]/.test(host) && !isNearHost(host)
  return isName && baseURL && host !== baseURL.hostname
    ? shownHost(peer)?.replace(/:443$/, '')
    : undefined
}

function clientOf({ message, trail }: Facts): CallContext['client'] {
  const { low } = message
  if (low.includes('litellm') || trail.names.some((name) => name.startsWith('litellm')))
    return 'litellm'
  if (/\b(?:failed to fetch|load failed|networkerror when attempting|cors policy)/.test(low))
    return 'browser'
  if (/openai_api_key|openaiexception/.test(low)) return 'openai'
  return /anthropic_(?:api_key|auth_token)/.test(low) ? 'anthropic' : undefined
}

/** The character that a client names by its number, or the first one in the key that cannot go. */
function characterOf(facts: Facts): string | undefined {
  const { low } = facts.message
  const hex = /can't encode character '\\u([0-9a-f]{4})'/.exec(low)?.[1]
  const decimal = /has a value of (\d{1,7})/.exec(low)?.[1]
  const code = hex === undefined ? Number(decimal ?? Number.NaN) : Number.parseInt(hex, 16)
  if (code > 0 && code < 0x110000) return characterName(String.fromCodePoint(code))
  const found = /[^\x20-\x7e]/u.exec(heldKey(facts) ?? '')?.[0]
  return found === undefined ? undefined : characterName(found)
}
