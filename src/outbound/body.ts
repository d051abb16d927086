import type { AbortRaces } from './abort-races'

/** Node has no name for it outside the DOM's types. */
type BodyInit = NonNullable<RequestInit['body']>

/** A one-shot body as a row of chunks, whatever it was before. */
interface ChunkSource {
  read(): Promise<{ done?: boolean | undefined; value?: unknown }>
  /** Tells the owner that nobody reads on. */
  stop(reason: unknown): void
}

interface Shapes {
  getReader?: () => ReadableStreamDefaultReader<unknown>
  destroy?: () => void
  [Symbol.asyncIterator]?: () => AsyncIterator<unknown>
  [Symbol.iterator]?: () => Iterator<unknown>
}

const ignore = (): undefined => undefined

function fromReader(reader: ReadableStreamDefaultReader<unknown>): ChunkSource {
  return {
    read: () => reader.read(),
    stop: (reason) => void reader.cancel(reason).catch(ignore),
  }
}

function fromIterator(
  iterator: AsyncIterator<unknown> | Iterator<unknown>,
  owner: Shapes,
): ChunkSource {
  return {
    read: async () => iterator.next(),
    stop() {
      // A Node stream's iterator queues `return` behind a pending read; `destroy` does not wait.
      if (typeof owner.destroy === 'function') owner.destroy()
      else Promise.resolve(iterator.return?.()).catch(ignore)
    },
  }
}

/** The chunks of a stream, a Node stream or an (async) iterable; undefined for any other body. */
function chunksOf(body: object): ChunkSource | undefined {
  const shapes = body as Shapes
  if (typeof shapes.getReader === 'function') return fromReader(shapes.getReader())
  const asynchronous = shapes[Symbol.asyncIterator]
  if (typeof asynchronous === 'function') return fromIterator(asynchronous.call(body), shapes)
  // `fetch` itself joins arrays with commas; they can be sent again as they are.
  const synchronous = Array.isArray(body) ? undefined : shapes[Symbol.iterator]
  if (typeof synchronous === 'function') return fromIterator(synchronous.call(body), shapes)
  return undefined
}

/** The bytes of one chunk. @throws TypeError for a chunk that is neither text nor bytes. */
function bytesOf(chunk: unknown): Uint8Array {
  if (typeof chunk === 'string') return Buffer.from(chunk)
  if (ArrayBuffer.isView(chunk)) {
    return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  }
  const tag = Object.prototype.toString.call(chunk)
  if (tag === '[object ArrayBuffer]') return new Uint8Array(chunk as ArrayBuffer)
  throw new TypeError('A streamed request body must yield strings or bytes.')
}

/** A stream of `head` and then of what is left in `source`. */
export function streamOf(head: Uint8Array[], source: ChunkSource): ReadableStream<Uint8Array> {
  let next = 0
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const kept = head[next]
        if (kept !== undefined) {
          next += 1
          controller.enqueue(kept)
          return
        }
        const { done, value } = await source.read()
        if (done === true) controller.close()
        else controller.enqueue(bytesOf(value))
      },
      cancel: (reason) => source.stop(reason),
    },
    { highWaterMark: 0 },
  )
}

/** What a body may cost, and how its preparation can be left. */
interface BodyLimits {
  readonly maxReplayBytes: number
  readonly budget: ReplayBudget
  readonly races: AbortRaces
  readonly signal: AbortSignal | null | undefined
}

/** A request body made ready for a second send, or known to have only one. */
export interface PreparedBody {
  /** Stands in for the caller's body; absent: the caller's own one goes out. */
  readonly value?: BodyInit
  readonly replayable: boolean
  /** Bytes taken from the budget, to be given back when the call is over. */
  readonly held: number
}

const asItIs: PreparedBody = { replayable: true, held: 0 }
const onlyOnce: PreparedBody = { replayable: false, held: 0 }

function join(chunks: Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    joined.set(chunk, offset)
    offset += chunk.byteLength
  }
  return joined
}

// The caller may write into its buffer as soon as it has called, and every attempt must send the
// same bytes. What does not fit the budget is copied all the same, but not kept for a replay.
function copyBytes(body: ArrayBufferView | ArrayBuffer, budget: ReplayBudget): PreparedBody {
  const length = body.byteLength
  const bytes = ArrayBuffer.isView(body)
    ? new Uint8Array(body.buffer, body.byteOffset, length)
    : new Uint8Array(body)
  const replayable = budget.take(length)
  return { value: Uint8Array.from(bytes), replayable, held: replayable ? length : 0 }
}

/** A form of the same class: a transport knows the forms of its own undici only. */
function copyForm(form: FormData): PreparedBody {
  try {
    const Form = classOfForm(form)
    const copy = new Form()
    for (const [name, value] of form) {
      if (typeof value === 'string') copy.append(name, value)
      else copy.append(name, value, value.name)
    }
    return { value: copy, replayable: true, held: 0 }
  } catch {
    // Only its own transport can read it.
    return asItIs
  }
}

function classOfForm(form: FormData): new () => FormData {
  let found = FormData as new () => FormData
  for (let at = Object.getPrototypeOf(form); at !== null; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, 'append') && typeof at.constructor === 'function') found = at.constructor
  }
  return found
}

/** What was read of a one-shot body: all of it, or its head. */
interface Kept {
  readonly chunks: Uint8Array[]
  readonly held: number
  readonly complete: boolean
}

async function keep(source: ChunkSource, limits: BodyLimits): Promise<Kept> {
  const { budget, races, signal, maxReplayBytes } = limits
  const chunks: Uint8Array[] = []
  let held = 0
  try {
    for (;;) {
      const reading = source.read()
      const { done, value } = await (signal ? races.run(signal, reading) : reading)
      if (done === true) return { chunks, held, complete: true }
      // Copied, because a producer may reuse its buffer for the next chunk.
      const chunk = Uint8Array.from(bytesOf(value))
      chunks.push(chunk)
      const fits = held + chunk.byteLength <= maxReplayBytes && budget.take(chunk.byteLength)
      if (!fits) return { chunks, held, complete: false }
      held += chunk.byteLength
    }
  } catch (error) {
    budget.give(held)
    source.stop(error)
    throw error
  }
}

/** A body that can be read once, taken hold of. */
export interface BodySource {
  readonly chunks: ChunkSource
  /** It is a copy; the request that the caller gave can go out itself. */
  readonly isCopy: boolean
}

/** The body of a `Request`, from a clone of it. */
export function sourceOfClone(clone: { body: unknown }): BodySource | undefined {
  const chunks = chunksOf(clone.body as object)
  return chunks && { chunks, isCopy: true }
}

/**
 * Reads a one-shot body up to the limit. What is above it is sent once, as a stream; the body of a
 * `Request` goes out with the request itself, which alone knows its length.
 */
export async function bufferBody(source: BodySource, limits: BodyLimits): Promise<PreparedBody> {
  const { chunks, held, complete } = await keep(source.chunks, limits)
  if (complete) return { value: join(chunks, held), replayable: true, held }
  limits.budget.give(held)
  if (!source.isCopy) {
    return { value: streamOf(chunks, source.chunks), replayable: false, held: 0 }
  }
  source.chunks.stop(undefined)
  return onlyOnce
}

/**
 * Makes the body of an init ready, at once. Strings and blobs cannot change and go out as they are;
 * buffers, forms and parameters are copied; one-shot bodies are taken hold of.
 */
export function prepareBody(body: object, budget: ReplayBudget): PreparedBody | BodySource {
  if (ArrayBuffer.isView(body)) return copyBytes(body, budget)
  const tag = Object.prototype.toString.call(body)
  switch (tag) {
    case '[object ArrayBuffer]':
    case '[object SharedArrayBuffer]':
      return copyBytes(body as ArrayBuffer, budget)
    case '[object URLSearchParams]':
      return { value: new URLSearchParams(String(body)), replayable: true, held: 0 }
    case '[object FormData]':
      return copyForm(body as FormData)
    case '[object Blob]':
    case '[object File]':
      return asItIs
  }
  const chunks = chunksOf(body)
  if (chunks !== undefined) return { chunks, isCopy: false }
  // `fetch` makes text of what it does not know; other transports may know a form of their own.
  const isText = Array.isArray(body) || (tag === '[object Object]' && !isForm(body))
  return isText ? { value: String(body), replayable: true, held: 0 } : asItIs
}

function isForm(body: object): boolean {
  return 'pipe' in body || body.toString === Object.prototype.toString
}

/** All request bodies kept for a replay together, per guard: 64 MiB. */
const CEILING_BYTES = 64 * 1024 * 1024

/** Bounds the memory that replays may cost. What does not fit is sent once and never replayed. */
export class ReplayBudget {
  #free: number

  constructor(ceiling = CEILING_BYTES) {
    this.#free = ceiling
  }

  /** Takes `bytes`; false when they do not fit. */
  take(bytes: number): boolean {
    if (bytes > this.#free) return false
    this.#free -= bytes
    return true
  }

  give(bytes: number): void {
    this.#free += bytes
  }
}
