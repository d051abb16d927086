/** Longer words are no slips of the finger; the bound also bounds the work. */
const LONGEST = 60

/** Slips that turn one word into another: a character added, lost, changed, or two swapped. */
export function distanceOf(from: string, to: string): number {
  if (from.length > LONGEST || to.length > LONGEST) return Math.max(from.length, to.length)
  let before: number[] = []
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= to.length; j += 1) {
      const changed = from[i - 1] === to[j - 1] ? 0 : 1
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      next.push(
        Math.min(
          (row[j] ?? 0) + 1,
          (next[j - 1] ?? 0) + 1,
          (row[j - 1] ?? 0) + changed,
          swapped ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      )
    }
    before = row
    row = next
  }
  return row[to.length] ?? 0
}

/** Letters and digits only, in lower case: how people compare names by ear. */
export function sounds(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

/** The known word that was probably meant: at most a third of its letters differ. */
export function nearestOf(word: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((name) => ({ name, slips: distanceOf(sounds(word), sounds(name)) }))
    .sort((a, b) => a.slips - b.slips)
  const best = ranked[0]
  return best && best.slips <= Math.max(1, Math.floor(best.name.length / 3)) ? best.name : undefined
}
