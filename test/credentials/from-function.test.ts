import { fromFunction, toSource } from '../../src/credentials/from-function'
import { initial, rejected } from './token-requests'

describe('fromFunction', () => {
  test('gives the string of the function, now or later', async () => {
    expect(fromFunction(() => 'now').getToken(initial())).toEqual({ token: 'now' })
    expect(await fromFunction(async () => 'later').getToken(initial())).toEqual({ token: 'later' })
  })

  test('hands the request to the function', async () => {
    const seen: boolean[] = []
    const source = fromFunction(({ forceRefresh }) => {
      seen.push(forceRefresh)
      return 'key'
    })
    await source.getToken(initial())
    await source.getToken(rejected('0123456789ab'))
    expect(seen).toEqual([false, true])
  })

  test('takes an object that tells its end', async () => {
    const given = { token: 'key', expiresInMs: 5_000, refreshInMs: 4_000, account: 'a' }
    expect(await fromFunction(() => given).getToken(initial())).toMatchObject(given)
  })

  test('carries its id for a shared store', () => {
    expect(fromFunction(() => 'key', { id: 'orders' })).toMatchObject({ id: 'orders' })
    expect(fromFunction(() => 'key')).not.toHaveProperty('id')
  })

  test.each([undefined, 'key', {}])('refuses %p in place of a function', (fn) => {
    expect(() => fromFunction(fn as never)).toThrow(TypeError)
  })

  test('names a misspelt option and the right one', () => {
    const options = { ids: 'x' } as never
    expect(() => fromFunction(() => 'key', options)).toThrow(
      'fromFunction.ids is unknown. Did you mean fromFunction.id?',
    )
  })

  test.each([{ id: '' }, { id: 7 }, null, []])('refuses the options %p', (options) => {
    expect(() => fromFunction(() => 'key', options as never)).toThrow(TypeError)
  })
})

describe('what people already have fits in one line', () => {
  const hour = 3_600_000

  test('a credential of @azure/identity', async () => {
    const credential = {
      getToken: async (_scopes: string | string[], _options?: { abortSignal?: AbortSignal }) => {
        return { token: 'azure', expiresOnTimestamp: Date.now() + hour }
      },
    }
    const source = fromFunction(() => credential.getToken('https://example.com/.default'))
    const token = await source.getToken(initial())
    expect(token.token).toBe('azure')
    expect(token.expiresInMs).toBeGreaterThan(hour - 1_000)
    expect(token.expiresInMs).toBeLessThanOrEqual(hour)
  })

  test('a token identity provider of the AWS SDK (smithy)', async () => {
    const provider = async (_properties?: Record<string, unknown>) => {
      return { token: 'smithy', expiration: new Date(Date.now() + hour) }
    }
    const source = fromFunction(({ forceRefresh }) => provider({ forceRefresh }))
    const token = await source.getToken(initial())
    expect(token.token).toBe('smithy')
    expect(token.expiresInMs).toBeGreaterThan(hour - 1_000)
  })

  test('a client of google-auth-library', async () => {
    const client = { getAccessToken: async () => ({ token: 'google', res: null }) }
    const source = fromFunction(() => client.getAccessToken())
    expect(await source.getToken(initial())).toMatchObject({ token: 'google' })
  })

  test('GoogleAuth of google-auth-library', async () => {
    const auth = { getAccessToken: async (): Promise<string | null | undefined> => 'google' }
    const source = fromFunction(() => auth.getAccessToken())
    expect(await source.getToken(initial())).toEqual({ token: 'google' })
  })
})

describe('toSource', () => {
  test('takes a string, a function or a source', async () => {
    const source = { kind: 'own', getToken: () => ({ token: 'three' }) }
    expect(await toSource('one').getToken(initial())).toEqual({ token: 'one' })
    expect(await toSource(() => 'two').getToken(initial())).toEqual({ token: 'two' })
    expect(toSource(source)).toBe(source)
  })

  test.each([undefined, null, 42, {}, { getToken: 'x' }])('refuses %p', (input) => {
    expect(() => toSource(input as never)).toThrow(TypeError)
  })
})
