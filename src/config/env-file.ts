/** One definition in a `.env` file. */
export interface EnvEntry {
  readonly name: string
  /** As a loader would hand it over. A secret. */
  readonly value: string
  /** As it stands after the `=`, quotes and all: what Docker's --env-file hands over. A secret. */
  readonly raw: string
}

/** The text of a file, and the encoding when it is one that loaders do not read. */
export interface DecodedText {
  readonly text: string
  readonly encoding?: 'UTF-16' | 'UTF-8 with a byte order mark'
}

const definition = /^\s*(?:export\s+)?([\w.-]+)(?:\s*=|:[ \t])[ \t]*/

/** Decodes UTF-8 and, as Windows tools write it, UTF-16 with or without a byte order mark. */
export function decodeText(bytes: Buffer): DecodedText {
  const [first, second, third] = bytes
  if (first === 0xff && second === 0xfe) return utf16(bytes.subarray(2))
  if (first === 0xfe && second === 0xff) return utf16(swapped(bytes.subarray(2)))
  if (first === 0xef && second === 0xbb && third === 0xbf) {
    return { text: bytes.subarray(3).toString('utf8'), encoding: 'UTF-8 with a byte order mark' }
  }
  // Plain letters in UTF-16 have a zero in every other byte, and UTF-8 text has none at all.
  if (bytes.length >= 4 && second === 0 && bytes[3] === 0) return utf16(bytes)
  if (bytes.length >= 4 && first === 0 && bytes[2] === 0) return utf16(swapped(bytes))
  return { text: bytes.toString('utf8') }
}

/** The definitions of a `.env` file, read as dotenv reads them. A later one wins. */
export function parseEnvText(text: string): Map<string, EnvEntry> {
  const entries = new Map<string, EnvEntry>()
  const lines = text.split(/\r\n|\n|\r/)
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? ''
    const found = definition.exec(line)
    if (!found?.[1]) continue
    const raw = line.slice(found[0].length)
    const quote = /^["'`]/.exec(raw)?.[0]
    const closed = quote ? readQuoted(quote, lines, index, found[0].length) : undefined
    const value = closed?.value ?? raw.replace(/(?:^|\s)#.*$/, '').trim()
    entries.set(found[1], { name: found[1], value, raw: raw.trim() })
    index = closed?.lastLine ?? index
  }
  return entries
}

/** The text up to the closing quote, which may stand on a later line; undefined without one. */
function readQuoted(quote: string, lines: string[], start: number, offset: number) {
  let value = ''
  for (let index = start; index < lines.length; index += 1) {
    const part = index === start ? (lines[index] ?? '').slice(offset + 1) : (lines[index] ?? '')
    const end = closingQuote(part, quote)
    if (end >= 0) {
      value += part.slice(0, end)
      const text = quote === '"' ? value.replace(/\\n/g, '\n').replace(/\\r/g, '\r') : value
      return { value: text, lastLine: index }
    }
    value += `${part}\n`
  }
  return undefined
}

function closingQuote(part: string, quote: string): number {
  let end = part.indexOf(quote)
  while (end > 0 && part[end - 1] === '\\') end = part.indexOf(quote, end + 1)
  return end
}

function utf16(bytes: Buffer): DecodedText {
  return { text: bytes.toString('utf16le'), encoding: 'UTF-16' }
}

function swapped(bytes: Buffer): Buffer {
  return Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2))).swap16()
}
