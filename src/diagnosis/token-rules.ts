import { anyOf } from '../provider/signs'
import { certain, likely, named, type Rule, type Verdict } from './evidence'
import type { Facts } from './facts'
import { prop } from './reading'
import { heldKey } from './sent-key'

/** The times inside a JSON web token, epoch milliseconds. */
interface TokenTimes {
  expires?: number
  notBefore?: number
}

/** Longer payloads than this are no bearer token's. */
const MAX_PAYLOAD = 8 * 1024

/** Reads `exp`, `nbf` and `iat` of a JSON web token; undefined for every other text. */
function tokenTimes(token: string): TokenTimes | undefined {
  const [, payload] = /^ey[\w-]+\.([\w-]+)\.[\w-]*$/.exec(token.slice(0, MAX_PAYLOAD)) ?? []
  if (!payload) return undefined
  try {
    const claims: unknown = JSON.parse(atob(payload.replace(/-/g, '+').replace(/_/g, '/')))
    const seconds = (name: string): number | undefined => {
      const value = prop(claims, name)
      return typeof value === 'number' && Number.isFinite(value) ? value * 1000 : undefined
    }
    const start = Math.max(seconds('nbf') ?? 0, seconds('iat') ?? 0)
    return { expires: seconds('exp'), notBefore: start > 0 ? start : undefined }
  } catch {
    return undefined
  }
}

/** Less is network delay and rounding; NTP keeps machines within a second. */
const TOLERANCE_MS = 60_000
/** From here on a clock is wrong, not slow: signed requests are refused at five minutes. */
const SKEW_MS = 5 * 60_000

const earlyWords = anyOf(`
  token used before | used before issued | not yet valid | issued in the future |
  requesttimetooskewed | token is not active | clock skew | signature not yet current |
  signature expired`)
const expiredWords = anyOf(`
  token expired | token is expired | token has expired | expired token | expired_token |
  jwt expired | jwt is expired | tokenexpired | expiredtoken | session expired | token was expired |
  credential expired | credentials have expired | token过期 | token 已过期 | 令牌已过期 | token已过期 |
  key has expired | api key expired`)

/** Tokens that carry their own times, at a host that is not DeepSeek's own. */
export const tokenTime: Rule = (facts) => {
  if (facts.status !== undefined && facts.status !== 401 && facts.status !== 403) return undefined
  if (facts.responder.kind === 'deepseek') return undefined
  const times = tokenTimes(heldKey(facts)?.trim() ?? '')
  const low = wordsOf(facts)
  return (times && byTimes(facts, times)) ?? expiredByWords(facts, low)
}

function byTimes(facts: Facts, times: TokenTimes): Verdict | undefined {
  const theirs = serverTime(facts)
  const now = theirs ?? facts.at
  if (now === undefined) return undefined
  const whose = theirs === undefined ? 'our clock' : 'the answer'
  if (times.notBefore !== undefined && times.notBefore > now + TOLERANCE_MS) {
    const seen = [`the token begins ${minutes(times.notBefore - now)} minutes after ${whose}`]
    return likely('clock-skewed', [...seen, ...drift(facts)], ['token-expired'])
  }
  const split = expiryBetween(facts, times.expires, theirs)
  if (split) return split
  if (times.expires === undefined || times.expires > now) return undefined
  const seen = [`the token ended ${minutes(now - times.expires)} minutes before ${whose}`]
  return theirs === undefined
    ? likely('token-expired', seen, ['clock-skewed'])
    : certain('token-expired', [...seen, ...drift(facts)])
}

/** A token that one clock calls alive and the other dead: the clocks are at fault. */
function expiryBetween(facts: Facts, expires?: number, theirs?: number): Verdict | undefined {
  const seen = drift(facts)
  if (seen.length === 0 || expires === undefined || facts.at === undefined) return undefined
  if (expires > facts.at === expires > (theirs ?? facts.at)) return undefined
  const evidence = ['the token has ended by one of the two clocks only', ...seen]
  return likely('clock-skewed', evidence, ['token-expired'])
}

function expiredByWords(facts: Facts, low: string): Verdict | undefined {
  if (facts.status === undefined && !facts.trail.thrown) return undefined
  if (!expiredWords.test(low)) return undefined
  return likely('token-expired', ['the answer says so'], ['clock-skewed'])
}

/** Signed requests and tokens that are refused for their time, whoever refuses them. */
export const clockTold: Rule = (facts) => {
  if (facts.status !== undefined && (facts.status < 400 || facts.status > 403)) return undefined
  if (!earlyWords.test(wordsOf(facts))) return undefined
  const seen = ['the answer finds fault with the time of the token or signature', ...drift(facts)]
  return named(facts, likely('clock-skewed', seen, ['token-expired', 'answered-by-other-vendor']))
}

function wordsOf(facts: Facts): string {
  const challenge = facts.headers.get('www-authenticate') ?? ''
  return `${facts.message.low}\n${challenge.toLowerCase()}`
}

/** `Date` is the server's clock, unless a cache kept the answer. */
function serverTime(facts: Facts): number | undefined {
  if (facts.headers.has('age')) return undefined
  const time = Date.parse(facts.headers.get('date')?.slice(0, 60) ?? '')
  return Number.isNaN(time) ? undefined : time
}

function drift(facts: Facts): string[] {
  const theirs = serverTime(facts)
  if (theirs === undefined || facts.at === undefined) return []
  const difference = facts.at - theirs
  if (Math.abs(difference) < SKEW_MS) return []
  const way = difference > 0 ? 'ahead of' : 'behind'
  return [
    `this machine's clock is ${minutes(Math.abs(difference))} minutes ${way} the answer's Date`,
  ]
}

function minutes(ms: number): number {
  return Math.round(ms / 60_000)
}
