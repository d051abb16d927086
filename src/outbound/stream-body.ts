import type { ReadResult, StreamTap } from './stream-tap'

const tapKey = Symbol('deepseek-guard.tap')

type Bytes = Uint8Array<ArrayBuffer>
type Stream = ReadableStream<Bytes>
type Reader = ReadableStreamDefaultReader<Bytes>
type Tapped<T> = T & { [tapKey]: StreamTap | undefined }
type TappedReader = Reader & { [tapKey]: ReaderTap | undefined }

/** One reader of a tapped body. */
class ReaderTap {
  readonly tap: StreamTap
  #isReleased = false
  #isOver = false
  /** Some engines read for a Node stream behind the reader's back: then nothing is known. */
  #isSeen = false

  constructor(tap: StreamTap) {
    this.tap = tap
  }

  /**
   * Tells an end or an error that no read meets: some readers stop one read too soon. A stream that
   * gives its last chunk and closes says that it is closed first, so a read that is under way is
   * heard before the end.
   */
  followEnd(closed: Promise<unknown>): void {
    const over = (): void => {
      this.#isOver = true
      const isTold = this.#isReleased || this.tap.pending > 0
      if (this.#isSeen && !isTold) this.tap.ended()
    }
    const failed = (error: unknown): void => {
      if (!this.#isReleased) this.tap.broken(error)
    }
    closed.then(over, failed)
  }

  follow(reading: Promise<ReadResult>): void {
    this.#isSeen = true
    this.tap.asked()
    reading.then(this.#got, this.#failed)
  }

  left(): void {
    if (!this.#isReleased) this.tap.left()
  }

  release(): void {
    this.#isReleased = true
  }

  readonly #got = (result: ReadResult): void => {
    this.tap.got(result)
    if (this.#isOver && !this.#isReleased && this.tap.pending === 0) this.tap.ended()
  }

  readonly #failed = (error: unknown): void => {
    // Who lets go of the body rejects its own reads; the body itself is well.
    if (this.#isReleased) this.tap.released()
    else this.tap.failed(error)
  }
}

function tappedReader(base: Reader): object {
  return Object.create(base, {
    read: method(function (this: TappedReader, ...view: []) {
      const reading = base.read.apply(this, view)
      this[tapKey]?.follow(reading)
      return reading
    }),
    cancel: method(function (this: TappedReader, reason?: unknown) {
      this[tapKey]?.left()
      return base.cancel.call(this, reason)
    }),
    releaseLock: method(function (this: TappedReader) {
      this[tapKey]?.release()
      base.releaseLock.call(this)
    }),
  })
}

function method(value: unknown): PropertyDescriptor {
  return { value, writable: true, configurable: true }
}

/** True when a reader can bring its own buffer. */
function isByteStream(stream: Stream, base: Stream): boolean {
  try {
    base.getReader.call(stream, { mode: 'byob' }).releaseLock()
    return true
  } catch {
    return false
  }
}

/** A stream behind `stream` that asks for a chunk when it is asked for one. */
function throughOf(
  stream: Stream,
  isBytes: boolean,
): { stream: Stream; fail(error: unknown): void; release(): void } {
  const reader = stream.getReader()
  let fail = (_error: unknown): void => undefined
  const source = {
    start(controller: ReadableStreamDefaultController<Bytes>) {
      fail = (error) => controller.error(error)
    },
    async pull(controller: ReadableStreamDefaultController<Bytes>) {
      const { done, value } = await reader.read()
      if (!done) return controller.enqueue(value)
      controller.close()
      // A reader that has brought its buffer waits for it to come back.
      const asked = (controller as unknown as ReadableByteStreamController).byobRequest
      asked?.respond(0)
    },
    cancel: (reason: unknown) => reader.cancel(reason),
  }
  const through = isBytes
    ? new ReadableStream({ ...source, type: 'bytes' } as object)
    : new ReadableStream(source, { highWaterMark: 0 })
  return {
    stream: through,
    fail(error) {
      fail(error)
      reader.cancel(error).catch(() => undefined)
    },
    release: () => reader.releaseLock(),
  }
}

function tappedIterator(
  iterator: AsyncIterableIterator<Bytes>,
  tap: StreamTap,
  preventCancel: boolean,
): AsyncIterableIterator<Bytes> {
  const reads = new ReaderTap(tap)
  const { next, return: leave } = iterator
  return Object.assign(iterator, {
    next() {
      const reading = next.call(iterator)
      reads.follow(reading)
      return reading
    },
    return(value?: unknown) {
      if (!preventCancel) reads.left()
      return leave?.call(iterator, value) ?? Promise.resolve({ done: true, value })
    },
  })
}

/** Reads a whole body through `through`, and lets go of it when that is over. */
function piped(through: ReturnType<typeof throughOf>, work: Promise<void>): Promise<void> {
  const release = (): void => through.release()
  work.then(release, release)
  return work
}

/**
 * Lets a tap see what the readers of a body get, without standing between: the body stays the
 * transport's own object, so that bytes, chunks, backpressure, cancellation, errors and BYOB
 * readers are the transport's too. Only copies and pipes, which read inside the engine, get a
 * stream of ours in front of them.
 */
export class BodyTaps {
  /** Made once for each class of stream or reader that was met. */
  readonly #prototypes = new Map<object, object>()

  /** False when the body cannot be watched this way. */
  attach(stream: Stream, tap: StreamTap): boolean {
    const known = stream as Tapped<Stream>
    try {
      // A transport may give the same body twice; its readers then tell the newer call.
      const isNew = known[tapKey] === undefined
      // In this order: engines are slow to add a member to what has just changed its prototype.
      known[tapKey] = tap
      if (isNew) this.#become(stream, (base) => this.#tappedStream(base))
      return true
    } catch {
      return false
    }
  }

  /** A stream of our own in front of `stream`, which can be ended from here. */
  wrap(stream: Stream, tap: StreamTap): { stream: Stream; fail(error: unknown): void } {
    const base = Object.getPrototypeOf(stream) as Stream
    const isBytes = isByteStream(stream, base)
    this.attach(stream, tap)
    return throughOf(stream, isBytes)
  }

  #become<T extends object>(object: T, derive: (base: T) => object): void {
    const base = Object.getPrototypeOf(object) as T
    let derived = this.#prototypes.get(base)
    if (derived === undefined) {
      derived = derive(base)
      this.#prototypes.set(base, derived)
    }
    Object.setPrototypeOf(object, derived)
  }

  #tapReader(reader: Reader, tap: StreamTap | undefined): Reader {
    if (tap === undefined) return reader
    const reads = new ReaderTap(tap)
    ;(reader as TappedReader)[tapKey] = reads
    this.#become(reader, tappedReader)
    reads.followEnd(reader.closed)
    return reader
  }

  #tappedStream(base: Stream): object {
    const tapReader = (reader: Reader, tap: StreamTap | undefined) => this.#tapReader(reader, tap)
    const values = method(function (this: Tapped<Stream>, options?: { preventCancel?: boolean }) {
      const iterator = base.values.call(this, options) as AsyncIterableIterator<Bytes>
      const tap = this[tapKey]
      return tap ? tappedIterator(iterator, tap, options?.preventCancel === true) : iterator
    })
    return Object.create(base, {
      getReader: method(function (this: Tapped<Stream>, ...options: []) {
        return tapReader(base.getReader.apply(this, options) as Reader, this[tapKey])
      }),
      cancel: method(function (this: Tapped<Stream>, reason?: unknown) {
        if (!this.locked) this[tapKey]?.left()
        return base.cancel.call(this, reason)
      }),
      values,
      [Symbol.asyncIterator]: values,
      ...pipes(base),
    })
  }
}

/** The ways of reading that happen inside the engine, each on a stream that is read through us. */
function pipes(base: Stream): PropertyDescriptorMap {
  const through = (stream: Stream) => throughOf(stream, isByteStream(stream, base))
  return {
    tee: method(function (this: Stream) {
      return base.tee.call(this.locked ? this : through(this).stream)
    }),
    pipeTo: method(function (this: Stream, ...rest: [WritableStream]) {
      if (this.locked) return base.pipeTo.apply(this, rest)
      const own = through(this)
      return piped(own, base.pipeTo.apply(own.stream, rest))
    }),
    pipeThrough: method(function (this: Stream, ...rest: [ReadableWritablePair]) {
      if (this.locked) return base.pipeThrough.apply(this, rest)
      const own = through(this)
      try {
        return base.pipeThrough.apply(own.stream, rest)
      } catch (error) {
        own.release()
        throw error
      }
    }),
  }
}
