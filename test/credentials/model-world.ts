import { getEventListeners } from 'node:events'
import { inspect } from 'node:util'
import type {
  CredentialHolder,
  HeldToken,
  HolderDeps,
  RefreshEvent,
} from '../../src/credentials/credential'
import { createCredentialHolder } from '../../src/credentials/credential-holder'
import type { CredentialSource, Token, TokenRequest } from '../../src/credentials/source'
import { TokenError } from '../../src/errors'
import { createScrubber } from '../../src/observability/scrub'
import { ManualClock, settle } from './holder-kit'

export type MakeHolder = (source: CredentialSource, deps: HolderDeps) => CredentialHolder

/** `remote`: by promise, after a while. `file`: at once, and announces its changes. */
export type Kind = 'remote' | 'file'
export type SourceMode = 'good' | 'transient' | 'permanent' | 'hangs'

const REFRESH_TIMEOUT_MS = 10_000
/** A refused token is tried again after this long at the earliest. */
const FIRST_TRIAL_MS = 1_000
const ROUND_MS = 250

/** What every secret of the run contains, so that one search finds any of them. */
export const CANARY = 'canary'

function keyOf(serial: number): string {
  return `sk-${CANARY}${String(serial).padStart(26, '0')}`
}

/** One answer of the server that waits to be delivered. */
interface Held {
  token: HeldToken
  deliver: () => void
}

/** What the oracle knows of one key, by its own book-keeping. */
interface Refusals {
  /** 401s, and rounds of them: calls that left before the last 401 was known are of its round. */
  count: number
  rounds: number
  began: number
  certain: boolean
  replaced: boolean
  /** When it was refused or probed last. */
  at: number
}

export interface CallRecord {
  controller: AbortController
  aborted: boolean
  sent: HeldToken[]
  outcome?: 'ok' | '401' | 'synthetic' | 'token-error' | 'aborted' | { unexpected: unknown }
}

/** A source, a server and callers around one holder, with everything that must stay true. */
export class World {
  readonly clock = new ManualClock()
  readonly calls: CallRecord[] = []
  readonly held: Held[] = []
  readonly violations: string[] = []
  readonly spoken: unknown[] = []
  readonly holder: CredentialHolder
  mode: SourceMode = 'good'
  lifetimeMs: number | undefined
  /** Answers of the server wait for `deliver` while this is true. */
  holding = false
  closed = false
  #serial = 1
  #valid = new Set([keyOf(1)])
  #asking = 0
  #requests = 0
  #watchers = 0
  #announce: (() => void) | undefined
  #underway: (() => void)[] = []
  readonly #refusals = new Map<string, Refusals>()
  readonly #kind: Kind

  constructor(kind: Kind, random: () => number, make: MakeHolder = createCredentialHolder) {
    this.#kind = kind
    const scrubber = createScrubber()
    this.holder = make(this.#source(), {
      clock: this.clock,
      random,
      refreshTimeoutMs: REFRESH_TIMEOUT_MS,
      scrub: (text) => scrubber.scrub(text),
      onToken: (secret) => scrubber.add(secret.reveal()),
      onRefresh: (event: RefreshEvent) => this.spoken.push(event),
      log: {
        emit: (...line) => this.spoken.push(line),
        enabled: () => true,
      },
    })
  }

  get key(): string {
    return keyOf(this.#serial)
  }

  get requests(): number {
    return this.#requests
  }

  setMode(mode: SourceMode): void {
    this.mode = mode
  }

  setLifetime(ms: number | undefined): void {
    this.lifetimeMs = ms
  }

  /** The provider issues another key; the old one stays good. */
  rotate(): void {
    this.#serial += 1
    this.#valid.add(this.key)
  }

  /** The provider takes the present key back; the source goes on giving it. */
  revoke(): void {
    this.#valid.delete(this.key)
  }

  /** The source goes back to the key before, as a stale cache does. */
  rollBack(): void {
    this.#serial = Math.max(1, this.#serial - 1)
  }

  announce(): void {
    this.#announce?.()
  }

  async call(): Promise<void> {
    const record: CallRecord = { controller: new AbortController(), aborted: false, sent: [] }
    this.calls.push(record)
    try {
      record.outcome = await this.#run(record)
    } catch (error) {
      record.outcome = this.#outcomeOf(error, record)
      this.spoken.push(error)
    }
  }

  abort(index: number): void {
    const waiting = this.calls.filter((call) => call.outcome === undefined)
    const call = waiting[index % Math.max(1, waiting.length)]
    if (call === undefined) return
    call.aborted = true
    call.controller.abort()
  }

  /** Delivers a held answer; one for a replaced token must leave a good token alone. */
  deliver(index: number): void {
    const [held] = this.held.splice(index % Math.max(1, this.held.length), 1)
    if (held === undefined) return
    held.deliver()
  }

  /** With source and server well again, and the longest wait over, a call has to succeed. */
  async heal(): Promise<void> {
    this.mode = 'good'
    this.lifetimeMs = undefined
    this.holding = false
    this.rotate()
    while (this.held.length > 0) {
      this.deliver(0)
      await this.rest()
    }
    for (const wait of [1_000, 1_000, 1_000, 500_000]) {
      await this.clock.advance(wait)
      await this.rest()
    }
    if (this.closed) return
    void this.call()
    await this.clock.advance(500)
    await this.rest()
    await this.clock.advance(500)
    await this.rest()
    const { outcome } = this.calls.at(-1) ?? {}
    if (outcome !== 'ok') this.#fail(`a healthy credential ends as ${String(outcome)}`)
  }

  /** What must be true once everything is over. */
  finish(): void {
    for (const [index, call] of this.calls.entries()) {
      if (call.outcome === undefined) this.#fail(`call ${index} never settles`)
      if (typeof call.outcome === 'object') this.#fail(`call ${index} ends with a foreign error`)
      const { length } = getEventListeners(call.controller.signal, 'abort')
      if (length > 0) this.#fail(`${length} listeners are left on a signal`)
    }
    if (this.clock.pending > 0) this.#fail(`${this.clock.pending} timers are left after close`)
    if (this.#watchers > 0) this.#fail('a watcher is left after close')
    const texts = this.spoken.flatMap((said) => [
      inspect(said, { depth: 9, showHidden: true }),
      JSON.stringify(said) ?? '',
      said instanceof Error ? `${said.stack} ${said.message}` : '',
    ])
    if (texts.some((text) => text.includes(CANARY))) this.#fail('a secret was spoken')
  }

  #fail(message: string): void {
    this.violations.push(message)
  }

  #source(): CredentialSource {
    const source: CredentialSource & { local?: boolean } = {
      kind: this.#kind,
      getToken: (request) => this.#give(request),
    }
    if (this.#kind === 'remote') return source
    source.local = true
    source.watch = (onChange) => {
      this.#watchers += 1
      this.#announce = onChange
      return () => {
        this.#watchers -= 1
        this.#announce = undefined
      }
    }
    return source
  }

  #give(request: TokenRequest): Token | Promise<Token> {
    this.#requests += 1
    if (request.forceRefresh !== (request.reason === 'rejected')) this.#fail('forceRefresh lies')
    if (this.#asking > 0) this.#fail('two flights at a time')
    const key = this.key
    const mode = this.mode
    const now = (): Token => {
      if (mode === 'transient') throw new Error(`connect ECONNREFUSED with ${key}`)
      if (mode === 'permanent') throw new TokenError(`no ${key}`, { permanent: true })
      return { token: key, expiresInMs: this.lifetimeMs }
    }
    if (this.#kind === 'file') return now()
    return this.#later(request.signal, mode, now)
  }

  async #later(signal: AbortSignal, mode: SourceMode, now: () => Token): Promise<Token> {
    this.#asking += 1
    try {
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true })
        if (mode === 'hangs') return
        const cancel = this.clock.after(200, resolve)
        signal.addEventListener('abort', cancel, { once: true })
      })
    } finally {
      this.#asking -= 1
    }
    return now()
  }

  /** As `guard.fetch` does: at most one replay, and never with the refused token. */
  async #run(record: CallRecord): Promise<CallRecord['outcome']> {
    const { signal } = record.controller
    const acquired = await this.holder.acquire(signal)
    if (acquired.kind === 'refused') return 'synthetic'
    if ((await this.#send(acquired.token, record)) === 200) {
      this.#accept(acquired.token)
      return 'ok'
    }
    const after = await this.#reject(acquired.token, { signal })
    if (after.kind === 'return') return '401'
    if (after.token.id === acquired.token.id) this.#fail('replayed with the refused token')
    if ((await this.#send(after.token, record)) === 200) {
      this.#accept(after.token)
      return 'ok'
    }
    const last = await this.#reject(after.token, { replayed: true, signal })
    if (last.kind !== 'return') this.#fail('a second replay was allowed')
    return '401'
  }

  #outcomeOf(error: unknown, record: CallRecord): CallRecord['outcome'] {
    if (record.aborted && error === record.controller.signal.reason) return 'aborted'
    if (error instanceof TokenError && !error.permanent && error.name === 'TokenError') {
      const cause = error.cause as Error | undefined
      if (cause?.name !== 'AbortError' && cause?.name !== 'TimeoutError') return 'token-error'
    }
    return { unexpected: error }
  }

  #send(token: HeldToken, record: CallRecord): Promise<200 | 401> {
    this.#checkSend(token, record)
    record.sent.push(token)
    const key = token.secret.reveal()
    return new Promise((resolve, reject) => {
      const { signal } = record.controller
      const leave = (): void => reject(signal.reason)
      signal.addEventListener('abort', leave, { once: true })
      const deliver = (): void => {
        signal.removeEventListener('abort', leave)
        resolve(this.#valid.has(key) ? 200 : 401)
      }
      if (this.holding) this.held.push({ token, deliver })
      else this.#underway.push(deliver)
    })
  }

  #checkSend(token: HeldToken, record: CallRecord): void {
    if (record.sent.length >= 2) this.#fail('more than one replay')
    if (record.aborted) this.#fail('an aborted call was sent')
    const known = this.#refusals.get(token.id)
    if (known === undefined) return
    if (!known.certain && !known.replaced && known.rounds < 3) return
    const now = this.clock.elapsed()
    if (now - known.at < FIRST_TRIAL_MS)
      this.#fail(`a refused token was sent after ${now - known.at} ms`)
    known.at = now
  }

  #accept(token: HeldToken): void {
    if (token.generation === this.holder.peek()?.generation) this.#refusals.delete(token.id)
    this.holder.accepted(token)
  }

  async #reject(token: HeldToken, options: { replayed?: boolean; signal: AbortSignal }) {
    const current = this.holder.peek()
    const isLate = token.generation !== current?.generation
    if (!isLate || token.id !== current?.id) this.#noteRefusal(token, isLate, options.replayed)
    const before = this.#requests
    const answer = this.holder.rejected(token, options)
    const good = current !== undefined && !this.#refusals.has(current.id)
    const fresh = current?.lifetimeMs === undefined
    if (isLate && good && fresh && this.#requests > before) {
      this.#fail('a 401 for an old token started a refresh')
    }
    const after = await answer
    if (after.kind === 'replay' && after.token.generation === token.generation) {
      this.#fail('replayed with the refused generation')
    }
    return after
  }

  #noteRefusal(token: HeldToken, late: boolean, replayed = false): void {
    const fresh = { count: 0, rounds: 0, began: 0, certain: false, replaced: false, at: 0 }
    const known = this.#refusals.get(token.id) ?? fresh
    const now = this.clock.elapsed()
    const { refusals = 0, refusedAt = Number.NEGATIVE_INFINITY } = token
    const same = refusals < known.count && refusedAt < known.began + ROUND_MS
    this.#refusals.set(token.id, {
      count: known.count + 1,
      rounds: same ? known.rounds : known.rounds + 1,
      began: same ? known.began : now,
      certain: known.certain || (replayed && !late),
      replaced: known.replaced || late,
      // A straggler of the round that is over postpones no trial.
      at: same && known.at > 0 ? known.at : now,
    })
  }

  /** Lets answers arrive, each in its own turn of the event loop, until nothing happens. */
  async rest(): Promise<void> {
    await settle()
    while (this.#underway.length > 0) {
      for (const deliver of this.#underway.splice(0)) deliver()
      await settle()
      this.#takeNote()
    }
    this.#takeNote()
  }

  /** A refused token that is no longer the current one was replaced. */
  #takeNote(): void {
    const current = this.holder.peek()?.id
    for (const [id, known] of this.#refusals) if (id !== current) known.replaced = true
  }
}
