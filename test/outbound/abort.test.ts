import { getEventListeners } from 'node:events'
import fc from 'fast-check'
import { AbortRaces } from '../../src/outbound/abort-races'
import { bench, fixed, gate, hangUp, key, serverStarter, until } from './harness'

const origin = 'https://api.deepseek.com'
const start = serverStarter()

const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length
const never = new Promise<never>(() => undefined)
const settled = (promise: Promise<unknown>) =>
  promise.then(
    () => 'fulfilled',
    (reason: unknown) => reason,
  )

describe('an abort rejects with the very reason of the signal', () => {
  const reason = { why: 'the user left' }

  it('when it came before the call, and nothing leaves', async () => {
    const transport = jest.fn(async () => new Response(''))
    const { fetch, outcomes } = bench({ to: [origin], fetch: transport })
    expect(await settled(fetch(origin, { signal: AbortSignal.abort(reason) }))).toBe(reason)
    expect(transport).not.toHaveBeenCalled()
    expect(outcomes[0]?.status).toBeUndefined()
  })

  it('while the first token is fetched, and the others still get theirs', async () => {
    let give: (token: { token: string }) => void = () => undefined
    const source = {
      kind: 'function',
      getToken: () => new Promise<{ token: string }>((resolve) => (give = resolve)),
    }
    const { fetch } = bench({ to: [origin], source, fetch: async () => new Response('ok') })
    const leaver = new AbortController()
    const left = settled(fetch(origin, { signal: leaver.signal }))
    const stayed = fetch(origin)
    leaver.abort(reason)
    expect(await left).toBe(reason)
    give({ token: key(1) })
    expect((await stayed).status).toBe(200)
    expect(listeners(leaver.signal)).toBe(0)
  })

  it('while a streamed body is read, and its source is told', async () => {
    const controller = new AbortController()
    let cancelled: unknown
    const body = new ReadableStream({
      pull: () => never,
      cancel(why) {
        cancelled = why
      },
    })
    const transport = jest.fn(async () => new Response(''))
    const { fetch } = bench({ to: [origin], fetch: transport })
    const call = settled(fetch(origin, { method: 'POST', body, signal: controller.signal }))
    await new Promise((resolve) => setImmediate(resolve))
    controller.abort(reason)
    expect(await call).toBe(reason)
    expect(cancelled).toBe(reason)
    expect(transport).not.toHaveBeenCalled()
  })

  it('while a transport of the caller ignores the signal, whose late answer is let go', async () => {
    const controller = new AbortController()
    let answer: (response: Response) => void = () => undefined
    let cancelled = false
    const late = new Response(
      new ReadableStream({
        cancel() {
          cancelled = true
        },
      }),
    )
    const { fetch } = bench({
      to: [origin],
      source: fixed(),
      fetch: () => new Promise((resolve) => (answer = resolve)),
    })
    const call = settled(fetch(origin, { signal: controller.signal }))
    await new Promise((resolve) => setImmediate(resolve))
    controller.abort(reason)
    expect(await call).toBe(reason)
    answer(late)
    await until(() => cancelled)
  })

  it('while the server is silent, and the upstream socket closes', async () => {
    const controller = new AbortController()
    const end = hangUp()
    const server = await start((_seen, res) => {
      end.of(res)
      controller.abort(reason)
    })
    const { fetch, diagnoses } = bench({ to: [server.url] })
    expect(await settled(fetch(server.url, { signal: controller.signal }))).toBe(reason)
    await end.seen
    expect(diagnoses[0]?.cause).toBe('aborted')
  })

  it('by the signal of a Request object, too', async () => {
    const controller = new AbortController()
    const server = await start(() => controller.abort(reason))
    const { fetch } = bench({ to: [server.url] })
    const request = new Request(server.url, { signal: controller.signal })
    expect(await settled(fetch(request))).toBe(reason)
  })

  it('while the head of a 401 is read, and nothing is refreshed', async () => {
    const controller = new AbortController()
    const source = fixed()
    let cancelled = false
    const body = new ReadableStream({
      pull: () => never,
      cancel() {
        cancelled = true
      },
    })
    const { fetch } = bench({
      to: [origin],
      source,
      fetch: async () => new Response(body, { status: 401 }),
    })
    const call = settled(fetch(origin, { signal: controller.signal }))
    await new Promise((resolve) => setImmediate(resolve))
    controller.abort(reason)
    expect(await call).toBe(reason)
    expect(cancelled).toBe(true)
    expect(source.asked).toBe(1)
  })

  it('while the refresh runs: no replay leaves, the refresh goes on for the others', async () => {
    const controller = new AbortController()
    let asked = 0
    let give: (token: { token: string }) => void = () => undefined
    const source = {
      kind: 'function',
      getToken() {
        asked += 1
        if (asked === 1) return { token: key(1) }
        return new Promise<{ token: string }>((resolve) => (give = resolve))
      },
    }
    const server = await start(gate((bearer) => bearer === key(2)))
    const { fetch } = bench({ to: [server.url], source })
    const left = settled(fetch(server.url, { signal: controller.signal }))
    const stayed = fetch(server.url)
    await until(() => asked === 2 && server.seen.length === 2)
    controller.abort(reason)
    expect(await left).toBe(reason)
    give({ token: key(2) })
    expect((await stayed).status).toBe(200)
    expect(server.seen).toHaveLength(3)
    expect(asked).toBe(2)
  })

  it('while the replay runs', async () => {
    const controller = new AbortController()
    const server = await start((seen, res) => {
      if (seen.headers.authorization === `Bearer ${key(2)}`) controller.abort(reason)
      else res.writeHead(401).end()
    })
    const { fetch } = bench({ to: [server.url] })
    expect(await settled(fetch(server.url, { signal: controller.signal }))).toBe(reason)
    expect(server.seen).toHaveLength(2)
  })

  it('while a redirect is followed', async () => {
    const controller = new AbortController()
    const server = await start((seen, res) => {
      if (seen.url === '/end') controller.abort(reason)
      else res.writeHead(307, { location: '/end' }).end()
    })
    const { fetch } = bench({ to: [server.url] })
    expect(await settled(fetch(server.url, { signal: controller.signal }))).toBe(reason)
  })

  it('after the headers: the body stream carries it, and the upstream socket closes', async () => {
    const controller = new AbortController()
    const end = hangUp()
    const server = await start((_seen, res) => {
      end.of(res)
      res.writeHead(200).write('first')
    })
    const { fetch } = bench({ to: [server.url] })
    const response = await fetch(server.url, { signal: controller.signal })
    const reading = settled(response.text())
    controller.abort(reason)
    expect(await reading).toBe(reason)
    await end.seen
  })

  it('after the headers of a 401 that was rebuilt, too', async () => {
    const controller = new AbortController()
    const server = await start((_seen, res) => void res.writeHead(401).write('first'))
    const { fetch } = bench({ to: [server.url], source: fixed() })
    const response = await fetch(server.url, { signal: controller.signal })
    const reading = settled(response.text())
    controller.abort(reason)
    expect(await reading).toBe(reason)
  })

  it('of a timeout is a TimeoutError', async () => {
    const server = await start(() => undefined)
    const { fetch, diagnoses } = bench({ to: [server.url] })
    const error = await fetch(server.url, { signal: AbortSignal.timeout(20) }).catch((e) => e)
    expect(error.name).toBe('TimeoutError')
    expect(diagnoses[0]?.cause).toBe('aborted')
  })

  it('of a probe that ran out of time is evidence against the server', async () => {
    const server = await start(() => undefined)
    const { send, diagnoses } = bench({ to: [server.url] })
    const signal = AbortSignal.timeout(20)
    const { error } = await send(server.url, { signal }, 'probe')
    expect(error).toBe(signal.reason)
    expect(diagnoses[0]?.cause).toBe('timed-out')
  })
})

describe('a signal that is none', () => {
  it("is the transport's to refuse, and leaves no rejection behind", async () => {
    const server = await start((_seen, res) => void res.end())
    const { fetch } = bench({ to: [server.url] })
    const init = { signal: {} } as RequestInit
    await expect(fetch(server.url, init)).rejects.toThrow(/AbortSignal/)
    await new Promise((resolve) => setImmediate(resolve))
  })

  it('is no signal when it is null', async () => {
    const server = await start((_seen, res) => void res.end('ok'))
    const { fetch } = bench({ to: [server.url] })
    const request = new Request(server.url, { signal: AbortSignal.abort() })
    expect((await fetch(request, { signal: null })).status).toBe(200)
  })
})

describe('one signal', () => {
  it('carries one listener of ours however many calls share it, and none at the end', async () => {
    const { signal } = new AbortController()
    const gates: (() => void)[] = []
    const { fetch } = bench({
      to: [origin],
      fetch: async () => {
        await new Promise<void>((resolve) => gates.push(resolve))
        return new Response('')
      },
    })
    await until(() => true)
    const calls = Array.from({ length: 100 }, () => fetch(origin, { signal }))
    await until(() => gates.length === 100)
    expect(listeners(signal)).toBe(1)
    for (const open of gates) open()
    await Promise.all(calls)
    expect(listeners(signal)).toBe(0)
  })

  it('aborts all of its calls, and no other', async () => {
    const controller = new AbortController()
    const { fetch } = bench({
      to: [origin],
      source: fixed(),
      fetch: async (input) => (String(input).endsWith('other') ? new Response('') : never),
    })
    const calls = Array.from({ length: 10 }, () =>
      settled(fetch(origin, { signal: controller.signal })),
    )
    await new Promise((resolve) => setImmediate(resolve))
    controller.abort('gone')
    expect(await Promise.all(calls)).toEqual(Array(10).fill('gone'))
    expect((await fetch(`${origin}/other`)).status).toBe(200)
  })
})

describe('a race', () => {
  it('settles as the work or by the signal, whichever comes first, and leaves no listener', async () => {
    const step = fc.record({
      waiter: fc.nat({ max: 4 }),
      what: fc.constantFrom('resolve', 'reject', 'abort' as const),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        const races = new AbortRaces()
        const controller = new AbortController()
        const works = Array.from({ length: 5 }, () => {
          let resolve!: (value: string) => void
          let reject!: (error: string) => void
          const work = new Promise<string>((yes, no) => {
            resolve = yes
            reject = no
          })
          return { resolve, reject, race: settled(races.run(controller.signal, work)) }
        })
        const expected: unknown[] = Array(5).fill('aborted')
        const done = new Set<number>()
        for (const { waiter, what } of steps) {
          if (controller.signal.aborted) break
          if (what === 'abort') controller.abort('aborted')
          else if (!done.has(waiter)) {
            done.add(waiter)
            expected[waiter] = what === 'resolve' ? 'fulfilled' : 'failed'
            if (what === 'resolve') works[waiter]?.resolve('value')
            else works[waiter]?.reject('failed')
          }
          await new Promise((resolve) => setImmediate(resolve))
        }
        controller.abort('aborted')
        expect(await Promise.all(works.map((work) => work.race))).toEqual(expected)
        expect(listeners(controller.signal)).toBe(0)
      }),
      { numRuns: 100 },
    )
  })
})
