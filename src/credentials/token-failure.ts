import { TokenError } from '../errors'

/** Names by which SDKs recognise the caller's own abort or timeout; ours is neither. */
const CALLER_NAMES = /^(AbortError|TimeoutError)$/

/** Error names and codes are words; anything else could be a value. */
const WORD = /^[A-Za-z][\w.-]{0,63}$/

/** Longer messages are cut. */
const MAX_MESSAGE = 300

/** What could be a credential, whoever issued it: userinfo of a URL, a prefixed key, a long run. */
const SECRET_SHAPES = [
  /\b[a-z][\w+.-]*:\/\/[^\s/@]+@/gi,
  /\b\w{2,4}-[\w-]{8,}/g,
  /[\w~+/=.-]{20,}/g,
]

/** A file name or the rest of a URL, which a source's own message may tell. */
const PATH = /^\.{0,2}\//

type Scrub = (text: string) => string

function word(value: unknown): string | undefined {
  return typeof value === 'string' && WORD.test(value) ? value : undefined
}

function read(error: unknown, property: 'name' | 'code' | 'message' | 'cause'): unknown {
  try {
    return (error as Record<string, unknown> | null | undefined)?.[property]
  } catch {
    return undefined
  }
}

function cleaned(message: unknown, scrub: Scrub, keepPaths: boolean): string {
  if (typeof message !== 'string') return ''
  const hide = (run: string): string => (keepPaths && PATH.test(run) ? run : '[hidden]')
  const text = SECRET_SHAPES.reduce((left, shape) => left.replace(shape, hide), scrub(message))
  return text.slice(0, MAX_MESSAGE)
}

/** The system's word for it, which fetch hides one level down. */
function codeOf(error: unknown): string | undefined {
  return word(read(error, 'code')) ?? word(read(read(error, 'cause'), 'code'))
}

/** Name, code and scrubbed message; never the object itself, which may hold anything. */
function copyOf(error: unknown, scrub: Scrub): Error {
  const copy: Error & { code?: string } = new Error(cleaned(read(error, 'message'), scrub, false))
  const name = word(scrub(String(read(error, 'name')))) ?? 'Error'
  const code = codeOf(error)
  const shown = CALLER_NAMES.test(name) ? `Source${name}` : name
  Object.defineProperty(copy, 'name', { value: shown, configurable: true })
  if (code !== undefined) copy.code = scrub(code)
  copy.stack = `${shown}: ${copy.message}`
  return copy
}

function isTokenError(error: unknown): error is TokenError {
  return error instanceof TokenError || read(error, 'code') === 'token'
}

/** What to call the failure in a log: its code, else its name. */
export function failureType(error: TokenError): string {
  const cause = error.cause
  return word(read(cause, 'code')) ?? word(read(cause, 'name')) ?? error.name
}

function delayOf(ms: unknown): number | undefined {
  return typeof ms === 'number' && ms >= 0 && Number.isFinite(ms) ? ms : undefined
}

/** The error that callers may see for whatever a source of this kind threw. */
export function toTokenError(error: unknown, kind: string, scrub: Scrub): TokenError {
  if (!isTokenError(error)) {
    const cause = copyOf(error, scrub)
    const what = word((cause as { code?: string }).code) ?? cause.name
    return new TokenError(`The credential source "${kind}" failed: ${what}.`, { cause })
  }
  const retryAfterMs = delayOf(error.retryAfterMs)
  const inner = error.cause === undefined ? {} : { cause: copyOf(error.cause, scrub) }
  return new TokenError(cleaned(error.message, scrub, true), {
    permanent: error.permanent === true,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...inner,
  })
}
