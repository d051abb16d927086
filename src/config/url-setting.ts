import { isGenuineShape } from '../key/finding'
import { API, KEYS_PAGE } from '../provider/deepseek'
import { servesNoDeepSeek } from '../provider/hosts'
import {
  hasKeyPrefix,
  isDeepSeekHost,
  isSameVendor,
  vendorName,
  vendorOfHost,
  vendorOfKey,
} from '../provider/vendors'
import { type JudgedUrl, judgeBaseUrl } from './base-url'
import { judgeVariable } from './environment'
import type { FindingDraft } from './finding-draft'
import type { CheckOptions, FoundCredential } from './settings'
import { emptyShadow, shadowedEntry, shadowingFile } from './shadow'
import type { EnvironmentSnapshot } from './snapshot'
import { normalBaseUrl } from './url-text'
import { originOf } from './variables'

const VARIABLE = 'DEEPSEEK_BASE_URL'

/** Sellers whose own keys have DeepSeek's shape: there it proves nothing. */
const sharedShape = new Set(['dashscope', 'baichuan', 'stepfun', 'minimax', 'infini', 'qiniu'])

/** The base URL after judgement. */
export interface FoundUrl {
  /** Absent when nothing could be made of the text. */
  readonly url?: URL
  readonly findings: readonly FindingDraft[]
}

/** The base URL from the option, the environment or the default. */
export function findBaseUrl(
  snapshot: EnvironmentSnapshot,
  option: unknown,
  allowed: readonly string[],
): FoundUrl {
  if (option !== undefined) return optionUrl(option, allowed)
  const odd = snapshot.oddType(VARIABLE)
  if (odd) return { findings: [notText(VARIABLE, odd)] }
  const { url, finding } = judgeGiven(snapshot.text(VARIABLE), allowed)
  if (finding) {
    const findings = [{ ...finding, origin: snapshot.originOf(VARIABLE) }]
    return { ...(url && { url }), findings }
  }
  return url ? { url, findings: shadowedUrl(url, snapshot) } : { findings: [] }
}

/** A wrong option is mended in code: no platform has a page for it. */
function optionUrl(option: unknown, allowed: readonly string[]): FoundUrl {
  if (typeof option !== 'string') return { findings: [notText('baseURL', typeof option)] }
  const { url, finding } = judgeBaseUrl(option.trim() || API, 'baseURL', allowed)
  if (!finding) return { ...(url && { url }), findings: [] }
  const { set, value, setVariable, ...rest } = finding
  return { ...(url && { url }), findings: [{ ...rest, origin: 'option' }] }
}

/** `.env` gives another base URL than the one that is used. */
function shadowedUrl(used: URL, snapshot: EnvironmentSnapshot): FindingDraft[] {
  if (!snapshot.isSet(VARIABLE)) return []
  const shadow = shadowingFile(snapshot, VARIABLE, (value) => {
    const { url } = judgeBaseUrl(value, VARIABLE, [])
    return url !== undefined && normalBaseUrl(url) !== normalBaseUrl(used)
  })
  if (!shadow) return []
  if (snapshot.text(VARIABLE).trim() !== '') return [shadowedEntry(VARIABLE, shadow, snapshot)]
  const { file } = shadow
  return [{ ...emptyShadow(VARIABLE, file), evidence: [`${file} defines ${VARIABLE}`] }]
}

/** The environment's own text is read by an envalid validator, as every variable is. */
function judgeGiven(text: string, allowed: readonly string[]): JudgedUrl {
  const judge = (input: string): JudgedUrl => judgeBaseUrl(input, VARIABLE, allowed)
  // Most starts leave the default, and a good start should cost next to nothing.
  if (text.trim() === '') return { url: new URL(API) }
  const isRefused = ({ finding }: JudgedUrl): boolean => finding?.severity === 'error'
  return judgeVariable(VARIABLE, text, judge, isRefused) ?? judge('unreadable')
}

/**
 * A sound address and a key that do not belong together: a host that serves no DeepSeek model, or a
 * key whose issuer is somebody else than the owner of the host.
 */
export function mismatch(
  { url, findings }: FoundUrl,
  found: FoundCredential,
  option: unknown,
): FindingDraft[] {
  const owner = url && vendorOfHost(url.hostname)
  if (!owner || findings.some(({ severity }) => severity === 'error')) return []
  if (servesNoDeepSeek(url.hostname)) return [withoutDeepSeek(owner, option)]
  const key = found.text?.trim() ?? ''
  const issuer = vendorOfKey(key)
  const isForeign = issuer
    ? hasKeyPrefix(owner) && !isSameVendor(issuer.slug, owner)
    : isGenuineShape(key) && !sharedShape.has(owner)
  return isForeign ? [foreignKey(owner, issuer?.name ?? 'DeepSeek', found)] : []
}

function withoutDeepSeek(owner: string, option: unknown): FindingDraft {
  const variable = option === undefined ? VARIABLE : 'baseURL'
  const host = vendorName(owner)
  return {
    code: 'base-url-wrong-host',
    severity: 'warning',
    variable,
    title: `${variable} names the API of ${host}, which serves no DeepSeek model.`,
    evidence: [`the host belongs to ${host}`],
    advice: `Set ${variable} to ${API}, unless calls are meant for ${host}`,
    validAfterFix: true,
    origin: option === undefined ? 'environment' : 'option',
    ...(option === undefined && { set: 'plain' as const, value: API }),
  }
}

function foreignKey(owner: string, issuer: string, { variable }: FoundCredential): FindingDraft {
  const host = vendorName(owner)
  const ofIssuer = `${/^[AEIO]/.test(issuer) ? 'an' : 'a'} ${issuer}`
  return {
    code: 'key-wrong-vendor',
    severity: 'warning',
    variable,
    title: `${variable} holds ${ofIssuer} key, but calls go to ${host}.`,
    evidence: [`the key looks like one of ${issuer}`, `the host belongs to ${host}`],
    advice:
      `Set ${variable} to a key of ${host}, or remove ${VARIABLE} and use a key from ` +
      `${KEYS_PAGE} to call DeepSeek itself`,
    validAfterFix: false,
    origin: variable === 'credential' ? 'option' : 'environment',
  }
}

/** The origins that somebody listed, and the entries that are none. */
export function listedOrigins(
  fromEnvironment: readonly string[],
  option: CheckOptions['outbound'],
): { origins: string[]; findings: FindingDraft[] } {
  const given: unknown = option && Object.hasOwn(option, 'origins') ? option.origins : undefined
  if (given === undefined) return { origins: [...fromEnvironment], findings: [] }
  const entries = Array.isArray(given) ? given : [undefined]
  const read = entries.map((entry: unknown) =>
    typeof entry === 'string' ? originOf(entry) : { what: 'is not a list of strings' },
  )
  const findings = read.flatMap((entry): FindingDraft[] =>
    'what' in entry ? [badOrigin(entry.what)] : [],
  )
  return {
    origins: read.flatMap((entry) => ('origin' in entry ? [entry.origin] : [])),
    findings: findings.slice(0, 1),
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

function badOrigin(what: string): FindingDraft {
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

function notText(variable: string, type: string): FindingDraft {
  return {
    code: 'base-url-invalid',
    severity: 'error',
    variable,
    title: `${variable} is not a string.`,
    evidence: [`its type is ${type}`],
    advice: `Pass ${variable} as a string`,
    validAfterFix: false,
  }
}
