import { httpStatus } from './read'

/** The ways in which clients write a status into their message. */
const patterns: readonly RegExp[] = [
  /^\W{0,3}(?:Error:? )?([1-5]\d\d)(?=[\s:,.{]|$)/,
  /\b(?:status(?: ?code)?|error code|http(?: code| error| status)?|code|returned|responded with)\b\W{0,3}(?:with |of |is |was )?(?:status )?\W{0,2}([1-5]\d\d)\b/i,
  /[[(]([45]\d\d)[\])]/,
  /\b([45]\d\d) \(?(?:Unauthorized|Forbidden|Not Found|Payment Required|Bad Request|Too Many)/i,
]

/** The HTTP status that an error's message names; the outermost message that has one wins. */
export function statusIn(messages: readonly string[]): number | undefined {
  for (const message of messages.slice(0, 8)) {
    const head = message.slice(0, 300)
    for (const pattern of patterns) {
      const status = httpStatus(pattern.exec(head)?.[1])
      if (status !== undefined) return status
    }
  }
  return undefined
}
