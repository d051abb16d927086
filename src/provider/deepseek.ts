import type { MessageText } from './signs'

/** The API, as clients take it. */
export const API = 'https://api.deepseek.com'
/** Where DeepSeek lists and makes keys, where one pays, and where it tells of outages. */
export const KEYS_PAGE = 'https://platform.deepseek.com/api_keys'
export const PAY_PAGE = 'https://platform.deepseek.com/top_up'
export const STATUS_PAGE = 'https://status.deepseek.com'
/** The models that it offers, as a sentence names them. */
export const OFFERED = 'deepseek-flash or deepseek-v4-pro'

/** What DeepSeek's API says of a credential, an account or a request. */
export type DeepSeekSentence =
  | 'governor'
  | 'header-form'
  | 'echo'
  | 'refused'
  | 'balance'
  | 'balance-concurrency'
  | 'model'
  | 'model-name'
  | 'body'
  | 'busy'
  | 'no-such-path'
  | 'web-token'

/**
 * DeepSeek's own sentences, in lower case. A sentence about the body stands first: it may quote
 * any other one out of the user's own input.
 */
const sentences: readonly [DeepSeekSentence, readonly string[]][] = [
  ['body', ['failed to deserialize the json body into the target type']],
  ['body', ['expected request with `content-type: application/json`']],
  ['balance-concurrency', ['based on your remaining balance']],
  ['balance-concurrency', ['restore your concurrency']],
  ['model', ['the supported api model names are']],
  ['model-name', ['model not exist']],
  ['governor', ['authentication fails (governor)']],
  ['governor', ['authentication fails', 'governor']],
  ['header-form', ['auth header format should be']],
  ['echo', ['your api key: **', 'invalid']],
  ['refused', ['authentication fails (no such user)']],
  ['refused', ['authentication fails']],
  ['refused', ['your api key is invalid', 'authentication']],
  ['busy', ['service is too busy']],
  ['no-such-path', ['not found. please check the configuration']],
  ['web-token', ['authorization failed (invalid token)']],
  ['balance', ['insufficient balance']],
]

/** Which of its sentences DeepSeek said, however they were wrapped; undefined when none. */
export function sentenceIn(message: MessageText): DeepSeekSentence | undefined {
  // Terminals and logs break lines in the middle of a sentence.
  const lines = message.low.split('\n')
  const flat = lines.length > 1 ? lines.map((line) => line.trim()).join(' ') : message.low
  return sentences.find(([, parts]) => parts.every((part) => flat.includes(part)))?.[0]
}

/** Sentences that other vendors say, too: they count only where nothing else names a sender. */
export const commonSentences: ReadonlySet<DeepSeekSentence> = new Set([
  'balance',
  'model-name',
  'busy',
])

/** Headers that DeepSeek's API sends with every answer. */
export function hasTraceId(headers: ReadonlyMap<string, string>): boolean {
  return headers.has('x-ds-trace-id') || headers.has('x-ds-request-id')
}

/** What DeepSeek says with these statuses is about the request, whatever words it repeats. */
const aboutRequest: ReadonlySet<DeepSeekSentence> = new Set(['body', 'model', 'model-name'])

/** True when DeepSeek refuses a request and a sentence is only quoted out of that request. */
export function isQuoted(
  sentence: DeepSeekSentence | undefined,
  status: number | undefined,
  headers: ReadonlyMap<string, string>,
): boolean {
  if (sentence === undefined || aboutRequest.has(sentence) || !hasTraceId(headers)) return false
  return status === 400 || status === 422
}
