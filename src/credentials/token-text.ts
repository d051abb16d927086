/** The longest token that is sent. Node refuses requests whose headers exceed 16 KiB together. */
const MAX_LENGTH = 8 * 1024

/** Why a value cannot be a token; says where, never what. */
export type TokenTextProblem = { problem: string }

function isControl(code: number): boolean {
  return code < 0x20 || (code >= 0x7f && code < 0xa0)
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'an array' : typeof value
}

/**
 * The token as a header can carry it, without edge whitespace and BOM. Checked here because
 * `Headers` quotes a whole value that it refuses in the message of its own error.
 */
export function readTokenText(value: unknown): string | TokenTextProblem {
  if (typeof value !== 'string') return { problem: `holds ${kindOf(value)} instead of a string` }
  const text = value.trim()
  if (text === '') return { problem: 'holds an empty token' }
  if (text.length > MAX_LENGTH) {
    return { problem: `holds a token of ${text.length} characters; a header carries ${MAX_LENGTH}` }
  }
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code > 0xff || isControl(code)) {
      const point = (text.codePointAt(index) ?? code).toString(16).toUpperCase().padStart(4, '0')
      return { problem: `holds U+${point} at position ${index + 1}, which no header carries` }
    }
  }
  return text
}
