import type { Cause } from '../causes/cause'
import { anyOf } from '../provider/signs'
import { outOfReach } from '../provider/transport-signs'
import { isDeepSeekHost } from '../provider/vendors'
import { certain, likely, named, possible, type Rule, statusSeen, type Verdict } from './evidence'
import { type Facts, isProven, isRefusal, speaksForKey } from './facts'
import { modelIn } from './named'

/** The answer is DeepSeek's by its own sign, or nothing says that it is somebody else's. */
function isDeepSeeks(facts: Facts): boolean {
  return facts.responder.kind === 'deepseek' || facts.responder.kind === 'nobody'
}

/** The body, its type or its size was refused: no statement about the key. */
export const requestRefused: Rule = (facts) => {
  const { status, sentence } = facts
  if (sentence === 'body') {
    return (isProven(facts) ? certain : likely)('request-invalid', ['its parser refuses the body'])
  }
  if (status === undefined && facts.message.low.includes('rejected the request')) {
    return likely('request-invalid', ['the text says that the request was rejected'])
  }
  if (status !== 413 && status !== 415 && status !== 422) return undefined
  if (facts.responder.kind === 'gateway') return undefined
  return named(facts, likely('request-invalid', [`${status}: about the request, not the key`]))
}

/** The key is proved good, where DeepSeek itself said so; over another host nothing is proved. */
function accepting(facts: Facts, verdict: Verdict): Verdict {
  if (speaksForKey(facts)) return { ...verdict, credentialAccepted: true }
  const { confidence } = verdict
  return { ...verdict, confidence: confidence === 'certain' ? 'likely' : confidence }
}

/** Money: 402, or a sentence about the balance. */
export const balance: Rule = (facts) => {
  const { status, sentence, message } = facts
  if (sentence === 'balance-concurrency') {
    const seen = ['the answer ties the concurrency limit to the remaining balance']
    return accepting(facts, certain('balance-limits-concurrency', seen))
  }
  const isUnavailable = message.codes.has('available:false') && isDeepSeeks(facts)
  const isSentence = sentence === 'balance' && (facts.responder.kind !== 'vendor' || status === 402)
  const isStatus = status === 402 && isDeepSeeks(facts)
  if (!isUnavailable && !isStatus && !isSentence) return undefined
  // A gateway that passes DeepSeek's sentence on is not the one that says it.
  if (facts.responder.kind === 'vendor') return undefined
  const seen = isUnavailable
    ? ['the balance says that it is not available for calls']
    : [...statusSeen(facts), 'a known account without balance']
  const judge = status === 402 || isUnavailable ? certain : likely
  return accepting(facts, judge('balance-exhausted', seen))
}

const modelFaults = anyOf(`
  not exist | not found | not supported | unsupported | not available | not a valid | invalid |
  unknown | retired | deprecated | no longer | no such`)

/** A sentence that finds fault with the model, not one that has the word somewhere. */
function blamesModel(low: string): boolean {
  return low.split(/[\n;]/).some((line) => {
    const at = line.search(/\bmodel\b/)
    return at >= 0 && modelFaults.test(line.slice(Math.max(0, at - 20), at + 90))
  })
}

const unknownModel = anyOf(
  `no endpoints found for | try pulling it first | no models loaded | 无可用渠道 |
  on-demand throughput | not found for account`,
)

/** A host that was meant, and that is not DeepSeek's, does not know the model. */
function isForeignModel(facts: Facts): boolean {
  const { responder, baseURL, message, status } = facts
  const isOther = ['vendor', 'gateway', 'local', 'stranger'].includes(responder.kind)
  const isMeant = baseURL === undefined || !isDeepSeekHost(baseURL.hostname)
  if (!isOther || !isMeant || message.form === 'html') return false
  const isStatus = status === undefined || [400, 404, 500, 503].includes(status)
  const isMissing = /\bmodel\b[^\n]{0,60}not (?:found|exist)/.test(message.low)
  const isNamed =
    message.codes.has('model_not_found') ||
    unknownModel.test(message.low) ||
    (message.codes.has('not_found_error') && /^model: /m.test(message.low))
  return (
    isStatus &&
    (isNamed || (status !== 503 && blamesModel(message.low) && (status !== 500 || isMissing)))
  )
}

/** The key was accepted and the model's name was not. */
export const model: Rule = (facts) => {
  const { sentence, status, message } = facts
  if (sentence === 'model') {
    const seen = ['the answer lists the model names that it accepts']
    return accepting(facts, certain('model-unavailable', seen, ['model-retired']))
  }
  const isCommon = sentence === 'model-name' && facts.responder.kind !== 'vendor'
  const isStatus = status === 400 || status === 404 || status === undefined
  const isText = isStatus && !sentence && isDeepSeeks(facts) && blamesModel(message.low)
  const isCode = message.codes.has('model_not_found') && isDeepSeeks(facts)
  if (isForeignModel(facts)) {
    const seen = [...statusSeen(facts), 'the text is about the model']
    return named(facts, likely('model-unavailable', seen, ['answered-by-other-vendor']))
  }
  if (!isCommon && !isText && !isCode) return undefined
  const seen = [...statusSeen(facts), 'the text is about the model']
  const isAccepted = isCommon || facts.responder.kind === 'deepseek'
  const verdict = likely('model-unavailable', seen, ['model-retired', 'request-invalid'])
  return isAccepted ? accepting(facts, verdict) : verdict
}

/** The host is right and the path is not. */
export const wrongPath: Rule = (facts) => {
  const { status, sentence, url } = facts
  const isEvent = facts.message.fields.has('event_id') && facts.message.fields.has('error_msg')
  if (sentence === 'no-such-path' || (isEvent && status === 404)) {
    return certain('wrong-path', ["404 in the form of DeepSeek's front door"])
  }
  // A framework's own words for it, where the client lost the status.
  const isBare = status === undefined && facts.message.fields.has('detail')
  if (isBare && /^\W*not found\W*$/m.test(facts.message.low)) {
    const seen = ['the text says: not found']
    return named(facts, likely('wrong-path', seen, ['answered-by-other-vendor']))
  }
  if (status !== 404 && status !== 405) return undefined
  const path = url?.pathname ?? ''
  const doubled = /\/(v\d+)\/\1(?:\/|$)|\/v\d+\/v\d+(?:\/|$)/.test(path)
  const repeated = /completions\/.*completions/.test(path)
  const seen = [
    String(status),
    ...(doubled ? ['the path has the version twice'] : []),
    ...(repeated ? ['the path has the endpoint twice'] : []),
  ]
  const others: Cause[] = isDeepSeeks(facts) ? [] : ['answered-by-other-vendor']
  const verdict = isProven(facts) && status === 404 ? certain : likely
  return named(facts, verdict('wrong-path', seen, others))
}

const busyWords = anyOf(`
  service is too busy | degraded function | server is busy | server overloaded |
  overloaded_error | is overloaded |
  currently overloaded | service unavailable | temporarily unavailable | 系统繁忙 | 服务器繁忙`)
const rateWords = anyOf(`
  rate limit | rate_limit | ratelimit | too many requests | 请求过于频繁`)
const failedWords = anyOf(`
  internal server error | internal_error | bad gateway | gateway time-out | gateway timeout |
  server_error`)

/** What the status alone says, whoever answered. */
export const byStatus: Rule = (facts) => {
  const { status, message } = facts
  if (status === undefined) return byWordsAlone(facts)
  const seen = [String(status)]
  if (status === 429) return named(facts, sure(facts, 'rate-limited', seen))
  if (status === 503 || status === 529) return named(facts, sure(facts, 'service-busy', seen))
  if (status === 504 || status === 524) {
    return named(facts, likely('service-error', seen, ['timed-out']))
  }
  if (status >= 500 && isDeepSeeks(facts) && !isProven(facts) && outOfReach.test(message.low)) {
    const told = [...seen, 'somebody between could not reach the API']
    return named(facts, likely('network-unreachable', told, ['service-error']))
  }
  if (status >= 500) {
    return busyWords.test(message.low)
      ? named(facts, likely('service-busy', seen, ['service-error']))
      : named(facts, sure(facts, 'service-error', seen))
  }
  if (status === 400 && busyWords.test(message.low)) {
    return named(facts, likely('service-busy', seen, ['request-invalid']))
  }
  if (status === 408) return named(facts, likely('timed-out', seen))
  if (status === 402) return named(facts, likely('balance-exhausted', seen))
  if (status === 403) return likely('access-blocked', seen, ['answered-by-proxy'])
  if (status >= 400 && status !== 401) {
    return named(facts, likely('request-invalid', [...seen, 'about the request, not the key']))
  }
  return isOkWithError(facts) ? byWordsAlone(facts) : undefined
}

/** A stream that began with 200 and then carried an error, or a client that lost the status. */
function byWordsAlone(facts: Facts): Verdict | undefined {
  const { low } = facts.message
  const said = (cause: Cause, seen: string): Verdict => named(facts, likely(cause, [seen]))
  if (busyWords.test(low)) return said('service-busy', 'the text says busy')
  if (rateWords.test(low)) return said('rate-limited', 'the text is about the rate')
  if (failedWords.test(low)) return said('service-error', 'the text tells of a server error')
  return undefined
}

function isOkWithError(facts: Facts): boolean {
  return facts.message.fields.has('error') || facts.trail.thrown
}

function sure(facts: Facts, cause: Cause, seen: string[]): Verdict {
  const { kind } = facts.responder
  const answerer = kind === 'vendor' ? 'other-vendor' : kind === 'gateway' ? kind : 'proxy'
  return isProven(facts) ? certain(cause, seen) : likely(cause, seen, [`answered-by-${answerer}`])
}

/** A 401, and nobody knows who sent it. */
export const anyRefusal: Rule = (facts) => {
  if (!isRefusal(facts)) return undefined
  if (modelIn(facts.message) !== undefined) {
    // DeepSeek's own refusals of a key name no model.
    const seen = ['a refusal that names a model']
    return possible('answered-by-gateway', seen, ['model-unavailable', 'key-rejected'])
  }
  return possible(
    'key-rejected',
    ['a refusal, and nothing tells who answered'],
    ['key-missing', 'answered-by-other-vendor', 'answered-by-gateway'],
  )
}
