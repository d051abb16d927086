/** At most one line of a kind in this time: the promise of the log section. */
const WINDOW_MS = 60_000

/** Kinds remembered. The least recently written one is forgotten first. */
const MAX_KINDS = 512

/** What to do with a line: write it and name the ones left out before it, or leave it out. */
export type LineDecision = { write: true; suppressed: number } | { write: false }

/** Decides which lines are written. Time is handed in. */
export interface LineLimit {
  /** `key` names the kind of line, `perWindow` how many of it a minute may hold (default 1). */
  decide(key: string, now: number, perWindow?: number): LineDecision
}

interface Kind {
  openedAt: number
  written: number
  suppressed: number
}

/** A limit that has seen no line: the first one of every kind is written. */
export function createLineLimit(): LineLimit {
  const kinds = new Map<string, Kind>()

  const open = (key: string, now: number): LineDecision => {
    const suppressed = kinds.get(key)?.suppressed ?? 0
    kinds.delete(key)
    kinds.set(key, { openedAt: now, written: 1, suppressed: 0 })
    const [oldest] = kinds.keys()
    if (kinds.size > MAX_KINDS && oldest !== undefined) kinds.delete(oldest)
    return { write: true, suppressed }
  }

  return {
    decide(key, now, perWindow = 1) {
      const kind = kinds.get(key)
      if (!kind || now - kind.openedAt >= WINDOW_MS) return open(key, now)
      if (kind.written < perWindow) {
        kind.written += 1
        return { write: true, suppressed: 0 }
      }
      kind.suppressed += 1
      return { write: false }
    },
  }
}
