import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { AbortRaces } from '../../src/outbound/abort-races'
import { bufferBody, type PreparedBody, prepareBody, ReplayBudget } from '../../src/outbound/body'
import { bench, fixed, gate, key, serve, type TestServer, until } from './harness'

const limit = 64 * 1024
const text = 'héllo, 世界'
const bytes = new TextEncoder().encode(text)

let server: TestServer
beforeAll(async () => {
  server = await serve(gate((bearer) => bearer === key(2)))
})
beforeEach(() => {
  server.seen.length = 0
})
afterAll(() => server.close())

function post(body: unknown, more: Record<string, unknown> = {}) {
  const { fetch } = bench({ to: [server.url], maxReplayBytes: limit })
  return fetch(server.url, { method: 'POST', body, ...more } as RequestInit)
}

function streamOf(...chunks: unknown[]): ReadableStream {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })
}

const half = bytes.length >> 1
const parts = [bytes.slice(0, half), bytes.slice(half)]
const padded = new Uint8Array([1, 2, 3, ...bytes, 4, 5])

function form(): FormData {
  const data = new FormData()
  data.append('name', 'value')
  data.append('file', new Blob([bytes], { type: 'text/x' }), 'a.txt')
  return data
}

/** Each kind of body, made fresh, and what the server must see of it. */
const kinds: [string, () => unknown][] = [
  ['a string', () => text],
  ['an Uint8Array', () => bytes.slice()],
  ['an Uint8Array that is a window', () => padded.subarray(3, 3 + bytes.length)],
  ['an Int8Array', () => new Int8Array(bytes)],
  ['a Buffer', () => Buffer.from(text)],
  ['a DataView', () => new DataView(padded.buffer, 3, bytes.length)],
  ['an ArrayBuffer', () => bytes.slice().buffer],
  ['a Blob', () => new Blob([bytes])],
  ['a File', () => new File([bytes], 'a.txt')],
  ['a ReadableStream', () => streamOf(...parts)],
  ['a ReadableStream of strings', () => streamOf(text.slice(0, 4), text.slice(4))],
  ['a Node stream', () => Readable.from(parts)],
  ['a Node stream of text', () => Readable.from([text.slice(0, 3), text.slice(3)])],
  ['a web stream of a Node stream', () => Readable.toWeb(Readable.from(parts))],
  [
    'an async generator',
    async function* () {
      yield* parts
    },
  ],
  [
    'a sync generator',
    function* () {
      yield* parts
    },
  ],
  [
    'an async generator of array buffers',
    async function* () {
      yield bytes.slice().buffer
    },
  ],
  ['an iterable that is no generator', () => ({ [Symbol.asyncIterator]: () => gen() })],
]

async function* gen() {
  yield* parts
}

describe('a replay', () => {
  it.each(kinds)('of %s sends the same bytes', async (_name, make) => {
    const response = await post(make(), { duplex: 'half' })
    expect(response.status).toBe(200)
    expect(server.seen.map((call) => call.body.toString())).toEqual([text, text])
  })

  it.each(kinds)('of %s says its length on both attempts', async (_name, make) => {
    await post(make(), { duplex: 'half' })
    const lengths = server.seen.map((call) => call.headers['content-length'])
    expect(lengths).toEqual([String(bytes.length), String(bytes.length)])
  })

  it('of an empty stream sends an empty body twice', async () => {
    expect((await post(streamOf())).status).toBe(200)
    expect(server.seen.map((call) => call.body.length)).toEqual([0, 0])
  })

  it('of URLSearchParams keeps the content type and what they were at the call', async () => {
    const body = new URLSearchParams({ a: '1 2' })
    const answer = post(body)
    body.set('a', 'changed')
    expect((await answer).status).toBe(200)
    expect(server.seen.map((call) => call.body.toString())).toEqual(['a=1+2', 'a=1+2'])
    expect(server.seen[1]?.headers['content-type']).toContain('x-www-form-urlencoded')
  })

  it('of a FormData sends every entry again, as it was at the call', async () => {
    const body = form()
    const answer = post(body)
    body.set('name', 'changed')
    expect((await answer).status).toBe(200)
    for (const call of server.seen) {
      const type = call.headers['content-type'] as string
      const read = await new Response(new Uint8Array(call.body), {
        headers: { 'content-type': type },
      }).formData()
      expect(read.get('name')).toBe('value')
      const file = read.get('file') as File
      expect([file.name, file.type, await file.text()]).toEqual(['a.txt', 'text/x', text])
    }
    expect(server.seen).toHaveLength(2)
  })

  it('of a file stream sends the file again', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'outbound-'))
    try {
      writeFileSync(join(dir, 'a.txt'), text)
      const body = createReadStream(join(dir, 'a.txt'))
      expect((await post(body, { duplex: 'half' })).status).toBe(200)
      expect(server.seen.map((call) => call.body.toString())).toEqual([text, text])
    } finally {
      rmSync(dir, { recursive: true })
    }
  })

  it.each([
    ['an Uint8Array', () => bytes.slice(), (view: Uint8Array) => view.fill(0)],
    ['an ArrayBuffer', () => bytes.slice().buffer, (b: ArrayBuffer) => new Uint8Array(b).fill(0)],
  ])('of %s is not changed by what the caller writes meanwhile', async (_name, make, write) => {
    const body = make()
    const answer = post(body)
    write(body as never)
    await answer
    expect(server.seen.map((call) => call.body.toString())).toEqual([text, text])
  })

  it('of a producer that reuses its buffer sends what it produced', async () => {
    const reused = new Uint8Array(1)
    const body = (function* () {
      for (const byte of bytes) {
        reused[0] = byte
        yield reused
      }
    })()
    await post(body)
    expect(server.seen.map((call) => call.body.toString())).toEqual([text, text])
  })
})

describe('a streamed body above the limit', () => {
  const big = Buffer.alloc(limit + 1, 'z')
  const makes: [string, () => unknown][] = [
    ['a ReadableStream', () => streamOf(big.subarray(0, 40_000), big.subarray(40_000))],
    ['a Node stream', () => Readable.from([big.subarray(0, 40_000), big.subarray(40_000)])],
    [
      'an async generator',
      async function* () {
        yield big.subarray(0, 40_000)
        yield big.subarray(40_000)
      },
    ],
    [
      'a sync generator',
      function* () {
        yield big
      },
    ],
  ]

  it.each(makes)('(%s) is sent whole, once', async (_name, make) => {
    const open = await serve((_seen, res) => void res.end('ok'))
    try {
      const { fetch } = bench({ to: [open.url], maxReplayBytes: limit })
      const init = { method: 'POST', body: make() } as RequestInit
      expect((await fetch(open.url, init)).status).toBe(200)
      expect(open.seen.map((call) => call.body.equals(big))).toEqual([true])
    } finally {
      await open.close()
    }
  })

  it.each(makes)('(%s) is never replayed; the refresh serves the others', async (_name, make) => {
    const seen: string[] = []
    const transport = async (_input: unknown, init?: RequestInit) => {
      await new Response(init?.body as BodyInit).arrayBuffer()
      seen.push(new Headers(init?.headers).get('authorization') ?? '')
      return new Response('no', { status: seen.length === 1 ? 401 : 200 })
    }
    const { fetch, of } = bench({
      to: [server.url],
      maxReplayBytes: limit,
      fetch: transport as typeof globalThis.fetch,
    })
    const init = { method: 'POST', body: make() } as RequestInit
    const response = await fetch(server.url, init)
    expect([response.status, await response.text()]).toEqual([401, 'no'])
    expect(seen).toEqual([`Bearer ${key(1)}`])
    expect(of('auth.replay_skipped')[0]?.reason).toBe('body-not-replayable')
    expect(of('auth.rejected')[0]?.reason).toBe('body-not-replayable')
    expect((await fetch(server.url)).status).toBe(200)
    expect(seen[1]).toBe(`Bearer ${key(2)}`)
  })

  it('is cancelled at its source when the transport gives up', async () => {
    let ended = false
    const body = (async function* () {
      try {
        for (;;) yield big
      } finally {
        ended = true
      }
    })()
    const { fetch } = bench({
      to: [server.url],
      maxReplayBytes: limit,
      fetch: async (_input, init) => {
        await (init as { body: ReadableStream }).body.cancel()
        throw new Error('gave up')
      },
    })
    await expect(fetch(server.url, { method: 'POST', body: body as never })).rejects.toThrow(
      'gave up',
    )
    await until(() => ended)
  })
})

describe('a source of chunks that fails', () => {
  it('rejects the call with its own error, before anything is sent', async () => {
    const error = new Error('disk')
    const body = (async function* () {
      yield bytes
      throw error
    })()
    await expect(post(body)).rejects.toBe(error)
    expect(server.seen).toEqual([])
  })

  it('with a chunk that is no chunk is told what to yield', async () => {
    await expect(post(streamOf(42))).rejects.toThrow('must yield strings or bytes')
  })
})

describe('a Request object', () => {
  const request = (body: BodyInit | null = text, init: RequestInit = {}) =>
    new Request(server.url, { method: 'POST', body, ...init })

  it('is replayed with method, headers and body', async () => {
    const { fetch } = bench({ to: [server.url] })
    const sent = request(text, { headers: { 'x-a': 'b' } })
    expect((await fetch(sent)).status).toBe(200)
    expect(server.seen.map((call) => call.method)).toEqual(['POST', 'POST'])
    expect(server.seen.map((call) => call.body.toString())).toEqual([text, text])
    expect(server.seen.map((call) => call.headers['x-a'])).toEqual(['b', 'b'])
    expect(server.seen[1]?.headers['content-type']).toBe('text/plain;charset=UTF-8')
    expect(sent.headers.has('authorization')).toBe(false)
  })

  it('without a body is replayed', async () => {
    const { fetch } = bench({ to: [server.url] })
    expect((await fetch(new Request(server.url))).status).toBe(200)
    expect(server.seen).toHaveLength(2)
  })

  it('gives way to the body and headers of an init', async () => {
    const { fetch } = bench({ to: [server.url] })
    await fetch(request('other'), { body: text, headers: { 'x-c': 'd' } })
    expect(server.seen.map((call) => call.body.toString())).toEqual([text, text])
    expect(server.seen[1]?.headers['x-c']).toBe('d')
  })

  it('above the limit is sent once, with its length', async () => {
    const { fetch } = bench({ to: [server.url], maxReplayBytes: 16 })
    const big = 'b'.repeat(100_000)
    const response = await fetch(request(big))
    expect(response.status).toBe(401)
    expect(server.seen.map((call) => call.body.length)).toEqual([100_000])
    expect(server.seen[0]?.headers['content-length']).toBe('100000')
  })

  it('that was used already fails as with fetch', async () => {
    const { fetch } = bench({ to: [server.url] })
    const used = request()
    await used.text()
    await expect(fetch(used)).rejects.toThrow(/used|unusable|disturbed/i)
  })

  /** What another undici's `Request` has, without being an instance of ours. */
  function foreign(own: Request): Request {
    const names = ['url', 'method', 'headers', 'body', 'signal', 'redirect', 'bodyUsed'] as const
    const like = { clone: () => foreign(own.clone()) }
    for (const name of names) Object.defineProperty(like, name, { get: () => own[name] })
    return like as never
  }

  it('of another undici is known by its shape', async () => {
    const { fetch } = bench({ to: [server.url] })
    const response = await fetch(foreign(request(text, { headers: { 'x-a': 'b' } })))
    expect(response.status).toBe(200)
    expect(server.seen.map((call) => [call.method, call.body.toString()])).toEqual([
      ['POST', text],
      ['POST', text],
    ])
    expect(server.seen[1]?.headers['x-a']).toBe('b')
  })

  it('of another undici above the limit is sent once, whole', async () => {
    // A server that reads first: Node hides the 401 of a body that it still streams.
    const { fetch } = bench({ to: [server.url], maxReplayBytes: 16, source: fixed(key(2)) })
    const response = await fetch(foreign(request('c'.repeat(100_000))))
    expect(response.status).toBe(200)
    expect(server.seen.map((call) => call.body.length)).toEqual([100_000])
  })
})

describe('the ceiling of all kept bodies', () => {
  const limits = (budget: ReplayBudget) => ({
    maxReplayBytes: 1000,
    budget,
    races: new AbortRaces(),
    signal: null,
  })

  /** A body from its first look to what goes out. */
  async function prepared(body: object, budget: ReplayBudget): Promise<PreparedBody> {
    const first = prepareBody(body, budget)
    return 'chunks' in first ? bufferBody(first, limits(budget)) : first
  }

  it('lets a buffer through that does not fit, to be sent once, as it was', async () => {
    const budget = new ReplayBudget(10)
    const view = new Uint8Array(11)
    const sent = await prepared(view, budget)
    view[0] = 1
    expect(sent).toEqual({ value: new Uint8Array(11), replayable: false, held: 0 })
    expect(budget.take(10)).toBe(true)
  })

  it('gives back what an unfinished stream had taken', async () => {
    const budget = new ReplayBudget(10)
    const sent = await prepared(streamOf(new Uint8Array(6), new Uint8Array(6)), budget)
    expect(sent.replayable).toBe(false)
    expect(budget.take(10)).toBe(true)
    const whole = await new Response(sent.value).arrayBuffer()
    expect(whole.byteLength).toBe(12)
  })

  it('is 64 MiB, and free again when the calls are over', async () => {
    const mebibyte = 1024 * 1024
    const gates: (() => void)[] = []
    const replays: number[] = []
    const { fetch } = bench({
      to: [server.url],
      maxReplayBytes: 40 * mebibyte,
      fetch: async (_input, init) => {
        await new Promise<void>((resolve) => gates.push(resolve))
        const { authorization } = Object.fromEntries(new Headers(init?.headers))
        replays.push((init as { body: Uint8Array }).body.byteLength)
        return new Response('', { status: authorization === `Bearer ${key(2)}` ? 200 : 401 })
      },
    })
    const one = () => fetch(server.url, { method: 'POST', body: new Uint8Array(40 * mebibyte) })
    const calls = [one(), one()]
    await until(() => gates.length === 2)
    gates[0]?.()
    gates[1]?.()
    await until(() => gates.length === 3)
    gates[2]?.()
    const statuses = (await Promise.all(calls)).map((response) => response.status)
    expect(statuses.sort()).toEqual([200, 401])
    const third = one()
    await until(() => gates.length === 4)
    gates[3]?.()
    expect((await third).status).toBe(200)
    expect(replays).toHaveLength(4)
  })

  it('is never exceeded, and never lost, however bodies come', async () => {
    const chunkRows = fc.array(fc.array(fc.nat({ max: 400 }), { maxLength: 6 }), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(chunkRows, async (rows) => {
        const budget = new ReplayBudget(1500)
        const bodies = await Promise.all(
          rows.map((row) => {
            const chunks = row.map((size) => new Uint8Array(size))
            return prepared(streamOf(...chunks), budget)
          }),
        )
        const held = bodies.reduce((sum, each) => sum + each.held, 0)
        expect(held).toBeLessThanOrEqual(1500)
        for (const each of bodies) budget.give(each.held)
        expect(budget.take(1500)).toBe(true)
        const sizes = await Promise.all(
          bodies.map(async (each) => (await new Response(each.value).arrayBuffer()).byteLength),
        )
        expect(sizes).toEqual(rows.map((row) => row.reduce((sum, size) => sum + size, 0)))
      }),
      { numRuns: 200 },
    )
  })
})
