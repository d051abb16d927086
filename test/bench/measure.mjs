// What every figure needs: rounds in turns, medians, a Markdown table.
import { loadavg } from 'node:os'

/** A key of the right shape that opens nothing. */
export const KEY = `sk-${'0f1e2d3c4b5a6978'.repeat(2)}`

/** Fewer rounds than this say nothing. */
const LEAST_ROUNDS = 5

export function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1]
}

/**
 * What each subject measured of itself: all of it, the median and the least, by name. The subjects take
 * turns, so that what else happens on the machine meets all of them alike; on a busy machine, where
 * `seconds` are over before `rounds` are, there are fewer rounds.
 */
export async function inTurns({ rounds, seconds = 30 }, subjects) {
  const seen = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]))
  const until = performance.now() + seconds * 1_000
  for (let round = 0; round < rounds; round += 1) {
    if (round >= LEAST_ROUNDS && performance.now() > until) break
    for (const [name, measure] of Object.entries(subjects)) seen[name].push(await measure())
  }
  const entries = Object.entries(seen)
  return {
    all: seen,
    median: Object.fromEntries(entries.map(([name, values]) => [name, median(values)])),
    least: Object.fromEntries(entries.map(([name, values]) => [name, Math.min(...values)])),
  }
}

/** The same for every value of an object. */
export function mapValues(object, change) {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]))
}

/** "at most 2: met" */
export function target(value, limit, kind = 'at most') {
  const met = kind === 'at most' ? value <= limit : value >= limit
  return `${kind} ${limit}: ${met ? 'met' : '**missed**'}`
}

/** One figure: a heading, what was done, and the rows below the names of the columns. */
export function print(title, note, columns, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  const rule = columns.map((_, column) => (column === 0 ? '---' : '---:'))
  console.log(`## ${title}\n\n${note} Load of the machine: ${loadavg()[0].toFixed(1)}.\n`)
  console.log(`${[columns, rule, ...rows].map(line).join('\n')}\n`)
}
