import { ReplayBudget } from '../../src/outbound/body'
import { Authorizer, hasOwnCredential, managedPlaceholder } from '../../src/outbound/headers'
import { Outgoing } from '../../src/outbound/request'
import { Secret } from '../../src/secret'

const url = 'https://api.deepseek.com/models'
const secret = new Secret('sk-0123456789abcdef0123456789abcdef')
const token = { secret, id: secret.id, generation: 1, source: 'test', obtainedAt: 0 }

const outgoing = (init?: object, keepsCredential = false): Outgoing =>
  new Outgoing(url, init as RequestInit, undefined, keepsCredential)
const attempt = (init: object): Record<string, unknown> =>
  outgoing(init).attempt(undefined, new Authorizer(), false) as never

const MEMBERS = [
  ...['method', 'headers', 'body', 'referrer', 'referrerPolicy', 'mode', 'credentials', 'cache'],
  ...['integrity', 'keepalive', 'signal', 'window', 'duplex', 'dispatcher'],
]

test.each(MEMBERS)(
  'an attempt says %s as the caller said it, and not at all if he did not',
  (name) => {
    expect(Object.keys(attempt({ [name]: undefined }))).toEqual(['redirect'])
    const value = name === 'headers' ? { a: 'b' } : 'a value'
    expect(attempt({ [name]: value })).toEqual({ [name]: value, redirect: 'manual' })
  },
)

test('headers of null are none, and other members of null are given on', () => {
  expect(attempt({ headers: null, body: null })).toEqual({ body: null, redirect: 'manual' })
})

test('what is not known goes along, except what any object has', () => {
  const init = Object.assign(Object.create({ priority: 'high' }), { next: 1, toString: () => 'x' })
  expect(attempt(init)).toEqual({ next: 1, priority: 'high', redirect: 'manual' })
})

test('method and redirect are made texts', () => {
  const text = { toString: () => 'error' }
  expect(attempt({ method: text, redirect: text })).toEqual({ method: 'error', redirect: 'error' })
})

test.each([
  [undefined, 'manual', 'follow'],
  ['follow', 'manual', 'follow'],
  ['manual', 'manual', 'manual'],
  ['error', 'error', 'error'],
])('a redirect of %s is asked for as %s', (redirect, asked, kept) => {
  expect(attempt({ redirect })).toMatchObject({ redirect: asked })
  expect(outgoing({ redirect }).redirect).toBe(kept)
})

test('without an init a GET is sent', () => {
  expect(outgoing()).toMatchObject({ method: 'GET', headers: undefined, signal: undefined })
})

test('a signal that is none is nothing to wait with', () => {
  expect(outgoing({ signal: {} }).signal).toBeUndefined()
  expect(outgoing({ signal: null }).signal).toBeUndefined()
  const { signal } = new AbortController()
  expect(outgoing({ signal }).signal).toBe(signal)
})

describe('the headers of an attempt', () => {
  const bearer = `Bearer ${secret.reveal()}`
  const sent = (headers?: unknown, keepsCredential = false) => {
    const out = outgoing(headers === undefined ? {} : { headers }, keepsCredential)
    const init = out.attempt(token, new Authorizer(), false)
    return init.headers instanceof Headers
      ? Object.fromEntries(init.headers)
      : (init.headers as Record<string, string>)
  }

  test.each<[string, unknown, object]>([
    ['none', undefined, {}],
    ['a record', { accept: 'a' }, { accept: 'a' }],
    ['a list', [['accept', 'a']], { accept: 'a' }],
    ['Headers', new Headers({ accept: 'a' }), { accept: 'a' }],
    ['a credential in any case', { AUTHORIZATION: 'x', authorization: 'y' }, {}],
    ['a header of the same length', { 'x-request-ids': 'x' }, { 'x-request-ids': 'x' }],
    ['Headers with a credential', new Headers({ authorization: 'x' }), {}],
    ['a key', { 'X-Api-Key': 'x' }, { 'x-api-key': secret.reveal() }],
    ['a header as long as a key', { 'x-api-kez': 'x' }, { 'x-api-kez': 'x' }],
    ['Headers with a key', new Headers({ 'x-api-key': 'x' }), { 'x-api-key': secret.reveal() }],
    ['a value that is no text', { 'x-count': 5 }, { 'x-count': '5' }],
    ['a member of a prototype', Object.create({ accept: 'a' }), {}],
  ])('of %s hold our credential in place of any other', (_name, headers, rest) => {
    expect(sent(headers)).toEqual({ ...rest, authorization: bearer })
  })

  test('keep the credential of the caller where that is wanted', () => {
    const out = outgoing({ headers: { Authorization: 'mine' } }, true)
    const { headers } = out.attempt(undefined, new Authorizer(), false)
    expect(Object.fromEntries(headers as Headers)).toEqual({ authorization: 'mine' })
  })

  test.each([[{ accept: 'a' }], [new Headers({ accept: 'a' })]])(
    'are copied for a further attempt, and never those of the caller',
    (headers) => {
      const out = outgoing({ headers })
      const authorizer = new Authorizer()
      const first = out.attempt(token, authorizer, false).headers
      const second = out.attempt({ ...token, secret: new Secret('other') }, authorizer, false)
      expect(new Headers(first).get('authorization')).toBe(bearer)
      expect(new Headers(second.headers).get('authorization')).toBe('Bearer other')
      expect(out.sent).toBe(second.headers)
      expect(new Headers(headers).has('authorization')).toBe(false)
    },
  )
})

test.each<[unknown, boolean]>([
  [undefined, false],
  [null, false],
  [{}, false],
  [{ authorization: '' }, false],
  [{ authorization: `Bearer ${managedPlaceholder}` }, false],
  [{ authorization: managedPlaceholder }, true],
  [{ Authorization: 'Bearer mine' }, true],
  [{ 'x-api-key': '' }, false],
  [{ 'x-api-key': managedPlaceholder }, false],
  [{ 'x-api-key': 'mine' }, true],
  [{ authorization: `Bearer ${managedPlaceholder}`, 'x-api-key': 'mine' }, true],
])('headers %j hold a credential of the caller: %p', (headers, is) => {
  expect(hasOwnCredential(headers as never)).toBe(is)
})

test.each([
  [undefined, ''],
  [null, ''],
  ['abc', 'abc\0abc'],
  [`a${'-'.repeat(2_000)}b`, `a${'-'.repeat(1_023)}\0${'-'.repeat(1_023)}b`],
  [{}, ''],
])('of the body %p its ends are looked at', (body, edges) => {
  expect(outgoing({ body }).edges).toBe(edges)
})

test('of bytes the ends are looked at as text', () => {
  const out = outgoing({ body: new TextEncoder().encode('{"model":"a"}') })
  out.takeBody(new ReplayBudget(1_000))
  expect(out.edges).toBe('{"model":"a"}\0{"model":"a"}')
})
