import { httpStatus } from './read'

/** `401 Unauthorized`, `Error: 401 {…}`. */
const first = /^\W{0,3}(?:Error:? )?([1-5]\d\d)(?=[\s:,.{]|$)/
/** `status code 401`, `Error code: 401`, `HTTP error, status: 402`, `returned 503`. */
const label = /\b(?:status(?: ?code)?|(?:error )?code|http(?: code| error| status)?)\b/
const verb = /\b(?:returned|responded with|with)\b/
const number = /\W{0,3}(?:with |of |is |was )?(?:status )?\W{0,2}([1-5]\d\d)\b/
const labelled = new RegExp(`(?:${label.source}|${verb.source})${number.source}`, 'i')
/** `[401]`, `(403)`, and the number with its own phrase. */
const bracketed = /[[(]([45]\d\d)[\])]/
const phrases =
  'Unauthorized|Authorization|Forbidden|Not Found|Payment|Bad Request|Too Many|Client Error'
const phrased = new RegExp(`\\b([45]\\d\\d) \\(?(?:${phrases})`, 'i')

const patterns: readonly RegExp[] = [first, labelled, bracketed, phrased]

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
