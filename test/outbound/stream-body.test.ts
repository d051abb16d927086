import { Readable } from 'node:stream'
import { text as textOf } from 'node:stream/consumers'
import { systemClock } from '../../src/clock'
import { BodyTaps } from '../../src/outbound/stream-body'
import { StallTicker, StreamTap } from '../../src/outbound/stream-tap'
import { type StreamVerdict, StreamWatch } from '../../src/outbound/stream-watch'

type Bytes = Uint8Array<ArrayBuffer>

const body =
  'data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
const half = body.slice(0, 20)
const bytes = (text: string): Bytes => new Uint8Array(Buffer.from(text))

interface Tapped {
  response: Response
  stream: ReadableStream<Bytes>
  verdicts: StreamVerdict['kind'][]
  closed: () => boolean
}

const readsPast = Number.parseInt(process.versions.node, 10) >= 25
const taps = new BodyTaps()
const ticker = new StallTicker(systemClock, 60_000)
afterAll(() => ticker.close())

function tapped(source: ReadableStream<Bytes>, signal?: AbortSignal): Tapped {
  const first = new Response(source, { headers: { 'content-type': 'text/event-stream' } })
  const verdicts: StreamVerdict['kind'][] = []
  let closed = false
  const tap = new StreamTap({
    watch: new StreamWatch(() => 'text/event-stream'),
    ticker,
    signal,
    onVerdict: ({ kind }) => verdicts.push(kind),
    onClose: () => {
      closed = true
    },
  })
  const own = first.body as ReadableStream<Bytes>
  // Newer engines read past streams; there the body is another one.
  const response = readsPast ? new Response(taps.wrap(own, tap).stream) : first
  if (!readsPast) expect(taps.attach(own, tap)).toBe(true)
  const stream = response.body as ReadableStream<Bytes>
  return { response, stream, verdicts, closed: () => closed }
}

/** A byte stream that gives these pieces, one a pull. */
function pieces(...texts: string[]): ReadableStream<Bytes> {
  const left = [...texts]
  return new ReadableStream({
    type: 'bytes',
    pull(controller) {
      const next = left.shift()
      if (next !== undefined) controller.enqueue(bytes(next))
      else {
        controller.close()
        controller.byobRequest?.respond(0)
      }
    },
  })
}

const failing = (error: unknown): ReadableStream<Bytes> =>
  new ReadableStream({
    start: (controller) => controller.enqueue(bytes(half)),
    pull: (controller) => controller.error(error),
  })

async function drained(stream: ReadableStream<Bytes>): Promise<string[]> {
  const chunks: string[] = []
  const reader = stream.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return chunks
    chunks.push(Buffer.from(value).toString())
  }
}

test('a last chunk that comes with the end is heard before the end', async () => {
  const source = new ReadableStream<Bytes>({
    start(controller) {
      controller.enqueue(bytes(body))
      controller.close()
    },
  })
  const { stream, verdicts, closed } = tapped(source)
  expect(await drained(stream)).toEqual([body])
  expect({ verdicts, closed: closed() }).toEqual({ verdicts: ['success'], closed: true })
})

const through = (): TransformStream<Bytes, Bytes> => new TransformStream()
const ways: [string, (tapped: Tapped) => Promise<string>][] = [
  ['a reader', async ({ stream }) => (await drained(stream)).join('')],
  ['text()', ({ response }) => response.text()],
  ['arrayBuffer()', async ({ response }) => Buffer.from(await response.arrayBuffer()).toString()],
  ['blob()', async ({ response }) => (await response.blob()).text()],
  ['for await', ({ stream }) => textOf(stream)],
  ['Readable.fromWeb', ({ stream }) => textOf(Readable.fromWeb(stream as never))],
  ['Readable.from', ({ stream }) => textOf(Readable.from(stream))],
  ['pipeThrough', async ({ stream }) => (await drained(stream.pipeThrough(through()))).join('')],
  ['tee', async ({ stream }) => (await Promise.all(stream.tee().map(textOf)))[1] ?? ''],
  [
    'clone()',
    async ({ response }) => {
      const copy = response.clone()
      return (await Promise.all([copy.text(), response.text()]))[1]
    },
  ],
  ['a new Response', ({ stream }) => new Response(stream).text()],
  [
    'pipeTo',
    async ({ stream }) => {
      const { readable, writable } = through()
      const [text] = await Promise.all([textOf(readable), stream.pipeTo(writable)])
      return text
    },
  ],
  [
    'a BYOB reader',
    async ({ stream }) => {
      const reader = stream.getReader({ mode: 'byob' })
      let text = ''
      for (;;) {
        const { done, value } = await reader.read(new Uint8Array(7))
        if (done) return text
        text += Buffer.from(value).toString()
      }
    },
  ],
]

describe.each(ways)('a body that is read by %s', (_name, read) => {
  test('comes whole and is a success', async () => {
    const it = tapped(pieces(body.slice(0, 50), body.slice(50)))
    expect(await read(it)).toBe(body)
    expect(it.verdicts).toEqual(['success'])
    expect(it.closed()).toBe(true)
  })

  test('is a failure when it ends too soon', async () => {
    const it = tapped(pieces(half))
    expect(await read(it)).toBe(half)
    expect(it.verdicts).toEqual(['failed'])
  })

  test('errors with the identical error', async () => {
    if (_name === 'a BYOB reader') return
    const error = new Error('reset')
    const it = tapped(failing(error))
    await expect(read(it)).rejects.toBe(error)
    expect(it.verdicts).toEqual(['failed'])
  })
})

describe('what the caller does to a tapped body', () => {
  test('chunks keep their boundaries', async () => {
    const it = tapped(pieces('data: {', '"a":1}\n', '\n', 'data: [DONE]\n\n'))
    expect(await drained(it.stream)).toEqual(['data: {', '"a":1}\n', '\n', 'data: [DONE]\n\n'])
  })

  test.each<[string, (stream: ReadableStream<Bytes>) => ReadableStream<Bytes>]>([
    ['a reader', (stream) => stream],
    ['a pipe', (stream) => stream.pipeThrough(through())],
    ['a copy', (stream) => stream.tee()[0]],
  ])('%s pulls as much of the source as it does of a body that is not tapped', async (_n, make) => {
    const pulled = async (isTapped: boolean): Promise<number> => {
      let pulls = 0
      const source = new ReadableStream<Bytes>(
        {
          pull(controller) {
            pulls += 1
            controller.enqueue(bytes(': x\n'))
          },
        },
        { highWaterMark: 0 },
      )
      const stream = isTapped ? tapped(source).stream : source
      const reader = make(stream).getReader()
      await reader.read()
      await reader.read()
      await new Promise((resolve) => setImmediate(resolve))
      return pulls
    }
    expect(await pulled(true)).toBe(await pulled(false))
  })

  test.each<[string, (stream: ReadableStream<Bytes>, why: Error) => Promise<unknown>]>([
    ['the stream', (stream, why) => stream.cancel(why)],
    ['its reader', (stream, why) => stream.getReader().cancel(why)],
    ['a pipe', (stream, why) => stream.pipeThrough(through()).cancel(why)],
  ])('cancelling %s reaches the source with its reason', async (_name, cancel) => {
    let reason: unknown
    const it = tapped(
      new ReadableStream({
        cancel(why) {
          reason = why
        },
      }),
    )
    const why = new Error('enough')
    await cancel(it.stream, why)
    expect(reason).toBe(why)
    expect(it.verdicts).toEqual(['left'])
  })

  test('breaking out of for await cancels and is no evidence', async () => {
    let cancelled = false
    const source = new ReadableStream<Bytes>({
      pull: (controller) => controller.enqueue(bytes(half)),
      cancel() {
        cancelled = true
      },
    })
    const it = tapped(source)
    for await (const _chunk of it.stream) break
    expect(cancelled).toBe(true)
    expect(it.verdicts).toEqual(['left'])
  })

  test('an iterator that prevents cancelling leaves the rest to the next reader', async () => {
    const it = tapped(pieces(body.slice(0, 50), body.slice(50)))
    for await (const _chunk of it.stream.values({ preventCancel: true })) break
    expect(it.verdicts).toEqual([])
    expect(await it.response.body?.getReader().read()).toMatchObject({ done: false })
    expect(it.verdicts).toEqual(['success'])
  })

  test('letting go of a read under way is no failure', async () => {
    const it = tapped(new ReadableStream({ type: 'bytes' }))
    const reader = it.stream.getReader()
    const reading = reader.read()
    reader.releaseLock()
    await expect(reading).rejects.toMatchObject({ name: 'TypeError' })
    expect(it.verdicts).toEqual([])
    expect(it.stream.locked).toBe(false)
  })

  test("the caller's own abort is no evidence", async () => {
    const abort = new AbortController()
    const error = new Error('The user has gone.')
    const it = tapped(failing(error), abort.signal)
    abort.abort(error)
    await expect(it.response.text()).rejects.toBe(error)
    expect(it.verdicts).toEqual(['left'])
  })

  test('a body that nobody reads says nothing', async () => {
    const it = tapped(pieces(body))
    await new Promise((resolve) => setImmediate(resolve))
    expect(it.verdicts).toEqual([])
  })

  test('mistakes are those of the platform', async () => {
    const it = tapped(pieces(body))
    expect(() => it.stream.pipeThrough({} as never)).toThrow('transform')
    expect(it.stream.locked).toBe(false)
    const reader = it.stream.getReader()
    expect(() => it.stream.getReader()).toThrow('locked')
    await expect(it.stream.cancel()).rejects.toThrow('locked')
    await expect(it.stream.pipeTo(new WritableStream())).rejects.toThrow('locked')
    expect(it.verdicts).toEqual([])
    reader.releaseLock()
    expect(it.response.body).toBe(it.stream)
    expect(it.stream).toBeInstanceOf(ReadableStream)
  })

  test('a listener that throws does not reach the reader', async () => {
    const stream = pieces(body)
    const tap = new StreamTap({
      watch: new StreamWatch(() => 'text/event-stream'),
      ticker,
      signal: undefined,
      onVerdict() {
        throw new Error('listener')
      },
      onClose() {},
    })
    taps.attach(stream, tap)
    expect((await drained(stream)).join('')).toBe(body)
  })
})

describe('silence', () => {
  beforeEach(() => jest.useFakeTimers())
  afterEach(() => jest.useRealTimers())

  function stalling() {
    const own = new StallTicker(systemClock, 1_000)
    const verdicts: StreamVerdict[] = []
    let controller: ReadableStreamDefaultController<Bytes> | undefined
    const stream = new ReadableStream<Bytes>({
      start(given) {
        controller = given
      },
    })
    const tap = new StreamTap({
      watch: new StreamWatch(() => 'text/event-stream'),
      ticker: own,
      signal: undefined,
      onVerdict: (verdict) => verdicts.push(verdict),
      onClose() {},
    })
    return { tap, stream, verdicts, push: (text: string) => controller?.enqueue(bytes(text)) }
  }

  const event = 'data: {"choices":[{"delta":{"content":"x"}}]}\n\n'

  test('is told after stallMs, once, while somebody waits', async () => {
    const { tap, stream, verdicts, push } = stalling()
    taps.attach(stream, tap)
    push(event)
    const reader = stream.getReader()
    await reader.read()
    reader.read().catch(() => undefined)
    await jest.advanceTimersByTimeAsync(990)
    expect(verdicts).toEqual([])
    await jest.advanceTimersByTimeAsync(200)
    expect(verdicts).toMatchObject([{ kind: 'failed', facts: { finished: false } }])
    await jest.advanceTimersByTimeAsync(5_000)
    expect(verdicts).toHaveLength(1)
    expect(jest.getTimerCount()).toBe(0)
  })

  test('comments do not break it, content does', async () => {
    const { tap, stream, verdicts, push } = stalling()
    taps.attach(stream, tap)
    const reading = drained(stream)
    for (let second = 0; second < 5; second += 1) {
      push(event)
      await jest.advanceTimersByTimeAsync(900)
    }
    expect(verdicts).toEqual([])
    for (let i = 0; i < 5; i += 1) {
      push(': keep-alive\n\n')
      await jest.advanceTimersByTimeAsync(250)
    }
    expect(verdicts).toMatchObject([{ kind: 'failed' }])
    reading.catch(() => undefined)
  })

  test('of a caller who does not read is no stall', async () => {
    const { tap, stream, verdicts, push } = stalling()
    taps.attach(stream, tap)
    const reader = stream.getReader()
    push(event)
    await reader.read()
    await jest.advanceTimersByTimeAsync(10_000)
    push(event)
    await reader.read()
    await jest.advanceTimersByTimeAsync(200)
    expect(verdicts).toEqual([])
    expect(jest.getTimerCount()).toBe(0)
  })

  test('ends a body that is wrapped for it, and lets go of the source', async () => {
    const { tap, stream, verdicts } = stalling()
    const own = taps.wrap(stream, tap)
    const error = new DOMException('stalled', 'TimeoutError')
    tap.abort = () => own.fail(error)
    const reading = expect(new Response(own.stream).text()).rejects.toBe(error)
    await jest.advanceTimersByTimeAsync(1_100)
    await reading
    expect(verdicts).toHaveLength(1)
    expect(await stream.cancel().catch(() => 'locked')).toBe('locked')
  })
})
