import type { Clock } from '../clock'
import {
  type Batch,
  COUNTER_HOURS,
  type Entry,
  type Group,
  type Lease,
  MARKS_KEPT,
  type NewRow,
  type SharedStore,
  type TokenVault,
  type Totals,
} from './shared-store'

const HOUR_MS = 3_600_000

interface Kept<T> {
  value: T
  /** Monotonic milliseconds. */
  at: number
  until: number
}

interface Counters {
  hours: Map<number, Map<string, number>>
  sequences: Map<string, { sequence: number; at: number }>
}

/** What never leaves the process needs no seal. */
const openVault: TokenVault = { seal: (text) => text, open: (sealed) => sealed }

/** Values by name that end by themselves. Ended ones are dropped when the next one is set. */
class Expiring<T> {
  readonly #kept = new Map<string, Kept<T>>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get(name: string): Kept<T> | undefined {
    const kept = this.#kept.get(name)
    return kept !== undefined && this.#clock.elapsed() < kept.until ? kept : undefined
  }

  set(name: string, value: T, keepMs: number): void {
    const at = this.#clock.elapsed()
    for (const [key, { until }] of this.#kept) if (until <= at) this.#kept.delete(key)
    this.#kept.delete(name)
    this.#kept.set(name, { value, at, until: at + keepMs })
  }

  delete(name: string): void {
    this.#kept.delete(name)
  }

  /** Oldest first. */
  *living(): IterableIterator<[string, Kept<T>]> {
    for (const name of this.#kept.keys()) {
      const kept = this.get(name)
      if (kept !== undefined) yield [name, kept]
    }
  }

  keepNewest(count: number): void {
    for (const name of this.#kept.keys()) {
      if (this.#kept.size <= count) return
      this.#kept.delete(name)
    }
  }
}

class MemoryStore implements SharedStore {
  readonly vault = openVault
  readonly #clock: Clock
  readonly #leases: Expiring<string>
  readonly #entries: Expiring<{ text: string; version: number }>
  readonly #groups = new Map<string, { rows: Expiring<string>; marks: Expiring<null> }>()
  readonly #counters = new Map<string, Counters>()
  #versions = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.#leases = new Expiring(clock)
    this.#entries = new Expiring(clock)
  }

  async lease(name: string, owner: string, ms: number): Promise<Lease> {
    const current = this.#leases.get(name)
    if (current !== undefined && current.value !== owner) {
      return { held: false, leftMs: current.until - this.#clock.elapsed() }
    }
    this.#leases.set(name, owner, ms)
    return { held: true, leftMs: ms }
  }

  async release(name: string, owner: string): Promise<void> {
    if (this.#leases.get(name)?.value === owner) this.#leases.delete(name)
  }

  async read(name: string): Promise<Entry | null> {
    const kept = this.#entries.get(name)
    if (kept === undefined) return null
    const { text, version } = kept.value
    return { value: text, version: String(version), ageMs: this.#clock.elapsed() - kept.at }
  }

  async write(name: string, version: string | null, value: string, keepMs: number) {
    const current = this.#entries.get(name)?.value.version
    if ((current === undefined ? null : String(current)) !== version) return false
    this.#versions++
    this.#entries.set(name, { text: value, version: this.#versions }, keepMs)
    return true
  }

  async enter(name: string, row: NewRow): Promise<Group> {
    const { rows, marks } = this.#groupOf(name)
    rows.set(row.member, row.value, row.keepMs)
    for (const mark of row.marks) marks.set(mark, null, row.keepMarksMs)
    marks.keepNewest(MARKS_KEPT)
    return this.group(name)
  }

  async group(name: string): Promise<Group> {
    const { rows, marks } = this.#groupOf(name)
    const now = this.#clock.elapsed()
    return {
      rows: [...rows.living()].map(([member, { value, at }]) => {
        return { member, value, ageMs: now - at }
      }),
      marks: [...marks.living()].map(([mark, { at }]) => ({ mark, ageMs: now - at })),
    }
  }

  async leave(name: string, member: string): Promise<void> {
    this.#groupOf(name).rows.delete(member)
  }

  async add(name: string, { owner, sequence, amounts }: Batch): Promise<Totals> {
    const { hours, sequences } = this.#countersOf(name)
    const now = this.#clock.elapsed()
    if (sequence > (sequences.get(owner)?.sequence ?? Number.NEGATIVE_INFINITY)) {
      sequences.set(owner, { sequence, at: now })
      const hour = Math.floor(now / HOUR_MS)
      const counts = hours.get(hour) ?? new Map<string, number>()
      hours.set(hour, counts)
      for (const [field, amount] of Object.entries(amounts)) {
        counts.set(field, (counts.get(field) ?? 0) + amount)
      }
    }
    return this.totals(name)
  }

  async totals(name: string): Promise<Totals> {
    const { hours } = this.#countersOf(name)
    const sums = new Map<string, number>()
    for (const counts of hours.values()) {
      for (const [field, amount] of counts) sums.set(field, (sums.get(field) ?? 0) + amount)
    }
    return Object.fromEntries(sums)
  }

  #groupOf(name: string) {
    const known = this.#groups.get(name)
    if (known !== undefined) return known
    const group = {
      rows: new Expiring<string>(this.#clock),
      marks: new Expiring<null>(this.#clock),
    }
    this.#groups.set(name, group)
    return group
  }

  #countersOf(name: string): Counters {
    const counters = this.#counters.get(name) ?? { hours: new Map(), sequences: new Map() }
    this.#counters.set(name, counters)
    const now = this.#clock.elapsed()
    const oldest = Math.floor(now / HOUR_MS) - COUNTER_HOURS
    for (const hour of counters.hours.keys()) if (hour <= oldest) counters.hours.delete(hour)
    for (const [owner, { at }] of counters.sequences) {
      if (now - at > COUNTER_HOURS * HOUR_MS) counters.sequences.delete(owner)
    }
    return counters
  }
}

/** The store of one process: the default, and what tests share between guards. */
export function memoryStore(clock: Clock): SharedStore {
  return new MemoryStore(clock)
}
