import type { Cause } from '../causes/cause'
import { anyOf } from '../provider/signs'
import { likely, possible, type Rule, type Verdict } from './evidence'
import type { Facts } from './facts'
import { absence } from './local-rules'
import { hasConfiguredKey } from './sent-key'

/** That a parser of some engine or library met something that is not JSON. */
const troubles = anyOf(`
  is not valid json | unexpected token | json parse error | json.parse | jsondecodeerror |
  expecting value | looking for beginning of value | unrecognized token | begin_object |
  is an invalid start of a value | unexpected character | expected value at line | invalid json |
  while parsing | unexpected json token | failed to parse json | malformed json | not json |
  jsonexception | json_error | unexpected end of json | unexpected eof while parsing |
  end of json input | premature end | unexpected end of input | invalid character |
  does not represent any valid json | unexpected identifier | eof while parsing |
  json decode error | kind: decode`)

/** Where the engines show what they met: quoted, or as one letter. */
const shown: readonly RegExp[] = [
  /token[^"'\n]{0,10}["'].["'],? ["']([^"\n]{1,40})["']?(?:\.\.\.)? is not valid/i,
  /unexpected (?:token|identifier|character):?[^"'`\n]{0,12}["'`]([^"'`\n]{1,40})/i,
  /unrecognized token ["']([^"'\n]{1,40})/i,
  /invalid character ["']([^"'\n]{1,2})["']/i,
  /["']([^"'\n]{1,2})["'] is an invalid start/i,
  /encountered while parsing value: (\S)/i,
  /but had ["']([^"'\n]{1,20})["'] instead/i,
  /unexpected token (\w) in json/i,
]

/** What the plain-text 401 begins with, as far as an engine quotes it. */
const GOVERNOR = 'authentication fails'

const serverOrTimer: readonly Cause[] = ['answered-by-proxy', 'timed-out']
const gatewayOrProxy: readonly Cause[] = ['answered-by-gateway', 'answered-by-proxy']

/** How other plain texts begin, and how many letters of them can begin nothing else. */
const openings: readonly (readonly [
  starts: string,
  letters: number,
  cause: Cause,
  what: string,
  others: readonly Cause[],
])[] = [
  ['failed to deserialize', 4, 'request-invalid', 'a refused body', ['message-format-unsupported']],
  ['expected request with', 5, 'request-invalid', 'a refused content type', []],
  ['internal server error', 1, 'service-error', 'a server error', serverOrTimer],
  ['error code: 5', 5, 'service-error', 'a server error', ['answered-by-proxy']],
  ['upstream ', 3, 'service-error', 'a gateway that reached nobody', gatewayOrProxy],
  ['data: ', 1, 'stream-malformed', 'events of a stream', ['request-invalid']],
  [': keep-alive', 1, 'stream-malformed', 'comments of a stream', ['request-invalid']],
  ['not found', 3, 'wrong-path', 'a path that does not exist', ['answered-by-proxy']],
  ['bad gateway', 2, 'service-error', 'a gateway error', ['answered-by-proxy']],
]

/**
 * A client read an answer that is not JSON and tells only of its parser's trouble: the letters that
 * the engine quotes say which answer it was.
 */
export const parserTrouble: Rule = (facts) => {
  const { message, status, trail } = facts
  if (!trail.thrown || facts.sentence || facts.stream) return undefined
  if (status !== undefined && status !== 401 && (status < 200 || status > 299)) return undefined
  if (!troubles.test(message.low)) return undefined
  const quoted = quotedIn(message.low)
  if (quoted !== undefined) {
    if (GOVERNOR.startsWith(quoted) || quoted.startsWith('authentica'))
      return plain401(facts, quoted)
    const opening = openings.find(
      ([starts, letters]) =>
        (quoted.length >= letters && starts.startsWith(quoted)) || quoted.startsWith(starts),
    )
    if (opening) {
      const [, , cause, what, others] = opening
      const seen = [`the client's JSON parser met the text of ${what} instead of a document`]
      return (quoted.length > 2 ? likely : possible)(cause, seen, others)
    }
  }
  if (emptyWords.test(message.low)) return ended()
  if (!decodeWords.test(message.low)) return undefined
  const seen = ['the client could not read the answer as the JSON that it expects']
  return possible('stream-malformed', seen, ['answered-by-proxy', 'wrong-path', 'stream-empty'])
}

/** That a client could not read an answer, without a letter of what it was. */
const decodeWords = anyOf('json decode error | jsondecodeerror | kind: decode')

function quotedIn(low: string): string | undefined {
  const head = low.slice(0, 600)
  for (const pattern of shown) {
    const text = pattern.exec(head)?.[1]
    if (text !== undefined && text !== '') return text
  }
  return undefined
}

/** `Authentication Fails (governor)` or the text about the header's form. */
function plain401(facts: Facts, quoted: string): Verdict {
  const letters = quoted.length > 1 ? 'the letters' : 'the letter'
  const seen = [
    `the client's JSON parser met ${letters} that DeepSeek's plain-text 401 begins with`,
  ]
  const verdict = absence(facts, seen)
  const others: Cause[] = ['header-malformed', 'credential-stripped']
  const more = hasConfiguredKey(facts) ? others : [...others, 'credential-not-attached' as const]
  const confidence = quoted.length > 3 ? 'likely' : 'possible'
  return { ...verdict, confidence, others: [...(verdict.others ?? []), ...more] }
}

/** Nothing but blank lines came, or the document stopped in the middle. */
const emptyWords = anyOf(`
  end of json input | unexpected end of | expecting value | unexpected eof | premature end |
  does not contain any json | eof while parsing | no content to map`)

function ended(): Verdict {
  const seen = ["the client's JSON parser met the end of the body where a value was expected"]
  return possible('stream-empty', seen, ['stream-cut', 'answered-by-proxy'])
}
