import type { HeaderMap } from '../provider/signs'

/** The credential headers of the request as it was sent. */
export interface Sent {
  /** False when nobody kept the request's headers. */
  known: boolean
  authorization?: string
  /** `x-api-key`, or Azure's `api-key`, which DeepSeek does not read. */
  keyHeader?: { name: string; value: string }
  /** The text after the scheme; undefined when empty, or masked by whoever kept it. */
  token?: string
}

/** Loggers replace credentials; such a text says that one was there, not what it was. */
const redacted = /^\W{0,2}(?:redacted|masked|hidden|filtered|secret|\*{3,})|\*{4,}|•{3,}|\u2026$/i

/** Reads what the request carried. */
export function readSent(headers: HeaderMap | undefined, configured: string | undefined): Sent {
  if (!headers) return { known: false }
  const authorization = headers.get('authorization')
  const name = ['x-api-key', 'api-key', 'apikey', 'x-goog-api-key'].find((key) => headers.has(key))
  const keyHeader = name ? { name, value: headers.get(name) ?? '' } : undefined
  const token = authorization === undefined ? keyHeader?.value : afterScheme(authorization)
  const hidden = token !== undefined && redacted.test(token) && token !== configured?.trim()
  const shown = hidden || token?.trim() === '' ? undefined : token
  return { known: true, authorization, keyHeader, token: shown }
}

/** Words of a refusal, for clients that keep neither status nor body. */
const refusalWords =
  /\b(?:invalid|incorrect|wrong|rejected|bad|expired)\b[^.\n]{0,30}\b(?:key|token|credentials?)\b/

/** True when a text says that a credential was refused, not that there is none. */
export function tellsOfRefusal(low: string): boolean {
  return refusalWords.test(low) || /unauthorized|authentication fail(?:ed|ure)|认证失败/.test(low)
}

/** True when a header with something in it left. */
export function carriedSomething(sent: Sent): boolean {
  const value = sent.authorization
  if (value !== undefined && afterScheme(value).trim() !== '') return true
  return (sent.keyHeader?.value.trim() ?? '') !== ''
}

/** `Bearer sk-…` gives `sk-…`, a bare key itself, `Bearer` nothing. */
function afterScheme(authorization: string): string {
  const value = authorization.trim()
  const match = /^(?:bearer|basic|token|apikey|key|digest|jwt)(?:\s*:)?(?:\s+(.*))?$/is.exec(value)
  return match ? (match[1] ?? '') : value
}
