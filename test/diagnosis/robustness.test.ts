import fc from 'fast-check'
import { causes } from '../../src/causes/table'
import { diagnose } from '../../src/diagnosis/diagnose'
import { deepCauses, hostileProxy, readCases, revive } from './case-file'

const KEY = 'sk-5f0c1ab97de24c5891f3b6470d2e8ca4'
/** What the contract promises; the warm-up before keeps compiling out of the figure. */
const LIMIT_MS = 50

function timed(evidence: any): { ms: number; said: string; cause: string } {
  let ms = Number.POSITIVE_INFINITY
  let diagnosis = diagnose(evidence)
  // Another process can only make a run slower, so the fastest of three is the honest one.
  for (let i = 0; i < 3; i++) {
    const start = performance.now()
    diagnosis = diagnose(evidence)
    ms = Math.min(ms, performance.now() - start)
  }
  return { ms, said: JSON.stringify(diagnosis), cause: diagnosis.cause }
}

beforeAll(() => {
  for (let i = 0; i < 50; i++) diagnose({ response: { status: 401, body: `{"message":"${i}"}` } })
})

const hostile: [string, () => any][] = [
  ['nothing at all', () => undefined],
  ['null', () => null],
  ['a number', () => 7],
  ['a Proxy whose every trap throws', () => hostileProxy()],
  ['an error that is such a Proxy', () => ({ error: hostileProxy() })],
  ['a response that is such a Proxy', () => ({ response: hostileProxy() })],
  ['headers that are such a Proxy', () => ({ response: { status: 401, headers: hostileProxy() } })],
  ['a cause chain of twenty thousand', () => ({ error: deepCauses(20_000) })],
  [
    'an error that causes itself',
    () => {
      const error = new Error('round')
      error.cause = error
      return { error }
    },
  ],
  [
    'an AggregateError that holds itself',
    () => {
      const error = new AggregateError([], 'round')
      error.errors.push(error, error)
      return { error }
    },
  ],
  ['ten megabytes of one letter', () => ({ response: { status: 401, body: 'A'.repeat(1e7) } })],
  ['ten megabytes of open tags', () => ({ response: { status: 403, body: '<div '.repeat(2e6) } })],
  ['ten megabytes of open braces', () => ({ response: { status: 401, body: '{'.repeat(1e7) } })],
  ['ten megabytes of brackets', () => ({ response: { status: 401, body: '['.repeat(1e7) } })],
  ['ten megabytes of backslashes', () => ({ response: { status: 401, body: '\\'.repeat(1e7) } })],
  ['ten megabytes of quotes', () => ({ response: { status: 401, body: '"'.repeat(1e7) } })],
  ['ten megabytes of blanks', () => ({ response: { status: 401, body: ' '.repeat(1e7) } })],
  ['a message of ten megabytes', () => ({ error: new Error('model '.repeat(2e6)) })],
  [
    'a key of ten megabytes',
    () => ({
      configured: { apiKey: 'sk-'.repeat(3e6) },
      response: { status: 401, body: 'Authentication Fails (governor)' },
    }),
  ],
  [
    'a header of ten megabytes',
    () => ({
      request: { headers: { authorization: `Bearer ${'x'.repeat(1e7)}` } },
      response: { status: 401, headers: { server: 'y'.repeat(1e7) }, body: '' },
    }),
  ],
  [
    'a million headers',
    () => ({
      response: { status: 401, headers: Array.from({ length: 1e6 }, (_, i) => [`h${i}`, 'v']) },
    }),
  ],
  [
    'a body of a million fields',
    () => ({
      response: {
        status: 401,
        body: { list: Array.from({ length: 1e6 }, () => ({ message: 'x' })) },
      },
    }),
  ],
]

test.each(hostile)('%s is answered in time and without throwing', (_, make) => {
  const evidence = make()
  const { ms, cause } = timed(evidence)
  expect(causes).toHaveProperty(cause)
  expect(ms).toBeLessThan(LIMIT_MS)
})

test('the environment is listed only when a rule asks for all of it', () => {
  const env = new Proxy(
    {},
    {
      ownKeys() {
        throw new Error('listed')
      },
    },
  )
  const evidence = { configured: { apiKey: KEY, env }, response: { status: 402, body: '' } }
  expect(diagnose(evidence).cause).toBe('balance-exhausted')
})

test('a body behind the first 64 KiB changes nothing', () => {
  const body = `${' '.repeat(64 * 1024)}Authentication Fails (governor)`
  const long = diagnose({ response: { status: 401, body } })
  const empty = diagnose({ response: { status: 401, body: ' ' } })
  expect(long).toEqual(empty)
})

test('whatever is thrown in, a diagnosis comes out in time and never holds the key', () => {
  const words = fc.constantFrom(
    'Authentication Fails',
    '{"error":',
    '****',
    ' is invalid',
    '<html>',
    '\\"',
    'Bearer ',
    KEY,
    'api key: ',
    'status 401',
    '"message":"',
    'model',
    '}',
    '\n',
    '%',
    '${',
  )
  const text = fc.oneof(
    fc.string(),
    fc.array(words, { maxLength: 40 }).map((list) => list.join('')),
  )
  const bag = fc.dictionary(
    fc.constantFrom('authorization', 'server', 'date', 'x', '__proto__'),
    fc.oneof(text, fc.anything()),
  )
  const evidence = fc.record(
    {
      configured: fc.oneof(fc.anything(), fc.record({ apiKey: fc.constant(KEY), env: bag })),
      request: fc.oneof(fc.anything(), fc.record({ url: text, headers: bag })),
      response: fc.oneof(
        fc.anything(),
        fc.record({ status: fc.integer(), headers: bag, body: fc.oneof(text, fc.anything()) }),
      ),
      error: fc.oneof(
        fc.anything({ withNullPrototype: true, withBigInt: true, withMap: true }),
        fc.record({ name: text, message: text, status: fc.integer(), cause: fc.anything() }),
      ),
      at: fc.anything(),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(evidence as fc.Arbitrary<any>, (item) => {
      const { said, ms } = timed(item)
      expect(said).not.toContain(KEY.slice(3, 8))
      expect(said).not.toContain(KEY.slice(-5))
      expect(ms).toBeLessThan(10 * LIMIT_MS)
    }),
    { numRuns: 1500 },
  )
})

test('evidence made of plain values is always read to the end', () => {
  const plain = fc.record({
    configured: fc.record({ apiKey: fc.string(), baseURL: fc.webUrl() }),
    request: fc.record({ url: fc.webUrl(), headers: fc.dictionary(fc.string(), fc.string()) }),
    response: fc.record({
      status: fc.integer({ min: 200, max: 599 }),
      headers: fc.dictionary(fc.string(), fc.string()),
      body: fc.oneof(fc.json({ maxDepth: 4 }), fc.string({ maxLength: 6000, size: 'max' })),
    }),
    error: fc.record({ name: fc.string(), message: fc.string({ maxLength: 6000, size: 'max' }) }),
  })
  fc.assert(
    fc.property(plain, (evidence) => {
      // The words of the last resort, when a rule itself broke.
      expect(diagnose(evidence).evidence).not.toContain('the evidence could not be read')
    }),
    { numRuns: 500 },
  )
})

test('no repetition of a piece of text makes a pattern run away', () => {
  const piece = fc.oneof(
    fc.string({ minLength: 1, maxLength: 6 }),
    fc.constantFrom(
      'api key: *',
      'model ',
      '"a":"',
      '\\u0041',
      'code ',
      '<a ',
      ' is ',
      '(4',
      '{"a":',
    ),
  )
  fc.assert(
    fc.property(piece, fc.constantFrom('body', 'message', 'key', 'header'), (unit, place) => {
      const long = unit.repeat(Math.ceil(65_536 / unit.length))
      const { ms } = timed({
        configured: { apiKey: place === 'key' ? long : KEY },
        request: { headers: place === 'header' ? { authorization: long } : {} },
        response: place === 'body' ? { status: 401, body: long } : undefined,
        error: place === 'message' ? new Error(long) : new Error('401'),
      })
      expect(ms).toBeLessThan(10 * LIMIT_MS)
    }),
    { numRuns: 300 },
  )
})

const cases = readCases().filter((item) => item.robustness && !item.throws)
if (cases.length > 0) {
  test.each(cases.map((item) => [item.id, item] as const))(
    'the hostile case %s is answered in time',
    (_, item) => {
      const evidence = revive(item.evidence)
      const { ms, said } = timed(evidence)
      expect(ms).toBeLessThan(LIMIT_MS)
      const key = item.evidence.configured?.apiKey
      if (typeof key === 'string' && key.length > 8) expect(said).not.toContain(key.slice(4, 9))
    },
  )
}
