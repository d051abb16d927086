/** More hops than any honest server needs. */
export const MAX_REDIRECTS = 5

const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** What to do with a 3xx answer. */
export type RedirectVerdict =
  | { kind: 'none' }
  | { kind: 'follow'; url: string }
  | { kind: 'block'; reason: string }

const none: RedirectVerdict = { kind: 'none' }

function block(reason: string): RedirectVerdict {
  return { kind: 'block', reason }
}

/**
 * Judges one answer. Only a same-origin 307 or 308 keeps method, body and credential where they
 * were meant to go; any other redirect would hand the prompt and the key to somebody else, or turn
 * the call into another one.
 */
export function judgeRedirect(
  response: Response,
  from: string,
  hops: number,
  replayable: boolean,
): RedirectVerdict {
  const { status } = response
  const location = redirectStatuses.has(status) ? response.headers.get('location') : null
  if (location === null) return none
  if (!URL.canParse(location, from)) return block('unreadable-location')
  const to = new URL(location, from)
  if (to.origin !== new URL(from).origin) return block('other-origin')
  if (status !== 307 && status !== 308) return block('method-may-change')
  if (!replayable) return block('body-not-replayable')
  if (hops >= MAX_REDIRECTS) return block('too-many-redirects')
  return { kind: 'follow', url: to.href }
}
