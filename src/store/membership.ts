import type { Clock } from '../clock'
import { encodeRow, type Instance } from './certificate'
import type { GuardedStore } from './guarded-store'
import type { Group } from './shared-store'

/** What an instance tells about itself. */
export type Facts = Pick<Instance, 'fingerprint' | 'status' | 'proved' | 'wouldFail'>

interface MembershipDeps {
  store: GuardedStore
  clock: Clock
  /** Uniform in [0, 1). */
  random: () => number
  /** Unique in the fleet. */
  member: string
  name: string
  process: number
  leaseMs: number
  facts(): Facts
  /** The fleet as it stands after each write of the own row. */
  onGroup(group: Group): void
}

/** The group in which all instances under one prefix stand. */
export const FLEET = 'fleet'

/** A row is believed for so many leases without news. */
const LEASES_KEPT = 3

const WEEK_MS = 7 * 86_400_000

/** Rows of one rollout spread over this share of a lease. */
const JITTER = 0.1

/** Writes the row of this instance at every change and every lease, and learns of the others. */
export class Membership {
  readonly #deps: MembershipDeps
  #cancelTimer: () => void = () => {}
  #since = 0
  #fingerprint: string | null = null
  #told = ''
  #writing: Promise<void> | undefined
  #again = false
  #closed = false

  constructor(deps: MembershipDeps) {
    this.#deps = deps
    this.#since = deps.clock.elapsed()
  }

  start(): void {
    this.#write()
  }

  /** Something may have changed: writes only if it has. */
  changed(): void {
    if (!this.#closed && JSON.stringify(this.#deps.facts()) !== this.#told) this.#write()
  }

  /** Removes the row; what the credential was last used at stays. */
  async close(): Promise<void> {
    this.#closed = true
    this.#cancelTimer()
    await this.#writing
    await this.#deps.store.round().leave(FLEET, this.#deps.member)
  }

  #write(): void {
    this.#again = this.#writing !== undefined
    if (this.#again) return
    this.#writing = this.#enter().finally(() => {
      this.#writing = undefined
      if (this.#closed) return
      if (this.#again) this.#write()
      else this.#plan()
    })
  }

  #plan(): void {
    const { clock, random, leaseMs } = this.#deps
    this.#cancelTimer()
    this.#cancelTimer = clock.after(leaseMs * (1 - JITTER * random()), () => this.#write())
  }

  async #enter(): Promise<void> {
    const { store, clock, member, name, process, leaseMs, facts, onGroup } = this.#deps
    const told = facts()
    this.#told = JSON.stringify(told)
    const before = this.#fingerprint
    if (told.fingerprint !== before) this.#since = clock.elapsed()
    this.#fingerprint = told.fingerprint
    const heldForMs = Math.round(clock.elapsed() - this.#since)
    // The old one was in use until this moment: the mark of the last lease would be too early.
    const marks = [...new Set([before, told.fingerprint])].filter((mark) => mark !== null)
    const group = await store.round().enter(FLEET, {
      member,
      value: encodeRow({ ...told, name, process, heldForMs }),
      keepMs: leaseMs * LEASES_KEPT,
      marks,
      keepMarksMs: WEEK_MS,
    })
    if (group !== undefined && !this.#closed) onGroup(group)
  }
}
