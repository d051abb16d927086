import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Diagnosis } from '../../src/causes/cause'
import { systemClock } from '../../src/clock'
import type { CredentialHolder } from '../../src/credentials/credential'
import { createCredentialHolder } from '../../src/credentials/credential-holder'
import type { CredentialSource } from '../../src/credentials/source'
import type { EventFields, GuardEventName, GuardLog } from '../../src/observability/events'
import type { CallOutcome } from '../../src/outbound/call'
import { createFetch, type GuardFetch } from '../../src/outbound/create-fetch'
import { type OutboundOptions, resolveOutboundOptions } from '../../src/outbound/outbound-options'

export interface Line extends EventFields {
  level: string
  event: GuardEventName
  message: string
}

export interface Bench extends GuardFetch {
  holder: CredentialHolder
  lines: Line[]
  outcomes: CallOutcome[]
  diagnoses: Diagnosis[]
  /** The lines of one event. */
  of(event: GuardEventName): Line[]
}

export function memoryLog(lines: Line[]): GuardLog {
  return {
    enabled: () => true,
    emit: (level, event, fields, message) => void lines.push({ ...fields, level, event, message }),
  }
}

export interface BenchOptions extends OutboundOptions {
  /** Exact origins that get the credential. */
  to: string[]
  source?: CredentialSource
  holder?: CredentialHolder
}

/** Keys in a row: the first one is `key(1)`; each has the shape of a real one. */
export function key(n: number): string {
  return `sk-${createHash('md5').update(String(n)).digest('hex')}`
}

/** A source that gives the next key each time it is asked after a refusal. */
export function rotating(): CredentialSource & { asked: number } {
  const source = {
    kind: 'function',
    asked: 0,
    getToken() {
      source.asked += 1
      return { token: key(source.asked) }
    },
  }
  return source
}

export function fixed(token = key(1)): CredentialSource & { asked: number } {
  const source = {
    kind: 'function',
    asked: 0,
    getToken() {
      source.asked += 1
      return { token }
    },
  }
  return source
}

export function bench({ to, source = rotating(), holder, ...options }: BenchOptions): Bench {
  const lines: Line[] = []
  const outcomes: CallOutcome[] = []
  const diagnoses: Diagnosis[] = []
  const log = memoryLog(lines)
  const clock = systemClock
  const kept =
    holder ??
    createCredentialHolder(source, { clock, random: () => 0.5, log, refreshTimeoutMs: 10_000 })
  const guard = createFetch({
    holder: kept,
    origins: new Set(to),
    options: resolveOutboundOptions(options),
    log,
    clock,
    known: () => ({}),
    onOutcome: (outcome) => void outcomes.push(outcome),
    onDiagnosis: (diagnosis) => void diagnoses.push(diagnosis),
  })
  const of = (event: GuardEventName) => lines.filter((line) => line.event === event)
  return { ...guard, holder: kept, lines, outcomes, diagnoses, of }
}

export interface Seen {
  method: string
  url: string
  headers: IncomingMessage['headers']
  body: Buffer
}

export interface TestServer {
  url: string
  seen: Seen[]
  /** Sockets that are open now. */
  sockets: Set<Socket>
  /** Most sockets that were open at once. */
  peak(): number
  server: Server
  close(): Promise<void>
}

export type Handler = (
  seen: Seen,
  res: ServerResponse,
  req: IncomingMessage,
) => void | Promise<void>

/** A real server on loopback that reads each request to its end before it answers. */
export async function serve(handler: Handler, eager = false): Promise<TestServer> {
  const seen: Seen[] = []
  const sockets = new Set<Socket>()
  let peak = 0
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = []
    const entry = {
      method: req.method ?? '',
      url: req.url ?? '',
      headers: req.headers,
      body: Buffer.alloc(0),
    }
    if (eager) {
      seen.push(entry)
      await handler(entry, res, req)
      return
    }
    try {
      for await (const chunk of req) chunks.push(chunk)
    } catch {
      return
    }
    entry.body = Buffer.concat(chunks)
    seen.push(entry)
    await handler(entry, res, req)
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    peak = Math.max(peak, sockets.size)
    socket.on('error', () => undefined)
    socket.once('close', () => sockets.delete(socket))
  })
  // A busy machine must not find its idle sockets closed, nor its thousand connections refused.
  server.keepAliveTimeout = 60_000
  server.listen({ port: 0, host: '127.0.0.1', backlog: 2_048 })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    sockets,
    peak: () => peak,
    server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** `serve` for a test file: every server is closed with the test that started it. */
export function serverStarter(): typeof serve {
  const open: TestServer[] = []
  afterEach(async () => {
    await Promise.all(open.splice(0).map((server) => server.close()))
  })
  return async (...args) => {
    const server = await serve(...args)
    open.push(server)
    return server
  }
}

/** The end of an answer that a handler will name with `of`; `seen` waits for it. */
export function hangUp(): { of(res: ServerResponse): void; seen: Promise<void> } {
  let settle = (): void => undefined
  const seen = new Promise<void>((resolve) => {
    settle = resolve
  })
  return { of: (res) => void res.once('close', settle), seen }
}

/** DeepSeek's refusal of a key, with the echo of its tail. */
export function refusal(authorization: string | undefined): string {
  const tail = (authorization ?? '').slice(-4)
  return JSON.stringify({
    error: {
      message: `Authentication Fails, Your api key: ****${tail} is invalid (request_id: 0f)`,
      type: 'authentication_error',
      param: null,
      code: 'invalid_request_error',
    },
  })
}

/** Answers 401 unless the bearer is one of `good`, else what `ok` says. */
export function gate(good: (bearer: string) => boolean, ok?: Handler): Handler {
  return (seen, res, req) => {
    const bearer = (seen.headers.authorization ?? '').replace(/^Bearer /, '')
    if (!good(bearer)) {
      const body = refusal(seen.headers.authorization)
      res.writeHead(401, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'x-ds-trace-id': 'trace-1',
      })
      res.end(body)
      return
    }
    if (ok) return ok(seen, res, req)
    res.writeHead(200, { 'content-type': 'application/json' })
    res.end('{"ok":true}')
  }
}

/** Resolves once `test` holds; looks after every turn of the event loop. */
export async function until(test: () => boolean, ms = 5_000): Promise<void> {
  const end = Date.now() + ms
  while (!test()) {
    if (Date.now() > end) throw new Error('It did not come to pass in time.')
    await new Promise((resolve) => setImmediate(resolve))
  }
}
