import type { Clock } from '../clock'
import type { GuardedStore, StoreRound } from './guarded-store'

/** What a probe with a candidate said; `unknown`: nothing about the key. */
type ProofVerdict = 'accepted' | 'refused' | 'unknown'

export interface Proof {
  verdict: ProofVerdict
  /** Where it was refused: earliest time to try again, in milliseconds from now. */
  retryInMs?: number
  /** True when another process found it out. */
  shared?: boolean
}

interface SharedProofDeps {
  store: GuardedStore
  clock: Clock
  /** The longest that one proof lasts. */
  timeoutMs: number
  /** A unique name for the holder of a lock. */
  newId: () => string
}

interface Stored {
  verdict: 'accepted' | 'refused'
  refusals: number
}

/** An acceptance holds for a rollout, not for the day on which the key is withdrawn. */
const ACCEPTED_MS = 3_600_000

/** A refusal is remembered longer than its backoff, so that the backoff can grow. */
const REFUSED_MS = 86_400_000

const FIRST_BACKOFF_MS = 1_000
const LONGEST_BACKOFF_MS = 300_000

/** How often one who waits for another's proof looks. */
const LOOK_MS = 50

/** 1, 2, 4 s … 5 min: the backoff of the whole fleet for one candidate. */
function backoffMs(refusals: number): number {
  return Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(20, refusals - 1))
}

function decode(value: string): Stored | undefined {
  try {
    const { verdict, refusals } = JSON.parse(value) as Partial<Stored>
    const known = verdict === 'accepted' || verdict === 'refused'
    return known && Number.isSafeInteger(refusals) ? (JSON.parse(value) as Stored) : undefined
  } catch {
    return undefined
  }
}

/**
 * Proves a key once for a fleet: whoever sees it first asks DeepSeek, the others take the answer. A
 * refusal keeps everybody from trying until its backoff is over; then one tries again.
 */
export class SharedProof {
  readonly #deps: SharedProofDeps

  constructor(deps: SharedProofDeps) {
    this.#deps = deps
  }

  /** `name` stands for the endpoint and the candidate. @throws whatever `probe` throws. */
  async prove(name: string, probe: () => Promise<ProofVerdict>): Promise<Proof> {
    const { store, clock, timeoutMs, newId } = this.#deps
    const owner = newId()
    const startedAt = clock.elapsed()
    while (clock.elapsed() - startedAt <= timeoutMs) {
      const round = store.round()
      const known = await this.#look(round, name)
      if (known === undefined) return { verdict: await probe() }
      if (known.proof !== undefined) return known.proof
      const lease = await round.lease(name, owner, timeoutMs)
      if (lease === undefined) return { verdict: await probe() }
      if (lease.held) return this.#proveLocked(name, owner, round, probe)
      await new Promise<void>((resolve) => clock.after(LOOK_MS, resolve))
    }
    return { verdict: 'unknown' }
  }

  /** Tells the fleet what live calls have shown about a key. */
  async tell(name: string, verdict: 'accepted' | 'refused'): Promise<void> {
    const round = this.#deps.store.round()
    const known = await this.#look(round, name)
    if (known !== undefined && known.proof?.verdict !== verdict) {
      await this.#write(round, name, known, verdict)
    }
  }

  async #proveLocked(
    name: string,
    owner: string,
    round: StoreRound,
    probe: () => Promise<ProofVerdict>,
  ): Promise<Proof> {
    try {
      const known = await this.#look(round, name)
      if (known?.proof !== undefined) return known.proof
      const verdict = await probe()
      if (verdict === 'unknown' || known === undefined) return { verdict }
      const refusals = await this.#write(this.#deps.store.round(), name, known, verdict)
      return verdict === 'accepted' ? { verdict } : { verdict, retryInMs: backoffMs(refusals) }
    } finally {
      void this.#deps.store.round().release(name, owner)
    }
  }

  /** What is known, with the version it has; undefined when the store is away. */
  async #look(round: StoreRound, name: string) {
    const entry = await round.read(name)
    if (entry === undefined) return undefined
    const stored = entry === null ? undefined : decode(entry.value)
    const version = entry?.version ?? null
    const refusals = stored?.refusals ?? 0
    const none: { version: string | null; refusals: number; proof?: Proof } = { version, refusals }
    if (entry === null || stored === undefined) return none
    if (stored.verdict === 'accepted') {
      return { ...none, proof: { verdict: 'accepted' as const, shared: true } }
    }
    const retryInMs = backoffMs(refusals) - entry.ageMs
    if (retryInMs <= 0) return none
    return { ...none, proof: { verdict: 'refused' as const, retryInMs, shared: true } }
  }

  async #write(
    round: StoreRound,
    name: string,
    { version, refusals: before }: { version: string | null; refusals: number },
    verdict: 'accepted' | 'refused',
  ): Promise<number> {
    const refusals = verdict === 'refused' ? before + 1 : 0
    const stored: Stored = { verdict, refusals }
    const keepMs = verdict === 'refused' ? REFUSED_MS : ACCEPTED_MS
    await round.write(name, version, JSON.stringify(stored), keepMs)
    return refusals
  }
}
