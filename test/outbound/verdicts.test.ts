import { diagnose } from '../../src/diagnosis/diagnose'
import { Verdicts } from '../../src/outbound/verdicts'

const verdict = diagnose({ response: { status: 503, body: '' } })
const other = diagnose({ response: { status: 500, body: '' } })

const knowing = (remains: Parameters<Verdicts['remember']>[0]): Verdicts => {
  const verdicts = new Verdicts()
  verdicts.remember(remains, verdict)
  return verdicts
}

const response = new Response('busy', { status: 503, headers: { 'x-ds-trace-id': 'trace-1' } })

test.each<[string, (response: Response) => unknown]>([
  ['response', (kept) => kept],
  ['an error with the response', (kept) => Object.assign(new Error('x'), { response: kept })],
  ['an error with its headers', ({ headers }) => Object.assign(new Error('x'), { headers })],
  ['an error with responseHeaders', ({ headers }) => ({ responseHeaders: headers })],
  ['an error with its body', ({ body }) => ({ body })],
  ['an error with the body as data', ({ body }) => ({ data: body })],
  ['a function that carries it', (kept) => Object.assign(() => {}, { response: kept })],
])('the verdict is found by the %s', (_name, thrown) => {
  expect(knowing({ response }).of(thrown(response))).toBe(verdict)
})

const failure = Object.assign(new TypeError('fetch failed'), { cause: new Error('reset') })

test.each<[string, unknown]>([
  ['itself', failure],
  ['its cause', failure.cause],
  ['an error around it', new Error('wrapped', { cause: failure })],
  ['the last of several errors', new AggregateError([new Error('a'), failure])],
  ['the last error of a row of attempts', { lastError: failure }],
])('the verdict on an error is found by %s', (_name, thrown) => {
  expect(knowing({ error: failure }).of(thrown)).toBe(verdict)
})

test('the first of several errors is not the one that counts', () => {
  expect(knowing({ error: failure }).of(new AggregateError([failure, new Error('b')]))).toBe(
    undefined,
  )
})

test.each<[string, unknown]>([
  ['headers of another realm', { headers: { get: () => 'trace-1' } }],
  ['a record of headers', { headers: { 'x-ds-trace-id': 'trace-1' } }],
  ['headers of the response', { response: { headers: { 'x-ds-trace-id': 'trace-1' } } }],
])('the verdict is found by the trace id in %s', (_name, thrown) => {
  const verdicts = knowing({ traceId: 'trace-1' })
  expect(verdicts.of(thrown)).toBe(verdict)
  verdicts.remember({ traceId: 'trace-2' }, other)
  expect(verdicts.of(thrown)).toBe(verdict)
})

test.each<[string, unknown]>([
  ['responseBody', { responseBody: 'busy' }],
  ['data', { data: 'busy' }],
])('the verdict is found by the text in %s', (_name, thrown) => {
  expect(knowing({ text: 'busy' }).of(thrown)).toBe(verdict)
  expect(knowing({ text: 'free' }).of(thrown)).toBeUndefined()
})

test('what is known of no call of ours has no verdict', () => {
  const verdicts = knowing({ response, text: '', error: undefined })
  const foreign = [undefined, null, 'busy', 7, {}, new Error('x'), { data: '' }, { headers: {} }]
  expect(foreign.map((thrown) => verdicts.of(thrown))).toEqual(foreign.map(() => undefined))
  expect(verdicts.of({ headers: { get: () => undefined } })).toBeUndefined()
  expect(verdicts.of({ headers: { 'x-ds-trace-id': 'undefined' } })).toBeUndefined()
})

test('its own verdict goes before that of what it wraps', () => {
  const verdicts = knowing({ error: failure })
  const outer = new Error('outer', { cause: failure })
  verdicts.remember({ error: outer }, other)
  expect(verdicts.of(outer)).toBe(other)
})

test('an error of nothing but its cause of nothing but its cause is looked at to the eighth', () => {
  const nested = (depth: number): Error =>
    depth === 0 ? failure : new Error('x', { cause: nested(depth - 1) })
  const verdicts = knowing({ error: failure })
  expect(verdicts.of(nested(8))).toBe(verdict)
  expect(verdicts.of(nested(9))).toBeUndefined()
})

test('an object that throws when it is looked at is no obstacle', () => {
  const hostile = new Proxy(
    {},
    {
      get(_target, name) {
        if (name === 'cause') return failure
        throw new Error('trap')
      },
    },
  )
  expect(knowing({ error: failure }).of(hostile)).toBe(verdict)
  expect(() => knowing({ error: hostile })).not.toThrow()
})

test('a thousand names are kept, and the newest are those that are asked about', () => {
  const verdicts = new Verdicts()
  for (let index = 0; index < 1_001; index++) verdicts.remember({ traceId: `t${index}` }, verdict)
  const of = (trace: string) => verdicts.of({ headers: { 'x-ds-trace-id': trace } })
  expect([of('t0'), of('t1'), of('t1000')]).toEqual([undefined, verdict, verdict])
  verdicts.remember({ traceId: 't1' }, other)
  verdicts.remember({ traceId: 'last' }, verdict)
  expect([of('t1'), of('t2')]).toEqual([other, undefined])
})
