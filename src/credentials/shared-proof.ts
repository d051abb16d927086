import type { Clock } from '../clock'
import type { GuardedStore, StoreRound } from '../store/guarded-store'
import { backoffMs } from './backoff'
import type { Proof } from './credential'

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

/** What the store knows of a candidate: its entry's version, and a verdict that still holds. */
interface Known {
  version: string | null
  refusals: number
  proof?: Proof
}

/** An acceptance holds for a rollout, not for the day on which the key is withdrawn. */
const ACCEPTED_MS = 3_600_000

/** A refusal is remembered longer than its backoff, so that the backoff can grow. */
const REFUSED_MS = 86_400_000

/** How often one who waits for another's proof looks. */
const LOOK_MS = 50

/** The backoff of the whole fleet for one candidate: all wait for the same end, so no jitter. */
function fleetBackoffMs(refusals: number): number {
  return backoffMs(refusals, 0)
}

function decode(value: string): Stored | undefined {
  try {
    const { verdict, refusals } = JSON.parse(value) as Stored
    const known = verdict === 'accepted' || verdict === 'refused'
    return known && Number.isSafeInteger(refusals) ? { verdict, refusals } : undefined
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

  /** `name` stands for the endpoint and the candidate. @throws whatever `ask` throws. */
  async prove(name: string, ask: () => Promise<Proof>): Promise<Proof> {
    const { store, clock, timeoutMs, newId } = this.#deps
    const owner = newId()
    const startedAt = clock.elapsed()
    while (clock.elapsed() - startedAt <= timeoutMs) {
      const round = store.round()
      const known = await this.#look(round, name)
      if (known === undefined) return ask()
      if (known.proof !== undefined) return known.proof
      const lease = await round.lease(name, owner, timeoutMs)
      if (lease === undefined) return ask()
      if (lease.held) return this.#proveLocked(name, owner, round, ask)
      await new Promise<void>((resolve) => clock.after(LOOK_MS, resolve))
    }
    return { verdict: 'none' }
  }

  async #proveLocked(
    name: string,
    owner: string,
    round: StoreRound,
    ask: () => Promise<Proof>,
  ): Promise<Proof> {
    const { store } = this.#deps
    try {
      const known = await this.#look(round, name)
      if (known?.proof !== undefined) return known.proof
      const proof = await ask()
      if (proof.verdict === 'none' || known === undefined) return proof
      const accepted = proof.verdict === 'accepted'
      const refusals = accepted ? 0 : known.refusals + 1
      const stored = JSON.stringify({ verdict: proof.verdict, refusals } satisfies Stored)
      const keepMs = accepted ? ACCEPTED_MS : REFUSED_MS
      await store.round().write(name, known.version, stored, keepMs)
      return proof.verdict === 'refused' ? { ...proof, retryInMs: fleetBackoffMs(refusals) } : proof
    } finally {
      void store.round().release(name, owner)
    }
  }

  /** Undefined when the store is away. */
  async #look(round: StoreRound, name: string): Promise<Known | undefined> {
    const entry = await round.read(name)
    if (entry === undefined) return undefined
    const stored = entry === null ? undefined : decode(entry.value)
    const known = { version: entry?.version ?? null, refusals: stored?.refusals ?? 0 }
    if (stored?.verdict === 'accepted') return { ...known, proof: { verdict: 'accepted' } }
    const retryInMs = fleetBackoffMs(known.refusals) - (entry?.ageMs ?? 0)
    if (stored === undefined || retryInMs <= 0) return known
    return { ...known, proof: { verdict: 'refused', retryInMs } }
  }
}
