import { toSource } from '../../src/credentials/to-source'
import { deferred, kit, scripted, settle } from './holder-kit'

async function tokenOf(holder: ReturnType<typeof kit>['holder'], signal?: AbortSignal) {
  const acquired = await holder.acquire(signal)
  if (acquired.kind !== 'token') throw new Error(`refused: ${acquired.reason}`)
  return acquired.token
}

describe('acquire', () => {
  test('gives a fixed key at once, without a promise', () => {
    const { holder } = kit(toSource('sk-fixed-key'))
    const acquired = holder.acquire()
    expect(acquired).toMatchObject({ kind: 'token', token: { generation: 1, source: 'fixed' } })
    expect(holder.acquire()).toBe(acquired)
  })

  test('asks a remote source once for all who wait', async () => {
    const answer = deferred<{ token: string }>()
    const source = scripted(() => answer.promise)
    const { holder } = kit(source)
    const all = Array.from({ length: 10 }, () => tokenOf(holder))
    answer.resolve({ token: 'one' })
    const tokens = await Promise.all(all)
    expect(new Set(tokens).size).toBe(1)
    expect(source.requests).toHaveLength(1)
  })
})

describe('rejected', () => {
  test('gives 10,000 refused calls and the stragglers the token of one refresh', async () => {
    let issued = 0
    const source = scripted(() => {
      issued += 1
      return { token: `token-${issued}` }
    })
    const { holder } = kit(source)
    const first = await tokenOf(holder)
    const calls = Array.from({ length: 10_000 }, () => holder.rejected(first))
    const outcomes = await Promise.all(calls)
    await settle()
    const late = await Promise.all(Array.from({ length: 100 }, () => holder.rejected(first)))
    expect(source.requests).toHaveLength(2)
    const replays = [...outcomes, ...late].map(
      (o) => o.kind === 'replay' && o.token.secret.reveal(),
    )
    expect(new Set(replays)).toEqual(new Set(['token-2']))
  })
})
