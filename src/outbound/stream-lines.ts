/** An event that is longer is known by its first and its last KiB only. */
const LONG = 2_048
const KEPT = 1_024
/** Every line of so much of a stream is looked at, however it is cut into chunks. */
const FULL_SIGHT = 32 * 1_024
/** Beyond that, of a chunk above this size only the end is looked at: the cost is per chunk. */
const LARGE_CHUNK = 4_096

/** Stands where the middle of a long event was left out; JSON has no such character. */
const GAP = '\0'

/**
 * Takes one event; `data` with a gap in it is not whole. True: it holds a further piece of text and
 * nothing else.
 */
type OnEvent = (data: string, name: string) => boolean

const { latin1Slice } = Buffer.prototype as unknown as {
  latin1Slice(this: Uint8Array, start: number, end: number): string
}

/** Bytes as text, one character a byte: fast, and everything that is looked for is ASCII. */
export function latin1(chunk: Uint8Array): string {
  return latin1Slice.call(chunk, 0, chunk.byteLength)
}

/** The beginning and the end of an event that was too long to keep; undefined for a whole one. */
export function partsOf(data: string): { head: string; tail: string } | undefined {
  const gap = data.indexOf(GAP)
  if (gap >= 0) return { head: data.slice(0, gap), tail: data.slice(data.lastIndexOf(GAP) + 1) }
  if (data.length <= LONG) return undefined
  return { head: data.slice(0, KEPT), tail: data.slice(-KEPT) }
}

function bounded(text: string): string {
  if (text.length <= LONG) return text
  return `${text.slice(0, KEPT)}${GAP}${text.slice(-KEPT)}`
}

const piece =
  /"(?:content|reasoning_content|reasoning|text|thinking|partial_json|arguments|delta)": ?"/g

/** A pattern for events that differ from this one in its last piece of text only. */
function likeOf(event: string): RegExp | undefined {
  const last = [...event.matchAll(piece)].pop()
  if (last === undefined) return undefined
  const from = last.index + last[0].length
  const text = string.exec(event.slice(from))?.[0] ?? ''
  const tail = event.slice(from + text.length)
  return new RegExp(literally(event.slice(0, from)) + string.source + literally(tail), 'y')
}

/** Where the last event begins that begins before `near`; 0 when it is that of another chunk. */
function eventStart(chunk: Uint8Array, near: number): number {
  let end = chunk.lastIndexOf(LINE_FEED, near)
  while (end > 0) {
    const before = chunk[end - 1] === CARRIAGE_RETURN ? end - 2 : end - 1
    if (chunk[before] === LINE_FEED) return end + 1
    end = chunk.lastIndexOf(LINE_FEED, end - 1)
  }
  return 0
}

const LINE_FEED = 10
const CARRIAGE_RETURN = 13

/** The inside of a JSON string. */
const string = /[^"\\\n]*(?:\\.[^"\\\n]*)*/

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}

/** Cuts server-sent events out of chunks that end anywhere. Keeps at most 2 KiB. */
export class EventLines {
  #line = ''
  #data: string | undefined
  #name = ''
  #afterReturn = false
  #sight = FULL_SIGHT
  /** Matches events that differ from an earlier one in their text only. */
  #like: RegExp | undefined
  /** How many such patterns may yet be made: each costs more than it saves on a few events. */
  #patterns = 8
  /** Events that a pattern has passed. */
  known = 0
  /** Events that broke off in their middle: 1 at most. */
  halves = 0
  readonly #onEvent: OnEvent

  constructor(onEvent: OnEvent) {
    this.#onEvent = onEvent
  }

  /** Takes a chunk; true when an event is under way at its end. */
  push(chunk: Uint8Array): boolean {
    if (this.#sight <= 0 && chunk.byteLength > LARGE_CHUNK) {
      this.#skim(chunk)
    } else {
      this.#sight -= chunk.byteLength
      this.walk(latin1(chunk))
    }
    return this.#line.startsWith('data')
  }

  /** No further line comes. An event that broke off in its middle is no bad one. */
  end(): void {
    const line = this.#line
    const value = this.#valueOf(line, 'data:')
    this.#line = ''
    if (value !== undefined && isComplete(value)) this.#add(value)
    else if (line !== '' && !line.startsWith(':')) this.halves += 1
    this.#dispatch()
  }

  /** Of a large chunk only its last events, from a boundary on, so that none is misread. */
  #skim(chunk: Uint8Array): void {
    const { byteLength } = chunk
    const start = eventStart(chunk, byteLength - KEPT)
    if (start > 0) {
      this.#line = ''
      this.#data = undefined
      this.#name = ''
    }
    const isLong = byteLength - start > LONG
    if (isLong) {
      this.walk(latin1Slice.call(chunk, start, start + KEPT))
      this.#line = bounded(this.#line + GAP)
    }
    this.walk(latin1Slice.call(chunk, isLong ? byteLength - KEPT : start, byteLength))
  }

  /** Takes a piece of text, whole. */
  walk(raw: string): void {
    const text = raw.includes('\r') || this.#afterReturn ? this.#withoutReturns(raw) : raw
    let start = this.#skipKnown(text, 0)
    let event = start
    for (;;) {
      const end = text.indexOf('\n', start)
      if (end < 0) break
      const line = text.slice(start, end)
      const isPlain = this.#take(this.#line === '' ? line : this.#line + line)
      this.#line = ''
      start = end + 1
      if (isPlain) this.#learn(text.slice(event, start))
      if (line === '') {
        start = this.#skipKnown(text, start)
        event = start
      }
    }
    if (start < text.length) this.#line = bounded(this.#line + text.slice(start))
  }

  #learn(event: string): void {
    if (this.#patterns === 0) return
    this.#patterns -= 1
    this.#like = likeOf(event)
  }

  /**
   * Passes over the events from `start` on that differ from an earlier one in their text only: they
   * are most of a stream, and one pattern checks the whole of them.
   */
  #skipKnown(text: string, start: number): number {
    const like = this.#like
    if (like === undefined || this.#line !== '' || this.#data !== undefined) return start
    let at = start
    like.lastIndex = start
    while (like.test(text)) {
      at = like.lastIndex
      this.known += 1
    }
    return at
  }

  /** A line may end in CR, LF or both, and both may come in two chunks. */
  #withoutReturns(raw: string): string {
    const text = this.#afterReturn && raw.startsWith('\n') ? raw.slice(1) : raw
    this.#afterReturn = raw.endsWith('\r')
    return text.replace(/\r\n?/g, '\n')
  }

  /** Takes one line; true when it ends an event that holds a piece of text and nothing else. */
  #take(line: string): boolean {
    if (line === '') return this.#dispatch()
    const value = this.#valueOf(line, 'data:')
    if (value !== undefined) {
      this.#add(value)
    } else if (line.startsWith('event:')) {
      this.#name = line.slice(6).trim()
    } else if (line.startsWith('<') || line.startsWith('{')) {
      // No field of a stream: an answer of somebody else's, put into the middle of it.
      this.#dispatch()
      this.#add(line)
      this.#dispatch()
    }
    return false
  }

  #valueOf(line: string, field: string): string | undefined {
    if (!line.startsWith(field)) return undefined
    const from = field.length
    return line.slice(line.charCodeAt(from) === 32 ? from + 1 : from)
  }

  #add(value: string): void {
    this.#data = this.#data === undefined ? value : bounded(`${this.#data}\n${value}`)
  }

  #dispatch(): boolean {
    const data = this.#data
    const name = this.#name
    this.#data = undefined
    this.#name = ''
    return data !== undefined && this.#onEvent(data, name)
  }
}

function isComplete(value: string): boolean {
  if (value.startsWith('[DONE]')) return true
  try {
    JSON.parse(value)
    return true
  } catch {
    return false
  }
}
