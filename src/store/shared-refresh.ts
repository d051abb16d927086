import type { Clock } from '../clock'
import { fingerprint } from '../secret'
import type { GuardedStore, StoreRound } from './guarded-store'
import type { TokenVault } from './shared-store'

/** A token as the fleet shares it; times are milliseconds from now. */
interface SharedToken {
  token: string
  expiresInMs?: number
  refreshInMs?: number
  version?: string
  account?: string
}

/** Why a token is wanted. */
export interface TokenWish {
  reason: 'initial' | 'expiring' | 'rejected' | 'changed'
  /** Fingerprint of the token that was refused. */
  rejectedId?: string
  /** Aborts when nobody waits any longer. */
  signal: AbortSignal
}

interface SharedRefreshDeps {
  store: GuardedStore
  vault: TokenVault
  clock: Clock
  /** How long one exchange may last; the lock lasts as long. */
  lockMs: number
  /** A unique name for the holder of a lock. */
  newId: () => string
}

/** What the store holds: the token, or something that cannot be used but has a version. */
interface Held {
  version: string | null
  token?: SharedToken & { id: string }
}

const DAY_MS = 86_400_000

/** A record outlives its token, so that a writer who slept finds a version that is not his. */
const KEEP_MS = { least: DAY_MS, most: 30 * DAY_MS }

/** How often one who waits for another's exchange looks: first, and at most. */
const LOOK_MS = { first: 20, most: 200 }

/** Whoever waits for another's exchange goes on by itself after so long without a look at it. */
const BLIND_MS = 3_000

/** A token that ends within this time may be dead when it arrives. */
const MARGIN_MS = 1_000

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

/**
 * One exchange for a fleet. Whoever needs another token reads the store first, takes the lock,
 * reads once more, exchanges, and writes only on the version that it read. The lock saves
 * exchanges; that nobody's newer token is lost comes from the version alone.
 */
export class SharedRefresh {
  readonly #name: string
  readonly #deps: SharedRefreshDeps
  /** The token that this process was given last. */
  #lastId: string | undefined

  /** `id` names the credential across processes. */
  constructor(id: string, deps: SharedRefreshDeps) {
    this.#name = `token:${fingerprint(id)}`
    this.#deps = deps
  }

  /** @throws whatever `exchange` throws. */
  async get(wish: TokenWish, exchange: () => Promise<SharedToken>): Promise<SharedToken> {
    const token = await this.#get(wish, exchange)
    this.#lastId = fingerprint(token.token)
    return token
  }

  async #get(wish: TokenWish, exchange: () => Promise<SharedToken>): Promise<SharedToken> {
    const { store, clock, lockMs, newId } = this.#deps
    const owner = newId()
    const startedAt = clock.elapsed()
    /** When another process was last seen at its exchange. */
    let seenAt = Number.NEGATIVE_INFINITY
    for (let pause = LOOK_MS.first; ; pause = Math.min(pause * 2, LOOK_MS.most)) {
      const round = store.round()
      const held = await this.#look(round)
      if (held?.token !== undefined && this.#serves(held.token, wish)) return held.token
      const lease = held && (await round.lease(this.#name, owner, lockMs))
      if (lease?.held) return this.#exchangeLocked(owner, wish, exchange, round, held)
      const now = clock.elapsed()
      if (lease !== undefined) seenAt = now
      // A store that stumbles does not end an exchange that is known to run.
      const runs = now - seenAt <= BLIND_MS && now - startedAt <= lockMs
      if (!runs || wish.signal.aborted) return exchange()
      await this.#wait(Math.min(pause, Math.max(1, lease?.leftMs ?? pause)), wish.signal)
    }
  }

  async #exchangeLocked(
    owner: string,
    wish: TokenWish,
    exchange: () => Promise<SharedToken>,
    round: StoreRound,
    before: Held | undefined,
  ): Promise<SharedToken> {
    try {
      // Between the first look and the lock another process may have finished.
      const held = (await this.#look(round)) ?? before
      if (held?.token !== undefined && this.#serves(held.token, wish)) return held.token
      const given = await exchange()
      return await this.#keep(given, held?.version ?? null, wish)
    } finally {
      void this.#deps.store.round().release(this.#name, owner)
    }
  }

  /** Writes the new token; where somebody was faster, theirs is the fleet's. */
  async #keep(given: SharedToken, version: string | null, wish: TokenWish): Promise<SharedToken> {
    const round = this.#deps.store.round()
    const sealed = this.#deps.vault.seal(JSON.stringify(given), this.#name)
    const lifetime = isTime(given.expiresInMs) ? given.expiresInMs : 0
    const keepMs = Math.min(KEEP_MS.most, Math.max(KEEP_MS.least, lifetime))
    if ((await round.write(this.#name, version, sealed, keepMs)) !== false) return given
    const newer = (await this.#look(round))?.token
    return newer !== undefined && newer.id !== wish.rejectedId ? newer : given
  }

  /** Undefined when the store is away. */
  async #look(round: StoreRound): Promise<Held | undefined> {
    const entry = await round.read(this.#name)
    if (entry === undefined) return undefined
    if (entry === null) return { version: null }
    const { version, ageMs } = entry
    try {
      const text = this.#deps.vault.open(entry.value, this.#name)
      const stored = JSON.parse(text ?? 'null') as SharedToken | null
      if (typeof stored?.token !== 'string') return { version }
      const { token, expiresInMs, refreshInMs } = stored
      const left = {
        ...(isTime(expiresInMs) && { expiresInMs: expiresInMs - ageMs }),
        ...(isTime(refreshInMs) && { refreshInMs: Math.max(1, refreshInMs - ageMs) }),
      }
      return { version, token: { ...stored, ...left, id: fingerprint(token) } }
    } catch {
      return { version }
    }
  }

  #serves(held: SharedToken & { id: string }, wish: TokenWish): boolean {
    if (isTime(held.expiresInMs) && held.expiresInMs <= MARGIN_MS) return false
    if (held.id === wish.rejectedId) return false
    // Whoever asks before the end of its token wants a newer one than it has.
    return wish.reason !== 'expiring' || held.id !== this.#lastId
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw signal.reason
    await new Promise<void>((resolve, reject) => {
      const stop = (): void => {
        cancel()
        reject(signal.reason)
      }
      const cancel = this.#deps.clock.after(ms, () => {
        signal.removeEventListener('abort', stop)
        resolve()
      })
      signal.addEventListener('abort', stop, { once: true })
    })
  }
}
