import type { Cause } from '../causes/cause'
import { anyOf } from '../provider/signs'
import { abortSign, codeOf, cutSign, downSign, lateSign } from '../provider/transport-signs'
import { certain, likely, named, possible, type Rule, type Verdict } from './evidence'
import type { Facts, StreamFacts } from './facts'

/** Shorter silences are the network's breathing; every stream has them before its end. */
const SILENCE_MS = 1000

/** What parsers of all engines say of an event that is not JSON. */
const parserWords = anyOf(`
  is not valid json | unexpected token | json parse error | unexpected end of json |
  unexpected non-whitespace | json.parse | jsondecodeerror | expecting value | invalid character |
  unterminated string | malformed | unrecognized token | could not parse | failed to parse |
  bad control character | unexpected character`)

/** How a body ended after its 200: the evidence is direct, so most of these are certain. */
export const stream: Rule = (facts) => {
  const { stream: body } = facts
  if (!body) return undefined
  const verdict = byFinish(body) ?? (facts.sentence ? undefined : byEnd(facts, body))
  return verdict && named(facts, verdict)
}

function byFinish({ finishReason, events }: StreamFacts): Verdict | undefined {
  if (finishReason === 'insufficient_system_resource') {
    return certain('interrupted-by-service', [`finish_reason ${finishReason}`, after(events)])
  }
  if (finishReason === 'content_filter' || finishReason === 'refusal') {
    return certain('content-refused', [`finish_reason ${finishReason}`, after(events)])
  }
  return undefined
}

function byEnd(facts: Facts, body: StreamFacts): Verdict | undefined {
  const { trail, message } = facts
  const isSyntax = trail.names.includes('SyntaxError') || parserWords.test(message.low)
  if (body.broken && isSyntax) {
    return certain('stream-malformed', ['what came is not JSON', after(body.events)])
  }
  const isLate = codeOf(lateSign, trail.codes, trail.names) !== undefined
  if (isLate || (!body.broken && !body.finished && (body.silentMs ?? 0) >= SILENCE_MS)) {
    const silence = body.silentMs === undefined ? [] : [`nothing for ${body.silentMs} ms`]
    return certain('stream-stalled', [...silence, after(body.events)])
  }
  if (body.broken) return byBreak(facts, body)
  if (body.events === 0) {
    const seen = ['the body ended without one event that has content']
    return certain('stream-empty', seen)
  }
  if (body.finished) {
    return possible('unknown', ['the stream has its end mark and content'], ['aborted'])
  }
  return certain('stream-cut', ['the body ended without an end mark', after(body.events)])
}

/** Something ended it: the caller, an error that was an event, or the connection. */
function byBreak({ trail }: Facts, body: StreamFacts): Verdict | undefined {
  if (codeOf(abortSign, trail.codes, trail.names) !== undefined) {
    return likely('aborted', ["the stream ended by an abort signal's error"], ['stream-cut'])
  }
  if (trail.status !== undefined && trail.status >= 400) return undefined
  return certain('stream-cut', ['the connection was lost in the body', after(body.events)])
}

function after(events: number): string {
  return `after ${events} event${events === 1 ? '' : 's'}`
}

/** The finish reasons of an answer that was kept whole. */
const finish =
  /"(?:finish_reason|stop_reason)"\s{0,4}:\s{0,4}"(insufficient_system_resource|content_filter)"/

/** A 200 whose body was kept: nothing in it, or a finish that is no success. */
export const keptBody: Rule = (facts) => {
  const { status, body, url, stream: ended } = facts
  if (ended || status === undefined || status < 200 || status > 299 || body === undefined) {
    return undefined
  }
  if (/\/(?:models|balance)\/?$/.test(url?.pathname ?? '') || facts.method === 'HEAD')
    return undefined
  const reason = finish.exec(body.slice(-8192))?.[1] ?? finish.exec(body.slice(0, 8192))?.[1]
  if (reason !== undefined) {
    return byFinish({ finishReason: reason, events: 1, bytes: 0, finished: true, broken: false })
  }
  if (status === 204 || /^(?:\s|:[^\n]{0,200}\n)*[^\s:]/.test(body.slice(0, 16_384)))
    return undefined
  const seen = [
    body === '' ? 'a 200 without a body' : 'a 200 with nothing but blank lines or comments',
  ]
  return named(facts, likely('stream-empty', seen, ['stream-cut']))
}

/** The answer had begun and broke off: told by its status, or by words that only readers say. */
export const brokenAnswer: Rule = (facts) => {
  const { trail, message, status, sentence } = facts
  if (!trail.thrown || sentence || facts.stream) return undefined
  const isBegun = status !== undefined && status >= 200 && status < 300
  // A number in the words of a reader of bodies is no status.
  const isReader = trail.names.some((name) => cutSign.names?.has(name))
  if (status !== undefined && !isBegun && !isReader) return undefined
  const seen = isBegun ? [String(status)] : []
  const isLate =
    codeOf(lateSign, trail.codes, trail.names) ?? codeOf(abortSign, trail.codes, trail.names)
  const isNode = trail.codes.includes('ECONNRESET') && trail.messages.includes('aborted')
  const isUndici = trail.messages.some((text) => /(?:^|: )terminated\W{0,3}$/.test(text))
  const isTls = message.low.includes('ssl') && message.low.includes('unexpected eof')
  const isCut = isNode || isUndici || isReader || isWorded(facts)
  if (isCut && !isLate && !isTls) {
    const evidence = [...seen, 'the answer had begun and broke off']
    const others: Cause[] = isBegun ? ['timed-out'] : ['network-unreachable', 'timed-out']
    return named(facts, likely('stream-cut', evidence, others))
  }
  if (stalledWords.test(message.low)) {
    const evidence = [...seen, 'the client says that the stream fell silent']
    return named(facts, likely('stream-stalled', evidence, ['stream-cut', 'timed-out']))
  }
  if (emptyWords.test(message.low)) {
    const evidence = [...seen, 'the client met an answer without content']
    return named(facts, likely('stream-empty', evidence, ['stream-cut']))
  }
  const isDown = codeOf(downSign, trail.codes, trail.names) ?? downSign.words.test(message.low)
  if (!isBegun || isLate || !isDown) return undefined
  return named(facts, likely('stream-cut', [...seen, 'the connection broke'], ['timed-out']))
}

/** What clients say when they gave a silent stream up. */
const stalledWords = anyOf(`
  stream stalled | no data received for | stream idle timeout | idle timeout waiting for sse`)

/** What clients call an answer that held nothing. */
const emptyWords = anyOf(`
  empty_response | empty response | response is empty | empty reply from model |
  returned no content | no assistant output | no output generated | received no content |
  response body is empty | empty content | 返回为空 | 空响应 | 内容为空`)

function isWorded({ trail, message }: Facts): boolean {
  return codeOf(cutSign, trail.codes, trail.names) !== undefined || cutSign.words.test(message.low)
}
