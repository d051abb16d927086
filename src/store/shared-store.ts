/**
 * What a fleet of processes agrees through. Seven small promises; everything that the guard shares
 * (who probes, what was found, rotating tokens, proofs of new keys, rows of the certificate, usage)
 * is built on them, so a store of your own is one class over any database that can compare and set.
 * `storeContract` of `deepseek-guard/testing` is the test for it.
 *
 * Every age and every expiry is measured by the store's own clock: the wall clocks of the
 * processes never meet. A call may fail, hang, arrive late or twice at any time; the guard bounds
 * each one and goes on by itself. A method that throws or rejects means "not available now".
 */
export interface SharedStore {
  /** The prober's lease in milliseconds. Default: the probe's timeout plus twice its interval. */
  readonly leaseMs?: number
  /**
   * Seals rotating tokens before they are stored. Default: made from `DEEPSEEK_GUARD_STORE_SECRET`;
   * without either, everything but tokens is shared.
   */
  readonly vault?: TokenVault
  /**
   * Takes the lease, or renews it for the owner that has it; it ends after `ms` by itself. An owner
   * that released a lease comes back under another name: a late release must not end a new lease.
   */
  lease(name: string, owner: string, ms: number): Promise<Lease>
  /** Ends the lease if it is this owner's; anybody else's stays. */
  release(name: string, owner: string): Promise<void>
  /** The entry, or null when there is none or its time is over. */
  read(name: string): Promise<Entry | null>
  /**
   * Writes only if the entry still has the version that was read (`null`: only if there is none),
   * and gives it a version that this name never had before. False: somebody was faster.
   */
  write(name: string, version: string | null, value: string, keepMs: number): Promise<boolean>
  /** Writes the row of one member, and gives the group with it. */
  enter(group: string, row: NewRow): Promise<Group>
  /** The group: rows and marks whose time is not over. */
  group(group: string): Promise<Group>
  /** Removes the row of a member; its marks stay. */
  leave(group: string, member: string): Promise<void>
  /** Adds to counters, kept by the hour for 24 hours; gives their sums. */
  add(name: string, batch: Batch): Promise<Totals>
  /** The sums of the last 24 hours. */
  totals(name: string): Promise<Totals>
}

export interface Lease {
  /** True when the caller has it now. */
  held: boolean
  /** Milliseconds until it ends unless its holder renews it. */
  leftMs: number
}

export interface Entry {
  value: string
  version: string
  /** Milliseconds since it was written. */
  ageMs: number
}

export interface NewRow {
  member: string
  value: string
  /** The row is gone so many milliseconds after the newest `enter` of its member. */
  keepMs: number
  /** Words whose last mention the group keeps, for `keepMarksMs`, though the member leaves. */
  marks: readonly string[]
  keepMarksMs: number
}

export interface Group {
  rows: { member: string; value: string; ageMs: number }[]
  /** When each mark was last set by anybody. At least the newest hundred are kept. */
  marks: { mark: string; ageMs: number }[]
}

/** One addition. The same `owner` and `sequence` count once, however often they arrive. */
export interface Batch {
  owner: string
  /** Grows by at least one with each batch of this owner; an older one is ignored. */
  sequence: number
  /** Whole numbers. */
  amounts: Readonly<Record<string, number>>
}

export type Totals = Record<string, number>

/** Keeps tokens unreadable at rest. `context` binds a sealed text to the place it was made for. */
export interface TokenVault {
  seal(text: string, context: string): string
  /** Undefined when it was sealed with another secret or for another place, or was changed. */
  open(sealed: string, context: string): string | undefined
}

/** How long counters are kept, in hours. */
export const COUNTER_HOURS = 24

/** So many marks are kept at least; a token that rotates every minute must not fill the store. */
export const MARKS_KEPT = 100
