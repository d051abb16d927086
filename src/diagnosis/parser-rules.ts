import type { Cause } from '../causes/cause'
import { anyOf } from '../provider/signs'
import { likely, possible, type Rule, type Verdict } from './evidence'
import type { Facts } from './facts'
import { absence } from './local-rules'
import { hasAny } from './reading'
import { hasConfiguredKey } from './sent-key'

/** That a parser of some engine or library met something that is not JSON. */
const troubles = anyOf(`
  is not valid json | unexpected token | json parse error | json.parse | jsondecodeerror |
  expecting value | looking for beginning of value | unrecognized token | begin_object |
  is an invalid start of a value | unexpected character | expected value at line | invalid json |
  while parsing | unexpected json token | failed to parse json | malformed json | not json |
  jsonexception | json_error | unexpected end of json | unexpected eof while parsing |
  end of json input | premature end | unexpected end of input | invalid character |
  does not represent any valid json | unexpected identifier | eof while parsing`)

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

interface Opening {
  starts: string
  /** Fewer letters than these may begin anything. */
  letters: number
  cause: Cause
  what: string
  others: readonly Cause[]
}

const openings: readonly Opening[] = [
  {
    starts: 'failed to deserialize',
    letters: 4,
    cause: 'request-invalid',
    what: 'the plain text of a refused body',
    others: ['message-format-unsupported'],
  },
  {
    starts: 'expected request with',
    letters: 5,
    cause: 'request-invalid',
    what: 'the plain text of a refused content type',
    others: [],
  },
  {
    starts: 'internal server error',
    letters: 1,
    cause: 'service-error',
    what: 'the plain text of a server error',
    others: ['answered-by-proxy', 'timed-out'],
  },
  {
    starts: 'error code: 5',
    letters: 5,
    cause: 'service-error',
    what: 'the plain text of a server error',
    others: ['answered-by-proxy'],
  },
  {
    starts: 'upstream ',
    letters: 3,
    cause: 'service-error',
    what: 'the plain text of a gateway that reached nobody',
    others: ['answered-by-gateway', 'answered-by-proxy'],
  },
  {
    starts: 'data: ',
    letters: 1,
    cause: 'stream-malformed',
    what: 'events of a stream where one document was expected',
    others: ['request-invalid'],
  },
  {
    starts: ': keep-alive',
    letters: 1,
    cause: 'stream-malformed',
    what: 'comments of a stream where one document was expected',
    others: ['request-invalid'],
  },
  {
    starts: 'not found',
    letters: 3,
    cause: 'wrong-path',
    what: 'the plain text of a path that does not exist',
    others: ['answered-by-proxy'],
  },
  {
    starts: 'bad gateway',
    letters: 2,
    cause: 'service-error',
    what: 'the plain text of a gateway error',
    others: ['answered-by-proxy'],
  },
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
      ({ starts, letters }) =>
        (quoted.length >= letters && starts.startsWith(quoted)) || quoted.startsWith(starts),
    )
    if (opening) {
      const seen = [`the client's JSON parser met ${opening.what}`]
      const judge = quoted.length > 2 ? likely : possible
      return judge(opening.cause, seen, opening.others)
    }
  }
  return isEmptyBody(message.low) ? ended() : undefined
}

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
function isEmptyBody(low: string): boolean {
  return hasAny(low, [
    ...[
      'end of json input',
      'unexpected end of',
      'expecting value',
      'unexpected eof',
      'premature end',
    ],
    ...[
      'unexpected end of input',
      'does not contain any json',
      'eof while parsing',
      'no content to map',
    ],
  ])
}

function ended(): Verdict {
  const seen = ["the client's JSON parser met the end of the body where a value was expected"]
  return possible('stream-empty', seen, ['stream-cut', 'answered-by-proxy'])
}
