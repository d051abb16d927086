import { TokenError } from '../errors'

/** The longest token that is sent. Node refuses requests whose headers exceed 16 KiB together. */
const MAX_LENGTH = 8 * 1024

/** Why a value cannot be a token; says where, never what. */
type TokenTextProblem = { problem: string }

function isControl(code: number): boolean {
  return code < 0x20 || (code >= 0x7f && code < 0xa0)
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'an array' : typeof value
}

/**
 * The token as a header can carry it, without edge whitespace and BOM. Checked here because
 * `Headers` quotes a whole value that it refuses in the message of its own error.
 */
export function readTokenText(value: unknown): string | TokenTextProblem {
  if (typeof value !== 'string') return { problem: `holds ${kindOf(value)} instead of a string` }
  const text = value.trim()
  if (text === '') return { problem: 'holds an empty token' }
  if (text.length > MAX_LENGTH) {
    return { problem: `holds a token of ${text.length} characters; a header carries ${MAX_LENGTH}` }
  }
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code > 0xff || isControl(code)) {
      const point = (text.codePointAt(index) ?? code).toString(16).toUpperCase().padStart(4, '0')
      return { problem: `holds U+${point} at position ${index + 1}, which no header carries` }
    }
  }
  return text
}

/** Shorter is a mistake, not a lifetime: no token survives a call that way. */
const MIN_LIFETIME_MS = 100

/** Longer is a mistake too, mostly a point in time given as a duration. */
const MAX_LIFETIME_MS = 10 * 365 * 24 * 3_600_000

/** A token this young is never asked for again, whatever its source says about its end. */
const MIN_USE_MS = 1_000

/** The background refresh never comes faster than this. */
const MIN_DUE_MS = 250

/** The refresh leaves this much of a long lifetime as reserve. */
const MAX_LEAD_MS = 5 * 60_000

/** Sources are foreign code: a number in a string is no number here. */
function isSane(ms: number | undefined): ms is number {
  return typeof ms === 'number' && ms >= MIN_LIFETIME_MS && ms <= MAX_LIFETIME_MS
}

/** The lifetime, or undefined when the source gave none that makes sense. */
export function saneLifetime(expiresInMs: number | undefined): number | undefined {
  return isSane(expiresInMs) ? expiresInMs : undefined
}

/** How long the token may be sent, in milliseconds from when it was obtained. */
export function usableMs(lifetimeMs: number | undefined): number {
  return lifetimeMs === undefined ? Number.POSITIVE_INFINITY : Math.max(lifetimeMs, MIN_USE_MS)
}

/**
 * When the proactive refresh is due, in milliseconds from when the token was obtained: at the
 * source's own wish, else at its lifetime minus the smaller of 5 minutes and a quarter of it;
 * ±10 % (`random` gives 0 to 1), so that a fleet does not ask in one instant. Half of the reserve
 * is kept whatever the jitter.
 */
export function refreshDueMs(
  lifetimeMs: number | undefined,
  refreshInMs: number | undefined,
  random: () => number,
): number {
  const life = lifetimeMs ?? Number.POSITIVE_INFINITY
  const lead = Math.min(MAX_LEAD_MS, life / 4)
  const wished = isSane(refreshInMs) ? refreshInMs : life - lead
  const jittered = wished * (0.9 + 0.2 * random())
  return Math.max(MIN_DUE_MS, Math.min(jittered, life - lead / 2))
}

/** Longer waits are a mistake of the server, or an attack. */
const MAX_MS = 3_600_000

/**
 * The wait that a `Retry-After` header asks for, in milliseconds: seconds or an HTTP date; at most
 * an hour. Undefined when it says nothing that makes sense. `now` is epoch milliseconds.
 */
export function retryAfterMs(value: string | null | undefined, now: number): number | undefined {
  const text = value?.trim()
  if (text === undefined || text === '') return undefined
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now
  return Number.isNaN(ms) ? undefined : Math.min(MAX_MS, Math.max(0, ms))
}

/** Names by which SDKs recognise the caller's own abort or timeout; ours is neither. */
const CALLER_NAMES = /^(AbortError|TimeoutError)$/

/** Error names and codes are words; anything else could be a value. */
const WORD = /^[A-Za-z][\w.-]{0,47}$/

/** Longer messages are cut. */
const MAX_MESSAGE = 300

/**
 * So much of a foreign message is looked at. A source may throw a page of HTML, and patterns that
 * search it from every place take seconds for 200 KB.
 */
const MAX_READ = 2_000

/** What could be a credential, whoever issued it: userinfo of a URL, a prefixed key, a long run. */
const SECRET_SHAPES = [
  /\b[a-z][\w+.-]{0,15}:\/\/[^\s/@]{1,300}@/gi,
  /\b\w{2,4}-[\w-]{8,}/g,
  /[\w~+/=.-]{20,}/g,
]

/** Line breaks, terminal sequences and marks that turn text round could forge lines of a log. */
const CONTROLS = /[\p{Cc}\p{Cf}\u2028\u2029]+/gu

/** A file name or the rest of a URL, which a source's own message may tell. */
const PATH = /^\.{0,2}\//

type Scrub = (text: string) => string

/** A name or a code; with more than four digits it is taken for a value. */
function word(value: unknown): string | undefined {
  if (typeof value !== 'string' || !WORD.test(value)) return undefined
  return value.replace(/\D/g, '').length > 4 ? undefined : value
}

/** Errors are foreign: a getter may throw, a proxy may refuse. */
function read(error: unknown, property: keyof TokenError): unknown {
  try {
    return (error as TokenError)[property]
  } catch {
    return undefined
  }
}

/** The head of a long text, up to a blank, so that no half of a secret stands at its end. */
function headOf(message: string): string {
  if (message.length <= MAX_READ) return message
  return message.slice(0, MAX_READ).replace(/\S+$/, '')
}

function cleaned(message: unknown, scrub: Scrub, keepPaths: boolean): string {
  if (typeof message !== 'string') return ''
  const hide = (run: string): string => (keepPaths && PATH.test(run) ? run : '[hidden]')
  const line = scrub(headOf(message).replace(CONTROLS, ' '))
  const text = SECRET_SHAPES.reduce((left, shape) => left.replace(shape, hide), line)
  return text.slice(0, MAX_MESSAGE).trim()
}

/** The system's word for it, which fetch hides one level down. */
function codeOf(error: unknown, scrub: Scrub): string | undefined {
  const code = word(read(error, 'code')) ?? word(read(read(error, 'cause'), 'code'))
  return code === undefined ? undefined : word(scrub(code))
}

/** Name, code and scrubbed message; never the object itself, which may hold anything. */
function copyOf(error: unknown, scrub: Scrub): Error {
  const copy: Error & { code?: string } = new Error(cleaned(read(error, 'message'), scrub, false))
  const name = word(scrub(word(read(error, 'name')) ?? 'Error')) ?? 'Error'
  const code = codeOf(error, scrub)
  const shown = CALLER_NAMES.test(name) ? `Source${name}` : name
  Object.defineProperty(copy, 'name', { value: shown, configurable: true })
  if (code !== undefined) copy.code = code
  copy.stack = `${shown}: ${copy.message}`
  return copy
}

/** True for our own error, of whatever copy of this library. */
function isTokenError(error: unknown): boolean {
  try {
    return error instanceof TokenError || read(error, 'code') === 'token'
  } catch {
    return false
  }
}

/** What to call the failure in a log: its code, else its name. */
export function failureType(error: TokenError): string {
  const cause = error.cause
  return word(read(cause, 'code')) ?? word(read(cause, 'name')) ?? error.name
}

function delayOf(ms: unknown): number | undefined {
  return typeof ms === 'number' && ms >= 0 && Number.isFinite(ms) ? ms : undefined
}

/** The error that callers may see for whatever a source of this kind threw. Never throws. */
export function toTokenError(error: unknown, kind: string, scrub: Scrub): TokenError {
  if (!isTokenError(error)) {
    const cause = copyOf(error, scrub)
    const what = word((cause as { code?: string }).code) ?? cause.name
    return new TokenError(`The credential source "${kind}" failed: ${what}.`, { cause })
  }
  const retryAfterMs = delayOf(read(error, 'retryAfterMs'))
  const inner = read(error, 'cause')
  const message = cleaned(read(error, 'message'), scrub, true)
  return new TokenError(message === '' ? `The credential source "${kind}" failed.` : message, {
    permanent: read(error, 'permanent') === true,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(inner === undefined ? {} : { cause: copyOf(inner, scrub) }),
  })
}
