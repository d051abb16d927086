import type { Clock } from '../../src/clock'
import type { CredentialHolder, HolderDeps, RefreshEvent } from '../../src/credentials/credential'
import { createCredentialHolder } from '../../src/credentials/credential-holder'
import type { CredentialSource, Token, TokenRequest } from '../../src/credentials/source'
import type { EventFields, GuardEventName, LogLevel } from '../../src/observability/events'

export interface Line {
  level: LogLevel
  event: GuardEventName
  fields: EventFields
  message: string
}

/** A clock that only moves when told to; timers due on the way fire in order. */
export class ManualClock implements Clock {
  #now = 0
  #next = 0
  readonly #timers = new Map<number, { at: number; fn: () => void }>()

  now(): number {
    return 1_700_000_000_000 + this.#now
  }

  elapsed(): number {
    return this.#now
  }

  after(ms: number, fn: () => void): () => void {
    this.#next += 1
    const id = this.#next
    this.#timers.set(id, { at: this.#now + Math.max(0, ms), fn })
    return () => this.#timers.delete(id)
  }

  /** Time passes while nothing can run: what is due fires late, at the next `advance`. */
  stall(ms: number): void {
    this.#now += ms
  }

  get pending(): number {
    return this.#timers.size
  }

  /** Moves time and lets everything that waits on promises happen at each step. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    for (;;) {
      await settle()
      const due = [...this.#timers].filter(([, timer]) => timer.at <= end)
      const [first] = due.sort(([a, x], [b, y]) => x.at - y.at || a - b)
      if (first === undefined) break
      this.#timers.delete(first[0])
      this.#now = Math.max(this.#now, first[1].at)
      first[1].fn()
    }
    this.#now = end
    await settle()
  }
}

/** Until every promise that can go on by itself has done so. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** A promise with its ends in the test's hand. */
export function deferred<T>(): {
  promise: Promise<T>
  resolve: (value: T) => void
  reject: (error: unknown) => void
} {
  let resolve!: (value: T) => void
  let reject!: (error: unknown) => void
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

export interface Scripted extends CredentialSource {
  readonly requests: TokenRequest[]
  /** What the next questions get; the last one stays. */
  answer: (request: TokenRequest) => Token | Promise<Token>
}

/** A remote source: answers by promise, as `answer` says, and remembers each question. */
export function scripted(answer: Scripted['answer'], more: object = {}): Scripted {
  const source: Scripted = {
    kind: 'test',
    requests: [],
    answer,
    async getToken(request) {
      source.requests.push(request)
      return source.answer(request)
    },
    ...more,
  }
  return source
}

export interface Kit {
  holder: CredentialHolder
  clock: ManualClock
  lines: Line[]
  events: RefreshEvent[]
}

export function kit(source: CredentialSource, deps: Partial<HolderDeps> = {}): Kit {
  const clock = new ManualClock()
  const lines: Line[] = []
  const events: RefreshEvent[] = []
  const holder = createCredentialHolder(source, {
    clock,
    random: () => 0.5,
    refreshTimeoutMs: 10_000,
    log: {
      emit: (level, event, fields, message) => lines.push({ level, event, fields, message }),
      enabled: () => true,
    },
    onRefresh: (event) => events.push(event),
    ...deps,
  })
  return { holder, clock, lines, events }
}
