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
  /**
   * One line of foreign text, fit for a log and for a terminal: scrubbed, at most `limit`
   * characters long, without line breaks, control or invisible characters, and without anything
   * that looks like somebody's key. Takes the same time for a text of any length.
   */
  line(text: string, limit: number): string
}

/**
 * Beginnings that vendors document for their keys, and the form of a JWT. All lengths are bounded,
 * so that a text made of nothing but beginnings costs no more than any other.
 */
const KEY_SHAPES = new RegExp(
  `(?<![A-Za-z0-9])(?:${[
    '(?:sk-|gsk_|xai-|hf_|nvapi-|pplx-|ghp_|github_pat_)[\\w-]{16,512}',
    'AIza[\\w-]{20,512}',
    'AKIA[A-Z0-9]{12,512}',
    'eyJ[\\w-]{8,512}\\.[\\w-]{8,512}(?:\\.[\\w-]{0,512})?',
  ].join('|')})`,
  'g',
)

/** Line and paragraph breaks, control and format characters, halves of a character. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu

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

/** Where to cut, at `limit` or before it, so that no half of a secret stays behind. */
function cutAt(text: string, limit: number, patterns: readonly RegExp[], longest: number): number {
  if (text.length <= limit) return text.length
  // Encoded, a character becomes three at most, or six in JSON.
  const near = text.slice(0, limit + longest * 6)
  const spans = patterns.flatMap((pattern) =>
    [...near.matchAll(pattern)].map(({ index, 0: found }) => [index, index + found.length]),
  )
  let cut = limit
  // Backwards, so that a cut which moves into an earlier secret moves before that one, too.
  for (const [from = 0, to = 0] of spans.sort(([a = 0], [b = 0]) => b - a)) {
    if (from < cut && to > cut) cut = from
  }
  return cut
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

  const scrub = (text: string): string => {
    ordered ??= order()
    return ordered.reduce((rest, pattern) => rest.replace(pattern, MARK), text)
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
    scrub,
    line(text, limit) {
      ordered ??= order()
      const longest = Math.max(0, ...[...patterns.keys()].map(({ length }) => length))
      const short = scrub(text.slice(0, cutAt(text, limit, ordered, longest)))
      return short.replace(UNPRINTABLE, ' ').replace(KEY_SHAPES, MARK).slice(0, limit)
    },
  }
}
