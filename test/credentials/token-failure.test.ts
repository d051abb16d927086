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
})
