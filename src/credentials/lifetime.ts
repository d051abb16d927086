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
  if (lifetimeMs === undefined && !isSane(refreshInMs)) return Number.POSITIVE_INFINITY
  const life = lifetimeMs ?? Number.POSITIVE_INFINITY
  const lead = Math.min(MAX_LEAD_MS, life / 4)
  const wished = isSane(refreshInMs) ? refreshInMs : life - lead
  const jittered = wished * (0.9 + 0.2 * random())
  return Math.max(MIN_DUE_MS, Math.min(jittered, life - lead / 2))
}
