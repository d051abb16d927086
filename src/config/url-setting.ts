import type { Cause } from '../causes/cause'
import { isGenuineShape } from '../key/defect'
import {
  hasKeyPrefix,
  isDeepSeekHost,
  isSameVendor,
  vendorName,
  vendorOfHost,
  vendorOfKey,
} from '../provider/vendors'
import {
  DEFAULT_BASE_URL,
  type JudgedUrl,
  judgeBaseUrl,
  normalBaseUrl,
  type UrlDefect,
} from './base-url'
import { judgeVariable } from './environment'
import type { Problem } from './problem'
import type { CheckOptions } from './settings'
import { emptyShadow, shadowedEntry, shadowingFile } from './shadow'
import type { Situation } from './snapshot'
import { originOf } from './variables'

const VARIABLE = 'DEEPSEEK_BASE_URL'

const UNREADABLE: UrlDefect = {
  cause: 'base-url-invalid',
  severity: 'error',
  what: 'cannot be read',
  evidence: [],
  advice: 'Set {} to https://api.deepseek.com, or to the address of your gateway',
}

/** Sellers whose own keys have DeepSeek's shape: there it proves nothing. */
const sharedShape = new Set(['dashscope', 'baichuan', 'stepfun', 'minimax', 'infini', 'qiniu'])

/** Faults that go away with the foreign host. */
const curedByAnotherHost = new Set<Cause>([
  'base-url-has-endpoint',
  'base-url-insecure',
  'env-shadowed',
])

/** The base URL after judgement. */
export interface FoundUrl {
  /** Absent when nothing could be made of the text. */
  readonly url?: URL
  readonly problems: readonly Problem[]
}

/** The base URL from the option, the environment or the default. */
export function findBaseUrl(
  situation: Situation,
  option: unknown,
  allowed: readonly string[],
): FoundUrl {
  const given = option === undefined ? situation.text(VARIABLE) : option
  const variable = option === undefined ? VARIABLE : 'baseURL'
  const odd = typeof given === 'string' ? situation.oddType(VARIABLE) : typeof given
  if (typeof given !== 'string' || (option === undefined && odd)) {
    return { problems: [notText(variable, odd ?? 'unknown')] }
  }
  const { url, defect } = judgeGiven(given, allowed, option === undefined)
  if (!defect) {
    const problems = option === undefined && url ? shadowedUrl(url, situation) : []
    return { ...(url && { url }), problems }
  }
  const { cause, severity, what, evidence, advice, repairable } = defect
  const problem: Problem = {
    code: cause,
    severity,
    variable,
    title: `${variable} ${what}.`,
    evidence,
    advice: advice.replace('{}', variable),
    validAfterFix: repairable ?? false,
    ...(option === undefined && { set: 'plain' as const }),
    origin: option === undefined ? situation.originOf(VARIABLE) : 'option',
  }
  return { ...(url && { url }), problems: [problem] }
}

/** `.env` gives another base URL than the one that is used. */
function shadowedUrl(used: URL, situation: Situation): Problem[] {
  if (!situation.isSet(VARIABLE)) return []
  const file = shadowingFile(situation, VARIABLE, (value) => {
    const { url } = judgeBaseUrl(value, [])
    return url !== undefined && normalBaseUrl(url) !== normalBaseUrl(used)
  })
  if (!file) return []
  if (situation.text(VARIABLE).trim() !== '') return [shadowedEntry(VARIABLE, file, situation)]
  return [{ ...emptyShadow(VARIABLE, file), evidence: [`${file} defines ${VARIABLE}`] }]
}

/** The environment's own text is read by an envalid validator, as every variable is. */
function judgeGiven(text: string, allowed: readonly string[], fromVariable: boolean): JudgedUrl {
  const judge = (input: string): JudgedUrl => judgeBaseUrl(input, allowed)
  if (text.trim() === '') return judge(DEFAULT_BASE_URL)
  if (!fromVariable) return judge(text)
  const isRefused = ({ defect }: JudgedUrl): boolean => defect?.severity === 'error'
  return judgeVariable(VARIABLE, text, judge, isRefused) ?? { defect: UNREADABLE }
}

/** The key would go to a vendor that did not issue it. */
export function foreignHost(found: FoundUrl, key: string, option: unknown): Problem[] {
  const owner = found.url && vendorOfHost(found.url.hostname)
  const hopeless = found.problems.some(({ code }) => !curedByAnotherHost.has(code))
  if (!owner || hopeless) return []
  const issuer = vendorOfKey(key)
  const isForeign = issuer
    ? hasKeyPrefix(owner) && !isSameVendor(issuer.slug, owner)
    : isGenuineShape(key) && !sharedShape.has(owner)
  if (!isForeign) return []
  const variable = option === undefined ? VARIABLE : 'baseURL'
  const host = vendorName(owner)
  return [
    {
      code: 'base-url-wrong-host',
      severity: 'error',
      variable,
      title: `${variable} would send the key to ${host}, which did not issue it.`,
      evidence: [
        `the host belongs to ${host}`,
        `the key looks like one of ${issuer?.name ?? 'DeepSeek'}`,
      ],
      advice:
        `Set ${variable} to https://api.deepseek.com, or set DEEPSEEK_API_KEY to a key of ` +
        `${host}`,
      validAfterFix: issuer === undefined,
      origin: option === undefined ? 'environment' : 'option',
    },
  ]
}

/** The origins that somebody listed, and the entries that are none. */
export function listedOrigins(
  fromEnvironment: readonly string[],
  option: CheckOptions['outbound'],
): { origins: string[]; problems: Problem[] } {
  const given: unknown = option?.origins
  if (given === undefined) return { origins: [...fromEnvironment], problems: [] }
  const entries = Array.isArray(given) ? given : [undefined]
  const read = entries.map((entry: unknown) =>
    typeof entry === 'string' ? originOf(entry) : { what: 'is no list of texts' },
  )
  const problems = read.flatMap((entry): Problem[] =>
    'what' in entry ? [badOrigin(entry.what)] : [],
  )
  return {
    origins: read.flatMap((entry) => ('origin' in entry ? [entry.origin] : [])),
    problems: problems.slice(0, 1),
  }
}

/** Plain http never carries the key to DeepSeek itself, listed or not. */
export function safeOrigins(url: URL, listed: readonly string[]): string[] {
  const safe = listed.filter((origin) => {
    const { protocol, hostname } = new URL(origin)
    return protocol === 'https:' || !isDeepSeekHost(hostname)
  })
  return [...new Set([url.origin, ...safe])]
}

function badOrigin(what: string): Problem {
  return {
    code: 'option-invalid',
    severity: 'error',
    variable: 'outbound.origins',
    title: `The option outbound.origins ${what}.`,
    evidence: ['an origin ends after the host or the port: https://gateway.example.com'],
    advice: 'Set outbound.origins to exact origins such as https://gateway.example.com',
    origin: 'option',
  }
}

function notText(variable: string, type: string): Problem {
  return {
    code: 'base-url-invalid',
    severity: 'error',
    variable,
    title: `${variable} is no text.`,
    evidence: [`its type is ${type}`],
    advice: `Pass ${variable} as a string`,
    validAfterFix: false,
  }
}
