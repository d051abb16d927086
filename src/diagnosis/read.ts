/** Longest text that is looked at; what stands behind it is never read, copied or kept. */
export const MAX_TEXT = 64 * 1024

/** Reads a property of anything; a getter or Proxy that throws reads as undefined. */
export function prop(value: unknown, key: string | number): unknown {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return undefined
  try {
    return (value as Record<string | number, unknown>)[key]
  } catch {
    return undefined
  }
}

/** A string, cut to the limit; everything else is undefined: nothing foreign is ever converted. */
export function text(value: unknown, limit = MAX_TEXT): string | undefined {
  if (typeof value !== 'string') return undefined
  return value.length > limit ? value.slice(0, limit) : value
}

/** A body as text: strings as they are, bytes decoded as UTF-8. */
export function bodyText(value: unknown): string | undefined {
  if (typeof value === 'string') return text(value)
  try {
    if (ArrayBuffer.isView(value)) {
      const { buffer, byteOffset, byteLength } = value
      return decode(new Uint8Array(buffer, byteOffset, Math.min(byteLength, MAX_TEXT)))
    }
    if (Object.prototype.toString.call(value) === '[object ArrayBuffer]') {
      const buffer = value as ArrayBuffer
      return decode(new Uint8Array(buffer, 0, Math.min(buffer.byteLength, MAX_TEXT)))
    }
  } catch {
    return undefined
  }
  return undefined
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

/** An HTTP status from a number or a three-digit text; anything else is undefined. */
export function httpStatus(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isInteger(number)) return undefined
  return number >= 100 && number <= 599 ? number : undefined
}

/** The elements of an array, at most `limit`; empty for everything else. */
export function items(value: unknown, limit: number): unknown[] {
  try {
    return Array.isArray(value) ? value.slice(0, limit) : []
  } catch {
    return []
  }
}

/** Own enumerable keys, at most `limit`; empty when they cannot be listed. */
export function keysOf(value: unknown, limit: number): string[] {
  if (value === null || typeof value !== 'object') return []
  try {
    return Object.keys(value).slice(0, limit)
  } catch {
    return []
  }
}

/** True when one of the words stands in the text; both in lower case. */
export function hasAny(low: string, words: readonly string[]): boolean {
  return words.some((word) => low.includes(word))
}

/** A URL from a string or a URL object; undefined when it cannot be parsed. */
export function url(value: unknown): URL | undefined {
  const source = text(value, 4096) ?? text(prop(value, 'href'), 4096)
  if (!source) return undefined
  try {
    return new URL(source)
  } catch {
    return undefined
  }
}
