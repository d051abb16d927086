import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '../clock'
import type { AbortRaces } from './abort-races'

/** DeepSeek's own refusals are under 300 bytes; what is longer is a page, and its head tells. */
export const MAX_HEAD_BYTES = 64 * 1024
/** A body that drips must not hold the caller: after this long the diagnosis makes do. */
const MAX_HEAD_MS = 150

type Reading = ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>

/** The beginning of a body, and the way to the rest of it. */
export interface ResponseHead {
  /** What was read, as text. */
  readonly text: string
  /** The same answer with its body whole again, readable once. */
  restore(): Response
  /** Lets go of what is left, so that the connection does not wait for it. */
  discard(): void
  /** The same, until the connection of a body that was read whole can take the next request. */
  release(): Promise<void>
}

/** How the reading may end early. */
export interface HeadDeps {
  readonly clock: Clock
  readonly races: AbortRaces
  readonly signal: AbortSignal | null | undefined
}

const ignore = (): undefined => undefined

/** One body being read. Its last read may still be under way when the time is up. */
class HeadReader {
  readonly chunks: Uint8Array[] = []
  readonly reader: ReadableStreamDefaultReader<Uint8Array>
  pending: Reading | undefined
  failure: { error: unknown } | undefined
  ended = false
  stopped = false

  constructor(body: ReadableStream<Uint8Array>) {
    this.reader = body.getReader()
  }

  async fill(): Promise<void> {
    let size = 0
    while (!this.stopped && size < MAX_HEAD_BYTES) {
      try {
        this.pending = this.reader.read()
        const { done, value } = await this.pending
        // Too late for the head: the rest takes this chunk from the same promise.
        if (this.stopped) return
        this.pending = undefined
        if (done) {
          this.ended = true
          return
        }
        this.chunks.push(value)
        size += value.byteLength
      } catch (error) {
        this.failure = { error }
        return
      }
    }
  }

  text(): string {
    return Buffer.concat(this.chunks).subarray(0, MAX_HEAD_BYTES).toString('utf8')
  }

  discard(): void {
    if (!this.ended) this.reader.cancel().catch(ignore)
  }

  async release(): Promise<void> {
    // undici frees a connection one turn of the event loop after its answer has ended; a replay
    // that does not wait for it opens a second one.
    if (this.ended) await turn()
    else this.discard()
  }

  /** What was read stands in front of what is left. */
  whole(): ReadableStream<Uint8Array> {
    let next = 0
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const chunk = this.chunks[next]
          next += 1
          if (chunk !== undefined) controller.enqueue(chunk)
          else await this.#pullRest(controller)
        },
        cancel: (reason) => (this.ended ? undefined : this.reader.cancel(reason)),
      },
      { highWaterMark: 0 },
    )
  }

  async #pullRest(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    if (this.failure !== undefined) throw this.failure.error
    if (this.ended) return controller.close()
    const reading = this.pending ?? this.reader.read()
    this.pending = undefined
    const { done, value } = await reading
    if (done) controller.close()
    else controller.enqueue(value)
  }
}

function rebuild(response: Response, reader: HeadReader): Response {
  const { status, statusText, headers, url, redirected } = response
  const complete = reader.ended && reader.failure === undefined
  const body = complete ? Buffer.concat(reader.chunks) : reader.whole()
  const rebuilt = new Response(body, { status, statusText, headers })
  // A constructed Response has no address; SDKs and people look at it.
  Object.defineProperty(rebuilt, 'url', { value: url, configurable: true })
  Object.defineProperty(rebuilt, 'redirected', { value: redirected, configurable: true })
  return rebuilt
}

function unread(response: Response): ResponseHead {
  return { text: '', restore: () => response, discard: ignore, release: async () => undefined }
}

/**
 * Reads at most 64 KiB or 150 ms of a body, for the diagnosis. A body that somebody else has taken
 * is left alone. Rejects only when the caller's signal aborts.
 */
export async function readHead(response: Response, deps: HeadDeps): Promise<ResponseHead> {
  const { body } = response
  if (!body || body.locked) return unread(response)
  const reader = new HeadReader(body)
  let cancelTimer = ignore as () => void
  const time = new Promise<void>((resolve) => {
    cancelTimer = deps.clock.after(MAX_HEAD_MS, resolve)
  })
  const done = Promise.race([reader.fill(), time])
  try {
    await (deps.signal ? deps.races.run(deps.signal, done) : done)
  } catch (error) {
    reader.discard()
    throw error
  } finally {
    reader.stopped = true
    cancelTimer()
    reader.pending?.catch(ignore)
  }
  return {
    text: reader.text(),
    restore: () => rebuild(response, reader),
    discard: () => reader.discard(),
    release: () => reader.release(),
  }
}
