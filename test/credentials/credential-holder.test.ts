import { getEventListeners } from 'node:events'
import { inspect } from 'node:util'
import type { CredentialHolder, HeldToken } from '../../src/credentials/credential'
import { toSource } from '../../src/credentials/from-function'
import { TokenError } from '../../src/errors'
import { deferred, kit, scripted, settle } from './holder-kit'

async function tokenOf(holder: CredentialHolder, signal?: AbortSignal): Promise<HeldToken> {
  const acquired = await holder.acquire(signal)
  if (acquired.kind !== 'token') throw new Error(`refused: ${acquired.reason}`)
  return acquired.token
}

/** A source that gives `token-1`, `token-2`, … each time it is asked. */
function counting(more: { expiresInMs?: number } = {}) {
  let issued = 0
  return scripted(() => {
    issued += 1
    return { token: `token-${issued}`, ...more }
  })
}

/** A source that gives `token-1` until it is told otherwise. */
function steady(more: { expiresInMs?: number } = {}) {
  const source = scripted(() => ({ token: source.text, ...more })) as ReturnType<
    typeof scripted
  > & { text: string }
  source.text = 'token-1'
  return source
}

const down = new Error('connect ECONNREFUSED')

async function refuse(holder: CredentialHolder, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) await holder.rejected(await tokenOf(holder))
}

describe('acquire', () => {
  test('gives a fixed key at once, without a promise', () => {
    const { holder } = kit(toSource('sk-fixed-key'))
    const acquired = holder.acquire()
    expect(acquired).toMatchObject({ kind: 'token', token: { generation: 1, source: 'fixed' } })
  })

  test('gives the same object for every call', () => {
    const { holder } = kit(toSource('sk-fixed-key'))
    expect(holder.acquire()).toBe(holder.acquire())
  })

  test('does no I/O before it is first called', () => {
    const source = counting()
    kit(source)
    expect(source.requests).toEqual([])
  })

  test('asks a remote source once for all who wait', async () => {
    const answer = deferred<{ token: string }>()
    const source = scripted(() => answer.promise)
    const { holder } = kit(source)
    const all = Array.from({ length: 10 }, () => tokenOf(holder))
    answer.resolve({ token: 'one' })
    expect(new Set(await Promise.all(all)).size).toBe(1)
    expect(source.requests).toMatchObject([{ reason: 'initial', forceRefresh: false }])
  })

  test('trims edge whitespace and a byte order mark', async () => {
    const { holder } = kit(toSource('\uFEFF sk-fixed-key\r\n'))
    expect((await tokenOf(holder)).secret.reveal()).toBe('sk-fixed-key')
  })

  test.each([
    ['a line break inside', 'sk-one\ntwo'],
    ['a character outside Latin-1', 'sk-ключ'],
    ['nothing but spaces', '   '],
    ['more than 8 KiB', 'k'.repeat(8_193)],
  ])('refuses a token with %s, and does not quote it', async (_name, text) => {
    const { holder, lines } = kit(toSource(text))
    expect(holder.acquire()).toEqual({ kind: 'refused', reason: 'refresh-failed' })
    await settle()
    const line = lines.find(({ event }) => event === 'auth.refresh_failed')
    expect(line?.level).toBe('error')
    expect(JSON.stringify(lines)).not.toContain(text.trim() || '   ')
  })

  test.each([undefined, null, 42, {}])('refuses %p instead of a string', async (value) => {
    const { holder } = kit(scripted(() => ({ token: value as string })))
    expect(await holder.acquire()).toMatchObject({ kind: 'refused', reason: 'refresh-failed' })
  })

  test('rejects with the reason of the signal that aborts, and of no other', async () => {
    const answer = deferred<{ token: string }>()
    const { holder } = kit(scripted(() => answer.promise))
    const mine = new AbortController()
    const left = tokenOf(holder, mine.signal)
    const other = tokenOf(holder, new AbortController().signal)
    mine.abort('mine')
    await expect(left).rejects.toBe('mine')
    answer.resolve({ token: 'one' })
    expect((await other).secret.reveal()).toBe('one')
  })

  test('rejects at once for a signal that is already aborted', async () => {
    const { holder } = kit(counting())
    await expect(holder.acquire(AbortSignal.abort('gone'))).rejects.toBe('gone')
  })

  test('keeps the token of a flight that nobody waits for any more', async () => {
    const answer = deferred<{ token: string }>()
    const source = scripted(() => answer.promise)
    const { holder } = kit(source)
    const controller = new AbortController()
    const left = tokenOf(holder, controller.signal)
    controller.abort()
    await expect(left).rejects.toThrow()
    expect(source.requests[0]?.signal.aborted).toBe(false)
    answer.resolve({ token: 'one' })
    await settle()
    expect(holder.peek()?.secret.reveal()).toBe('one')
  })

  test('puts one listener on a signal that many waiters share, and takes it off', async () => {
    const answer = deferred<{ token: string }>()
    const { holder } = kit(scripted(() => answer.promise))
    const { signal } = new AbortController()
    const all = Array.from({ length: 1_000 }, () => tokenOf(holder, signal))
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    answer.resolve({ token: 'one' })
    await Promise.all(all)
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })
})

describe('rejected', () => {
  test('gives 10,000 refused calls and the stragglers the token of one refresh', async () => {
    const source = counting()
    const { holder } = kit(source)
    const first = await tokenOf(holder)
    const calls = Array.from({ length: 10_000 }, () => holder.rejected(first))
    const outcomes = await Promise.all(calls)
    const late = await Promise.all(Array.from({ length: 100 }, () => holder.rejected(first)))
    expect(source.requests).toHaveLength(2)
    const replayed = [...outcomes, ...late].map((after) =>
      after.kind === 'replay' ? after.token.secret.reveal() : after.reason,
    )
    expect(new Set(replayed)).toEqual(new Set(['token-2']))
  })

  test('asks with the fingerprint of the refused token, and by force', async () => {
    const source = counting()
    const { holder } = kit(source)
    const first = await tokenOf(holder)
    await holder.rejected(first)
    expect(source.requests[1]).toMatchObject({
      reason: 'rejected',
      forceRefresh: true,
      rejectedId: first.id,
    })
  })

  test('says whether a refresh was tried for this call', async () => {
    const { holder } = kit(counting())
    const first = await tokenOf(holder)
    expect(await holder.rejected(first)).toMatchObject({ kind: 'replay', refreshed: true })
    expect(await holder.rejected(first)).toMatchObject({ kind: 'replay', refreshed: false })
  })

  test('refreshes once for ten staggered 401s of one generation', async () => {
    const source = counting()
    const { holder, clock } = kit(source)
    const first = await tokenOf(holder)
    for (let call = 0; call < 10; call += 1) {
      expect((await holder.rejected(first)).kind).toBe('replay')
      await clock.advance(50)
    }
    expect(source.requests).toHaveLength(2)
  })

  test('keeps a token that is proven good when an older one is refused late', async () => {
    const { holder } = kit(counting())
    const first = await tokenOf(holder)
    await holder.rejected(first)
    const second = await tokenOf(holder)
    holder.accepted(second)
    await holder.rejected(first)
    expect(holder.acquire()).toMatchObject({ kind: 'token', token: { generation: 2 } })
  })

  test('returns the 401 when the source gives the refused token again', async () => {
    const { holder } = kit(steady())
    const after = await holder.rejected(await tokenOf(holder))
    expect(after).toEqual({ kind: 'return', reason: 'unchanged-token', refreshed: true })
  })

  test('sends an unchanged token again after one stray 401', async () => {
    const { holder } = kit(steady())
    await holder.rejected(await tokenOf(holder))
    expect(holder.acquire()).toMatchObject({ kind: 'token', token: { generation: 1 } })
  })

  test('returns the 401 when the refresh fails', async () => {
    const source = steady()
    const { holder } = kit(source)
    const first = await tokenOf(holder)
    source.answer = () => Promise.reject(down)
    const after = await holder.rejected(first)
    expect(after).toEqual({ kind: 'return', reason: 'refresh-failed', refreshed: true })
  })

  test('lets one caller leave while the others get their token', async () => {
    const source = steady()
    const { holder } = kit(source)
    const first = await tokenOf(holder)
    const answer = deferred<{ token: string }>()
    source.answer = () => answer.promise
    const controller = new AbortController()
    const leaving = holder.rejected(first, { signal: controller.signal })
    const staying = holder.rejected(first)
    controller.abort('left')
    await expect(leaving).rejects.toBe('left')
    answer.resolve({ token: 'token-2' })
    expect(await staying).toMatchObject({ kind: 'replay', token: { generation: 2 } })
  })

  test('joins a refresh by force after a proactive one that brought nothing', async () => {
    const source = steady({ expiresInMs: 3_600_000 })
    const { holder, clock } = kit(source)
    const first = await tokenOf(holder)
    const proactive = deferred<{ token: string }>()
    source.answer = ({ forceRefresh }) => (forceRefresh ? { token: 'new' } : proactive.promise)
    await clock.advance(3_300_000)
    const after = holder.rejected(first)
    proactive.resolve({ token: 'token-1' })
    expect(await after).toMatchObject({ kind: 'replay', token: { generation: 2 } })
    expect(source.requests.map(({ reason }) => reason)).toEqual(['initial', 'expiring', 'rejected'])
  })

  test('never sends a token again whose replay was refused, until there is another', async () => {
    const source = counting()
    const { holder, clock } = kit(source)
    const first = await tokenOf(holder)
    await holder.rejected(first)
    const second = await tokenOf(holder)
    source.answer = () => ({ token: 'token-2' })
    const after = await holder.rejected(second, { replayed: true })
    expect(after).toMatchObject({ kind: 'return', reason: 'refresh-failed' })
    await clock.advance(900)
    expect(await holder.acquire()).toMatchObject({ kind: 'refused', reason: 'breaker-open' })
    source.answer = () => ({ token: 'token-3' })
    await clock.advance(8_000)
    expect((await tokenOf(holder)).secret.reveal()).toBe('token-3')
  })

  test('asks the next time for another token, when both of the first call were refused', async () => {
    const { holder } = kit(counting())
    const after = await holder.rejected(await tokenOf(holder))
    if (after.kind === 'replay') await holder.rejected(after.token, { replayed: true })
    expect((await tokenOf(holder)).secret.reveal()).toBe('token-3')
  })

  test('takes a rotation that comes right after a 401 was returned', async () => {
    const source = steady()
    const { holder } = kit(source)
    await holder.rejected(await tokenOf(holder))
    source.text = 'token-2'
    expect(await holder.rejected(await tokenOf(holder))).toMatchObject({ kind: 'replay' })
  })

  test('does not go back to a token that was refused and replaced', async () => {
    const source = counting({ expiresInMs: 60_000 })
    const { holder, clock } = kit(source)
    await holder.rejected(await tokenOf(holder))
    holder.accepted(await tokenOf(holder))
    source.answer = () => ({ token: 'token-1', expiresInMs: 60_000 })
    await clock.advance(29_000)
    holder.accepted(await tokenOf(holder))
    await clock.advance(25_000)
    expect(source.requests.at(-1)).toMatchObject({ reason: 'expiring' })
    expect((await tokenOf(holder)).secret.reveal()).toBe('token-2')
  })

  test('does not go back to a token that was refused late, when it was replaced already', async () => {
    const source = steady({ expiresInMs: 60_000 })
    const { holder, clock } = kit(source)
    const first = await tokenOf(holder)
    source.text = 'token-2'
    await clock.advance(46_000)
    holder.accepted(await tokenOf(holder))
    await holder.rejected(first)
    source.text = 'token-1'
    await clock.advance(46_000)
    expect(source.requests).toHaveLength(3)
    expect((await tokenOf(holder)).secret.reveal()).toBe('token-2')
  })

  test('makes new calls wait for a refresh after a refusal', async () => {
    const source = steady()
    const { holder } = kit(source)
    const first = await tokenOf(holder)
    const answer = deferred<{ token: string }>()
    source.answer = () => answer.promise
    const after = holder.rejected(first)
    const call = holder.acquire()
    expect(call).toBeInstanceOf(Promise)
    answer.resolve({ token: 'token-2' })
    expect(await call).toMatchObject({ kind: 'token', token: { generation: 2 } })
    await after
  })
})

describe('the breaker', () => {
  test('opens after three 401s in a row and names itself', async () => {
    const { holder } = kit(steady())
    await refuse(holder, 3)
    expect(holder.acquire()).toMatchObject({ kind: 'refused', reason: 'breaker-open' })
  })

  test('stays closed when a success comes between', async () => {
    const { holder, clock } = kit(steady())
    await refuse(holder, 2)
    holder.accepted(await tokenOf(holder))
    await refuse(holder, 2)
    await clock.advance(0)
    expect(holder.acquire()).toMatchObject({ kind: 'token' })
  })

  test('counts any number of calls that were under way together as one round', async () => {
    const { holder } = kit(steady())
    for (let round = 1; round <= 3; round += 1) {
      const first = await tokenOf(holder)
      await Promise.all(Array.from({ length: 100 }, () => holder.rejected(first)))
    }
    expect(holder.acquire()).toMatchObject({ kind: 'refused', reason: 'breaker-open' })
  })

  test('takes staggered calls for one round as long as each left before the last 401', async () => {
    const { holder, clock } = kit(steady())
    const underWay = [await tokenOf(holder), await tokenOf(holder)]
    for (let call = 0; call < 20; call += 1) {
      const [oldest] = underWay.splice(0, 1)
      underWay.push(await tokenOf(holder))
      if (oldest) await holder.rejected(oldest)
      await clock.advance(10)
    }
    expect(holder.acquire()).toMatchObject({ kind: 'token' })
  })

  test('opens under steady traffic too, though some call is always under way', async () => {
    const { holder, clock } = kit(steady())
    const underWay = [await tokenOf(holder), await tokenOf(holder)]
    const kinds: string[] = []
    for (let call = 0; call < 100 && kinds.at(-1) !== 'refused'; call += 1) {
      const acquired = await holder.acquire()
      kinds.push(acquired.kind)
      if (acquired.kind === 'token') underWay.push(acquired.token)
      const [oldest] = underWay.splice(0, 1)
      if (oldest) await holder.rejected(oldest)
      await clock.advance(10)
    }
    expect(kinds.at(-1)).toBe('refused')
    expect(kinds.length).toBeGreaterThan(50)
  })

  test('lets exactly one trial through after a second', async () => {
    const { holder, clock } = kit(steady())
    await refuse(holder, 3)
    await clock.advance(999)
    expect(await holder.acquire()).toMatchObject({ kind: 'refused' })
    await clock.advance(1)
    const calls = [await holder.acquire(), await holder.acquire(), await holder.acquire()]
    expect(calls.map(({ kind }) => kind)).toEqual(['token', 'refused', 'refused'])
  })

  test('closes when the trial succeeds', async () => {
    const { holder, clock } = kit(steady())
    await refuse(holder, 3)
    await clock.advance(1_000)
    holder.accepted(await tokenOf(holder))
    expect(holder.acquire()).toMatchObject({ kind: 'token' })
    expect(holder.acquire()).toMatchObject({ kind: 'token' })
  })

  test('waits twice as long after each refused trial, up to 30 seconds', async () => {
    const { holder, clock } = kit(steady())
    await refuse(holder, 3)
    for (const seconds of [1, 2, 4, 8, 16, 30, 30]) {
      await clock.advance(seconds * 1_000 - 1)
      expect(await holder.acquire()).toMatchObject({ kind: 'refused', reason: 'breaker-open' })
      await clock.advance(1)
      await refuse(holder, 1)
    }
  })

  test('never holds back a probe, which closes it when it succeeds', async () => {
    const { holder } = kit(steady())
    await refuse(holder, 3)
    const probe = await holder.acquire(undefined, 'probe')
    expect(probe).toMatchObject({ kind: 'token', token: { generation: 1 } })
    if (probe.kind === 'token') holder.accepted(probe.token)
    expect(holder.acquire()).toMatchObject({ kind: 'token' })
  })

  test('takes the refusal of a probe for that of a trial', async () => {
    const { holder, clock } = kit(steady())
    await refuse(holder, 3)
    await clock.advance(900)
    const probe = await holder.acquire(undefined, 'probe')
    if (probe.kind === 'token') await holder.rejected(probe.token)
    await clock.advance(1_999)
    expect(await holder.acquire()).toMatchObject({ kind: 'refused' })
    await clock.advance(1)
    expect(await holder.acquire()).toMatchObject({ kind: 'token' })
  })

  test('does not let a probe wait for a source that hangs', async () => {
    const source = steady()
    const { holder, clock } = kit(source)
    await refuse(holder, 3)
    source.answer = () => new Promise(() => undefined)
    await clock.advance(6_000)
    expect(source.requests.length).toBeGreaterThan(3)
    expect(holder.acquire(undefined, 'probe')).toMatchObject({ kind: 'token' })
  })

  test('closes when another instance had the token accepted', async () => {
    const { holder } = kit(steady())
    const { id } = await tokenOf(holder)
    await refuse(holder, 3)
    holder.heard('another')
    expect(holder.acquire()).toMatchObject({ kind: 'refused' })
    holder.heard(id)
    expect(holder.acquire()).toMatchObject({ kind: 'token' })
  })

  test('closes at once when a watching source announces another token', async () => {
    let announce = (): void => undefined
    const source = scripted(() => ({ token: source.text }), {
      watch: (onChange: () => void) => {
        announce = onChange
        return () => undefined
      },
    }) as ReturnType<typeof scripted> & { text: string }
    source.text = 'token-1'
    const { holder, clock } = kit(source)
    await refuse(holder, 3)
    const asked = source.requests.length
    await clock.advance(20_000)
    expect(source.requests).toHaveLength(asked)
    source.text = 'token-2'
    announce()
    await settle()
    expect(holder.acquire()).toMatchObject({ kind: 'token', token: { generation: 2 } })
  })

  test('asks a source that cannot watch on the backoff schedule', async () => {
    const source = steady()
    const { holder, clock } = kit(source)
    await refuse(holder, 3)
    source.text = 'token-2'
    await clock.advance(6_000)
    expect(holder.acquire()).toMatchObject({ kind: 'token', token: { generation: 2 } })
  })

  test('sees an edited variable with the next call', async () => {
    const local = scripted(() => ({ token: 'unused' }), { local: true })
    let key = 'token-1'
    local.getToken = () => ({ token: key }) as never
    const { holder } = kit(local)
    await refuse(holder, 3)
    expect(holder.acquire()).toMatchObject({ kind: 'refused' })
    key = 'token-2'
    expect(holder.acquire()).toMatchObject({ kind: 'token', token: { generation: 2 } })
  })
})

describe('a dead credential', () => {
  /** 50 calls within the first five seconds, each as the outbound wrapper makes it. */
  async function hammer({ holder, clock }: ReturnType<typeof kit>): Promise<void> {
    for (let call = 0; call < 50; call += 1) {
      try {
        const acquired = await holder.acquire()
        if (acquired.kind === 'token') {
          const after = await holder.rejected(acquired.token)
          if (after.kind === 'replay') await holder.rejected(after.token, { replayed: true })
        }
      } catch (error) {
        expect(error).toBeInstanceOf(TokenError)
      }
      await clock.advance(100)
    }
  }

  test.each([
    ['gives the same dead token', () => ({ token: 'dead' })],
    ['gives another dead token each time', counting().answer],
    ['fails for now', () => Promise.reject(down)],
    ['fails for good', () => Promise.reject(new TokenError('no', { permanent: true }))],
  ])('costs at most three token requests in 5 s when its source %s', async (_name, answer) => {
    const source = scripted(answer)
    await hammer(kit(source, { random: () => 0 }))
    expect(source.requests.length).toBeLessThanOrEqual(3)
  })
})

describe('proactive refresh', () => {
  test('comes in the background at the lifetime minus five minutes', async () => {
    const source = counting({ expiresInMs: 3_600_000 })
    const { holder, clock } = kit(source)
    await tokenOf(holder)
    await clock.advance(3_299_999)
    expect(source.requests).toHaveLength(1)
    await clock.advance(1)
    expect(source.requests[1]).toMatchObject({ reason: 'expiring', forceRefresh: false })
    expect(holder.acquire()).toMatchObject({ kind: 'token', token: { generation: 2 } })
  })

  test('is not waited for by calls', async () => {
    const source = steady({ expiresInMs: 3_600_000 })
    const { holder, clock } = kit(source)
    await tokenOf(holder)
    source.answer = () => new Promise(() => undefined)
    await clock.advance(3_300_000)
    expect(source.requests).toHaveLength(2)
    expect(holder.acquire()).toMatchObject({ kind: 'token', token: { generation: 1 } })
  })

  test('uses the valid token and warns while the source fails', async () => {
    const source = steady({ expiresInMs: 3_600_000 })
    const { holder, clock, lines } = kit(source)
    await tokenOf(holder)
    source.answer = () => Promise.reject(down)
    await clock.advance(3_310_000)
    expect(holder.acquire()).toMatchObject({ kind: 'token', token: { generation: 1 } })
    const failed = lines.filter(({ event }) => event === 'auth.refresh_failed')
    expect(failed.length).toBeGreaterThan(1)
    expect(new Set(failed.map(({ level }) => level))).toEqual(new Set(['warn']))
  })

  test('goes by the monotonic clock, whatever the wall clock does', async () => {
    const { holder, clock } = kit(counting({ expiresInMs: 3_600_000 }))
    await tokenOf(holder)
    clock.now = () => 4_000_000_000_000
    expect(holder.acquire()).toMatchObject({ kind: 'token', token: { generation: 1 } })
  })

  test('rejects with TokenError once the token has ended and the source still fails', async () => {
    const source = steady({ expiresInMs: 60_000 })
    const { holder, clock } = kit(source)
    await tokenOf(holder)
    source.answer = () => Promise.reject(down)
    await clock.advance(60_000)
    await expect(holder.acquire()).rejects.toBeInstanceOf(TokenError)
  })

  test.each([0, -1, Number.NaN, undefined, Number.POSITIVE_INFINITY, 1e300, 1])(
    'never asks for every call when expiresInMs is %p',
    async (expiresInMs) => {
      const source = counting({ expiresInMs })
      const { holder, clock } = kit(source)
      for (let call = 0; call < 20; call += 1) {
        holder.accepted(await tokenOf(holder))
        await clock.advance(100)
      }
      expect(source.requests).toHaveLength(1)
    },
  )

  test('leaves a refresh after a 401 possible, however often it came', async () => {
    const source = counting({ expiresInMs: 60_000 })
    const { holder, clock } = kit(source)
    for (let hour = 0; hour < 20; hour += 1) {
      holder.accepted(await tokenOf(holder))
      await clock.advance(46_000)
    }
    holder.accepted(await tokenOf(holder))
    expect(await holder.rejected(await tokenOf(holder))).toMatchObject({ kind: 'replay' })
  })

  test('takes a new end of the same token without a new generation', async () => {
    const source = steady({ expiresInMs: 3_600_000 })
    const { holder, clock } = kit(source)
    await tokenOf(holder)
    await clock.advance(3_400_000)
    await clock.advance(1_000_000)
    expect(holder.acquire()).toMatchObject({ kind: 'token', token: { generation: 1 } })
  })
})

describe('a failing source', () => {
  test('is asked after 1, 2 and 4 seconds, and not in between', async () => {
    const source = scripted(() => Promise.reject(down))
    const { holder, clock } = kit(source, { random: () => 0 })
    const asked: number[] = []
    for (let at = 0; at <= 7_500; at += 500) {
      await Promise.resolve(holder.acquire()).catch(() => undefined)
      asked.push(source.requests.length)
      await clock.advance(500)
    }
    expect(asked).toEqual([1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 4, 4])
  })

  test('says itself when it may be asked again', async () => {
    const retry = new TokenError('busy', { retryAfterMs: 20_000 })
    const source = scripted(() => Promise.reject(retry))
    const { holder, clock } = kit(source)
    await expect(holder.acquire()).rejects.toMatchObject({ retryAfterMs: 20_000 })
    await clock.advance(19_999)
    await expect(holder.acquire()).rejects.toBeInstanceOf(TokenError)
    expect(source.requests).toHaveLength(1)
    await clock.advance(1)
    await expect(holder.acquire()).rejects.toBeInstanceOf(TokenError)
    expect(source.requests).toHaveLength(2)
  })

  test('becomes a refusal, not an error, when it fails for good', async () => {
    const gone = new TokenError('The account is deleted.', { permanent: true })
    const { holder } = kit(scripted(() => Promise.reject(gone)))
    expect(await holder.acquire()).toEqual({ kind: 'refused', reason: 'refresh-failed' })
  })

  test('is given up after refreshTimeoutMs, whatever it does with its signal', async () => {
    const source = scripted(() => new Promise(() => undefined))
    const { holder, clock } = kit(source, { refreshTimeoutMs: 5_000 })
    const call = holder.acquire()
    const failed = expect(call).rejects.toThrow('"test" gave no token within 5000 ms')
    await clock.advance(5_000)
    await failed
    expect(source.requests[0]?.signal.aborted).toBe(true)
  })

  test('is still heard when the process was blocked beyond the deadline', async () => {
    const answer = deferred<{ token: string }>()
    const { holder, clock } = kit(
      scripted(() => answer.promise),
      { refreshTimeoutMs: 500 },
    )
    const call = holder.acquire()
    clock.stall(2_000)
    await clock.advance(0)
    answer.resolve({ token: 'fresh-after-the-block' })
    expect(await call).toMatchObject({ kind: 'token', token: { generation: 1 } })
  })

  test('is given up when nothing came after such a block either', async () => {
    const { holder, clock } = kit(
      scripted(() => new Promise(() => undefined)),
      {
        refreshTimeoutMs: 500,
      },
    )
    const failed = expect(holder.acquire()).rejects.toBeInstanceOf(TokenError)
    clock.stall(2_000)
    await clock.advance(50)
    await failed
  })

  test('writes nothing once it was given up', async () => {
    const answer = deferred<{ token: string }>()
    const { holder, clock } = kit(scripted(() => answer.promise))
    const call = holder.acquire()
    const failed = expect(call).rejects.toBeInstanceOf(TokenError)
    await clock.advance(10_000)
    await failed
    answer.resolve({ token: 'late' })
    await settle()
    expect(holder.peek()).toBeUndefined()
  })

  test.each(['AbortError', 'TimeoutError'])('is never taken for the caller: %s', async (name) => {
    const error = Object.assign(new Error('x'), { name, code: 'EDOWN' })
    const { holder } = kit(scripted(() => Promise.reject(error)))
    const caught: TokenError = await Promise.resolve(holder.acquire()).catch((thrown) => thrown)
    expect(caught.name).toBe('TokenError')
    expect(caught.cause).toMatchObject({ name: `Source${name}`, code: 'EDOWN' })
  })

  test('hands on a copy of its error without what could be a secret', async () => {
    const key = 'sk-canary0123456789abcdef0123456789'
    const error = Object.assign(new Error(`bad ${key} at https://me:${key}@host/x`), { key })
    const { holder } = kit(scripted(() => Promise.reject(error)))
    const caught: TokenError = await Promise.resolve(holder.acquire()).catch((thrown) => thrown)
    const told = inspect(caught, { depth: 9 }) + JSON.stringify(caught) + caught.stack
    expect(told).not.toContain('canary')
    expect(told).toContain('bad [hidden] at')
  })

  test('that throws at once is treated alike', async () => {
    const { holder } = kit({
      kind: 'test',
      getToken() {
        throw down
      },
    })
    await expect(holder.acquire()).rejects.toBeInstanceOf(TokenError)
  })

  test('of which the last change could not be read is asked again', async () => {
    let announce = (): void => undefined
    const source = steady()
    source.watch = (onChange) => {
      announce = onChange
      return () => undefined
    }
    const { holder, clock } = kit(source)
    await tokenOf(holder)
    const { answer } = source
    source.answer = () => Promise.reject(down)
    announce()
    await settle()
    source.answer = answer
    source.text = 'token-2'
    await clock.advance(5_000)
    expect(holder.acquire()).toMatchObject({ kind: 'token', token: { generation: 2 } })
  })
})

describe('close', () => {
  test('settles those who wait as a failed refresh does', async () => {
    const source = steady()
    const { holder } = kit(source)
    const first = await tokenOf(holder)
    source.answer = () => new Promise(() => undefined)
    const after = holder.rejected(first)
    await holder.close()
    expect(await after).toMatchObject({ kind: 'return', reason: 'refresh-failed' })
  })

  test('rejects those who wait for the first token', async () => {
    const { holder } = kit(scripted(() => new Promise(() => undefined)))
    const call = holder.acquire()
    const failed = expect(call).rejects.toThrow('The guard was closed')
    await holder.close()
    await failed
  })

  test('leaves no timer, watcher or source behind', async () => {
    let watching = 0
    let open = true
    const source = counting({ expiresInMs: 3_600_000 })
    source.watch = () => {
      watching += 1
      return () => {
        watching -= 1
      }
    }
    source.close = () => {
      open = false
    }
    const { holder, clock } = kit(source)
    await tokenOf(holder)
    expect([watching, clock.pending]).toEqual([1, 1])
    await holder.close()
    await holder.close()
    expect([watching, clock.pending, open]).toEqual([0, 0, false])
  })

  test('goes on giving the last good token, even after its end', async () => {
    const source = counting({ expiresInMs: 60_000 })
    const { holder, clock } = kit(source)
    await tokenOf(holder)
    await holder.close()
    await clock.advance(120_000)
    expect(holder.acquire()).toMatchObject({ kind: 'token', token: { generation: 1 } })
    expect(source.requests).toHaveLength(1)
  })

  test('still gives a fixed key that nobody had asked for', async () => {
    const { holder, clock } = kit(toSource('sk-fixed-key'))
    await holder.close()
    expect(holder.acquire()).toMatchObject({ kind: 'token' })
    expect(clock.pending).toBe(0)
  })

  test('does not refresh for a later 401', async () => {
    const source = counting()
    const { holder } = kit(source)
    const first = await tokenOf(holder)
    await holder.close()
    const after = await holder.rejected(first)
    expect(after).toEqual({ kind: 'return', reason: 'refresh-failed', refreshed: false })
    expect(source.requests).toHaveLength(1)
  })

  test('is not held up by a source that does not close', async () => {
    const source = counting()
    source.close = () => new Promise(() => undefined)
    const { holder, clock } = kit(source)
    await tokenOf(holder)
    const closed = holder.close()
    await clock.advance(10_000)
    await expect(closed).resolves.toBeUndefined()
  })

  test('is not broken by a source that fails to close', async () => {
    const source = counting()
    source.close = () => Promise.reject(down)
    const { holder } = kit(source)
    await tokenOf(holder)
    await expect(holder.close()).resolves.toBeUndefined()
  })
})

describe('what others hear', () => {
  test('a refresh is an event and a line with the fields of the token', async () => {
    const { holder, events, lines, clock } = kit(counting({ expiresInMs: 3_600_000 }))
    const first = await tokenOf(holder)
    await clock.advance(1_000)
    await holder.rejected(first)
    const token = holder.peek()
    expect(events).toMatchObject([
      { outcome: 'changed', reason: 'initial', source: 'test', tokenId: first.id, generation: 1 },
      { outcome: 'changed', reason: 'rejected', tokenId: token?.id, generation: 2 },
    ])
    expect(lines.map(({ event }) => event)).toEqual([
      'auth.refresh_started',
      'auth.refreshed',
      'auth.refresh_started',
      'auth.refreshed',
    ])
    expect(lines[2]?.fields).toMatchObject({
      reason: 'rejected',
      'token.id': first.id,
      'token.generation': 1,
      'token.source': 'test',
      'token.age_ms': 1_000,
      'token.expires_in_ms': 3_599_000,
    })
  })

  test('a fixed key that is refused a thousand times at once is news once', async () => {
    const { holder, events } = kit(toSource('sk-fixed-key'))
    const first = await tokenOf(holder)
    await Promise.all(Array.from({ length: 1_000 }, () => holder.rejected(first)))
    expect(events.map(({ outcome }) => outcome)).toEqual(['changed', 'unchanged'])
  })

  test('every token is told to the scrubber before it is used', async () => {
    const seen: string[] = []
    const { holder } = kit(counting(), { onToken: (secret) => seen.push(secret.reveal()) })
    await holder.rejected(await tokenOf(holder))
    expect(seen).toEqual(['token-1', 'token-2'])
  })

  test('a listener or a log that throws harms no call', async () => {
    const angry = (): never => {
      throw new Error('listener')
    }
    const { holder } = kit(counting(), {
      onRefresh: angry,
      log: { emit: angry, enabled: () => true },
    })
    expect((await tokenOf(holder)).generation).toBe(1)
  })
})
