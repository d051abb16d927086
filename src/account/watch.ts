import { causes } from '../causes/table'
import type { Clock } from '../clock'
import type { GuardLog } from '../observability/events'
import type { Measurement } from '../observability/measurement'
import type { CallOutcome } from '../outbound/call'
import { COMPLETION_PATH } from '../provider/usage'
import { isDeepSeekHost, isLoopbackHost } from '../provider/vendors'
import { Account, type AccountCause, type AccountRules, type AccountSnapshot } from './account'
import { readBalances } from './balance'
import type { FleetUsage } from './fleet-usage'
import { type AccountOptions, fillAccountOptions } from './options'

/** What the watch needs from the guard. */
export interface AccountDeps {
  readonly rules: AccountRules
  readonly clock: Clock
  readonly log: GuardLog
  record(measurement: Measurement): void
  /** Told at every reading of the balance. */
  onSnapshot(snapshot: AccountSnapshot): void
  /** Told at every reading what is wrong with the account; null while nothing is. */
  onCause(cause: AccountCause | null): void
}

/** What health shows of the account; no amounts. */
export interface AccountFacts {
  readonly runwayHours?: number
  readonly cacheHitRatio?: number
  readonly peak: boolean
  readonly low: boolean
  /** Epoch milliseconds of the newest balance. */
  readonly at: number
}

/** What health needs of an account. */
export interface AccountReader {
  /** Without amounts; undefined while nothing is known. */
  facts(): AccountFacts | undefined
  /** How long the balance may stay unread while live calls go well. */
  readEveryMs(intervalMs: number): number
}

const HOUR_MS = 3_600_000

/** Live successes postpone the probe, but the balance is read this often. */
const READ_EVERY_MS = 300_000

/** The account behind a base URL; undefined with `account: false`. */
export function openAccount(
  options: false | AccountOptions | undefined,
  baseURL: string,
  deps: Omit<AccountDeps, 'rules'>,
): AccountWatch | undefined {
  if (options === false) return undefined
  const { hostname } = new URL(baseURL)
  const ownHost = isDeepSeekHost(hostname) || isLoopbackHost(hostname)
  return new AccountWatch({ ...deps, rules: fillAccountOptions(options ?? {}, ownHost) })
}

/** The account of one guard: carries balances and completions into it, and tells what came out. */
export class AccountWatch implements AccountReader {
  readonly #deps: AccountDeps
  readonly #account: Account
  #fleetUsage: FleetUsage | undefined
  #hasBalance = false
  #warnedAt = Number.NEGATIVE_INFINITY

  constructor(deps: AccountDeps) {
    this.#deps = deps
    this.#account = new Account(deps.rules)
    const { isPeak } = this.#account
    deps.record({ kind: 'prices', isPeak })
  }

  /** Sums usage and spending over a fleet, from now on. */
  shareUsage(open: (account: Account) => FleetUsage): FleetUsage {
    this.#fleetUsage = open(this.#account)
    return this.#fleetUsage
  }

  /**
   * How long the balance may stay unread while live calls go well; no limit where none is to be
   * had. A fall that nobody here explains is looked at again at the usual pace of probes.
   */
  readEveryMs(intervalMs: number): number {
    if (!this.#hasBalance) return Number.POSITIVE_INFINITY
    return this.#account.inDoubt ? intervalMs : Math.max(READ_EVERY_MS, intervalMs)
  }

  /** Takes the body of `/user/balance`, and the fingerprint of the key that was asked with. */
  takeBalance(body: unknown, tokenId: string | undefined): void {
    const { clock, record, onSnapshot, onCause } = this.#deps
    const balance = readBalances(body)
    if (!balance) return
    this.#hasBalance = true
    const now = clock.now()
    this.#account.takeBalance(balance, { now, elapsed: clock.elapsed() }, tokenId)
    const snapshot = this.#account.snapshot(now)
    if (!snapshot) return
    const { balances, runwayHours } = snapshot
    record({ kind: 'account', balances, ...(runwayHours !== undefined && { runwayHours }) })
    const { cause } = this.#account
    if (cause) this.#warn(cause, snapshot)
    onCause(cause)
    onSnapshot(snapshot)
  }

  /** Takes the outcome of a completion whose body is over. */
  takeCall({ usage, model, startedAt }: CallOutcome): void {
    const { clock, record } = this.#deps
    const call = { model, usage, startedAt, endedAt: clock.now() }
    const tokens = this.#account.takeCall(call, clock.elapsed())
    if (tokens) record({ kind: 'usage', ...tokens })
    this.#fleetUsage?.count(clock.now())
  }

  /**
   * Takes the outcome of every call: a completion whose body could not be watched, as some
   * transports give it, costs nobody knows what.
   */
  takeOutcome(outcome: CallOutcome): void {
    const { purpose, status = 0, stream, synthetic } = outcome
    if (stream !== undefined || purpose === 'probe' || synthetic) return
    if (status < 200 || status > 299 || !COMPLETION_PATH.test(outcome.path)) return
    if (outcome.method === 'POST') this.takeCall(outcome)
  }

  snapshot(): AccountSnapshot | undefined {
    return this.#account.snapshot(this.#deps.clock.now())
  }

  facts(): AccountFacts | undefined {
    const snapshot = this.snapshot()
    if (!snapshot) return undefined
    const { runwayHours, cacheHitRatio, peak, at } = snapshot
    return {
      ...(runwayHours !== undefined && { runwayHours }),
      ...(cacheHitRatio !== undefined && { cacheHitRatio }),
      peak,
      low: runwayHours !== undefined && runwayHours < this.#deps.rules.warnHours,
      at: Date.parse(at),
    }
  }

  /** One line an hour at most: whoever was told tops up or does not. */
  #warn(cause: AccountCause, { runwayHours }: AccountSnapshot): void {
    const { clock, log } = this.#deps
    const now = clock.elapsed()
    if (now - this.#warnedAt < HOUR_MS) return
    this.#warnedAt = now
    const { title, fix } = causes[cause]
    const left =
      cause === 'balance-low' && runwayHours !== undefined
        ? `It lasts about ${Math.round(runwayHours)} h. `
        : ''
    log.emit('warn', 'account.low', { cause, fix: fix.text }, `${title} ${left}${fix.text}`)
  }
}
