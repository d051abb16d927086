import type { Clock } from '../clock'
import type { GuardLog } from '../observability/events'
import type { Batch, Entry, Group, Lease, NewRow, SharedStore, Totals } from './shared-store'

/** What one step of the guard may lose to a store that does not answer, in milliseconds. */
const STORE_BUDGET_MS = 100

/** Time is spent in slices of this length, and a slice that took longer counts as one. */
const SLICE_MS = 20

/** A timer that fires this late found the process busy: the answer may be here, unread. */
const LATE_MS = 10

/** While the store is away it is asked again after so long, then twice as long, up to the last. */
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 5_000

/** Trouble within this time of the last one is the same trouble: one warning, not a flicker. */
const CALM_MS = 60_000

/** Where the store stands: failures in a row, and until when it is left alone after them. */
interface Link {
  readonly failures: number
  /** Monotonic milliseconds. */
  readonly until: number
}

const up: Link = { failures: 0, until: 0 }

function afterFailure(link: Link, now: number): Link {
  const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** link.failures)
  return { failures: link.failures + 1, until: now + pause }
}

/** Answers of somebody else's store are looked at before anything is built on them. */
const shapes = {
  lease: (value: Lease) => typeof value.held === 'boolean' && Number.isFinite(value.leftMs),
  entry: (value: Entry | null) =>
    value === null ||
    (typeof value.value === 'string' &&
      typeof value.version === 'string' &&
      Number.isFinite(value.ageMs)),
  flag: (value: boolean) => typeof value === 'boolean',
  group: ({ rows, marks }: Group) =>
    rows.every((row) => typeof row.value === 'string' && Number.isFinite(row.ageMs)) &&
    marks.every((mark) => typeof mark.mark === 'string' && Number.isFinite(mark.ageMs)),
  totals: (value: Totals) => Object.values(value).every(Number.isFinite),
  nothing: () => true,
}

interface GuardedStoreDeps {
  clock: Clock
  log: GuardLog
}

/**
 * A store whose every call is bounded. It never throws: what cannot be had is `undefined`, and
 * whoever asked does what it would do alone. After a failure nobody asks for a second, then two, up
 * to five; one call tries again then, and the first that succeeds brings the store back.
 */
export class GuardedStore {
  readonly #store: SharedStore
  readonly #deps: GuardedStoreDeps
  #link: Link = up
  #troubledAt = Number.NEGATIVE_INFINITY
  /** A warning was written, and no line yet that it is over. */
  #warned = false

  constructor(store: SharedStore, deps: GuardedStoreDeps) {
    this.#store = store
    this.#deps = deps
  }

  /** False while the store is known to be away: nobody else can be asked. */
  get reachable(): boolean {
    return this.#link === up
  }

  /** One step of the guard: its calls share one budget, however many they are. */
  round(budgetMs = STORE_BUDGET_MS): StoreRound {
    const budget: Budget = { leftMs: budgetMs }
    return new StoreRound(async (act, isSound) => {
      return budget.leftMs > 0 ? this.#call(act, isSound, budget) : undefined
    })
  }

  async #call<T>(
    act: (store: SharedStore) => Promise<T>,
    isSound: (value: T) => boolean,
    budget: Budget,
  ): Promise<T | undefined> {
    const { clock } = this.#deps
    const link = this.#link
    if (link !== up) {
      if (clock.elapsed() < link.until) return undefined
      // Whoever comes while this one tries goes on alone.
      this.#link = { ...link, until: clock.elapsed() + LONGEST_PAUSE_MS }
    }
    try {
      const value = await bounded(() => act(this.#store), clock, budget)
      if (!isSound(value)) throw new Error('The store answered something else.')
      this.#succeeded()
      return value
    } catch (error) {
      this.#failed(error)
      return undefined
    }
  }

  #succeeded(): void {
    this.#link = up
    const calm = this.#deps.clock.elapsed() - this.#troubledAt >= CALM_MS
    if (!this.#warned || !calm) return
    this.#warned = false
    const fields = { from: 'unavailable', to: 'available' }
    this.#tell('info', fields, 'The shared store is back; the fleet agrees again.')
  }

  #failed(error: unknown): void {
    this.#troubledAt = this.#deps.clock.elapsed()
    this.#link = afterFailure(this.#link, this.#troubledAt)
    if (this.#warned) return
    this.#warned = true
    const type = reasonOf(error)
    const message =
      'The shared store does not work now, so this process goes on by itself: it probes and ' +
      'refreshes alone. Calls are not affected.'
    this.#tell('warn', { 'error.type': type, from: 'available', to: 'unavailable' }, message)
  }

  #tell(level: 'info' | 'warn', fields: Record<string, string>, message: string): void {
    try {
      this.#deps.log.emit(level, 'store.unavailable', fields, message)
    } catch {
      // A logger that throws must not make a store of the store's trouble.
    }
  }
}

/** `timeout`, or the word with which Redis begins its errors; never the text, which may quote. */
function reasonOf(error: unknown): string {
  if (error instanceof StoreTimeout) return 'timeout'
  try {
    const { message, code } = Object(error) as { message?: unknown; code?: unknown }
    const word = /^(?:[A-Z]{3,16})(?= )/.exec(String(message))?.[0]
    if (word !== undefined) return word
    return typeof code === 'string' && /^[A-Z_]{2,32}$/.test(code) ? code : 'error'
  } catch {
    return 'error'
  }
}

class StoreTimeout extends Error {}

/** What one step may still spend. */
interface Budget {
  leftMs: number
}

/**
 * Spends the budget slice by slice, then calls `onSpent`. A process that is busy (it starts, or its
 * machine is crowded) reads answers late; that is no fault of the store, so such a slice counts as
 * an idle one. Returns the way to end the spending.
 */
function spend(budget: Budget, clock: Clock, onSpent: () => void): () => void {
  let startedAt = clock.elapsed()
  let slice = 0
  let cancel = (): void => {}
  const next = (): void => {
    startedAt = clock.elapsed()
    slice = Math.min(SLICE_MS, budget.leftMs)
    cancel = clock.after(slice, () => {
      budget.leftMs -= slice
      if (budget.leftMs > 0) next()
      else if (clock.elapsed() - startedAt - slice > LATE_MS) cancel = clock.after(LATE_MS, onSpent)
      else onSpent()
    })
  }
  next()
  return () => {
    cancel()
    budget.leftMs -= Math.min(slice, clock.elapsed() - startedAt)
  }
}

/** The answer, or `StoreTimeout` when the budget is spent; what comes later is not heard. */
function bounded<T>(act: () => Promise<T>, clock: Clock, budget: Budget): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const stop = spend(budget, clock, () => reject(new StoreTimeout()))
    // The store is foreign code: it may throw, or answer without a promise.
    new Promise<T>((answer) => answer(act())).then(
      (value) => {
        stop()
        resolve(value)
      },
      (error) => {
        stop()
        reject(error)
      },
    )
  })
}

type Ask = <T>(
  act: (store: SharedStore) => Promise<T>,
  isSound: (value: T) => boolean,
) => Promise<T | undefined>

/** The promises of the store, each with `undefined` for "not to be had now". */
export class StoreRound {
  readonly #ask: Ask

  constructor(ask: Ask) {
    this.#ask = ask
  }

  lease(name: string, owner: string, ms: number) {
    return this.#ask((store) => store.lease(name, owner, ms), shapes.lease)
  }

  release(name: string, owner: string) {
    return this.#ask((store) => store.release(name, owner), shapes.nothing)
  }

  read(name: string) {
    return this.#ask((store) => store.read(name), shapes.entry)
  }

  write(name: string, version: string | null, value: string, keepMs: number) {
    return this.#ask((store) => store.write(name, version, value, keepMs), shapes.flag)
  }

  enter(group: string, row: NewRow) {
    return this.#ask((store) => store.enter(group, row), shapes.group)
  }

  leave(group: string, member: string) {
    return this.#ask((store) => store.leave(group, member), shapes.nothing)
  }

  add(name: string, batch: Batch) {
    return this.#ask((store) => store.add(name, batch), shapes.totals)
  }

  totals(name: string) {
    return this.#ask((store) => store.totals(name), shapes.totals)
  }
}
