/** What stands where a secret stood. */
const MARK = '[secret]'

/** A shorter value is no secret, and removing it would tear holes into ordinary words. */
const MIN_LENGTH = 8

/** Tokens kept: more than a key pool holds, so that a late line about an old one is clean too. */
const MAX_TOKENS = 64

/** Removes secrets by value, whatever the shape of the text around them. */
export interface Scrubber {
  /** Remembers a live token; the oldest is forgotten after 64 others. */
  add(secret: string): void
  /** The text without any remembered secret: plain, base64, URL-encoded or JSON-escaped. */
  scrub(text: string): string
}

/**
 * The characters that any base64 text shows when it encodes `bytes` behind `shift` unknown ones.
 * Characters that mix in bits of a neighbour differ from text to text and are left out.
 */
function base64Core(bytes: string, shift: number): string {
  const first = Math.ceil((shift * 8) / 6)
  const end = Math.floor(((shift + bytes.length) * 8) / 6)
  return btoa('\0'.repeat(shift) + bytes).slice(first, end)
}

/** The bytes of the text, one character a byte, as `btoa` takes them. */
function utf8Bytes(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text))
}

function base64Forms(secret: string): string[] {
  const cores = [0, 1, 2].map((shift) => base64Core(utf8Bytes(secret), shift))
  return cores.flatMap((core) => [core, core.replaceAll('+', '-').replaceAll('/', '_')])
}

function urlForms(secret: string): string[] {
  const encoded = encodeURIComponent(secret.replace(/\p{Surrogate}/gu, '\uFFFD'))
  return [encoded, encoded.replace(/%../g, (octet) => octet.toLowerCase())]
}

function forms(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1)
  const all = [secret, json, json.replaceAll('/', '\\/'), ...urlForms(secret)]
  return [...new Set([...all, ...base64Forms(secret)])]
}

/** The forms of one token, longest first, so that no shorter one leaves a rest behind. */
function patternOf(secret: string): RegExp {
  const all = forms(secret).sort((a, b) => b.length - a.length)
  const escaped = all.map((form) => form.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
  return new RegExp(escaped.join('|'), 'g')
}

/**
 * A scrubber that knows no secret yet. Each token has a pattern of its own, made when a text is
 * really scrubbed: one pattern for all of them would be compiled anew, for milliseconds, with
 * every rotation.
 */
export function createScrubber(): Scrubber {
  const patterns = new Map<string, RegExp | undefined>()
  /** Longest token first: it may hold a shorter one. */
  let ordered: RegExp[] | undefined

  const order = (): RegExp[] => {
    const tokens = [...patterns.keys()].sort((a, b) => b.length - a.length)
    return tokens.map((token) => {
      const pattern = patterns.get(token) ?? patternOf(token)
      patterns.set(token, pattern)
      return pattern
    })
  }

  return {
    add(secret) {
      if (secret.length < MIN_LENGTH) return
      const known = patterns.get(secret)
      patterns.delete(secret)
      patterns.set(secret, known)
      if (known) return
      ordered = undefined
      const [oldest] = patterns.keys()
      if (patterns.size > MAX_TOKENS && oldest !== undefined) patterns.delete(oldest)
    },
    scrub(text) {
      ordered ??= order()
      return ordered.reduce((rest, pattern) => rest.replace(pattern, MARK), text)
    },
  }
}
