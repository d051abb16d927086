import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { FleetUsage } from '../account/fleet-usage'
import type { AccountWatch } from '../account/watch'
import type { Clock } from '../clock'
import type { CredentialHolder, Prove } from '../credentials/credential'
import { SharedProof } from '../credentials/shared-proof'
import { shareTokens } from '../credentials/shared-refresh'
import type { TraitedSource } from '../credentials/source'
import type { VerdictSource } from '../health/evidence'
import type { HealthMonitor } from '../health/health-monitor'
import { SharedVerdicts } from '../health/shared-verdicts'
import type { GuardLog } from '../observability/events'
import type { Measurement } from '../observability/measurement'
import type { CallOutcome } from '../outbound/call'
import { fingerprint, type Secret } from '../secret'
import { certify, mayFail } from '../store/certificate'
import { GuardedStore } from '../store/guarded-store'
import { type Facts, Membership } from '../store/membership'
import { memoryStore } from '../store/memory-store'
import type { Group, SharedStore, TokenVault } from '../store/shared-store'
import { createVault } from '../store/vault'
import { VerdictLog } from '../store/verdict-log'

/** What of the guard's parts the fleet is made of. */
interface FleetDeps {
  /** Without a store this process is a fleet of its own. */
  given: { store?: SharedStore | undefined; outbound: { refreshTimeoutMs: number } }
  /** The secret seals tokens, where the store has no vault of its own. */
  settings: { baseURL: string; storeSecret?: Secret }
  clock: Clock
  random: () => number
  log: GuardLog
  /** They time the lease, the looks at others' findings, and proofs. */
  health: { intervalMs: number; timeoutMs: number; confirmDelayMs: number; staleAfterMs: number }
  metrics: { record(measurement: Measurement): void }
}

/** The rooms of this instance: what it tells the fleet of itself, and where it hears from it. */
interface Me {
  holder: CredentialHolder
  monitor: HealthMonitor
}

/** Usage goes to the store at least this often; a call is no reason to ask it. */
const FLUSH_MS = 10_000

/** The name of the machine or pod; where reading it is denied, there is none. */
function nameOfHost(): string {
  try {
    return hostname() || 'unknown'
  } catch {
    return 'unknown'
  }
}

/** The fingerprint of the credential in use; the first one is fetched, as any call would. */
async function idOf(holder: CredentialHolder): Promise<string | undefined> {
  if (holder.peek() === undefined) await Promise.resolve(holder.acquire()).catch(() => undefined)
  return holder.peek()?.id
}

/** One instance's part in its fleet: all that it does through the shared store. */
export class Fleet {
  readonly #deps: FleetDeps
  readonly #store: GuardedStore
  /** False for the memory of this process. */
  readonly #isShared: boolean
  /** Seals tokens; without it they are not shared. */
  readonly #vault: TokenVault | undefined
  readonly #member = randomUUID()
  readonly #leaseMs: number
  readonly #endpoint: string
  readonly #proofs: SharedProof
  readonly #log: VerdictLog
  #membership: Membership | undefined
  #me: Me | undefined
  #provedId: string | undefined
  #balance: Readonly<Record<string, unknown>> | undefined
  #usage: FleetUsage | undefined
  #cancelFlush: () => void = () => {}
  #left = false
  /** Asking the source for the credential costs nothing. */
  #isLocal = false

  constructor(deps: FleetDeps) {
    const { given, settings, clock, log, health } = deps
    const { intervalMs, timeoutMs, staleAfterMs } = health
    const { baseURL, storeSecret } = settings
    const shared = given.store ?? memoryStore(clock)
    const store = new GuardedStore(shared, { clock, log })
    const leaseMs = shared.leaseMs ?? timeoutMs + 2 * intervalMs
    const newId = randomUUID
    this.#deps = deps
    this.#store = store
    this.#isShared = given.store !== undefined
    this.#vault = shared.vault ?? (storeSecret && createVault(storeSecret.reveal()))
    this.#leaseMs = leaseMs
    this.#endpoint = fingerprint(baseURL)
    this.#proofs = new SharedProof({ store, clock, timeoutMs, newId })
    const owner = this.#member
    this.#log = new VerdictLog({ store, owner, leaseMs, keepMs: staleAfterMs, newId })
  }

  /** The source as an instance of a fleet asks it: one exchange for all, where that can be. */
  shareTokens(source: TraitedSource): TraitedSource {
    const { clock, given } = this.#deps
    const { refreshTimeoutMs } = given.outbound
    const vault = this.#vault
    this.#isLocal = source.local === true
    if (source.id === undefined || vault === undefined) return source
    const deps = { store: this.#store, vault, clock, refreshTimeoutMs, newId: randomUUID }
    return shareTokens(source, source.id, deps)
  }

  /** A candidate is proved by one instance, and the others take its word. */
  shareProof(prove: Prove): Prove {
    return async (candidate, signal) => {
      const ask = () => prove(candidate, signal)
      const name = `proof:${this.#endpoint}:${candidate.id}`
      // Alone there is nobody to share with, and a key that was good an hour ago may be revoked.
      const proof = await (this.#isShared ? this.#proofs.prove(name, ask) : ask())
      if (proof.verdict === 'accepted') this.#provedId = candidate.id
      return proof
    }
  }

  /** Probes where this instance has the lease, and takes what another finds where it has not. */
  shareVerdicts(holder: CredentialHolder, account: AccountWatch | undefined): VerdictSource {
    const { clock, health } = this.#deps
    return new SharedVerdicts({
      log: this.#log,
      clock,
      endpoint: this.#endpoint,
      lookEveryMs: Math.min(health.confirmDelayMs, health.intervalMs),
      tokenId: () => idOf(holder),
      onAccepted: (id) => {
        holder.heard(id)
        this.#accepted(id)
      },
      balance: {
        takeOwn: () => {
          const balance = this.#balance
          this.#balance = undefined
          return balance
        },
        onShared: (body, id) => account?.takeBalance(body, id),
      },
    })
  }

  /** Writes the row of this instance from now on. `watching`: its health is probed. */
  join(me: Me, watching: boolean): void {
    const { clock, random } = this.#deps
    this.#me = me
    this.#membership = new Membership({
      store: this.#store,
      clock,
      random,
      member: this.#member,
      name: nameOfHost(),
      process: process.pid,
      leaseMs: this.#leaseMs,
      facts: () => this.#facts(me, watching),
      onGroup: (group) => this.#hear(group, me),
    })
    this.#membership.start()
    // A key that lies here is in use from the start, though nobody has called yet.
    if (this.#isLocal && this.#isShared) void idOf(me.holder).then(() => this.changed())
  }

  /** The own probe has read the balance: the fleet may have it, too. */
  tookBalance({ is_available, balance_infos }: Readonly<Record<string, unknown>>): void {
    this.#balance = { is_available, balance_infos }
  }

  /** Sums usage and spending over the fleet; without a store they stay this process's own. */
  shareUsage(account: AccountWatch): void {
    if (!this.#isShared) return
    const name = `account:${this.#endpoint}`
    const deps = { store: this.#store, name, owner: this.#member }
    this.#usage = account.shareUsage((one) => new FleetUsage(one, deps))
    this.#flushUsage()
  }

  #flushUsage(): void {
    const { clock, health } = this.#deps
    void this.#usage?.flush(clock.now()).then(() => {
      if (this.#left) return
      const delay = Math.min(health.intervalMs, FLUSH_MS)
      this.#cancelFlush = clock.after(delay, () => this.#flushUsage())
    })
  }

  /** Something about this instance may have changed. */
  changed(): void {
    this.#membership?.changed()
  }

  /** Every call and probe tells whether the credential in use is good. */
  observe({ tokenId, status = 0, diagnosis, synthetic }: CallOutcome): void {
    if (tokenId === undefined || synthetic) return
    const good = diagnosis === undefined ? status < 300 : diagnosis.credentialAccepted === true
    if (good && tokenId !== this.#provedId) this.#accepted(tokenId)
    else if (status === 401 && tokenId === this.#provedId) this.#setProved(undefined)
  }

  /** Leaves the row and the lease to nobody, so that the others need not wait for their end. */
  async leave(): Promise<void> {
    this.#left = true
    this.#cancelFlush()
    const usage = this.#usage?.flush(this.#deps.clock.now())
    await Promise.all([this.#membership?.close(), this.#log.leave(), usage])
  }

  /** An answer has shown that the credential of this fingerprint is good. */
  #accepted(id: string): void {
    if (id === this.#me?.holder.peek()?.id) this.#setProved(id)
  }

  #setProved(id: string | undefined): void {
    this.#provedId = id
    this.changed()
  }

  #facts({ holder, monitor }: Me, watching: boolean): Facts {
    const id = holder.peek()?.id
    const { status, cause } = monitor.snapshot()
    return {
      fingerprint: id ?? null,
      // Whose health nobody watches knows nothing before its first call, and that is no failure.
      status: !watching && cause === 'starting' ? 'warn' : status,
      proved: id !== undefined && id === this.#provedId,
      wouldFail: monitor.wouldFail,
    }
  }

  #hear(group: Group, { holder, monitor }: Me): void {
    const { instances, given, older, current } = certify(group)
    const self = { member: this.#member, fingerprint: holder.peek()?.id ?? null }
    monitor.fleetRule({
      credential: mayFail(instances, { ...self, credentialIsBad: true }),
      other: mayFail(instances, { ...self, credentialIsBad: false }),
    })
    const onCurrent = instances.filter(({ fingerprint }) => fingerprint === current).length
    const [lastUsed] = older
    this.#deps.metrics.record({
      kind: 'fleet',
      onCurrent,
      onOther: instances.length - onCurrent,
      certified: given,
      ...(lastUsed && { olderUnusedMs: lastUsed.ageMs }),
    })
  }
}
