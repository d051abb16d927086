import type { Secret } from '../secret'

/** DeepSeek's refusal names the last characters of the key that it saw. */
const echoForm = /api key:\s*\*{4}(.{1,4}) is invalid/i

/** Tails of sample texts and of values that were none, as real reports show them. */
const placeholderTails: ReadonlySet<string> = new Set([
  '_key',
  '-key',
  'here',
  'xxxx',
  'ined',
  'null',
  'none',
  // The end of our own placeholder: an SDK that was not given `guard.fetch` sent it.
  'uard',
])

/** Compares the echoed tail with the key that was sent; the characters themselves go nowhere. */
export function keyEcho(
  text: string,
  sent: Secret | undefined,
): 'match' | 'mismatch' | 'placeholder' | 'none' {
  const echoed = echoForm.exec(text)?.[1]
  if (echoed === undefined) return 'none'
  if (placeholderTails.has(echoed.toLowerCase())) return 'placeholder'
  return sent?.reveal().endsWith(echoed) ? 'match' : 'mismatch'
}

/** What a token looks like, in one word; the look of a DeepSeek key is sk- and 32 hex digits. */
export function tokenShape(token: Secret): string {
  const value = token.reveal()
  if (/^sk-[0-9a-f]{32}$/.test(value)) return 'deepseek'
  if (/^ey[\w-]+\.[\w-]+\.[\w-]*$/.test(value)) return 'jwt'
  return value.startsWith('sk-') ? 'sk-other' : 'other'
}
