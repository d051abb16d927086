import type { Clock } from '../clock'
import { fingerprint } from '../secret'
import type { GuardedStore, StoreRound } from '../store/guarded-store'
import type { TokenVault } from '../store/shared-store'
import { Flight } from './flight'
import { kindOf, type Token, type TokenRequest, type TraitedSource } from './source'

interface SharedRefreshDeps {
  store: GuardedStore
  vault: TokenVault
  clock: Clock
  /** Deadline of one exchange, in milliseconds; the lock lasts as long. */
  refreshTimeoutMs: number
  /** A unique name for the holder of a lock. */
  newId: () => string
}

/** What the store holds: the token, or something that cannot be used but has a version. */
interface Held {
  version: string | null
  token?: Token & { id: string }
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
  async get(wish: TokenRequest, exchange: () => Promise<Token>): Promise<Token> {
    const token = await this.#get(wish, exchange)
    this.#lastId = fingerprint(token.token)
    return token
  }

  async #get(wish: TokenRequest, exchange: () => Promise<Token>): Promise<Token> {
    const { store, clock, refreshTimeoutMs, newId } = this.#deps
    const owner = newId()
    const startedAt = clock.elapsed()
    /** When another process was last seen at its exchange. */
    let seenAt = Number.NEGATIVE_INFINITY
    for (let pause = LOOK_MS.first; ; pause = Math.min(pause * 2, LOOK_MS.most)) {
      const round = store.round()
      const held = await this.#look(round)
      if (held?.token !== undefined && this.#serves(held.token, wish)) return held.token
      const lease = held && (await round.lease(this.#name, owner, refreshTimeoutMs))
      if (lease?.held) return this.#exchangeLocked(owner, wish, exchange, round, held)
      const now = clock.elapsed()
      if (lease !== undefined) seenAt = now
      // A store that stumbles does not end an exchange that is known to run.
      const runs = now - seenAt <= BLIND_MS && now - startedAt <= refreshTimeoutMs
      if (!runs || wish.signal.aborted) return exchange()
      await this.#wait(Math.min(pause, Math.max(1, lease?.leftMs ?? pause)), wish.signal)
    }
  }

  async #exchangeLocked(
    owner: string,
    wish: TokenRequest,
    exchange: () => Promise<Token>,
    round: StoreRound,
    before: Held | undefined,
  ): Promise<Token> {
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
  async #keep(given: Token, version: string | null, wish: TokenRequest): Promise<Token> {
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
      const stored = JSON.parse(text ?? 'null') as Token | null
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

  #serves(held: Token & { id: string }, wish: TokenRequest): boolean {
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

/** Beside two exchanges, what a store that does not answer may cost: three steps of its budget. */
const STORE_SLACK_MS = 500

/** What the source gives within its own deadline, checked: only what can be sent may be shared. */
function askSource(
  source: TraitedSource,
  { signal, ...question }: TokenRequest,
  { clock, refreshTimeoutMs }: SharedRefreshDeps,
): Promise<Token> {
  // The holder scrubs what comes of this as it scrubs every source.
  const scrub = (text: string): string => text
  const flight = new Flight(question, { clock, kind: kindOf(source), refreshTimeoutMs, scrub })
  const stop = (): void => flight.stop(signal.reason)
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', stop, { once: true })
    flight.start(source, (result) => {
      signal.removeEventListener('abort', stop)
      if (result.kind === 'token') resolve(result.token)
      else reject(result.thrown)
    })
    if (signal.aborted) stop()
  })
}

/**
 * The source of this `id` as one process of a fleet asks it: the token that another process has
 * fetched, or the fleet's one exchange. A question may last as long as another's exchange and one
 * of its own.
 */
export function shareTokens(
  source: TraitedSource,
  id: string,
  deps: SharedRefreshDeps,
): TraitedSource {
  const shared = new SharedRefresh(id, deps)
  return {
    kind: source.kind,
    id,
    patienceMs: 2 * deps.refreshTimeoutMs + STORE_SLACK_MS,
    getToken: (request) => shared.get(request, () => askSource(source, request, deps)),
    ...(source.watch && { watch: (onChange) => source.watch?.(onChange) ?? (() => {}) }),
    ...(source.close && { close: () => source.close?.() }),
  }
}
