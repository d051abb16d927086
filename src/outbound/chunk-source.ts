/** A one-shot body as a row of chunks, whatever it was before. */
export interface ChunkSource {
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
export function chunksOf(body: object): ChunkSource | undefined {
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
export function bytesOf(chunk: unknown): Uint8Array {
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
