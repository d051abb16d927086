import { inspect } from 'node:util'
import { failureType, toTokenError } from '../../src/credentials/token'
import { TokenError } from '../../src/errors'

const same = (text: string): string => text

describe('toTokenError', () => {
  test('keeps what a source says by TokenError', () => {
    const said = new TokenError('The vault is sealed.', { permanent: true, retryAfterMs: 5 })
    expect(toTokenError(said, 'function', same)).toMatchObject({
      message: 'The vault is sealed.',
      permanent: true,
      retryAfterMs: 5,
    })
  })

  test('keeps the path that a source names', () => {
    const said = new TokenError('The key file /var/run/secrets/deepseek/api-key is empty.')
    expect(toTokenError(said, 'file', same).message).toBe(said.message)
  })

  test.each([
    'sk-canary0123456789abcdef0123456789',
    'eyJhbGciOiJIUzI1NiJ9.canary.c2lnbmF0dXJl',
    'https://user:canary@auth.example.com',
    'xoxb-canary-1234',
  ])('hides %s in the message of another error and in that of a TokenError', (secret) => {
    for (const error of [new Error(`got ${secret}`), new TokenError(`got ${secret}`)]) {
      expect(inspect(toTokenError(error, 'function', same), { depth: 9 })).not.toContain('canary')
    }
  })

  test('removes what the scrubber knows', () => {
    const scrub = (text: string): string => text.replaceAll('short', '[secret]')
    const error = toTokenError(new Error('got short'), 'function', scrub)
    expect(error.cause).toMatchObject({ message: 'got [secret]' })
  })

  test('names the code that fetch hides one level down', () => {
    const error = new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } })
    const told = toTokenError(error, 'function', same)
    expect(told.message).toBe('The credential source "function" failed: ECONNRESET.')
    expect(failureType(told)).toBe('ECONNRESET')
  })

  test.each([undefined, null, 'text', 7, Object.create(null)])('stands a thrown %p', (thrown) => {
    expect(toTokenError(thrown, 'function', same)).toBeInstanceOf(TokenError)
  })

  test('stands an error whose properties throw', () => {
    const hostile = new Proxy(
      {},
      {
        get() {
          throw new Error('trap')
        },
      },
    )
    expect(toTokenError(hostile, 'function', same)).toBeInstanceOf(TokenError)
  })

  test('shows no half of a value where a long message is cut', () => {
    const page = `${'p'.repeat(99)} `.repeat(19)
    const message = `${page}${'x '.repeat(45)}canaryhalf0123456789abcdef`
    const { cause } = toTokenError(new Error(message), 'function', same)
    expect((cause as Error).message).toContain('x x')
    expect((cause as Error).message).not.toContain('canary')
  })

  test('reads a message of two thousand characters to its end', () => {
    const page = `${'p'.repeat(99)} `.repeat(19)
    const told = (words: number) =>
      toTokenError(new Error(`${page}${'x '.repeat(words)}wordsend`), 'function', same)
    expect((told(46).cause as Error).message).toContain('wordsend')
    expect((told(47).cause as Error).message).not.toContain('wordsend')
  })

  test('cuts what is left at three hundred characters', () => {
    const { cause } = toTokenError(new Error('word '.repeat(100)), 'function', same)
    expect((cause as Error).message).toHaveLength(299)
  })

  test.each([
    ['E1234', 'E1234'],
    ['E12345', 'Error'],
    ['E 1', 'Error'],
    [7, 'Error'],
    ['E'.repeat(48), 'E'.repeat(48)],
    ['E'.repeat(49), 'Error'],
  ])('takes the code %p for the word %p', (code, word) => {
    expect(failureType(toTokenError(Object.assign(new Error('x'), { code }), 'file', same))).toBe(
      word,
    )
  })

  test('names its own name where nothing else is known', () => {
    expect(failureType(new TokenError('down'))).toBe('TokenError')
  })

  test("keeps the cause of a source's own error as a copy, and has none where there is none", () => {
    const cause = Object.assign(new RangeError('far'), { code: 'EFAR', more: 'canary' })
    const told = toTokenError(new TokenError('down', { cause }), 'function', same)
    expect(told.cause).toMatchObject({ name: 'RangeError', code: 'EFAR', message: 'far' })
    expect(told.cause).not.toHaveProperty('more')
    expect('cause' in toTokenError(new TokenError('down'), 'function', same)).toBe(false)
  })

  test("a caller's abort and timeout are not what a source's are", () => {
    const abort = new DOMException('stopped', 'AbortError')
    expect(toTokenError(abort, 'function', same).cause).toMatchObject({ name: 'SourceAbortError' })
    const odd = Object.assign(new Error('x'), { name: 'NotAbortError' })
    expect(toTokenError(odd, 'function', same).cause).toMatchObject({ name: 'NotAbortError' })
  })

  test.each([
    [0, 0],
    [5, 5],
    [-1, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    ['5', undefined],
  ])('of a wait of %p it believes %p', (retryAfterMs, wait) => {
    const said = Object.assign(new Error('down'), { code: 'token', retryAfterMs })
    expect(toTokenError(said, 'function', same).retryAfterMs).toBe(wait)
  })

  test('takes the error of another copy of this library for its own', () => {
    const said = Object.assign(new Error('sealed'), { code: 'token', permanent: true })
    expect(toTokenError(said, 'function', same)).toMatchObject({
      message: 'sealed',
      permanent: true,
    })
    const other = Object.assign(new Error('sealed'), { code: 'other', permanent: true })
    expect(toTokenError(other, 'function', same).permanent).toBe(false)
    const yes = Object.assign(new Error('sealed'), { code: 'token', permanent: 'yes' })
    expect(toTokenError(yes, 'function', same).permanent).toBe(false)
  })

  test('has a sentence for an error that says nothing', () => {
    expect(toTokenError(new TokenError(''), 'file', same).message).toBe(
      'The credential source "file" failed.',
    )
    const silent = Object.assign(new Error('x'), { code: 'token', message: 7 })
    expect(toTokenError(silent, 'file', same).message).toBe('The credential source "file" failed.')
  })
})
