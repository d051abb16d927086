import type { AbortRaces } from './abort-races'
import { bytesOf, type ChunkSource, chunksOf, streamOf } from './chunk-source'
import type { ReplayBudget } from './replay-budget'
import type { RequestLike } from './request-like'

/** What a body may cost, and how its preparation can be left. */
export interface BodyLimits {
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

// The caller may write into its buffer as soon as it has called: a replay must send the same bytes.
function copyBytes(body: ArrayBufferView | ArrayBuffer, budget: ReplayBudget): PreparedBody {
  const length = body.byteLength
  if (!budget.take(length)) return onlyOnce
  const bytes = ArrayBuffer.isView(body)
    ? new Uint8Array(body.buffer, body.byteOffset, length)
    : new Uint8Array(body)
  return { value: Uint8Array.from(bytes), replayable: true, held: length }
}

function copyForm(form: FormData): PreparedBody {
  const copy = new FormData()
  try {
    for (const [name, value] of form) {
      if (typeof value === 'string') copy.append(name, value)
      else copy.append(name, value, value.name)
    }
  } catch {
    // A form with files of another realm: only its own transport can read it.
    return asItIs
  }
  return { value: copy, replayable: true, held: 0 }
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

async function bufferStream(source: ChunkSource, limits: BodyLimits): Promise<PreparedBody> {
  const { chunks, held, complete } = await keep(source, limits)
  if (complete) return { value: join(chunks, held), replayable: true, held }
  limits.budget.give(held)
  return { value: streamOf(chunks, source), replayable: false, held: 0 }
}

/**
 * Makes the body of an init ready. Strings and blobs cannot change and go out as they are; buffers,
 * forms and parameters are copied; one-shot bodies are read up to the limit.
 */
export function prepareBody(
  body: object,
  limits: BodyLimits,
): PreparedBody | Promise<PreparedBody> {
  if (ArrayBuffer.isView(body)) return copyBytes(body, limits.budget)
  switch (Object.prototype.toString.call(body)) {
    case '[object ArrayBuffer]':
    case '[object SharedArrayBuffer]':
      return copyBytes(body as ArrayBuffer, limits.budget)
    case '[object URLSearchParams]':
      return { value: new URLSearchParams(String(body)), replayable: true, held: 0 }
    case '[object FormData]':
      return copyForm(body as FormData)
    case '[object Blob]':
    case '[object File]':
      return asItIs
  }
  const source = chunksOf(body)
  return source === undefined ? asItIs : bufferStream(source, limits)
}

/**
 * Makes the body of a `Request` ready, from a clone: what the caller holds stays readable. A body
 * above the limit goes out with the request itself, which alone knows its length.
 */
export async function prepareRequestBody(
  request: RequestLike,
  limits: BodyLimits,
): Promise<PreparedBody> {
  const spare = chunksOf(request.clone().body as object) as ChunkSource
  const { chunks, held, complete } = await keep(spare, limits)
  if (complete) return { value: join(chunks, held), replayable: true, held }
  limits.budget.give(held)
  spare.stop(undefined)
  return onlyOnce
}
