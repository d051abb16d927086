/** No honest answer to a probe is longer: the rich list of models is about 2 KiB. */
const MAX_BYTES = 64 * 1024

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

/** The body as text, at most 64 KiB of it; the rest is cancelled so that the socket is let go. */
export async function readText(response: Response): Promise<string> {
  if (!response.body) return ''
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  for (let size = 0; size < MAX_BYTES; ) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    size += value.byteLength
    text += decoder.decode(value, { stream: true })
  }
  await reader.cancel()
  return text
}

/**
 * `is_available` of `/user/balance`; undefined when the body is not DeepSeek's. Amounts are never
 * read: they are strings, and several currencies can come.
 */
export function readBalance(text: string): boolean | undefined {
  const available = parse(text)?.is_available
  return typeof available === 'boolean' ? available : undefined
}

/** True when every wanted model is listed; undefined when the body is no list of models. */
export function isListed(text: string, wanted: readonly string[]): boolean | undefined {
  const data = parse(text)?.data
  if (!Array.isArray(data)) return undefined
  const ids = new Set(data.map((model: { id?: unknown } | null) => model?.id))
  return wanted.every((model) => ids.has(model))
}
