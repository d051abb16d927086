import { findModel, findUsage, mergeUsage, type UsageFields } from '../provider/usage'
import { type EventFacts, isPiece, readEvent, readLongEvent } from './stream-events'
import { JsonBody } from './stream-json'
import { EventLines, latin1, partsOf } from './stream-lines'

/** What is known of a body after a 200, as `Evidence.stream` wants it. */
export interface StreamFacts {
  readonly bytes: number
  /** A document counts as one; 0 also when the stream finished and nothing was in it. */
  readonly events: number
  readonly finished: boolean
  readonly finishReason?: string
  readonly silentMs?: number
  readonly error?: unknown
}

/** How a watched body went; `left` is no evidence. */
export type StreamVerdict = { readonly kind: 'success' } | { readonly kind: 'left' } | FailedStream

/** `body` is the error that came as an event, in the form of an answer's body. */
export interface FailedStream {
  readonly kind: 'failed'
  readonly facts: StreamFacts
  readonly body?: string
}

/** What a body turned out to be, by its first bytes. */
type Form = 'blank' | 'events' | 'json' | 'page' | 'other'

/** Finish reasons inside a 200 that are no success. */
const interruptions: ReadonlySet<string> = new Set([
  'insufficient_system_resource',
  'content_filter',
])

const success: StreamVerdict = { kind: 'success' }
const left: StreamVerdict = { kind: 'left' }

/** What a body ends with that has stalled, and the evidence that it has. */
export function stallError(silentMs: number): DOMException {
  const text = `The stream held nothing but signs of life for ${silentMs} ms.`
  return new DOMException(text, 'TimeoutError')
}

function isField(text: string): boolean {
  return /^(?::|data:|event:|id:|retry:)/.test(text)
}

/** What begins like `text`; undefined while that can still be anything. */
function formOf(text: string, isEventStream: boolean): Form | undefined {
  const first = text[0]
  if (first === '<') return 'page'
  if (first === '{' || first === '[') return 'json'
  if (isEventStream || isField(text)) return 'events'
  return text.length < 6 ? undefined : 'other'
}

/**
 * Follows the body of a 200 and gives its verdict as soon as it is certain, and once. Pure: bytes
 * in, verdict out. Keeps the last KiB, and looks at every event of the first 32 KiB, at every event
 * of small chunks, and at the end of large ones.
 */
export class StreamWatch {
  /** True since `heard` was last taken: content came, not only a sign of life. */
  heard = false
  verdict: StreamVerdict | undefined
  usage: UsageFields | undefined
  model: string | undefined
  #form: Form = 'blank'
  /** What came before that was clear. */
  #start = ''
  #bytes = 0
  #events = 0
  #done = false
  #content = false
  #finishReason: string | undefined
  #lines: EventLines | undefined
  #json: JsonBody | undefined
  #isEventStream = false
  #isJson = false
  readonly #contentType: () => string

  /** The type is asked for with the first byte, as most calls never need it. */
  constructor(contentType: () => string) {
    this.#contentType = contentType
  }

  /** Takes the next chunk. */
  push(chunk: Uint8Array): void {
    this.#bytes += chunk.byteLength
    if (this.#lines !== undefined) {
      const before = this.#lines.known
      const isUnderWay = this.#lines.push(chunk)
      if (isUnderWay || this.#lines.known !== before) this.heard = true
      return
    }
    if (this.#form === 'blank') this.#begin(latin1(chunk))
    else if (this.#json !== undefined) this.#document(this.#json, latin1(chunk))
  }

  /** The body ended as it should. */
  end(): void {
    this.#lines?.end()
    if (this.verdict !== undefined) return
    const json = this.#json
    if (json !== undefined) this.verdict = this.#judgeJson(json)
    else this.verdict = this.#judgeEnd()
  }

  /** The body broke off. */
  fail(error: unknown): void {
    this.#lines?.end()
    this.verdict ??= this.#failed({ error })
  }

  /** The caller took what it wanted, or was never served. */
  leave(): void {
    if (this.verdict !== undefined) return
    if (this.#json?.closed === true) this.end()
    else this.verdict = this.#finishReason === undefined ? left : this.#judgeEvents()
  }

  /** Nothing but signs of life for `silentMs`; after a finish that is an end without a farewell. */
  stall(silentMs: number): void {
    if (this.#finished) this.leave()
    else this.verdict ??= this.#failed({ silentMs, error: stallError(silentMs) })
  }

  #judgeEnd(): StreamVerdict {
    if (this.#form === 'other') return left
    return this.#form === 'blank' && this.#start !== '' ? left : this.#judgeEvents()
  }

  /** Tells what the body is; blanks and a byte order mark tell nothing. */
  #begin(text: string): void {
    const start = (this.#start + text).replace(/^(?:\xef\xbb\xbf)?\s*/, '')
    this.#start = start
    if (start === '') return
    const type = this.#contentType()
    this.#isEventStream = type.includes('event-stream')
    this.#isJson = type.includes('json')
    const form = formOf(start, this.#isEventStream)
    if (form === undefined) return
    this.#start = ''
    this.#form = form
    if (form === 'page' || (this.#isJson && form !== 'json')) this.#malformed()
    else if (form === 'json') this.#document(this.#openJson(), start)
    else if (form === 'events') this.#openLines().walk(start)
  }

  #openJson(): JsonBody {
    this.#json = new JsonBody()
    return this.#json
  }

  #openLines(): EventLines {
    this.#lines = new EventLines((data, name) => this.#event(data, name))
    return this.#lines
  }

  #document(json: JsonBody, text: string): void {
    this.heard ||= /\S/.test(text)
    json.push(text)
    if (json.broken) this.#malformed()
  }

  #event(data: string, name: string): boolean {
    this.#events += 1
    if (data.startsWith('[DONE]')) {
      this.#done = true
      this.verdict ??= this.#judgeEvents()
      return false
    }
    const parts = partsOf(data)
    const facts = parts ? readLongEvent(parts.head, parts.tail, name) : readEvent(data, name)
    this.#learn(facts, data)
    this.#judge(facts)
    return isPiece(facts) && !data.includes('"usage":{')
  }

  #learn(facts: EventFacts, data: string): void {
    this.heard ||= !facts.idle
    this.model ??= findModel(data)
    this.usage = mergeUsage(this.usage, findUsage(data))
    this.#content ||= facts.content
    this.#finishReason ??= facts.finishReason
    this.#done ||= facts.end
  }

  #judge({ error, broken, end, finishReason }: EventFacts): void {
    if (error !== undefined) this.verdict ??= { ...this.#failed({}), body: error }
    else if (broken) this.#malformed()
    else if (finishReason !== undefined && interruptions.has(finishReason)) {
      this.#finishReason = finishReason
      this.verdict ??= this.#failed({})
    } else if (end) this.verdict ??= this.#judgeEvents()
  }

  #judgeEvents(): StreamVerdict {
    return this.#finished && this.#content ? success : this.#failed({})
  }

  #judgeJson(json: JsonBody): StreamVerdict {
    const { kept, error, finishReason } = json
    this.model = findModel(json.head)
    this.usage = findUsage(kept)
    this.#finishReason = finishReason
    if (!json.closed || (this.#isEventStream && error === undefined)) {
      return this.#failed({ error: new SyntaxError('Unexpected end of JSON input') })
    }
    if (error !== undefined) return { ...this.#failed({}), body: error }
    const interrupted = finishReason !== undefined && interruptions.has(finishReason)
    return interrupted || json.empty ? this.#failed({}) : success
  }

  #malformed(): void {
    // Foreign text stays where it is; the kind of the error says what the matter was.
    this.verdict ??= this.#failed({ error: new SyntaxError('The body is not valid JSON') })
  }

  get #finished(): boolean {
    return this.#done || this.#finishReason !== undefined || this.#json?.closed === true
  }

  #failed(more: Pick<StreamFacts, 'silentMs' | 'error'>): FailedStream {
    const finished = this.#finished
    const finishReason = this.#finishReason
    const facts = {
      bytes: this.#bytes,
      events: this.#meaningful(finished),
      finished,
      ...(finishReason !== undefined && { finishReason }),
      ...more,
    }
    return { kind: 'failed', facts }
  }

  /** A document is one event; a finish with nothing in it has none. */
  #meaningful(finished: boolean): number {
    if (this.#json !== undefined) return this.#json.empty ? 0 : 1
    const { known = 0, halves = 0 } = this.#lines ?? {}
    return finished && !this.#content ? 0 : this.#events + known + halves
  }
}
