import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '../clock'
import type { AbortRaces } from './abort-races'

/** Node has no name for it outside the DOM's types. */
type BodyInit = NonNullable<RequestInit['body']>

/** DeepSeek's own refusals are under 300 bytes; what is longer is a page, and its head tells. */
const MAX_HEAD_BYTES = 64 * 1024
/** A body that drips must not hold the caller: after this long the diagnosis makes do. */
const MAX_HEAD_MS = 150

type Reading = ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>

/** The beginning of a body, and the way to the rest of it. */
export interface ResponseHead {
  /** What was read, as text; undefined when nothing could be. */
  readonly text: string | undefined
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

  /** The whole body, readable once. */
  rest(): BodyInit {
    const isComplete = this.ended && this.failure === undefined
    return isComplete ? Buffer.concat(this.chunks) : this.#whole()
  }

  /** What was read stands in front of what is left. */
  #whole(): ReadableStream<Uint8Array> {
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

type MakeResponse = new (body: BodyInit | null, init: ResponseInit) => Response

/** The class of a response: what is rebuilt is still one of its transport's. */
function classOf(response: Response): MakeResponse {
  const made = Object.getPrototypeOf(response)?.constructor
  return typeof made === 'function' && made !== Object ? made : Response
}

/** The same answer around another body. A constructed Response has no address and no type. */
export function withBody(response: Response, body: BodyInit): Response {
  const { status, statusText, headers } = response
  const Class = classOf(response)
  const rebuilt = new Class(body, { status, headers })
  for (const name of ['url', 'redirected', 'type'] as const) {
    Object.defineProperty(rebuilt, name, { value: response[name], configurable: true })
  }
  // Servers send reason phrases that `Response` refuses.
  Object.defineProperty(rebuilt, 'statusText', { value: statusText, configurable: true })
  return rebuilt
}

/** A header of an answer, also of one whose headers are no `Headers`. */
export function headerOf(response: Response, name: string): string | null {
  const headers = response.headers as unknown
  if (typeof headers !== 'object' || headers === null) return null
  const { get } = headers as { get?: unknown }
  const value: unknown =
    typeof get === 'function' ? get.call(headers, name) : (headers as Record<string, unknown>)[name]
  return typeof value === 'string' ? value : null
}

/** True for an answer whose body can be read in pieces and be put together again. */
export function isReadable(response: Response): boolean {
  const { body, status, bodyUsed } = response
  const canBeBuilt = status >= 200 && status <= 599
  return canBeBuilt && typeof body?.getReader === 'function' && !body.locked && bodyUsed !== true
}

/** Lets go of a body that nobody will read, whatever kind of stream it is. */
export function letGo(response: Response): void {
  const body = response.body as { cancel?: unknown; destroy?: unknown } | null | undefined
  if (typeof body?.cancel === 'function') Promise.resolve(body.cancel()).catch(ignore)
  else if (typeof body?.destroy === 'function') body.destroy()
}

function unread(response: Response): ResponseHead {
  const discard = (): void => letGo(response)
  return { text: undefined, restore: () => response, discard, release: async () => discard() }
}

/**
 * Reads at most 64 KiB or 150 ms of a body, for the diagnosis. A body that somebody else has taken
 * is left alone. Rejects only when the caller's signal aborts.
 */
export async function readHead(response: Response, deps: HeadDeps): Promise<ResponseHead> {
  const { body } = response
  if (body === null || !isReadable(response)) return unread(response)
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
    restore: () => withBody(response, reader.rest()),
    discard: () => reader.discard(),
    release: () => reader.release(),
  }
}
