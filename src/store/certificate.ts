import type { Group } from './shared-store'

/** One process, as its row in the store tells. */
export interface Instance {
  /** The row's name in the store; unique. */
  member: string
  /** Host or pod. */
  name: string
  process: number
  /** Fingerprint of the credential in use; null before the first. */
  fingerprint: string | null
  /** Milliseconds since this credential came into use here. */
  heldForMs: number
  status: 'pass' | 'warn' | 'fail'
  /** An answer has proved this credential good for this instance. */
  proved: boolean
  /** It judges, by itself, that it should be out of rotation. */
  wouldFail: boolean
  /** Milliseconds since the row was written. */
  ageMs: number
}

/** A credential that was in use within the last seven days and is in nobody's hand any longer. */
interface OlderCredential {
  fingerprint: string
  /** Milliseconds since anybody used it, to the precision of one lease. */
  ageMs: number
}

/** Whether an older credential may be revoked. */
export interface Certificate {
  /** True when every live instance uses one credential and has proved it. */
  given: boolean
  instances: Instance[]
  /** The newest credential in use. */
  current: string | undefined
  /** Last used latest first. */
  older: OlderCredential[]
  /** For people. */
  sentence: string
}

/** So much of a fingerprint tells two keys apart at a glance. */
const SHORT = 4

type Row = Omit<Instance, 'member' | 'ageMs'>

/** The text of a row. */
export function encodeRow(row: Row): string {
  const { name, process, fingerprint, heldForMs, status, proved, wouldFail } = row
  return JSON.stringify({ name, process, fingerprint, heldForMs, status, proved, wouldFail })
}

function decodeRow(text: string): Row | undefined {
  try {
    const row = JSON.parse(text) as Row
    const sound =
      Number.isSafeInteger(row.process) &&
      (row.fingerprint === null || isFingerprint(row.fingerprint)) &&
      isAge(row.heldForMs) &&
      ['pass', 'warn', 'fail'].includes(row.status)
    // It is shown on a terminal: no character may steer one.
    return sound ? { ...row, name: row.name.replace(/[^ -~]/g, '?').slice(0, 80) } : undefined
  } catch {
    return undefined
  }
}

/** Up to thirty years: what is older makes no date. */
function isAge(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value < 1e12
}

function isFingerprint(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{12}$/.test(value)
}

/** The rows of a group, those that can be read, by name. */
function instancesOf({ rows }: Group): Instance[] {
  return rows
    .flatMap(({ member, value, ageMs }) => {
      const row = decodeRow(value)
      if (row === undefined) return []
      const { proved, wouldFail } = row
      return [{ ...row, member, ageMs, proved: proved === true, wouldFail: wouldFail === true }]
    })
    .sort((a, b) => a.name.localeCompare(b.name) || a.process - b.process)
}

function short(fingerprint: string): string {
  return `${fingerprint.slice(0, SHORT)}…`
}

/** The greatest unit that gives a number people can read aloud. */
export function ago(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000))
  if (seconds < 120) return `${seconds} s ago`
  const minutes = Math.round(seconds / 60)
  if (minutes < 120) return `${minutes} min ago`
  const hours = Math.round(minutes / 60)
  return hours < 48 ? `${hours} h ago` : `${Math.round(hours / 24)} days ago`
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

function namesOf(instances: readonly Instance[]): string {
  const named = instances.slice(0, 3).map(({ name, process }) => `${name} (process ${process})`)
  const more = instances.length - named.length
  return list(more > 0 ? [...named, `${more} more`] : named)
}

/**
 * The credential to which the fleet goes over: the one that came into use last, by its first user;
 * an instance that has just started does not make an old key new.
 */
function currentOf(instances: readonly Instance[]): string | undefined {
  const users = new Map<string, { count: number; firstMs: number }>()
  for (const { fingerprint, heldForMs, ageMs } of instances) {
    if (fingerprint === null) continue
    const { count, firstMs } = users.get(fingerprint) ?? { count: 0, firstMs: 0 }
    const first = Math.max(firstMs, heldForMs + ageMs)
    users.set(fingerprint, { count: count + 1, firstMs: first })
  }
  const [newest] = [...users].sort(([, a], [, b]) => a.firstMs - b.firstMs || b.count - a.count)
  return newest?.[0]
}

function describeOlder(older: readonly OlderCredential[]): string {
  if (older.length === 0) return 'no other credential was used in the last 7 days'
  const each = older.slice(0, 3).map(({ fingerprint, ageMs }) => {
    return `${short(fingerprint)} was last used ${ago(ageMs)}`
  })
  const more = older.length > 3 ? `, as may ${older.length - 3} older ones` : ''
  return `${list(each)} and may be revoked${more}`
}

/** Who uses what instead of the newest credential. */
function describeOthers(others: readonly Instance[]): string {
  const olds = [...new Set(others.map(({ fingerprint }) => fingerprint))].map((fingerprint) => {
    const users = others.filter((one) => one.fingerprint === fingerprint)
    const one = users.length === 1
    if (fingerprint === null) return `${namesOf(users)} ${one ? 'has' : 'have'} no credential yet`
    return `${namesOf(users)} still ${one ? 'uses' : 'use'} ${short(fingerprint)}`
  })
  return list(olds)
}

/** What stands between the fleet and its certificate, as one sentence; undefined when nothing. */
function objectionTo(instances: readonly Instance[], current: string | undefined) {
  const total = instances.length
  if (total === 0) return 'No instance has written to this store; nothing is known'
  if (current === undefined) return `None of ${total} instances has a credential in use yet`
  const others = instances.filter(({ fingerprint }) => fingerprint !== current)
  const using = `${total - others.length} of ${total} instances use ${short(current)}`
  if (others.length > 0) return `${using}; ${describeOthers(others)}`
  const unproved = instances.filter(({ proved }) => !proved)
  if (unproved.length === 0) return undefined
  const verb = unproved.length === 1 ? 'has' : 'have'
  return `${using}, but ${namesOf(unproved)} ${verb} not proved it yet`
}

/** Judges the rows and marks of a fleet. Pure. */
export function certify(group: Group): Certificate {
  const instances = instancesOf(group)
  const inUse = new Set(instances.map(({ fingerprint }) => fingerprint))
  const older = group.marks
    .filter(({ mark }) => isFingerprint(mark) && !inUse.has(mark))
    .map(({ mark, ageMs }) => ({ fingerprint: mark, ageMs }))
    .sort((a, b) => a.ageMs - b.ageMs)
  const current = currentOf(instances)
  const objection = objectionTo(instances, current)
  const total = instances.length
  const sentence =
    objection ??
    `${total} of ${total} instances use ${short(current ?? '')}; ${describeOlder(older)}`
  return { given: objection === undefined, instances, current, older, sentence }
}

/**
 * The panic rule: an instance leaves rotation for a fault that the fleet shares only while fewer
 * than half of the fleet would. Emptying a Service because everybody has the same trouble turns one
 * outage into two. All that use the refused credential would fail, whether they know it yet or not.
 * A fleet of one has nobody to compare itself with.
 */
export function mayFail(
  instances: readonly Instance[],
  me: { member: string; fingerprint: string | null; credentialIsBad: boolean },
): boolean {
  const others = instances.filter(({ member }) => member !== me.member)
  if (others.length === 0) return true
  const would = others.filter(({ wouldFail, fingerprint }) => {
    return wouldFail || (me.credentialIsBad && fingerprint === me.fingerprint)
  })
  return (would.length + 1) * 2 < others.length + 1
}
