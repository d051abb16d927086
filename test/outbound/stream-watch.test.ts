import fc from 'fast-check'
import { diagnose } from '../../src/diagnosis/diagnose'
import { statusOf } from '../../src/outbound/stream-events'
import { StreamWatch } from '../../src/outbound/stream-watch'

const SSE = 'text/event-stream; charset=utf-8'
const JSON_TYPE = 'application/json'

const event = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`
const delta = (fields: object, finish: string | null = null): string =>
  event({
    id: '8fce1f5e',
    object: 'chat.completion.chunk',
    model: 'deepseek-flash',
    choices: [{ index: 0, delta: fields, logprobs: null, finish_reason: finish }],
  })
const role = delta({ role: 'assistant', content: '' })
const text = delta({ content: 'Hello' })
const stop = delta({ content: '' }, 'stop')
const done = 'data: [DONE]\n\n'
const comment = ': keep-alive\n\n'
const named = (type: string, rest: object = {}): string =>
  `event: ${type}\n${event({ type, ...rest })}`

type End = 'end' | 'leave' | Error | 'stall' | 'open'
const reset = Object.assign(new TypeError('terminated'), {
  cause: Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' }),
})

/** Feeds a body in the given chunks and ends it. */
function watched(chunks: readonly string[], end: End = 'end', type = SSE): StreamWatch {
  const watch = new StreamWatch(() => type)
  for (const chunk of chunks) watch.push(new Uint8Array(Buffer.from(chunk)))
  if (end === 'end') watch.end()
  else if (end === 'leave') watch.leave()
  else if (end === 'stall') watch.stall(60_000)
  else if (end !== 'open') watch.fail(end)
  return watch
}

/** `success`, `left`, `undefined` or the cause that `diagnose` gives for the evidence. */
function verdictOf(watch: StreamWatch, type = SSE): string | undefined {
  const { verdict } = watch
  if (verdict?.kind !== 'failed') return verdict?.kind
  const { facts, body } = verdict
  const headers = { 'content-type': type }
  const request = { url: 'https://api.deepseek.com/chat/completions', method: 'POST' }
  if (body === undefined) {
    return diagnose({ request, response: { status: 200, headers }, stream: facts }).cause
  }
  return diagnose({ request, response: { status: statusOf(body), headers, body } }).cause
}

describe('events of a chat completion', () => {
  const call = delta({
    tool_calls: [{ index: 0, id: 'c', function: { name: 'f', arguments: '' } }],
  })
  test.each<[string, string[], End, string | undefined]>([
    ['text and [DONE]', [role, text, stop, done], 'end', 'success'],
    ['text and [DONE] without a finish reason', [text, done], 'end', 'success'],
    ['a finish reason and a clean end', [text, stop], 'end', 'success'],
    ['reasoning only', [delta({ reasoning_content: 'Hm' }), stop, done], 'end', 'success'],
    ['a tool call only', [call, delta({}, 'tool_calls'), done], 'end', 'success'],
    ['an answer cut by max_tokens', [text, delta({}, 'length'), done], 'end', 'success'],
    ['[DONE] without a last line feed', [text, stop, 'data: [DONE]'], 'end', 'success'],
    ['no end mark', [role, text, text], 'end', 'stream-cut'],
    ['the role and nothing else', [role], 'end', 'stream-cut'],
    ['half an event at the end', [text, 'data: {"choices":[{"del'], 'end', 'stream-cut'],
    ['half of its first event', ['data: {"choices":[{"del'], 'end', 'stream-cut'],
    ['a reset', [role, text], reset, 'stream-cut'],
    ['a reset after a finish reason', [text, stop], reset, 'stream-cut'],
    ['a reset after comments', [comment, comment], reset, 'stream-cut'],
    ['a reset before the first byte', [], reset, 'stream-cut'],
    ['a reset after [DONE]', [text, done], reset, 'success'],
    ['zero bytes', [], 'end', 'stream-empty'],
    ['blank lines and comments', [comment, '\n\n', comment], 'end', 'stream-empty'],
    ['a finish without content', [role, stop, done], 'end', 'stream-empty'],
    ['[DONE] and nothing else', [done], 'end', 'stream-empty'],
    ['an event that is not JSON', [text, 'data: {not-json\n\n', done], 'open', 'stream-malformed'],
    ['one that only looks like JSON', [text, 'data: {not json}\n\n'], 'open', 'stream-malformed'],
    ['one without its end', [text, text.replace('}]}', '}]')], 'open', 'stream-malformed'],
    ['choices that are none', [event({ choices: [null] }), done], 'open', 'stream-malformed'],
    ['a page', ['<html><body>Sign in'], 'open', 'stream-malformed'],
    ['a page in the middle', [text, '<html>\n<body>\n'], 'open', 'stream-malformed'],
    [
      'lost resources',
      [text, delta({}, 'insufficient_system_resource')],
      'open',
      'interrupted-by-service',
    ],
    ['a content filter', [text, delta({}, 'content_filter'), done], 'end', 'content-refused'],
    ['silence', [role, text, comment], 'stall', 'stream-stalled'],
    ['silence from the start', [], 'stall', 'stream-stalled'],
    ['silence after a finish reason', [text, stop], 'stall', 'success'],
    ['a caller who leaves', [role, text], 'leave', 'left'],
    ['a caller who leaves after the finish reason', [text, stop], 'leave', 'success'],
    ['a caller who leaves after [DONE]', [text, done], 'leave', 'success'],
    ['a stream under way', [role, text], 'open', undefined],
  ])('%s', (_name, chunks, end, expected) => {
    expect(verdictOf(watched(chunks, end))).toBe(expected)
    // The same bytes, each for itself.
    expect(verdictOf(watched([...chunks.join('')], end))).toBe(expected)
  })

  test('an error that comes as an event is what diagnose says of it', () => {
    const busy = event({
      error: { message: 'Service is too busy.', code: 'service_unavailable_error' },
    })
    expect(verdictOf(watched([text, busy], 'open'))).toBe('service-busy')
    const money = 'event: error\ndata: {"error":{"message":"Insufficient Balance"}}\n\n'
    expect(verdictOf(watched([text, money], 'leave'))).toBe('balance-exhausted')
  })

  test('a verdict stands, whatever comes after it', () => {
    const watch = watched([text, 'data: oops\n\n'], 'open')
    const { verdict } = watch
    watch.push(Buffer.from(done))
    watch.end()
    expect(watch.verdict).toBe(verdict)
  })

  test('a stall is one verdict, though the stream ends well after it', () => {
    const watch = watched([text], 'stall')
    watch.push(Buffer.from(stop + done))
    watch.end()
    expect(verdictOf(watch)).toBe('stream-stalled')
  })

  test('comments are no sign of content, events are', () => {
    const watch = watched([text], 'open')
    watch.heard = false
    watch.push(Buffer.from(comment))
    expect(watch.heard).toBe(false)
    watch.push(Buffer.from(text))
    expect(watch.heard).toBe(true)
  })

  test('lines may end as the standard allows, and chunks anywhere in them', () => {
    const body = [role, text, text, stop, done].join('')
    for (const ending of ['\r\n', '\r']) {
      const chunks = [...body.replaceAll('\n', ending)]
      expect(verdictOf(watched(chunks))).toBe('success')
    }
  })

  test('data in several lines is one event', () => {
    const chunks = [
      'data: {"choices":[{"delta":\ndata: {"content":"x"},"finish_reason":"stop"}]}\n\n',
    ]
    expect(verdictOf(watched(chunks))).toBe('success')
  })

  test('text that speaks of finish reasons and errors is text', () => {
    const tricky = delta({ content: '{"finish_reason":"content_filter","error":{"message":"x"}}' })
    expect(verdictOf(watched([tricky, text, tricky, stop, done]))).toBe('success')
  })

  test('usage and model are read', () => {
    const usage = event({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 3 } })
    const watch = watched([role, text, stop, usage, done])
    expect(watch.model).toBe('deepseek-flash')
    expect(watch.usage).toEqual({ prompt_tokens: 7, completion_tokens: 3 })
  })
})

describe('events of Anthropic and of /responses', () => {
  const start = named('message_start', {
    message: {
      model: 'deepseek-flash',
      stop_reason: null,
      usage: { input_tokens: 9, output_tokens: 0 },
    },
  })
  const block = named('content_block_delta', {
    index: 0,
    delta: { type: 'text_delta', text: 'Hi' },
  })
  const finish = (reason: string): string =>
    named('message_delta', { delta: { stop_reason: reason }, usage: { output_tokens: 4 } })
  const stopped = named('message_stop')
  const piece = named('response.output_text.delta', { delta: 'Hi' })
  const completed = named('response.completed', {
    response: { error: null, output: [], usage: {} },
  })
  const incomplete = (reason: string): string =>
    named('response.incomplete', { response: { incomplete_details: { reason } } })

  test.each<[string, string[], End, string | undefined]>([
    ['a whole message', [start, block, finish('end_turn'), stopped], 'end', 'success'],
    ['message_stop and a caller who leaves', [start, block, stopped], 'leave', 'success'],
    ['a stop reason and a clean end', [start, block, finish('end_turn')], 'end', 'success'],
    ['no end mark', [start, block], 'end', 'stream-cut'],
    ['nothing but pings', [named('ping'), named('ping')], 'stall', 'stream-stalled'],
    ['no content', [start, finish('end_turn'), stopped], 'end', 'stream-empty'],
    [
      'an error event',
      [start, named('error', { error: { type: 'overloaded_error', message: 'Overloaded' } })],
      'leave',
      'service-busy',
    ],
    [
      'lost resources',
      [start, block, finish('insufficient_system_resource'), stopped],
      'end',
      'interrupted-by-service',
    ],
    ['a response', [piece, completed], 'end', 'success'],
    ['a response without its end', [piece], 'end', 'stream-cut'],
    [
      'a response that was cut by its limit',
      [piece, incomplete('max_output_tokens')],
      'end',
      'success',
    ],
    [
      'a response that the filter ended',
      [piece, incomplete('content_filter')],
      'end',
      'content-refused',
    ],
    [
      'a response that failed',
      [
        piece,
        named('response.failed', {
          response: { error: { code: 'rate_limit_exceeded', message: 'Rate limit reached' } },
        }),
      ],
      'end',
      'rate-limited',
    ],
  ])('%s', (_name, chunks, end, expected) => {
    expect(verdictOf(watched(chunks, end))).toBe(expected)
    expect(verdictOf(watched([...chunks.join('')], end))).toBe(expected)
  })

  test('usage is merged: the input comes first and the output last', () => {
    const watch = watched([start, block, finish('end_turn'), stopped])
    expect(watch.usage).toEqual({ input_tokens: 9, output_tokens: 4 })
  })

  test('a ping is no sign of content', () => {
    const watch = watched([start], 'open')
    watch.heard = false
    watch.push(Buffer.from(named('ping')))
    expect(watch.heard).toBe(false)
  })
})

describe('a JSON body', () => {
  const answer = {
    id: 'x',
    model: 'deepseek-flash',
    choices: [{ index: 0, message: { content: 'Hi {"}' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1, completion_tokens: 2 },
  }
  const whole = JSON.stringify(answer, null, 1)
  const finished = (reason: string, message: object = { content: 'x' }): string =>
    JSON.stringify({ choices: [{ message, finish_reason: reason }] })

  test.each<[string, string, End, string, string?]>([
    ['a whole document', whole, 'end', 'success'],
    ['one behind blank lines', `\n\n\n${whole}\n`, 'end', 'success'],
    ['one behind a byte order mark', `\ufeff${whole}`, 'end', 'success'],
    ['one that a caller has read', whole, 'leave', 'success'],
    ['the smallest one', '{}', 'end', 'success'],
    ['half of one', whole.slice(0, 60), 'end', 'stream-malformed'],
    ['one that ends in an inner brace', '{"a":{"b":1}', 'end', 'stream-malformed'],
    ['two of them', '{}{}', 'end', 'stream-malformed'],
    ['a reset', whole.slice(0, 60), reset, 'stream-cut'],
    ['a caller who leaves', whole.slice(0, 60), 'leave', 'left'],
    ['nothing', '', 'end', 'stream-empty'],
    ['blank lines', '\n\n\n', 'end', 'stream-empty'],
    ['silence', '\n', 'stall', 'stream-stalled'],
    ['a page', '\n<!doctype html><title>Sign in</title>', 'end', 'stream-malformed'],
    ['events', text + done, 'end', 'stream-malformed'],
    ['text', 'Internal Server Error', 'end', 'stream-malformed'],
    ['lost resources', finished('insufficient_system_resource'), 'end', 'interrupted-by-service'],
    ['a content filter', finished('content_filter'), 'end', 'content-refused'],
    ['a finish with nothing in it', finished('stop', { content: '' }), 'end', 'stream-empty'],
    [
      'a tool call',
      finished('tool_calls', { content: null, tool_calls: [{ id: 'c' }] }),
      'end',
      'success',
    ],
    ['an error', '{"error":{"message":"Insufficient Balance"}}', 'end', 'balance-exhausted'],
    ['a document where events were due', whole, 'end', 'stream-malformed', SSE],
    ['a document of no stated type', whole, 'end', 'success', ''],
    ['text of no stated type', 'Everything is fine', 'end', 'left', ''],
  ])('%s', (_name, body, end, expected, type = JSON_TYPE) => {
    expect(verdictOf(watched([body], end, type), type)).toBe(expected)
    const bytes = [...Buffer.from(body)].map((byte) => Buffer.from([byte]))
    const watch = new StreamWatch(() => type)
    for (const byte of bytes) watch.push(byte)
    if (end === 'end') watch.end()
    else if (end === 'leave') watch.leave()
    else if (end === 'stall') watch.stall(60_000)
    else if (end !== 'open') watch.fail(end)
    expect(verdictOf(watch, type)).toBe(expected)
  })

  test('usage and model are read of a document of any length', () => {
    const long = { ...answer, choices: [{ message: { content: 'x'.repeat(100_000) } }] }
    const { choices, model, ...rest } = long
    const watch = watched([JSON.stringify({ model, choices, ...rest })], 'end', JSON_TYPE)
    expect(watch.model).toBe('deepseek-flash')
    expect(watch.usage).toEqual({ prompt_tokens: 1, completion_tokens: 2 })
  })
})

describe('long streams', () => {
  const many = text.repeat(3_000)

  test('the end of a large chunk is seen', () => {
    expect(verdictOf(watched([many, many, many + stop + done]))).toBe('success')
    expect(verdictOf(watched([many, many, many]))).toBe('stream-cut')
    const lost = delta({}, 'insufficient_system_resource')
    expect(verdictOf(watched([many, many, many + lost + done]))).toBe('interrupted-by-service')
  })

  test('a bad event in a small chunk is seen, however late', () => {
    expect(verdictOf(watched([many, text, 'data: {broken\n\n', text], 'open'))).toBe(
      'stream-malformed',
    )
  })

  test('an event of a megabyte is passed over and what ends the stream is seen', () => {
    const big = named('response.completed', {
      response: {
        output: [{ text: 'x'.repeat(1_000_000) }],
        usage: { input_tokens: 1, output_tokens: 2 },
      },
    })
    const piece = named('response.output_text.delta', { delta: 'Hi' }).repeat(2_000)
    const body = piece + big
    for (const size of [1_000, 65_536, body.length]) {
      const chunks = Array.from({ length: Math.ceil(body.length / size) }, (_, index) =>
        body.slice(index * size, (index + 1) * size),
      )
      const watch = watched(chunks)
      expect(verdictOf(watch)).toBe('success')
      expect(watch.usage).toEqual({ input_tokens: 1, output_tokens: 2 })
    }
  })

  test('the verdict does not depend on where the chunks end', () => {
    const bodies = [
      [role, text, text, stop, done],
      [comment, role, text],
      [text, 'data: {not-json\n\n', done],
      [role, stop, done],
    ].map((parts) => parts.join(''))
    fc.assert(
      fc.property(
        fc.constantFrom(...bodies),
        fc.array(fc.integer({ min: 1, max: 40 })),
        (body, sizes) => {
          const chunks: string[] = []
          let rest = body
          for (const size of sizes) {
            chunks.push(rest.slice(0, size))
            rest = rest.slice(size)
          }
          expect(verdictOf(watched([...chunks, rest]))).toBe(verdictOf(watched([body])))
        },
      ),
    )
  })

  test('no bytes at all make it throw', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 200 })),
        fc.constantFrom(SSE, JSON_TYPE, ''),
        (chunks, type) => {
          const watch = new StreamWatch(() => type)
          for (const chunk of chunks) watch.push(chunk)
          watch.end()
          expect(watch.verdict).toBeDefined()
        },
      ),
    )
  })
})
