import { keyPool } from '../../src/credentials/key-pool'
import type { CredentialSource } from '../../src/credentials/source'
import { TokenError } from '../../src/errors'
import { kit, settle } from './holder-kit'

/** Things that a source may throw and that cannot be read. */
const unreadable: [string, () => unknown][] = [
  ['an object without a prototype', () => Object.create(null)],
  [
    'an error whose getters throw',
    () =>
      Object.defineProperties(new Error('x'), {
        message: {
          get() {
            throw new Error('message')
          },
        },
        name: {
          get() {
            throw new Error('name')
          },
        },
      }),
  ],
  [
    'a TokenError whose members throw',
    () =>
      Object.defineProperty(new TokenError('x'), 'permanent', {
        get() {
          throw new Error('permanent')
        },
      }),
  ],
  [
    'a name that cannot become text',
    () => ({ message: 'm', name: { toString: () => Object.create(null) } }),
  ],
  [
    'a proxy that refuses everything',
    () =>
      new Proxy(new Error('x'), {
        get() {
          throw new Error('get')
        },
        getPrototypeOf() {
          throw new Error('prototype')
        },
      }),
  ],
  ['nothing', () => undefined],
]

const unhandled: unknown[] = []
const note = (reason: unknown): void => {
  unhandled.push(reason)
}
beforeAll(() => process.on('unhandledRejection', note))
afterAll(() => process.off('unhandledRejection', note))
afterEach(async () => {
  await settle()
  expect(unhandled.splice(0)).toEqual([])
})

/** Fails once, then gives a key; `wrap` decides whether at once or by promise. */
function failsOnce(make: () => unknown, later: boolean): CredentialSource & { asked: number } {
  const source = {
    kind: 'custom',
    asked: 0,
    getToken() {
      source.asked += 1
      const answer = (): { token: string } => {
        if (source.asked === 1) throw make()
        return { token: 'key-one' }
      }
      return later ? Promise.resolve().then(answer) : answer()
    },
  }
  return source
}

describe.each(unreadable)('a source that throws %s', (_name, make) => {
  test.each([
    ['at once', false],
    ['by promise', true],
  ])('%s fails for now and is asked again', async (_when, later) => {
    const { holder, clock } = kit(failsOnce(make, later))
    await expect(holder.acquire()).rejects.toBeInstanceOf(TokenError)
    await clock.advance(2_000)
    expect(await holder.acquire()).toMatchObject({ kind: 'token' })
  })

  test('in a pool leaves the turn to the next one', async () => {
    const { holder } = kit(keyPool([failsOnce(make, true), 'key-two']))
    const acquired = await holder.acquire()
    expect(acquired.kind === 'token' && acquired.token.secret.reveal()).toBe('key-two')
  })

  test('from its watch, and from the end of it, is asked after a 401 all the same', async () => {
    for (const watch of [
      () => {
        throw make()
      },
      async () => {
        throw make()
      },
      () => () => {
        throw make()
      },
      () => async () => {
        throw make()
      },
    ]) {
      let asked = 0
      const source: CredentialSource = {
        kind: 'custom',
        getToken() {
          asked += 1
          return { token: `key-${asked}` }
        },
        watch: watch as unknown as NonNullable<CredentialSource['watch']>,
      }
      const { holder, lines } = kit(source)
      const acquired = await holder.acquire()
      if (acquired.kind !== 'token') throw new Error(acquired.reason)
      await settle()
      expect(await holder.rejected(acquired.token)).toMatchObject({ kind: 'replay' })
      await holder.close()
      await settle()
      expect(lines.filter(({ event }) => event === 'listener.failed')).toHaveLength(1)
    }
  })
})

describe('a source', () => {
  const hostile = 'a-b.'.repeat(50_000)

  test.each([
    ['an error', () => new Error(`Vault answered 502: ${hostile}`)],
    ['a TokenError', () => new TokenError(`Vault answered 502: ${hostile}`)],
    ['an error with a cause', () => new TokenError('x', { cause: new Error(hostile) })],
    ['an error with a long name', () => Object.assign(new Error('x'), { name: hostile })],
  ])('that throws 200 KB in %s costs milliseconds', async (_name, make) => {
    const { holder } = kit({
      kind: 'custom',
      getToken: () => {
        throw make()
      },
    })
    const startedAt = process.cpuUsage()
    await expect(holder.acquire()).rejects.toBeInstanceOf(TokenError)
    const { user, system } = process.cpuUsage(startedAt)
    expect((user + system) / 1_000).toBeLessThan(250)
  })

  test('forges no line of the log and moves no cursor', async () => {
    const { holder, lines } = kit({
      kind: 'custom',
      getToken: () => {
        throw new TokenError('no\n2026 INFO login ok\u001B[2J\u001B]0;x\u0007\u202E\u2028end')
      },
    })
    const error: TokenError = await Promise.resolve(holder.acquire()).catch((thrown) => thrown)
    const told = [error.message, ...lines.map(({ message }) => message)].join('')
    expect(told).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u)
    expect(told).toContain('no 2026 INFO login ok')
  })

  test('leaves no half of a secret at the end of a message that is cut', async () => {
    const secret = 'canary '.trim().repeat(60)
    const scrub = (text: string): string => text.replaceAll(secret, '[secret]')
    const message = `${'word '.repeat(390)}${secret}`
    const { holder } = kit(
      {
        kind: 'custom',
        getToken: () => {
          throw new TokenError(message)
        },
      },
      { scrub },
    )
    const error: TokenError = await Promise.resolve(holder.acquire()).catch((thrown) => thrown)
    expect(error.message).not.toContain('canary')
  })

  test.each([
    ['a kind that is not text', { kind: { toString: () => Object.create(null) } }],
    [
      'a kind that throws',
      Object.defineProperty({}, 'kind', { get: () => Reflect.ownKeys(1 as never) }),
    ],
    ['a kind with line breaks', { kind: 'a\nb' }],
  ])('with %s is called custom', async (_name, odd) => {
    const source = Object.defineProperties(
      { kind: '', getToken: () => ({ token: 'key-one' }) },
      Object.getOwnPropertyDescriptors(odd),
    )
    const { holder } = kit(source as CredentialSource)
    expect(holder.kind).toBe('custom')
    expect(await holder.acquire()).toMatchObject({ kind: 'token', token: { source: 'custom' } })
  })

  test.each([
    [
      'a getter that throws',
      Object.defineProperty({}, 'token', { get: () => Reflect.ownKeys(1 as never) }),
    ],
    ['a then that throws', Object.fromEntries([['then', () => Reflect.ownKeys(1 as never)]])],
    ['null', null],
  ])('that gives %s lands its flight', async (_name, given) => {
    const { holder } = kit({ kind: 'custom', getToken: () => given as never })
    const ended = await Promise.resolve(holder.acquire()).then(
      ({ kind }) => kind,
      (error) => error.name,
    )
    expect(['refused', 'TokenError']).toContain(ended)
  })

  test('that announces a change at once is asked one question at a time', async () => {
    let asking = 0
    let most = 0
    const source: CredentialSource = {
      kind: 'custom',
      async getToken() {
        asking += 1
        most = Math.max(most, asking)
        await settle()
        asking -= 1
        return { token: 'key-one' }
      },
      watch(onChange) {
        onChange()
        return () => undefined
      },
    }
    const { holder, clock } = kit(source)
    expect(await holder.acquire()).toMatchObject({ kind: 'token' })
    await clock.advance(1_000)
    expect(most).toBe(1)
    await holder.close()
  })

  test('that announces changes without end is asked one question at a time', async () => {
    let announce = (): void => undefined
    let asked = 0
    const source: CredentialSource = {
      kind: 'custom',
      async getToken() {
        asked += 1
        announce()
        return { token: 'key-one' }
      },
      watch(onChange) {
        announce = onChange
        return () => undefined
      },
    }
    const { holder, clock } = kit(source)
    await holder.acquire()
    await clock.advance(1_000)
    expect(asked).toBeLessThan(100)
    await holder.close()
  })
})
