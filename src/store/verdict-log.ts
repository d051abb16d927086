import type { GuardedStore, StoreRound } from './guarded-store'
import type { Entry } from './shared-store'

/** A fleet remembers so many findings: the failures that turn a verdict, and what came before. */
const KEPT = 8

/** One finding as it is stored. */
interface Stored {
  /** Unique, so that everybody knows what is news to it. */
  id: string
  /** Its age when the record was written; the store knows how old the record is. */
  ageMs: number
  finding: unknown
}

/** What one process may do when a probe is due. */
type Turn =
  /** This process holds the lease: it probes, and tells the others what it found. */
  | {
      kind: 'mine'
      /** The newest finding of the fleet; a new prober goes on where the last one stopped. */
      last?: { finding: unknown; ageMs: number }
      publish(finding: unknown): Promise<void>
    }
  /** Another process probes; `news` is what it found since the last turn, oldest first. */
  | { kind: 'theirs'; news: { finding: unknown; ageMs: number }[]; leaseLeftMs: number }
  /** The store is away: everybody for himself. */
  | { kind: 'alone' }

interface VerdictLogDeps {
  store: GuardedStore
  /** Names this process; another name after each `leave()`. */
  owner: string
  leaseMs: number
  /** Findings older than this are no news to anybody. */
  keepMs: number
  /** A unique text for each finding. */
  newId: () => string
}

function decode(entry: Entry | null): Stored[] {
  if (entry === null) return []
  try {
    const stored: unknown = JSON.parse(entry.value)
    if (!Array.isArray(stored)) return []
    const sound = stored.filter(
      (one: Partial<Stored> | null) =>
        typeof one?.id === 'string' && Number.isFinite(one.ageMs) && one.finding !== undefined,
    ) as Stored[]
    return sound.map((one) => ({ ...one, ageMs: one.ageMs + entry.ageMs }))
  } catch {
    return []
  }
}

/**
 * What a fleet finds out about one endpoint with one credential. Who has the lease probes; the
 * findings are a short log that everybody reads through its own judgement, so that all come to the
 * same verdict. Written by version: one who slept through its lease writes over nobody's findings.
 */
export class VerdictLog {
  readonly #deps: VerdictLogDeps
  /** The newest finding that this process has judged, by name of the log. */
  #seen: { name: string; id: string } | undefined
  /** The log whose lease this process holds. */
  #held: string | undefined

  constructor(deps: VerdictLogDeps) {
    this.#deps = deps
  }

  /** Takes or renews the lease of a log, or reads what its holder found. */
  async turn(name: string): Promise<Turn> {
    const { store, owner, leaseMs } = this.#deps
    const round = store.round()
    if (this.#held !== undefined && this.#held !== name) await this.#release(round)
    const lease = await round.lease(name, owner, leaseMs)
    if (lease === undefined) return { kind: 'alone' }
    const entry = await round.read(name)
    if (entry === undefined) return { kind: 'alone' }
    if (!lease.held) {
      return { kind: 'theirs', news: this.#news(name, decode(entry)), leaseLeftMs: lease.leftMs }
    }
    this.#held = name
    const log = decode(entry)
    this.#news(name, log)
    const publish = (finding: unknown) => this.#publish(name, entry, finding)
    const last = log.at(-1)
    return last === undefined ? { kind: 'mine', publish } : { kind: 'mine', publish, last }
  }

  /** Lets another process take over at once. */
  async leave(): Promise<void> {
    if (this.#held !== undefined) await this.#release(this.#deps.store.round())
  }

  async #release(round: StoreRound): Promise<void> {
    const name = this.#held
    this.#held = undefined
    if (name !== undefined) await round.release(name, this.#deps.owner)
  }

  /** What is new to this process; everything is when it has seen none of it. */
  #news(name: string, log: readonly Stored[]): { finding: unknown; ageMs: number }[] {
    const { keepMs } = this.#deps
    const last = this.#seen?.name === name ? this.#seen.id : undefined
    const fresh = log.slice(log.findIndex(({ id }) => id === last) + 1)
    const newest = log.at(-1)
    if (newest !== undefined) this.#seen = { name, id: newest.id }
    return fresh
      .filter(({ ageMs }) => ageMs <= keepMs)
      .map(({ finding, ageMs }) => ({ finding, ageMs }))
  }

  /** `before` was read with the lease: what was written since then is from a newer holder. */
  async #publish(name: string, before: Entry | null, finding: unknown): Promise<void> {
    const { store, keepMs, newId } = this.#deps
    const id = newId()
    const readAt = before === null ? [] : decode(before)
    const log = [...readAt, { id, ageMs: 0, finding }].slice(-KEPT)
    const version = before?.version ?? null
    const wrote = await store.round().write(name, version, JSON.stringify(log), keepMs)
    if (wrote === true) this.#seen = { name, id }
  }
}
