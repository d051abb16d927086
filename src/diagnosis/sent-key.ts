import { GUARD_PLACEHOLDER } from '../key/echo'
import { isGenuineShape, type KeyFinding } from '../key/finding'
import { judgeKey } from '../key/judge'
import { isDeepSeekHost, isLoopbackHost, vendorOfHost } from '../provider/vendors'
import type { Facts } from './facts'

/** `user_provided`, `not-needed`: sentinels that programs put where no key is wanted. */
const wordsOnly = /^[a-z]{2,15}(?:[_-][a-z]{2,15}){1,4}$/i

/** The key as DeepSeek should have seen it: as sent, else as configured; undefined when unknown. */
export function heldKey(facts: Facts): string | undefined {
  const { sent, key: configured } = facts
  // Parsing a header drops the blanks in front of a key; what is configured still has them.
  const isSame = configured !== undefined && configured.trim() === sent.token?.trim()
  const key = isSame ? configured : (sent.token ?? configured)
  return key === undefined || key.trim() === '' ? undefined : key
}

/** True when the process has a key, whatever it is worth. */
export function hasConfiguredKey(facts: Facts): boolean {
  const key = facts.key?.trim() || facts.env.get('DEEPSEEK_API_KEY')?.trim()
  return key !== undefined && key !== ''
}

/** What is wrong with the text of the key, judged for the host that was asked. */
export function defectOf(facts: Facts, key: string | undefined): KeyFinding | undefined {
  if (key === undefined) return undefined
  const host = facts.url?.hostname
  const own = facts.responder.kind === 'deepseek' || !host || isDeepSeekHost(host)
  // A key that is the name of a variable is a reference; only that one name matters.
  const name = key.trim()
  const names = facts.env.get(name) === undefined ? [] : [name]
  const hostVendor = host ? vendorOfHost(host) : undefined
  const ownHost = own || isLoopbackHost(host ?? '')
  const defect = judgeKey(key, { ownHost, hostVendor, names })
  // An unknown shape is no fault at boot; once refused, words that stand for nothing are.
  const isWords = defect?.code === 'key-unknown-shape' && ownHost && wordsOnly.test(key.trim())
  return isWords ? { ...defect, code: 'key-placeholder', severity: 'error' } : defect
}

type FatalFinding = KeyFinding & { severity: 'error' }

/** A finding that explains a refusal; a warning about edges or shape does not. */
export function isFatal(defect: KeyFinding | undefined): defect is FatalFinding {
  return defect?.severity === 'error'
}

/** True when the text, as `fetch` sends it, is what a DeepSeek key looks like. */
export function isWellFormed(key: string | undefined): boolean {
  return key !== undefined && isGenuineShape(asSent(key))
}

/** `fetch` drops blanks and line ends behind a value; a no-break space or a leading one travels. */
function asSent(key: string): string {
  return key.replace(/[ \t\r\n]+$/, '')
}

/** Shorter values than this are settings, whatever they end in, unless the name says key. */
const SHORTEST = 16

/** Names of variables whose value ends like the echo: one of them was sent instead. */
export function variablesEnding(
  facts: Facts,
  echo: string,
): (readonly [name: string, value: string])[] {
  const held = heldKey(facts)?.trim()
  return facts.env.all().filter(([name, value]) => {
    const core = value.trim()
    const isKey = core.length >= SHORTEST || /KEY|TOKEN|SECRET|AUTH/i.test(name)
    return isKey && core.length >= 4 && core !== held && core.endsWith(echo)
  })
}

/** Names with a digit may hold a secret themselves; only plain ones are ever shown. */
export function shownName(name: string): string {
  return /^[A-Za-z_]{2,40}$/.test(name) ? name : 'another variable'
}

/** True when the guard's own placeholder is in the place of the key. */
export function isGuardKey(key: string | undefined): boolean {
  return key?.trim() === GUARD_PLACEHOLDER
}

/** The placeholder as an answer quotes it: whole, or with its middle masked. */
const quotedGuardKey = /managed-(?:by-deepseek-guard|[*.…x]{2,}g?uard)/i

/** True when an answer quotes the guard's own placeholder, or it was sent. */
export function showsGuardKey(facts: Facts): boolean {
  return quotedGuardKey.test(facts.message.text) || isGuardKey(heldKey(facts))
}
