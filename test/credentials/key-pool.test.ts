import { systemClock } from '../../src/clock'
import type { AfterRejection, CredentialHolder, HeldToken } from '../../src/credentials/credential'
import { fromFunction } from '../../src/credentials/from-function'
import { keyPool } from '../../src/credentials/key-pool'
import type { CredentialInput } from '../../src/credentials/source'
import { TokenError } from '../../src/errors'
import { deferred, kit, scripted, settle } from './holder-kit'
import { initial } from './token-requests'

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
})

afterEach(() => jest.useRealTimers())

function pool(inputs: CredentialInput[], options?: { benchMs?: number }) {
  return kit(keyPool(inputs, options), { clock: systemClock })
}

async function tokenOf(holder: CredentialHolder): Promise<HeldToken> {
  const acquired = await holder.acquire()
  if (acquired.kind !== 'token') throw new Error(acquired.reason)
  return acquired.token
}

async function keyIn(holder: CredentialHolder): Promise<string> {
  const acquired = await holder.acquire()
  return acquired.kind === 'token' ? acquired.token.secret.reveal() : acquired.reason
}

function replayedWith(after: AfterRejection): string {
  return after.kind === 'replay' ? after.token.secret.reveal() : after.reason
}

describe('keyPool', () => {
  test('stays with the first key while it is good', async () => {
    const { holder } = pool(['key-a', 'key-b'])
    for (let call = 0; call < 5; call += 1) expect(await keyIn(holder)).toBe('key-a')
  })

  test('replays a refused call with the next key, and stays there', async () => {
    const { holder } = pool(['key-a', 'key-b'])
    expect(replayedWith(await holder.rejected(await tokenOf(holder)))).toBe('key-b')
    jest.advanceTimersByTime(120_000)
    expect(await keyIn(holder)).toBe('key-b')
  })

  test('gives many calls that one key refused the same next key', async () => {
    const { holder } = pool(['key-a', 'key-b', 'key-c'])
    const first = await tokenOf(holder)
    const all = await Promise.all(Array.from({ length: 100 }, () => holder.rejected(first)))
    expect(new Set(all.map(replayedWith))).toEqual(new Set(['key-b']))
  })

  test('names itself when the last key is refused, and in every call after', async () => {
    const { holder } = pool(['key-a', 'key-b'])
    const after = await holder.rejected(await tokenOf(holder))
    if (after.kind !== 'replay') throw new Error(after.reason)
    const last = await holder.rejected(after.token, { replayed: true })
    expect(last).toMatchObject({ kind: 'return', reason: 'pool-exhausted' })
    expect(await holder.acquire()).toMatchObject({ kind: 'refused', reason: 'pool-exhausted' })
  })

  test('names itself when the only key is refused', async () => {
    const { holder } = pool(['key-a'])
    expect(replayedWith(await holder.rejected(await tokenOf(holder)))).toBe('pool-exhausted')
  })

  test('serves a benched key again after benchMs', async () => {
    const { holder } = pool(['key-a', 'key-b'], { benchMs: 5_000 })
    await holder.rejected(await tokenOf(holder))
    await holder.rejected(await tokenOf(holder))
    jest.advanceTimersByTime(4_999)
    expect(await keyIn(holder)).toBe('pool-exhausted')
    jest.advanceTimersByTime(1)
    expect(['key-a', 'key-b']).toContain(await keyIn(holder))
  })

  test('benches for a minute by default', async () => {
    const { holder } = pool(['key-a'])
    await holder.rejected(await tokenOf(holder))
    jest.advanceTimersByTime(59_999)
    expect(await keyIn(holder)).toBe('pool-exhausted')
    jest.advanceTimersByTime(1)
    expect(await keyIn(holder)).toBe('key-a')
  })

  test('does not prolong a bench by the calls that find it empty', async () => {
    const { holder } = pool(['key-a'], { benchMs: 1_000 })
    await holder.rejected(await tokenOf(holder))
    for (let at = 0; at < 1_000; at += 100) {
      expect(await keyIn(holder)).toBe('pool-exhausted')
      jest.advanceTimersByTime(100)
    }
    expect(await keyIn(holder)).toBe('key-a')
  })

  test('is news once when it is empty, not for every call', async () => {
    const { holder, events } = pool(['key-a'])
    await holder.rejected(await tokenOf(holder))
    for (let call = 0; call < 10; call += 1) await holder.acquire()
    expect(events.map(({ outcome }) => outcome)).toEqual(['changed', 'failed'])
  })

  test('passes over the keys of an account without money', async () => {
    const of = (token: string, account: string) => fromFunction(() => ({ token, account }))
    const { holder } = pool([of('a-1', 'a'), of('a-2', 'a'), of('b-1', 'b')])
    holder.exhausted(await tokenOf(holder))
    expect(await keyIn(holder)).toBe('b-1')
  })

  test('benches only the key when nobody names an account', async () => {
    const { holder } = pool(['key-a', 'key-b'])
    holder.exhausted(await tokenOf(holder))
    expect(await keyIn(holder)).toBe('key-b')
  })

  test('takes an account without money back after benchMs', async () => {
    const { holder } = pool(['key-a'], { benchMs: 2_000 })
    holder.exhausted(await tokenOf(holder))
    expect(await keyIn(holder)).toBe('pool-exhausted')
    jest.advanceTimersByTime(2_000)
    expect(await keyIn(holder)).toBe('key-a')
  })

  test('takes a late 401 for a benched key as no news', async () => {
    const { holder } = pool(['key-a', 'key-b'])
    const first = await tokenOf(holder)
    await holder.rejected(first)
    holder.accepted(await tokenOf(holder))
    expect(replayedWith(await holder.rejected(first))).toBe('key-b')
    expect(await keyIn(holder)).toBe('key-b')
  })

  test('benches the same key under two names once', async () => {
    const { holder } = pool(['key-a', 'key-a', 'key-b'])
    expect(replayedWith(await holder.rejected(await tokenOf(holder)))).toBe('key-b')
  })

  test('asks a benched source by force for another token when its time comes', async () => {
    const source = scripted(() => ({ token: source.requests.length > 1 ? 'new' : 'old' }))
    const { holder } = pool([source], { benchMs: 1_000 })
    await holder.rejected(await tokenOf(holder))
    jest.advanceTimersByTime(1_000)
    expect(await keyIn(holder)).toBe('new')
    expect(source.requests[1]).toMatchObject({ reason: 'rejected', forceRefresh: true })
  })

  test('goes on with the next source when one fails', async () => {
    const { holder } = pool([fromFunction(() => Promise.reject(new Error('down'))), 'key-b'])
    expect(await keyIn(holder)).toBe('key-b')
  })

  test('goes on with the next source after one that hung until the deadline', async () => {
    const { holder } = pool([scripted(() => new Promise(() => undefined)), 'key-b'])
    const call = expect(holder.acquire()).rejects.toBeInstanceOf(TokenError)
    await jest.advanceTimersByTimeAsync(10_000)
    await call
    expect(await keyIn(holder)).toBe('key-b')
  })

  test('rejects for now when no source can give a token for now', async () => {
    const source = scripted(() => Promise.reject(new Error('down')))
    const { holder } = pool([source])
    for (let call = 0; call < 50; call += 1) {
      await expect(holder.acquire()).rejects.toBeInstanceOf(TokenError)
      jest.advanceTimersByTime(100)
    }
    expect(source.requests.length).toBeLessThanOrEqual(3)
  })

  test('keeps the last token of a source that fails later', async () => {
    const source = scripted(() => ({ token: 'key-a', expiresInMs: 60_000 }))
    const { holder } = pool([source, 'key-b'])
    await tokenOf(holder)
    source.answer = () => Promise.reject(new Error('down'))
    await jest.advanceTimersByTimeAsync(50_000)
    expect(source.requests.length).toBeGreaterThan(1)
    expect(await keyIn(holder)).toBe('key-a')
  })

  test('frees a refused key at once when its source announces another', async () => {
    let announce = (): void => undefined
    const source = scripted(() => ({ token: source.requests.length > 1 ? 'new' : 'old' }), {
      watch: (onChange: () => void) => {
        announce = onChange
        return () => {
          announce = () => undefined
        }
      },
    })
    const { holder } = pool([source])
    expect(replayedWith(await holder.rejected(await tokenOf(holder)))).toBe('pool-exhausted')
    announce()
    await settle()
    expect(await keyIn(holder)).toBe('new')
  })

  test('closes every source, also after one that fails to', async () => {
    const closed: string[] = []
    const source = (name: string) =>
      scripted(() => ({ token: name }), {
        close: () => {
          closed.push(name)
          throw new Error(name)
        },
      })
    const { holder } = pool([source('a'), source('b')])
    await tokenOf(holder)
    await holder.close()
    expect(closed).toEqual(['a', 'b'])
    expect(jest.getTimerCount()).toBe(0)
  })

  test('leaves the one flight of the holder to decide', async () => {
    const answer = deferred<{ token: string }>()
    const source = scripted(() => answer.promise)
    const { holder } = pool([source, 'key-b'])
    const calls = [tokenOf(holder), tokenOf(holder)]
    answer.resolve({ token: 'key-a' })
    await Promise.all(calls)
    expect(source.requests).toHaveLength(1)
  })

  test('is a source like any other', async () => {
    const source = keyPool(['key-a', () => 'key-b', fromFunction(() => 'key-c')])
    expect(source.kind).toBe('pool')
    expect(await source.getToken(initial())).toMatchObject({ token: 'key-a' })
  })

  test.each([[[]], ['key'], [undefined], [[undefined]], [[42]]])('refuses %p', (inputs) => {
    expect(() => keyPool(inputs as never)).toThrow(TypeError)
  })

  test.each([{ benchMs: 0 }, { benchMs: '1' }, { bench: 1 }])('refuses %p', (options) => {
    expect(() => keyPool(['key'], options as never)).toThrow(TypeError)
  })
})
