import { Readable } from 'node:stream'
import {
  diagnoseTimeout,
  emptyBalance,
  isForeign,
  isListed,
  isRefusal,
  parseObject,
  readAnswer,
  readBalance,
} from '../../src/health/probe-answer'
import { diagnosisOf } from './monitor-kit'

const KIB_64 = 64 * 1024

const read = (parts: object) => readAnswer({ status: 200, headers: {}, ...parts } as never)

/** The types of Node 20 do not know `from`. */
const streamOf = (chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>) =>
  Readable.toWeb(Readable.from(chunks)) as unknown

describe('an answer', () => {
  test.each<[string, unknown]>([
    ['Headers', new Headers({ 'X-Trace': 'a', 'X-Count': '5' })],
    [
      'a list',
      [
        ['X-Trace', 'a'],
        ['X-Count', 5],
      ],
    ],
    ['a record', { 'X-Trace': 'a', 'x-count': 5 }],
  ])('has its headers by lower-case name from %s', async (_name, headers) => {
    expect((await read({ headers })).headers).toEqual({ 'x-trace': 'a', 'x-count': '5' })
  })

  test('may have neither headers nor a body', async () => {
    expect(await read({ headers: undefined })).toEqual({ status: 200, headers: {}, text: '' })
    expect((await read({ body: null })).text).toBe('')
  })

  test('is read whole, characters that two chunks share included', async () => {
    const bytes = new TextEncoder().encode('aé€')
    const chunks = [...bytes].map((byte) => new Uint8Array([byte]))
    expect((await read({ body: streamOf(chunks) })).text).toBe('aé€')
    expect((await read({ body: Readable.from(chunks) })).text).toBe('aé€')
    expect((await read({ body: Readable.from(['a', 'é€']) })).text).toBe('aé€')
    expect((await read({ body: {}, text: async () => 'aé€' })).text).toBe('aé€')
  })

  const long = (make: (chunks: AsyncIterable<Uint8Array>) => unknown) => {
    let given = 0
    async function* chunks() {
      for (;;) {
        given++
        yield new Uint8Array(1_024).fill(97)
      }
    }
    return { body: make(chunks()), given: () => given }
  }

  test('of a stream without an end is read to 64 KiB', async () => {
    for (const make of [streamOf, Readable.from] as never[]) {
      const { body, given } = long(make)
      expect((await read({ body })).text).toHaveLength(KIB_64)
      expect(given()).toBeLessThan(100)
    }
  })

  test('of a foreign body is cut at 64 KiB', async () => {
    expect((await read({ body: {}, text: async () => 'a'.repeat(99_999) })).text).toHaveLength(
      KIB_64,
    )
  })
})

test.each([
  ['{"a":1}', { a: 1 }],
  ['[1]', [1]],
  ['null', undefined],
  ['7', undefined],
  ['"a"', undefined],
  ['', undefined],
])('%s as an object is %j', (text, value) => expect(parseObject(text)).toEqual(value))

test.each([
  ['{"is_available":true}', true],
  ['{"is_available":false}', false],
  ['{"is_available":"true"}', undefined],
  ['{}', undefined],
  ['<html>', undefined],
])('%s says of the balance %p', (text, available) => expect(readBalance(text)).toBe(available))

test.each<[string, string[], boolean | undefined]>([
  ['{"data":[{"id":"a"},{"id":"b"}]}', ['a', 'b'], true],
  ['{"data":[{"id":"a"}]}', ['a', 'b'], false],
  ['[{"id":"a"}]', ['a'], true],
  ['{"data":[null,{}]}', ['a'], false],
  ['{"data":[]}', [], true],
  ['{"data":"a"}', ['a'], undefined],
  ['{}', ['a'], undefined],
  ['null', ['a'], undefined],
])('in %s the models %j are listed: %p', (text, wanted, listed) => {
  expect(isListed(text, wanted)).toBe(listed)
})

test.each([
  [undefined, false],
  [400, false],
  [401, true],
  [402, false],
  [403, true],
])('the status %p refuses a key: %p', (status, is) => expect(isRefusal(status)).toBe(is))

test('its own diagnoses are certain, and an empty account accepts the key', () => {
  expect(diagnoseTimeout()).toMatchObject({ cause: 'timed-out', confidence: 'certain', others: [] })
  expect(diagnoseTimeout()).not.toHaveProperty('credentialAccepted')
  expect(emptyBalance()).toMatchObject({ cause: 'balance-exhausted', credentialAccepted: true })
})

describe('the answer to the question for the balance', () => {
  const nobody = diagnosisOf('unknown')
  const json = { 'content-type': 'application/json' }
  const deepseek = '{"error":{"message":"Authentication Fails (governor)"}}'

  test.each<[number, string, Record<string, string>, string]>([
    [200, '{"is_available":true}', json, 'no'],
    [200, '{}', json, 'yes'],
    [299, '{}', json, 'yes'],
    [300, '{}', json, 'no'],
    [399, '<html>', {}, 'no'],
    [400, '<html>', {}, 'yes'],
    [400, '  <html>', {}, 'yes'],
    [400, 'a <b>', {}, 'no'],
    [400, 'x', { 'content-type': 'text/html' }, 'yes'],
    [400, 'x', { 'content-type': 'text/HTML; charset=utf-8' }, 'yes'],
    [400, 'x', { 'content-type': 'text/xhtml' }, 'no'],
    [400, '{}', json, 'no'],
    [499, '<html>', {}, 'yes'],
    [500, '<html>', {}, 'no'],
    [404, '{}', json, 'yes'],
    [405, '{}', json, 'yes'],
    [410, '{}', json, 'yes'],
    [501, '{}', json, 'yes'],
    [402, '{}', json, 'no'],
    [401, '{}', json, 'perhaps'],
    [403, '{}', json, 'perhaps'],
    [401, '{}', { ...json, 'x-ds-trace-id': 'a' }, 'no'],
    [401, deepseek, json, 'no'],
  ])('%d with %s and %j came from somebody else: %s', (status, text, headers, foreign) => {
    expect(isForeign({ status, text, headers }, nobody)).toBe(foreign)
  })

  test('that is told as a vendor did not come from DeepSeek', () => {
    const vendor = diagnosisOf('key-rejected', { vendor: 'openai' } as never)
    expect(isForeign({ status: 401, text: '{}', headers: json }, vendor)).toBe('yes')
  })
})
