import type { Clock } from '../clock'
import type { StreamVerdict, StreamWatch } from './stream-watch'

/** How often within `stallMs` the ticker looks: a stall is told at most an eighth late. */
const LOOKS = 8

/** Who is told of a body, and how it may be ended. */
interface TapDeps {
  readonly watch: StreamWatch
  readonly ticker: StallTicker
  /** The caller's: what it aborts is no evidence. */
  readonly signal: AbortSignal | undefined
  /** Called once, as soon as there is a verdict. */
  onVerdict(verdict: StreamVerdict): void
  /** Called once, when nothing more can be learnt. */
  onClose(): void
}

/** What a reader of a stream gives. */
export interface ReadResult {
  readonly done?: boolean | undefined
  readonly value?: unknown
}

function bytesIn(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  }
  // A transport of the caller's own may give text, which its reader takes as it is.
  return typeof value === 'string' ? Buffer.from(value) : undefined
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}

/** One body while it is read: what its reader gets goes to the watch, and nothing is held back. */
export class StreamTap {
  /** Reads under way: only who waits can be kept waiting. */
  pending = 0
  closed = false
  /** Elapsed time of the last look that found content, or of the first read. */
  since = 0
  /** Ends the body when it has stalled; absent: it may go on. */
  abort: ((error: unknown, silentMs: number) => void) | undefined
  #isTold = false
  readonly #deps: TapDeps

  constructor(deps: TapDeps) {
    this.#deps = deps
  }

  /** A read begins. */
  asked(): void {
    this.pending += 1
    if (!this.closed) this.#deps.ticker.join(this)
  }

  readonly got = (result: ReadResult): void => {
    this.pending -= 1
    if (this.closed) return
    if (result.done === true) this.ended()
    else this.#take(result.value)
  }

  readonly failed = (error: unknown): void => {
    this.pending -= 1
    this.broken(error)
  }

  /** The body is over. */
  ended(): void {
    this.#finish((watch) => watch.end())
  }

  /** The body is in error. */
  broken(error: unknown): void {
    const isCallers = this.#deps.signal?.aborted === true || isAbort(error)
    this.#finish((watch) => (isCallers ? watch.leave() : watch.fail(error)))
  }

  /** A read came to nothing, because its reader let go of the body. */
  released(): void {
    this.pending -= 1
  }

  /** The caller wants no more. */
  left(): void {
    this.#finish((watch) => watch.leave())
  }

  /** Takes the sign of content that came since the last look. */
  takeHeard(): boolean {
    const { watch } = this.#deps
    const { heard } = watch
    watch.heard = false
    return heard
  }

  stalled(silentMs: number): void {
    this.#guarded(() => {
      const { watch } = this.#deps
      watch.stall(silentMs)
      this.#tell()
      const { verdict } = watch
      // The error that the caller gets is the one that was judged.
      this.abort?.(verdict?.kind === 'failed' ? verdict.facts.error : undefined, silentMs)
    })
  }

  #take(value: unknown): void {
    const bytes = bytesIn(value)
    try {
      if (bytes !== undefined) this.#deps.watch.push(bytes)
      this.#tell()
    } catch {
      // The caller's stream must not know that somebody looks at it.
      this.closed = true
    }
  }

  #finish(how: (watch: StreamWatch) => void): void {
    if (this.closed) return
    this.closed = true
    this.#guarded(() => {
      how(this.#deps.watch)
      this.#tell()
      this.#deps.onClose()
    })
  }

  #tell(): void {
    const { verdict } = this.#deps.watch
    if (verdict === undefined || this.#isTold) return
    this.#isTold = true
    this.#deps.onVerdict(verdict)
    // After the end mark nothing comes that matters, and some readers stop there.
    if (verdict.kind !== 'success' || this.closed) return
    this.closed = true
    this.#deps.onClose()
  }

  #guarded(work: () => void): void {
    try {
      work()
    } catch {
      this.closed = true
    }
  }
}

/** Looks at all open bodies of a guard with one timer; there is none while nobody waits. */
export class StallTicker {
  readonly #clock: Clock
  readonly #stallMs: number
  readonly #taps = new Set<StreamTap>()
  #cancel: (() => void) | undefined

  constructor(clock: Clock, stallMs: number) {
    this.#clock = clock
    this.#stallMs = stallMs
  }

  join(tap: StreamTap): void {
    if (this.#taps.has(tap)) return
    tap.since = this.#clock.elapsed()
    tap.takeHeard()
    this.#taps.add(tap)
    if (this.#cancel === undefined) this.#arm(this.#stallMs / LOOKS)
  }

  /** Lets all bodies be; they are watched on, without a clock. */
  close(): void {
    this.#cancel?.()
    this.#taps.clear()
    this.join = () => undefined
  }

  #arm(ms: number): void {
    this.#cancel = this.#clock.after(Math.max(1, Math.floor(ms)), () => this.#look())
  }

  #look(): void {
    const now = this.#clock.elapsed()
    let next = this.#stallMs / LOOKS
    for (const tap of this.#taps) {
      const left = this.#leftOf(tap, now)
      if (left > 0) next = Math.min(next, left)
      else this.#taps.delete(tap)
    }
    this.#cancel = undefined
    if (this.#taps.size > 0) this.#arm(next)
  }

  /** Milliseconds until `tap` counts as stalled; 0 when there is nothing to wait for. */
  #leftOf(tap: StreamTap, now: number): number {
    if (tap.closed || tap.pending === 0) return 0
    if (tap.takeHeard()) tap.since = now
    const left = tap.since + this.#stallMs - now
    if (left <= 0) tap.stalled(Math.round(now - tap.since))
    return left
  }
}
