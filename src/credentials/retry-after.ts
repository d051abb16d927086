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
