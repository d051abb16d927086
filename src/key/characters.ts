import { count, fault, isGenuineShape, type KeyDefect, passes, placesOf } from './defect'

// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what it looks for
const unsendable = /[^\x00-\xff]|[\x00-\x08\x0e-\x1f\x7f-\x9f]/u

/** Several keys in one value: pasted twice, or a list. */
export function judgeRepeated(core: string): KeyDefect | undefined {
  const half = core.length / 2
  const doubled = half >= 16 && core.slice(0, half) === core.slice(half)
  const genuine = core.match(/sk-[0-9a-f]{32}(?![0-9a-f])/g) ?? []
  const keys = genuine.length < 2 && doubled ? [core.slice(0, half), core.slice(half)] : genuine
  if (keys.length < 2) return undefined
  const length = count(core.length, 'character')
  if (new Set(keys).size > 1) {
    return {
      ...fault('key-repeated', [length, `${keys.length} different keys in one value`]),
      advice: 'several different ones belong in keyPool() in code',
    }
  }
  const evidence = [length, `the same text ${keys.length} times`]
  return { ...fault('key-repeated', evidence), repaired: keys[0] ?? '' }
}

/** Escapes written as text, blanks inside, and characters that no header carries. */
export function judgeCharacters(
  core: string,
  judge: (text: string) => KeyDefect | undefined,
): KeyDefect | undefined {
  const length = count(core.length, 'character')
  const literal = /\\[nrt]/.exec(core)
  const joined = core.replace(/\\[nrt]/g, '')
  const trimmed = withoutEscapes(core)
  const repaired = isGenuineShape(joined) ? joined : trimmed
  if (literal && repaired !== core) {
    const evidence = [length, `position ${literal.index + 1}: a backslash and a letter, as text`]
    const usable = repaired !== '' && passes(judge(repaired))
    return { ...fault('key-whitespace', evidence), ...(usable ? { repaired } : {}) }
  }
  const cause = unsendable.test(core) ? 'key-unsendable' : 'key-whitespace'
  const pattern = cause === 'key-unsendable' ? unsendable : /\s/
  if (!pattern.test(core)) return undefined
  const cleaned = plain(core)
  return {
    ...fault(cause, [
      length,
      ...placesOf(core, pattern),
      ...(/\s#/.test(core) ? ['a comment behind the key'] : []),
    ]),
    ...(isGenuineShape(cleaned) ? { repaired: cleaned } : {}),
  }
}

/** Without escapes at its edges; walked, because a pattern would go back at every one of them. */
function withoutEscapes(core: string): string {
  let start = 0
  let end = core.length
  while (isEscape(core, start)) start += 2
  while (end - 2 > start && isEscape(core, end - 2)) end -= 2
  return core.slice(start, end)
}

function isEscape(text: string, at: number): boolean {
  return text[at] === '\\' && 'nrt'.includes(text[at + 1] ?? ' ')
}

/** Without blanks and invisible characters, and with plain hyphens and digits. */
function plain(core: string): string {
  return core
    .normalize('NFKC')
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replace(/[\s\p{Cf}\p{Cc}]/gu, '')
}
