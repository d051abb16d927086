import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const update = process.env.UPDATE_PINNED !== undefined

const keyOf = (line: string): string => line.slice(0, line.indexOf(' | '))

/**
 * Compares judgements with those of the last time, so that none of hundreds changes unnoticed: the
 * labelled cases say which judgements are right, and these lines that all the others stay. Words
 * are left out, figures are kept; what is new has no line yet. Where a change is meant,
 * `UPDATE_PINNED=1 npx jest pinned` writes them anew.
 */
export function expectPinned(name: string, lines: readonly string[]): void {
  const file = path.join(__dirname, 'cases/pinned', `${name}.txt`)
  const found = lines.map((line) => line.trimEnd())
  if (update) writeFileSync(file, `${found.join('\n')}\n`)
  const pinned = readFileSync(file, 'utf8').trimEnd().split('\n')
  const known = new Set(pinned.map(keyOf))
  expect(found.filter((line) => known.has(keyOf(line)))).toEqual(pinned)
}

/** The figures and code points of some words. */
export function figuresOf(words: readonly string[]): string {
  return words.map((line) => (line.match(/U\+[0-9A-F]+|\d+/g) ?? []).join(',')).join(';')
}
