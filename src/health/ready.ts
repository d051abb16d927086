import { type Cause, docsOf } from '../causes/cause'
import { causes } from '../causes/table'
import type { Clock } from '../clock'
import { optionsOf, optionThat, parseOptions } from '../config/option-shape'
import { GuardClosedError, ReadyTimeoutError } from '../errors'
import type { Health } from './health-document'

export interface ReadyOptions {
  /** Milliseconds until `ReadyTimeoutError`. Default: no deadline. */
  timeoutMs?: number | undefined
  /** Ends the waiting with its reason. */
  signal?: AbortSignal | undefined
}

/** What a waiter is told: the health that lets traffic in, an error, or to wait on. */
export type ReadyAnswer = { health: Health } | { error: Error } | undefined

interface Waiter {
  check(): void
  reject(error: unknown): void
}

/** Longest delay of a Node timer. */
const MAX_DELAY_MS = 2 ** 31 - 1

const schema = optionsOf({
  /** A deadline that has passed already is one, too: callers hand over what is left of theirs. */
  timeoutMs: optionThat<number>(
    (value) => typeof value === 'number' && !Number.isNaN(value),
    'a number of milliseconds',
  ),
  signal: optionThat<AbortSignal>(
    (value) => typeof (value as AbortSignal | null)?.addEventListener === 'function',
    'an AbortSignal',
  ),
})

/** What the waiting depends on. */
interface ReadyDeps {
  clock: Clock
  answer(): ReadyAnswer
  /** The document as it stands, for whoever has waited too long. */
  health(): Health
  /** What the newest failure looks like, before it is confirmed. */
  suspicion(): Cause | undefined
  /** Called when the last waiter has gone. */
  onEmpty(): void
}

/** Those who wait for the first health that lets traffic in. */
export class ReadyQueue {
  readonly #waiters = new Set<Waiter>()
  readonly #deps: ReadyDeps

  constructor(deps: ReadyDeps) {
    this.#deps = deps
  }

  /** True while somebody waits. */
  get waiting(): boolean {
    return this.#waiters.size > 0
  }

  wait(options?: ReadyOptions): Promise<Health> {
    return new Promise<Health>((resolve, reject) => {
      const { timeoutMs, signal } = parseOptions<ReadyOptions>(schema, options, 'ready') ?? {}
      const cleanups: (() => void)[] = []
      const leave = (): void => {
        this.#waiters.delete(waiter)
        for (const cleanup of cleanups) cleanup()
        if (!this.waiting) this.#deps.onEmpty()
      }
      const waiter: Waiter = {
        check: () => {
          const answer = this.#deps.answer()
          if (answer === undefined) return
          leave()
          if ('health' in answer) resolve(answer.health)
          else reject(answer.error)
        },
        reject(error) {
          leave()
          reject(error)
        },
      }
      this.#waiters.add(waiter)
      waiter.check()
      if (!this.#waiters.has(waiter)) return
      if (signal?.aborted) return waiter.reject(signal.reason)
      cleanups.push(...this.#arm(waiter, timeoutMs, signal))
    })
  }

  /** Asks again for everybody who waits. */
  check(): void {
    for (const waiter of [...this.#waiters]) waiter.check()
  }

  close(): void {
    for (const waiter of [...this.#waiters]) waiter.reject(new GuardClosedError())
  }

  #arm(waiter: Waiter, timeoutMs: number | undefined, signal: AbortSignal | undefined) {
    // The guard's own timers let a process end; one that waits for `ready()` must stay.
    const hold = setInterval(() => {}, MAX_DELAY_MS)
    const onAbort = (): void => waiter.reject(signal?.reason)
    signal?.addEventListener('abort', onAbort, { once: true })
    const cleanups = [
      () => clearInterval(hold),
      () => signal?.removeEventListener('abort', onAbort),
    ]
    if (timeoutMs !== undefined) {
      const late = (): void => waiter.reject(new ReadyTimeoutError(this.#whyNot(timeoutMs)))
      cleanups.push(this.#deps.clock.after(timeoutMs, late))
    }
    return cleanups
  }

  /** Every string of the document comes from a closed list, so it may stand in an error. */
  #whyNot(timeoutMs: number): string {
    const { cause, description } = this.#deps.health()
    const why = cause === 'starting' ? this.#deps.suspicion() : (cause ?? undefined)
    const about = cause === null ? '' : ` (${why ?? cause})`
    return `No traffic is let in after ${timeoutMs} ms${about}: ${description} ${fixOf(why, cause)}`
  }
}

function fixOf(why: Cause | undefined, cause: Health['cause']): string {
  if (why !== undefined) return `${causes[why].title} ${causes[why].fix.text} ${docsOf(why)}`
  return cause === null ? '' : SILENCE
}

/** Packets that are dropped give no error before the probe's own deadline. */
const SILENCE =
  'The first probe has had no answer so far, as where a firewall drops packets, or a proxy or a ' +
  'name server is silent. Run npx deepseek-guard doctor here to see which.'
