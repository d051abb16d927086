import type { Secret } from '../secret'

/** An answer as it came, redirects not followed. */
export interface Answer {
  url: string
  status: number
  statusText: string
  headers: Record<string, string>
  /** At most 64 KiB. */
  body: string
  /** Epoch milliseconds at which the headers arrived. */
  at: number
  /** Set when the body broke off or dripped past the deadline. */
  bodyError?: unknown
}

/** What came of a question: an answer, or what the transport threw. */
export type Reply = { answer: Answer } | { error: unknown }

/** Far above every answer that counts: the model list has a few kilobytes. */
const MAX_BODY_BYTES = 64 * 1024

async function readBody(response: Response): Promise<Pick<Answer, 'body' | 'bodyError'>> {
  const decoder = new TextDecoder()
  let body = ''
  let size = 0
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.length
      body += decoder.decode(chunk, { stream: true })
      if (size > MAX_BODY_BYTES) break
    }
    return { body: body.slice(0, MAX_BODY_BYTES) }
  } catch (bodyError) {
    return { body, bodyError }
  }
}

/** Asks with the key, as the guard's own probe does. Never rejects. */
export async function ask(url: string, key: Secret, signal: AbortSignal): Promise<Reply> {
  const headers = { accept: 'application/json', authorization: `Bearer ${key.reveal()}` }
  try {
    const response = await fetch(url, { headers, redirect: 'manual', signal })
    const at = Date.now()
    const { status, statusText } = response
    const received = Object.fromEntries(response.headers)
    return {
      answer: { url, status, statusText, headers: received, at, ...(await readBody(response)) },
    }
  } catch (error) {
    return { error }
  }
}
