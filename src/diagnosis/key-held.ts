import type { Facts } from './facts'
import { isGenuineShape, judgeKey, type KeyDefect } from './key-shape'
import { isDeepSeekHost, isLoopbackHost, vendorOfHost } from './vendors'

/** The key as DeepSeek should have seen it: as sent, else as configured; undefined when unknown. */
export function heldKey(facts: Facts): string | undefined {
  const key = facts.sent.token ?? facts.key
  return key === undefined || key.trim() === '' ? undefined : key
}

/** True when the process has a key, whatever it is worth. */
export function hasConfiguredKey(facts: Facts): boolean {
  return facts.key !== undefined && facts.key.trim() !== ''
}

/** What is wrong with the text of the key, judged for the host that was asked. */
export function defectOf(facts: Facts, key: string | undefined): KeyDefect | undefined {
  if (key === undefined) return undefined
  const host = facts.url?.hostname
  const own = facts.answerer.kind === 'deepseek' || !host || isDeepSeekHost(host)
  const names = facts.env.size > 0 ? [...facts.env.keys()] : []
  const hostVendor = host ? vendorOfHost(host) : undefined
  try {
    return judgeKey(key, { ownHost: own || isLoopbackHost(host ?? ''), hostVendor, names })
  } catch {
    return undefined
  }
}

/** A defect that explains a refusal; a warning about edges or shape does not. */
export function isFatal(defect: KeyDefect | undefined): defect is KeyDefect {
  return defect?.severity === 'error'
}

/** True when the text is what a DeepSeek key looks like. */
export function isWellFormed(key: string | undefined): boolean {
  return key !== undefined && isGenuineShape(key.trim())
}

/** Names of variables whose value ends like the echo: one of them was sent instead. */
export function variablesEnding(facts: Facts, echo: string): [name: string, value: string][] {
  const held = heldKey(facts)?.trim()
  return [...facts.env].filter(
    ([, value]) => value.length >= 16 && value.trim() !== held && value.trim().endsWith(echo),
  )
}

/** Names with a digit may hold a secret themselves; only plain ones are ever shown. */
export function shownName(name: string): string {
  return /^[A-Za-z_]{2,40}$/.test(name) ? name : 'another variable'
}
