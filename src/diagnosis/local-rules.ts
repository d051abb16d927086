import { findKeyHolders, findMisnamed, isNearKeyName, isOtherKey } from '../key/names'
import { anyOf } from '../provider/signs'
import { likely, possible, type Rule, type Verdict } from './evidence'
import type { Facts } from './facts'
import { carriedSomething, tellsOfRefusal } from './sent-header'
import { defectOf, hasConfiguredKey, heldKey, shownName } from './sent-key'

const NAME = 'DEEPSEEK_API_KEY'

/**
 * No credential reached DeepSeek, or the client refused to start without one: why. `evidence` is
 * what the caller has seen so far.
 */
export function absence(facts: Facts, evidence: string[]): Verdict {
  if (hasConfiguredKey(facts) && !carriedSomething(facts.sent)) {
    return likely(
      'credential-not-attached',
      [...evidence, 'a key is configured'],
      misnamedFor(facts) ? ['key-misnamed', 'credential-stripped'] : ['credential-stripped'],
    )
  }
  const names = facts.env.all().map(([name]) => name)
  const textOf = (name: string): string => facts.env.get(name) ?? ''
  const near = findMisnamed(names, textOf).find(({ meant }) => meant === NAME)
  if (near) {
    return misnamed(near.name, [
      ...evidence,
      `${NAME} has no value, ${shownName(near.name)} has one`,
    ])
  }
  const stray = findKeyHolders(names, textOf).find((name) => !isOtherKey(name))
  if (stray !== undefined) {
    return misnamed(stray, [
      ...evidence,
      `${shownName(stray)} holds text shaped like a DeepSeek key`,
    ])
  }
  return inFiles(facts, evidence) ?? missing(facts, evidence)
}

function inFiles(facts: Facts, evidence: string[]): Verdict | undefined {
  const exported = facts.env.get(NAME) !== undefined
  if (facts.fileNames.has(NAME)) {
    const seen = [...evidence, `a .env file defines ${NAME}`]
    return exported
      ? likely('env-shadowed', [...seen, 'an empty value is exported'], ['env-not-loaded'])
      : likely('env-not-loaded', seen, ['key-missing'])
  }
  const near = [...facts.fileNames].find(isNearKeyName)
  if (!near) return undefined
  const seen = [...evidence, `a .env file defines ${shownName(near)}, not ${NAME}`]
  return likely('key-misnamed', seen, ['env-not-loaded', 'key-missing'])
}

function missing(facts: Facts, evidence: string[]): Verdict {
  // A header built from nothing: the program expected a variable that it did not get.
  const isBuilt = facts.sent.authorization !== undefined
  const isEmpty = facts.env.get(NAME)?.trim() === ''
  if ((isBuilt && facts.env.given) || (isEmpty && facts.status !== undefined)) {
    const why = isEmpty ? `${NAME} is exported with an empty value` : `${NAME} is not set`
    return likely('env-not-loaded', [...evidence, why], ['key-missing'])
  }
  if (facts.env.given || facts.key !== undefined) {
    const other = facts.env.all().find(([name, value]) => isOtherKey(name) && value.trim() !== '')
    const hint = other ? [`${shownName(other[0])} is set: another key, by its name`] : []
    const seen = [...evidence, 'no key is configured', ...hint]
    return likely('key-missing', seen, ['env-not-loaded'])
  }
  return possible('key-missing', evidence, [
    'env-not-loaded',
    'credential-not-attached',
    'credential-stripped',
  ])
}

/** The client looked for another vendor's variable while ours is set. */
function misnamedFor(facts: Facts): boolean {
  return /openai_api_key|anthropic_api_key|anthropic_auth_token/.test(facts.message.low)
}

/** The cure names the variable, where its name can be shown. */
function misnamed(name: string, evidence: string[]): Verdict {
  const verdict = likely('key-misnamed', evidence, ['key-missing', 'env-not-loaded'])
  return shownName(name) === name ? { ...verdict, rival: name } : verdict
}

/** True when the client threw and nobody answered. */
function neverLeft(facts: Facts): boolean {
  return facts.trail.thrown && facts.status === undefined && facts.sentence === undefined
}

const unsendableWords = anyOf(`
  bytestring | invalid header value | invalid character in header content |
  invalid authorization header | illegal header value | invalid http header value |
  header 'authorization' has invalid value | codec can't encode character`)

/** The client refused to build the header. */
export const unsendable: Rule = (facts) => {
  if (!neverLeft(facts)) return undefined
  const { low } = facts.message
  const isCode = facts.trail.codes.includes('ERR_INVALID_CHAR')
  if (!isCode && !unsendableWords.test(low)) return undefined
  if (/illegal header value b['"]bearer\s*['"]/.test(low)) {
    return absence(facts, ['the client refused an empty Bearer header'])
  }
  const named = /in header content \["([a-z-]{1,40})"\]|invalid ([a-z-]{1,40}) header\b/.exec(low)
  const header = named?.[1] ?? named?.[2]
  if (header && !/^(?:authorization|x-api-key|http)$/.test(header)) return otherHeader()
  return /bytestring/.test(low) ? byPosition(facts) : byKey(facts, header !== undefined)
}

/** "…the character at index 19 has a value of 65347…": the key starts behind `Bearer `. */
function byPosition(facts: Facts): Verdict {
  const match = /index (\d{1,6}) has a value of (\d{1,7})/.exec(facts.message.low)
  const index = Number(match?.[1] ?? Number.NaN)
  const code = Number(match?.[2] ?? Number.NaN)
  const key = heldKey(facts)
  if (key !== undefined && match) {
    const inKey = [index, index - 7].some((place) => key.charCodeAt(place) === code)
    return inKey ? byKey(facts, true) : otherHeader()
  }
  const where = match
    ? [`the client names U+${code.toString(16).toUpperCase().padStart(4, '0')}`]
    : []
  const at = index >= 7 ? [`it would be character ${index - 6} of the key`] : []
  const seen = ['the client could not build the header', ...where, ...at]
  return index >= 7
    ? likely('key-unsendable', seen, ['key-whitespace', 'key-masked'])
    : possible('key-unsendable', seen, ['request-invalid', 'unknown'])
}

function byKey(facts: Facts, isCredential: boolean): Verdict {
  const seen = ['the client could not build the header']
  const key = heldKey(facts)
  const defect = defectOf(facts, key)
  if (defect?.code === 'key-whitespace' && defect.severity === 'error') {
    return likely('key-unsendable', [...seen, ...defect.evidence], ['key-whitespace'])
  }
  if (defect && defect.code !== 'key-unknown-shape') {
    const other = defect.code === 'key-unsendable' ? 'key-whitespace' : 'key-unsendable'
    return likely(defect.code, [...seen, ...defect.evidence], [other])
  }
  if (key !== undefined && !isCredential && !mentionsBearer(facts)) return otherHeader()
  return likely('key-unsendable', seen, ['key-whitespace'])
}

function mentionsBearer(facts: Facts): boolean {
  return facts.message.low.includes('bearer') || facts.message.low.includes('authorization')
}

function otherHeader(): Verdict {
  return possible(
    'unknown',
    ['the client could not build a header', 'the configured key has no such character'],
    ['request-invalid', 'header-malformed'],
  )
}

/** What clients call the thing, and how they say that they have none. */
const keyWords = anyOf(`
  api key | api_key | api-key | apikey | credential | auth token | deepseek key |
  authentication method | authentication token | access token`)
const lackWords = anyOf(`
  missing | not found | not set | not provided | not configured | is required | must be set |
  must be provided | must be a string | no api key | undefined | is empty | please set |
  please pass | please provide | could not resolve | could not find | unset | set deepseek |
  set openai | 未设置 | 未配置 | 缺少 | 请设置 | 未填写`)

/** The client was built, or called, without a key and threw by itself. */
export const keyMissingInClient: Rule = (facts) => {
  const isMute = facts.isStatusGuessed && facts.sentence === undefined
  if (
    !(neverLeft(facts) || isMute) ||
    facts.trail.codes.some((code) => /^E[A-Z]{4,}$/.test(code))
  ) {
    return undefined
  }
  const low = facts.message.low.slice(0, 600)
  const isNamed = facts.trail.names.includes('AI_LoadAPIKeyError')
  if (!isNamed && !(keyWords.test(low) && lackWords.test(low))) return undefined
  if (!isNamed && tellsOfRefusal(low)) return undefined
  // A vendor that answers in such words is another matter; so is a reader of `undefined`.
  if (facts.responder.by === 'words' || /cannot read propert/.test(low)) return undefined
  const verdict = absence(facts, ['the client threw before any request: it has no key'])
  return verdict.confidence === 'possible'
    ? likely('key-missing', verdict.evidence, ['env-not-loaded', 'key-misnamed'])
    : verdict
}

const fileCodes = new Set(['ENOENT', 'EACCES', 'EISDIR', 'EPERM', 'ELOOP', 'ENOTDIR'])

/** The key file could not be opened or read. */
export const keyFileUnreadable: Rule = (facts) => {
  const { codes, syscalls, path } = facts.trail
  const code = codes.find((item) => fileCodes.has(item))
  if (!code || syscalls.some((call) => /connect|getaddrinfo|spawn/.test(call))) return undefined
  const file = facts.env.get('DEEPSEEK_API_KEY_FILE')
  if (path && /(?:^|[\\/])\.env[\w.]*$/.test(path)) {
    return likely('env-not-loaded', [`${code} on a .env file`], ['key-missing'])
  }
  const seen = [`${code} on a file`]
  if (file !== undefined && (path === undefined || path.endsWith(file.trim()))) {
    return likely('key-file-unreadable', [...seen, 'DEEPSEEK_API_KEY_FILE names it'])
  }
  const isSecret = /key|secret|token|credential|deepseek/i.test(path ?? '')
  return isSecret ? likely('key-file-unreadable', seen, ['key-is-path']) : undefined
}

const urlWords = anyOf(`
  invalid url | failed to parse url | only absolute urls | unknown scheme | bad port |
  unsupported protocol | only http(s) protocols | url is malformed | malformed url | url scheme |
  missing scheme | request url is missing`)

/** The address could not be made into a URL. */
export const baseUrlInvalid: Rule = (facts) => {
  if (!neverLeft(facts)) return undefined
  const { low } = facts.message
  if (low.includes('includes credentials')) {
    return likely('base-url-has-credentials', ['fetch refuses a URL with a user in it'])
  }
  const isCode = facts.trail.codes.some((code) => /^ERR_INVALID_(?:URL|PROTOCOL)$/.test(code))
  if (!isCode && !urlWords.test(low)) return undefined
  const seen = ['the client could not parse the address']
  const { baseText, baseURL } = facts
  if (baseText === undefined) return likely('base-url-invalid', seen)
  const usable = baseURL && /^https?:$/.test(baseURL.protocol)
  return usable
    ? possible('base-url-invalid', [...seen, 'the configured base URL itself can be parsed'])
    : likely('base-url-invalid', [...seen, 'the configured base URL is not an http address'])
}

/** undici and the JDK hide a 401 behind these when the request body was a stream. */
const hiding = anyOf('expected non-null body source | cannot retry due to server authentication')

/** A 401 whose answer the transport threw away. */
export const hiddenRefusal: Rule = (facts) => {
  if (!hiding.test(facts.message.low)) return undefined
  const seen = ['the transport hid a 401: the request body was a stream']
  return possible('key-rejected', seen, hasConfiguredKey(facts) ? [] : ['key-missing'])
}
