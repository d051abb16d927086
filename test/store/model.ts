import fc from 'fast-check'
import type { SharedStore } from '../../src/store/shared-store'
import { type FakeClock, fakeClock } from './fake-clock'

/** What the network does to one message. */
interface Fate {
  /** Milliseconds until it arrives. */
  delayMs: number
  /** It arrives once more, so long after the first time. */
  againMs?: number
  /** The answer is lost: the sender goes on without. */
  isReplyLost: boolean
}

/** One step of one process of the fleet. */
export type Step = { process: number; fate: Fate; thenMs: number } & (
  | { do: 'lease'; name: string; ms: number }
  | { do: 'release'; name: string }
  | { do: 'read'; name: string }
  | { do: 'write'; name: string; isBlind: boolean; keepMs: number }
  | { do: 'enter'; keepMs: number; marks: string[] }
  | { do: 'leave' }
  | { do: 'add'; amount: number }
  /** The process dies and comes back under other names; what it has sent is still on its way. */
  | { do: 'crash' }
  /** The process stands still: what it sends leaves so much later. */
  | { do: 'pause'; ms: number }
)

const NAMES = ['a', 'b']
const fate = fc.record(
  {
    delayMs: fc.constantFrom(0, 0, 0, 5, 40, 150, 400),
    againMs: fc.constantFrom(0, 1, 60, 300),
    isReplyLost: fc.boolean(),
  },
  { requiredKeys: ['delayMs', 'isReplyLost'] },
)
const common = {
  process: fc.integer({ min: 0, max: 2 }),
  fate,
  thenMs: fc.constantFrom(0, 0, 1, 20, 110, 500),
}
const name = fc.constantFrom(...NAMES)

export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ ...common, do: fc.constant('lease' as const), name, ms: fc.constantFrom(50, 200) }),
    fc.record({ ...common, do: fc.constant('release' as const), name }),
    fc.record({ ...common, do: fc.constant('read' as const), name }),
    fc.record({
      ...common,
      do: fc.constant('write' as const),
      name,
      isBlind: fc.boolean(),
      keepMs: fc.constantFrom(50, 10_000),
    }),
    fc.record({
      ...common,
      do: fc.constant('enter' as const),
      keepMs: fc.constantFrom(50, 300),
      marks: fc.subarray(['old', 'new']),
    }),
    fc.record({ ...common, do: fc.constant('leave' as const) }),
    fc.record({
      ...common,
      do: fc.constant('add' as const),
      amount: fc.integer({ min: 1, max: 9 }),
    }),
    fc.record({ ...common, do: fc.constant('crash' as const) }),
    fc.record({ ...common, do: fc.constant('pause' as const), ms: fc.constantFrom(60, 250) }),
  ),
  { minLength: 1, maxLength: 40 },
)

export class Violation extends Error {}

function check(truth: boolean, promise: string): void {
  if (!truth) throw new Violation(promise)
}

interface Kept<T> {
  value: T
  at: number
  until: number
}

/** What must be true of every answer, by the order in which messages arrive. */
class Oracle {
  readonly #clock: FakeClock
  readonly #leases = new Map<string, Kept<string>>()
  readonly #entries = new Map<string, Kept<string>>()
  readonly #versions = new Map<string, Set<string>>()
  readonly #rows = new Map<string, Kept<string>>()
  readonly #marks = new Map<string, Kept<null>>()
  readonly #counted = new Set<string>()
  readonly #newest = new Map<string, number>()
  #total = 0
  /** Until when each process may believe that it has a lease: by its own watch, from sending on. */
  readonly #beliefs = new Map<string, number>()

  constructor(clock: FakeClock) {
    this.#clock = clock
  }

  #now<T>(kept: Kept<T> | undefined): Kept<T> | undefined {
    return kept !== undefined && this.#clock.elapsed() < kept.until ? kept : undefined
  }

  #keep<T>(value: T, ms: number): Kept<T> {
    const at = this.#clock.elapsed()
    return { value, at, until: at + ms }
  }

  lease(name: string, owner: string, ms: number, held: boolean): void {
    const current = this.#now(this.#leases.get(name))
    check(held === (current === undefined || current.value === owner), 'a lease has one owner')
    if (held) this.#leases.set(name, this.#keep(owner, ms))
  }

  believe(name: string, process: string, until: number): void {
    const now = this.#clock.elapsed()
    for (const [key, end] of this.#beliefs) {
      const [otherName, other] = key.split(' ')
      if (otherName === name && other !== process) check(end <= now, 'two believe in one lease')
    }
    this.#beliefs.set(`${name} ${process}`, until)
  }

  disbelieve(name: string, process: string): void {
    this.#beliefs.delete(`${name} ${process}`)
  }

  release(name: string, owner: string): void {
    if (this.#now(this.#leases.get(name))?.value === owner) this.#leases.delete(name)
  }

  /** Gives what is there, so that a writer can say later which write it had seen. */
  read(
    name: string,
    entry: { value: string; version: string; ageMs: number } | null,
  ): Kept<string> | null {
    const kept = this.#now(this.#entries.get(name))
    check((entry === null) === (kept === undefined), 'an entry is there until its end')
    if (entry === null || kept === undefined) return null
    check(entry.value === kept.value, 'an entry has the value of the last write that was granted')
    check(entry.ageMs === this.#clock.elapsed() - kept.at, 'an entry tells its age')
    return kept
  }

  /**
   * `seen`: the write that the writer had read, still the current one or not. Not its value: a
   * message that arrives twice writes the same value twice, and these are two versions.
   */
  write(name: string, value: string, keepMs: number, seen: Seen, granted: boolean): void {
    const current = this.#now(this.#entries.get(name)) ?? null
    check(granted === (seen.kept === current), 'a write needs the version that is there')
    if (granted) this.#entries.set(name, this.#keep(value, keepMs))
  }

  version(name: string, value: string, version: string): void {
    const known = this.#versions.get(name) ?? new Set()
    this.#versions.set(name, known)
    const key = `${version} `
    for (const other of known) {
      const same = other.startsWith(key)
      check(!same || other === `${key}${value}`, 'a version never comes again')
    }
    known.add(`${key}${value}`)
  }

  enter(member: string, value: string, keepMs: number, marks: readonly string[]): void {
    this.#rows.set(member, this.#keep(value, keepMs))
    for (const mark of marks) this.#marks.set(mark, this.#keep(null, 1_000))
  }

  leave(member: string): void {
    this.#rows.delete(member)
  }

  group(group: Awaited<ReturnType<SharedStore['group']>>): void {
    const now = this.#clock.elapsed()
    const rows = [...this.#rows].filter(([, kept]) => now < kept.until)
    const wanted = rows.map(([member, { value, at }]) => `${member} ${value} ${now - at}`).sort()
    const got = group.rows.map(({ member, value, ageMs }) => `${member} ${value} ${ageMs}`).sort()
    check(String(got) === String(wanted), 'a group has the rows whose time is not over')
    const living = [...this.#marks].filter(([, kept]) => now < kept.until)
    const marks = living.map(([mark, { at }]) => `${mark} ${now - at}`).sort()
    const gotMarks = group.marks.map(({ mark, ageMs }) => `${mark} ${ageMs}`).sort()
    check(String(gotMarks) === String(marks), 'marks stay until their time is over')
  }

  add(owner: string, sequence: number, amount: number, total: number | undefined): void {
    const key = `${owner} ${sequence}`
    if (!this.#counted.has(key) && sequence > (this.#newest.get(owner) ?? 0)) {
      this.#counted.add(key)
      this.#newest.set(owner, sequence)
      this.#total += amount
    }
    check(total === this.#total, 'a batch counts once, and none is lost')
  }
}

/** What a process read last: `null` when there was nothing. */
interface Seen {
  version: string | null
  kept: Kept<string> | null
}

interface Process {
  /** Grows with every restart and every release: names are never used again. */
  term: number
  sequence: number
  seen: Map<string, Seen>
  pausedUntil: number
}

/** Plays the steps on a store with the network's fates, and checks every answer. */
export async function play(makeStore: (clock: FakeClock) => SharedStore, all: Step[]) {
  const clock = fakeClock()
  const store = makeStore(clock)
  const oracle = new Oracle(clock)
  const processes: Process[] = [0, 1, 2].map(() => {
    return { term: 0, sequence: 0, seen: new Map(), pausedUntil: 0 }
  })
  const inbox: { at: number; order: number; arrive: () => Promise<void> }[] = []
  let order = 0
  let values = 0
  const deliverUntil = async (end: number) => {
    for (;;) {
      const [next] = inbox
        .filter(({ at }) => at <= end)
        .sort((a, b) => a.at - b.at || a.order - b.order)
      if (next === undefined) break
      inbox.splice(inbox.indexOf(next), 1)
      await clock.advance(Math.max(0, next.at - clock.elapsed()))
      await next.arrive()
    }
    await clock.advance(Math.max(0, end - clock.elapsed()))
  }
  for (const step of all) {
    const process = processes[step.process]
    if (process === undefined) continue
    const message = messageOf(step, process, {
      store,
      oracle,
      clock,
      nextValue: () => `v${values++}`,
    })
    if (message !== undefined) {
      const leaves = Math.max(clock.elapsed(), process.pausedUntil)
      const at = leaves + step.fate.delayMs
      inbox.push({ at, order: order++, arrive: () => message(true) })
      const { againMs } = step.fate
      if (againMs !== undefined) {
        inbox.push({ at: at + againMs, order: order++, arrive: () => message(false) })
      }
    }
    await deliverUntil(clock.elapsed() + step.thenMs)
  }
  await deliverUntil(clock.elapsed() + 2_000)
}

interface World {
  store: SharedStore
  oracle: Oracle
  clock: FakeClock
  nextValue: () => string
}

/** What happens when the message of a step arrives; `isFirst` is false for its duplicate. */
function messageOf(
  step: Step,
  process: Process,
  { store, oracle, clock, nextValue }: World,
): ((isFirst: boolean) => Promise<void>) | undefined {
  const { term } = process
  const me = `p${step.process}`
  const owner = `${me}.${term}`
  const sentAt = clock.elapsed()
  const hears = (isFirst: boolean) => isFirst && !step.fate.isReplyLost && process.term === term
  switch (step.do) {
    case 'lease':
      return async (isFirst) => {
        const { held } = await store.lease(step.name, owner, step.ms)
        oracle.lease(step.name, owner, step.ms, held)
        if (held && hears(isFirst)) oracle.believe(step.name, me, sentAt + step.ms)
      }
    case 'release':
      process.term++
      oracle.disbelieve(step.name, me)
      return async () => {
        await store.release(step.name, owner)
        oracle.release(step.name, owner)
      }
    case 'read':
      return async (isFirst) => {
        const entry = await store.read(step.name)
        const kept = oracle.read(step.name, entry)
        if (entry !== null) oracle.version(step.name, entry.value, entry.version)
        if (!hears(isFirst)) return
        process.seen.set(step.name, { version: entry?.version ?? null, kept })
      }
    case 'write': {
      const nothing = { version: null, kept: null }
      const seen = (step.isBlind ? undefined : process.seen.get(step.name)) ?? nothing
      const value = nextValue()
      return async () => {
        const granted = await store.write(step.name, seen.version, value, step.keepMs)
        oracle.write(step.name, value, step.keepMs, seen, granted)
      }
    }
    case 'enter': {
      const value = nextValue()
      const { keepMs, marks } = step
      return async () => {
        const group = await store.enter('g', {
          member: me,
          value,
          keepMs,
          marks,
          keepMarksMs: 1_000,
        })
        oracle.enter(me, value, keepMs, marks)
        oracle.group(group)
      }
    }
    case 'leave':
      return async () => {
        await store.leave('g', me)
        oracle.leave(me)
        oracle.group(await store.group('g'))
      }
    case 'add': {
      const sequence = ++process.sequence
      const { amount } = step
      return async () => {
        const { sum } = await store.add('c', { owner: me, sequence, amounts: { sum: amount } })
        oracle.add(me, sequence, amount, sum)
      }
    }
    case 'crash':
      process.term++
      process.seen.clear()
      for (const name of NAMES) oracle.disbelieve(name, me)
      return undefined
    case 'pause':
      process.pausedUntil = clock.elapsed() + step.ms
      return undefined
  }
}
