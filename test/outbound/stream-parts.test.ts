import fc from 'fast-check'
import {
  findFinishReason,
  isPiece,
  readEvent,
  readLongEvent,
  statusOf,
} from '../../src/outbound/stream-events'
import { JsonBody } from '../../src/outbound/stream-json'
import { EventLines, latin1, partsOf } from '../../src/outbound/stream-lines'

const quiet = {
  content: false,
  idle: false,
  finishReason: undefined,
  end: false,
  error: undefined,
  broken: false,
}
const content = { ...quiet, content: true }
const choice = (fields: object) => ({ choices: [{ index: 0, ...fields }] })

describe('an event', () => {
  test.each<[object | string | number | null, object]>([
    [{}, quiet],
    [7, quiet],
    [null, quiet],
    [[], quiet],
    [{ choices: [] }, quiet],
    [{ choices: 'none' }, quiet],
    [{ choices: [null] }, { ...quiet, broken: true }],
    [{ choices: ['a'] }, { ...quiet, broken: true }],
    [choice({}), quiet],
    [choice({ delta: null }), quiet],
    [choice({ delta: { role: 'assistant' } }), quiet],
    [choice({ delta: { content: '' } }), quiet],
    [choice({ delta: { content: 5 } }), quiet],
    [choice({ delta: { tool_calls: [] } }), quiet],
    [choice({ delta: { function_call: {} } }), quiet],
    [choice({ text: '' }), quiet],
    [choice({ text: 'a' }), content],
    [choice({ message: { content: 'a' } }), content],
    [choice({ delta: { content: 'a' } }), content],
    [choice({ delta: { reasoning_content: 'a' } }), content],
    [choice({ delta: { reasoning: 'a' } }), content],
    [choice({ delta: { reasoning_details: [1] } }), content],
    [choice({ delta: { refusal: 'a' } }), content],
    [choice({ delta: { tool_calls: [{}] } }), content],
    [choice({ delta: { function_call: { name: 'f' } } }), content],
    [choice({ delta: { audio: { id: 'a' } } }), content],
    [{ choices: [{}, { delta: { content: 'a' } }] }, content],
    [{ choices: [{ delta: { content: 'a' } }, {}] }, content],
    [choice({ finish_reason: null }), quiet],
    [choice({ finish_reason: '' }), quiet],
    [choice({ finish_reason: 'stop' }), { ...quiet, finishReason: 'stop' }],
    [
      { choices: [{ finish_reason: 'length' }, { finish_reason: 'stop' }] },
      { ...quiet, finishReason: 'length' },
    ],
    [choice({ text: 'a', finish_reason: 'stop' }), { ...content, finishReason: 'stop' }],
    [{ type: '' }, quiet],
    [{ type: 7 }, quiet],
    [{ type: 'ping' }, { ...quiet, idle: true }],
    [{ type: 'message_start' }, quiet],
    [{ type: 'message_stop' }, { ...quiet, end: true }],
    [{ type: 'response.completed' }, { ...quiet, end: true }],
    [{ type: 'x', delta: 'a' }, content],
    [{ type: 'x', delta: '' }, quiet],
    [{ type: 'x', delta: { text: 'a' } }, content],
    [{ type: 'x', delta: { thinking: 'a' } }, content],
    [{ type: 'x', delta: { partial_json: '{' } }, content],
    [{ type: 'x', delta: { signature: 'a' } }, quiet],
    [{ type: 'x', content_block: { type: 'tool_use' } }, content],
    [{ type: 'x', content_block: { type: 'text' } }, quiet],
    [{ type: 'x', content_block: { type: 7 } }, quiet],
    [{ type: 'x', content_block: 'tool_use' }, quiet],
    [{ type: 'x', item: { type: 'function_call' } }, content],
    [{ type: 'x', item: { type: 'function_call_output' } }, quiet],
    [
      { type: 'x', delta: { stop_reason: 'end_turn' } },
      { ...quiet, finishReason: 'end_turn' },
    ],
    [{ type: 'x', delta: { stop_reason: '' } }, quiet],
    [
      { type: 'response.incomplete', response: { incomplete_details: { reason: 'max' } } },
      { ...quiet, finishReason: 'max', end: true },
    ],
    [
      { type: 'response.incomplete', response: { incomplete_details: null } },
      { ...quiet, end: true },
    ],
    [
      { type: 'response.incomplete', response: 'x' },
      { ...quiet, end: true },
    ],
  ])('%j says %j', (value, facts) => {
    expect(readEvent(JSON.stringify(value), '')).toEqual(facts)
  })

  test.each<[string, string, object | undefined]>([
    ['{"error":{"message":"a"}}', '', { error: { message: 'a' } }],
    ['{"error":"a","more":1}', '', { error: 'a', more: 1 }],
    ['{"error":""}', '', undefined],
    ['{"error":{}}', '', undefined],
    ['{"error":null}', '', undefined],
    ['{"error":5}', '', undefined],
    ['{"type":"error","message":"a"}', '', { error: { type: 'error', message: 'a' } }],
    ['{"message":"a"}', 'error', { error: { message: 'a' } }],
    ['{"message":"a"}', 'errors', undefined],
    ['not JSON', 'error', { error: { message: 'not JSON' } }],
    ['{"type":"response.failed","response":{"error":{"code":"x"}}}', '', { error: { code: 'x' } }],
    ['{"type":"response.failed","response":{}}', '', { error: {} }],
    ['{"type":"response.failed","response":"x"}', '', undefined],
    ['{"type":"response.done","response":{"error":{"code":"x"}}}', '', undefined],
  ])('%s with the name "%s" reports the error %j', (data, name, error) => {
    const facts = readEvent(data, name)
    expect(facts.error === undefined ? undefined : JSON.parse(facts.error)).toEqual(error)
    expect({ ...facts, error: undefined }).toEqual(quiet)
  })

  test('that is not JSON is broken', () => {
    expect(readEvent('not JSON', 'message')).toEqual({ ...quiet, broken: true })
  })

  test('is a piece of text only while nothing else is in it', () => {
    expect(isPiece(content)).toBe(true)
    expect(isPiece(quiet)).toBe(false)
    expect(isPiece({ ...content, finishReason: 'stop' })).toBe(false)
    expect(isPiece({ ...content, end: true })).toBe(false)
    expect(isPiece({ ...content, error: '{}' })).toBe(false)
  })
})

describe('an event of which the two ends were kept', () => {
  test.each<[string, string, string, object]>([
    ['{"a":1', '}', '', quiet],
    ['[{"a":1', ']', '', quiet],
    ['a', '}', '', { ...quiet, broken: true }],
    ['{', 'a', '', { ...quiet, broken: true }],
    [' {', '}', '', { ...quiet, broken: true }],
    ['{', '} ', '', { ...quiet, broken: true }],
    ['{"content":"a', '"}', '', content],
    ['{"content": "a', '"}', '', content],
    ['{"content":""', '}', '', quiet],
    ['{"tool_calls":[', ']}', '', content],
    ['{', '"tool_calls":[]}', '', content],
    ['{"type":"message_stop"', '}', '', { ...quiet, end: true }],
    ['{"type":"message_start"', '}', 'message_stop', quiet],
    ['{', '}', 'message_stop', { ...quiet, end: true }],
    ['{', '"finish_reason":"stop"}', '', { ...quiet, finishReason: 'stop' }],
    ['{"finish_reason":"stop"', '}', '', quiet],
  ])('%s … %s with the name "%s" says %j', (head, tail, name, facts) => {
    expect(readLongEvent(head, tail, name)).toEqual({ ...facts })
  })

  test('begins and ends after a KiB each', () => {
    const long = `a${'b'.repeat(2_047)}c`
    expect(partsOf(long.slice(1))).toBeUndefined()
    expect(partsOf(long)).toEqual({ head: long.slice(0, 1_024), tail: long.slice(-1_024) })
    expect(partsOf('ab\0cd\0ef')).toEqual({ head: 'ab', tail: 'ef' })
    expect(partsOf('\0ef')).toEqual({ head: '', tail: 'ef' })
  })
})

test.each([
  ['{"error":{"code":429}}', 429],
  ['{"error":{"status":"503"}}', 503],
  ['{"error":{"code":4290}}', 500],
  ['{"error":{"code":300}}', 500],
  ['{"error":{"type":"authentication_error"}}', 401],
  ['{"error":{"type":"permission_error"}}', 403],
  ['{"error":{"code":"forbidden"}}', 403],
  ['{"error":{"type":"not_found_error"}}', 404],
  ['{"error":{"type":"rate_limit_error"}}', 429],
  ['{"error":{"code":"insufficient_quota"}}', 429],
  ['{"error":{"code":"too_many_requests"}}', 429],
  ['{"error":{"type":"overloaded_error"}}', 503],
  ['{"error":{"type":"invalid_request_error"}}', 400],
  ['{"error":{"type":"invalid_request_error","code":"rate_limit"}}', 429],
  ['{"error":{"message":"authentication"}}', 500],
  ['{}', 500],
])('the error %s would have had the status %d', (body, status) => {
  expect(statusOf(body)).toBe(status)
})

test('a finish reason is found by either name, and not inside of a string', () => {
  expect(findFinishReason('"finish_reason": "stop"')).toBe('stop')
  expect(findFinishReason('"stop_reason":"end_turn"')).toBe('end_turn')
  expect(findFinishReason('\\"finish_reason\\": \\"stop\\"')).toBeUndefined()
  expect(findFinishReason('"finish_reason":null')).toBeUndefined()
})

describe('a JSON document', () => {
  const read = (...pieces: string[]): JsonBody => {
    const body = new JsonBody()
    for (const piece of pieces) body.push(piece)
    return body
  }

  test.each<[string, boolean, boolean]>([
    ['{}', true, false],
    ['[]', true, false],
    [' \n{ } \n', true, false],
    ['{"a":[{}]}', true, false],
    ['{"a":[{}]', false, false],
    ['[', false, false],
    ['{"a":"}"', false, false],
    ['{"a":"\\"}"', false, false],
    ['{"a":"\\\\"}', true, false],
    ['{} x', true, true],
    ['{}}', true, true],
    ['{}"', true, true],
    ['{} \u0000', true, false],
    ['{}!', true, true],
    ['}', true, false],
    ['', false, false],
  ])('%j is closed: %p, broken: %p', (text, closed, broken) => {
    expect(read(text)).toMatchObject({ closed, broken })
    expect(read(...text)).toMatchObject({ closed, broken })
  })

  test('keeps its first and its last KiB, however it is cut', () => {
    const text = Array.from({ length: 900 }, (_, index) => `${index}`).join(' ')
    const cuts = fc.array(fc.integer({ min: 0, max: text.length }), { maxLength: 9 })
    fc.assert(
      fc.property(cuts, (found) => {
        const places = [0, ...found.sort((a, b) => a - b), text.length]
        const body = read(...places.slice(1).map((end, index) => text.slice(places[index], end)))
        expect([body.head, body.tail]).toEqual([text.slice(0, 1_024), text.slice(-1_024)])
      }),
      { numRuns: 50 },
    )
  })

  test('is kept whole while it is short', () => {
    expect(read('{', '}').kept).toBe('{}')
    const short = `{${' '.repeat(1_021)}}`
    expect(read(short).kept).toBe(short)
    expect(read(`${short} `).kept).toBe(`${short} \0${short} `)
  })

  test('has the finish reason of its end, else of its beginning', () => {
    expect(read('{"finish_reason":"stop"}').finishReason).toBe('stop')
    const long = `{"finish_reason":"first"${' '.repeat(2_000)}`
    expect(read(`${long}"finish_reason":"last"}`).finishReason).toBe('last')
    expect(read(`${long}}`).finishReason).toBe('first')
  })

  test.each([
    ['{"error":{"message":"a"}}', true],
    ['{"error":"a"}', true],
    [' { "id" : "x", "ok": false, "n": 1.5 , "error" : {', true],
    ['{"error":null}', false],
    ['{"choices":[{"error":{}}]}', false],
    ['{"a":{"error":{}}}', false],
    ['["error"]', false],
  ])('%s has an error in place of an answer: %p', (text, is) => {
    expect(read(text).error).toBe(is ? text : undefined)
  })

  const finished = (message: string) => `{${message},"finish_reason":"stop"}`

  test.each([
    [finished('"content":""'), true],
    [finished('"content":null'), true],
    [finished('"content":[ ]'), true],
    [finished('"text":""'), true],
    [finished('"content":"a"'), false],
    [finished('"role":"a"'), false],
    [finished('"content":"","reasoning":"a"'), false],
    [finished('"content":null,"tool_calls":[{}]'), false],
    [finished('"content":null,"tool_calls":[]'), true],
    [finished('"content":null,"function_call":{}'), false],
    ['{"content":""}', false],
    [finished(`"content":""${' '.repeat(981)}`), true],
    [finished(`"content":""${' '.repeat(1_000)}`), false],
  ])('%s is a finish with nothing in it: %p', (text, is) => {
    expect(read(text).empty).toBe(is)
  })
})

describe('lines of a stream', () => {
  const events = (...chunks: string[]): string[][] => {
    const found: string[][] = []
    const lines = new EventLines((data, name) => {
      found.push(name === '' ? [data] : [name, data])
      return false
    })
    for (const chunk of chunks) lines.push(Buffer.from(chunk, 'latin1'))
    lines.end()
    return found
  }

  test.each<[string, string[][]]>([
    ['data: a\n\n', [['a']]],
    ['data:a\n\n', [['a']]],
    ['data:  a\n\n', [[' a']]],
    ['data: a\ndata: b\n\n', [['a\nb']]],
    ['event: e\ndata: a\n\n', [['e', 'a']]],
    ['event: e\n\ndata: a\n\n', [['a']]],
    ['event:e \ndata: a\n\ndata: b\n\n', [['e', 'a'], ['b']]],
    [': a\nid: 1\nretry: 5\n\n', []],
    ['data: a\r\n\r\ndata: b\r\rdata: c\n\n', [['a'], ['b'], ['c']]],
    ['data: a\n<html>\n\n', [['a'], ['<html>']]],
    ['{"error":1}\n', [['{"error":1}']]],
    ['event: e\n{"error":1}\n', [['{"error":1}']]],
    ['other: {\n\n', []],
    ['data: {"a":1}', [['{"a":1}']]],
    ['data: [DONE]', [['[DONE]']]],
    ['data: {"a":', []],
    ['data: a\n\ndata: {"a":1', [['a']]],
  ])('%j hold the events %j, wherever chunks end', (text, expected) => {
    expect(events(text)).toEqual(expected)
    expect(events(...text)).toEqual(expected)
  })

  test('an event that breaks off in its middle is a half one; a comment and a whole one are not', () => {
    const halves = (text: string): number => {
      const lines = new EventLines(() => false)
      lines.push(Buffer.from(text))
      lines.end()
      return lines.halves
    }
    expect(['', ': a', 'data: {}', 'data: [DONE]', 'data: a\n'].map(halves)).toEqual([
      0, 0, 0, 0, 0,
    ])
    expect(['data: {', 'dat', 'event: e'].map(halves)).toEqual([1, 1, 1])
  })

  test('an event is under way from its first byte of data to the end of its line', () => {
    const lines = new EventLines(() => false)
    const under = ['da', 'ta', ': a', '\n', '\n', ': ping'].map((text) =>
      lines.push(Buffer.from(text)),
    )
    expect(under).toEqual([false, true, true, false, false, false])
  })

  test('events that differ in their text only are passed by a pattern, others are not', () => {
    const seen: string[] = []
    const lines = new EventLines((data) => {
      seen.push(data)
      return data.includes('"content": "')
    })
    const piece = (text: string) => `data: {"n": 1, "content": "${text}"}\n\n`
    lines.push(Buffer.from(piece('a') + piece('b') + piece('c \\" d') + piece('e')))
    expect([seen.length, lines.known]).toEqual([1, 3])
    lines.push(Buffer.from(`data: {"n": 2, "content": "f"}\n\n${piece('g')}`))
    expect([seen.length, lines.known]).toEqual([3, 3])
    lines.push(Buffer.from('data: {"n": 1, "content": "a", "finish": 1}\n\n'))
    expect(seen.length).toBe(4)
  })

  test('of a long line that comes in pieces the two ends are kept', () => {
    const kept = (length: number) => events(`data: ${'b'.repeat(length)}`, '\n\n')[0]?.[0]
    expect(kept(2_042)).toBe('b'.repeat(2_042))
    expect(kept(2_043)).toBe(`${'b'.repeat(1_018)}\0${'b'.repeat(1_024)}`)
  })

  test('of a long event of several lines the two ends are kept', () => {
    const kept = (length: number) => events(`data: ${'b'.repeat(length)}\ndata: c\n\n`)[0]?.[0]
    expect(kept(2_046)).toBe(`${'b'.repeat(2_046)}\nc`)
    expect(kept(2_047)).toBe(`${'b'.repeat(1_024)}\0${'b'.repeat(1_022)}\nc`)
  })

  test('bytes are read one by one', () => {
    expect(latin1(new Uint8Array([0x41, 0xe9, 0xff]))).toBe('Aéÿ')
  })
})
