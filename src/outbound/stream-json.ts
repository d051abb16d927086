import { findFinishReason } from './stream-events'

/** As much of the beginning and of the end of a body as the patterns look at. */
const KEPT = 1_024

// Characters as numbers: a body is looked at one by one.
const QUOTE = 34
const BACKSLASH = 92
const OPEN_LIST = 91
const CLOSE_LIST = 93
const OPEN_RECORD = 123
const CLOSE_RECORD = 125
const BLANK = 32

/**
 * Follows a JSON document without keeping it: whether it closes, and its first and last KiB. Text
 * is Latin-1: the bytes of a longer character are never taken for a bracket or a quote.
 */
export class JsonBody {
  head = ''
  tail = ''
  #depth = 0
  #quoted = false
  #escaped = false
  /** The document is over; only blanks may follow. */
  closed = false
  /** Something came after its end, or it does not begin as a document. */
  broken = false

  push(text: string): void {
    this.head += text.slice(0, KEPT - this.head.length)
    this.tail = (this.tail + text.slice(-KEPT)).slice(-KEPT)
    for (let index = 0; index < text.length; index += 1) this.#take(text.charCodeAt(index))
  }

  #take(code: number): void {
    if (this.#quoted) this.#inString(code)
    else if (code <= BLANK) return
    else if (this.closed) this.broken = true
    else if (code === QUOTE) this.#quoted = true
    else if (code === OPEN_RECORD || code === OPEN_LIST) this.#depth += 1
    else if (code === CLOSE_RECORD || code === CLOSE_LIST) {
      this.#depth -= 1
      this.closed = this.#depth <= 0
    }
  }

  #inString(code: number): void {
    if (this.#escaped) this.#escaped = false
    else if (code === BACKSLASH) this.#escaped = true
    else if (code === QUOTE) this.#quoted = false
  }

  /** What was kept of it; all of it, when it is short. */
  get kept(): string {
    return this.head.length < KEPT ? this.head : `${this.head}\0${this.tail}`
  }

  get finishReason(): string | undefined {
    return findFinishReason(this.tail) ?? findFinishReason(this.head)
  }

  /** The error that stands in place of an answer; only in front of everything nested. */
  get error(): string | undefined {
    return leadingError.test(this.head) ? this.head : undefined
  }

  /** A finish with nothing in it. Only a short document can be seen through. */
  get empty(): boolean {
    const { head } = this
    if (head.length >= KEPT || this.finishReason === undefined) return false
    return hollow.test(head) && !filledText.test(head) && !filledList.test(head)
  }
}

const leadingError = /^\s*\{\s*(?:"\w+"\s*:\s*(?:"[^"\\]*"|[\w.-]+)\s*,\s*)*"error"\s*:\s*["{]/
const hollow = /"content"\s*:\s*(?:""|null|\[\s*\])|"text"\s*:\s*""/
const filledText = /"(?:content|text|reasoning_content|reasoning|thinking|refusal)"\s*:\s*"[^"]/
const filledList = /"(?:tool_calls|content)"\s*:\s*\[\s*\{|"function_call"\s*:\s*\{/
