import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { type Account, DEFAULT_MODELS, newKey } from './account'
import { readCredential } from './authorize'
import type { StreamedReply } from './completions'
import {
  type FailureMode,
  FailurePlan,
  failingAnswer,
  finishOf,
  type SpoiltReply,
  spoil,
} from './failures'
import { isCompletion, type Model, provide } from './provider'
import { type RecordedCall, recordCall } from './recorded-call'
import type { Reply } from './replies'

/** Options of `startFakeDeepSeek`. */
export interface FakeDeepSeekOptions {
  /** Port on 127.0.0.1; default 0: any free one. */
  port?: number | undefined
  /** Models listed at start; default `['deepseek-flash', 'deepseek-v4-pro']`. */
  models?: string[] | undefined
  /** The model's answer to the last message; default: it repeats the message. */
  answer?: (string | ((lastMessage: string) => string)) | undefined
  /** Keep-alive lines before an answer; default 1 in streams and 0 before JSON, as when idle. */
  keepAlives?: number | undefined
  /** Milliseconds between two pieces of a stream; default 0. */
  chunkDelayMs?: number | undefined
  /** Seed of the failure mode `random`; default 1. The same seed draws the same failures. */
  seed?: number | undefined
}

/** A running fake. Everything it holds is invented; nothing leaves this machine. */
export interface FakeDeepSeek {
  /** Base URL, `http://127.0.0.1:<port>`. */
  readonly url: string
  /** The key that is good from the start. */
  readonly key: string
  /** Every request so far, in order of arrival; set `calls.length = 0` to start over. */
  readonly calls: RecordedCall[]
  /** A further good key; the older ones stay good. */
  issueKey(): string
  /** From now on the key gets the 401 with the echo of its last four characters. */
  revoke(key: string): void
  /** False: `/user/balance` says `is_available: false` and completions get 402. */
  setBalance(available: boolean): void
  /** What `/models` lists and completions accept. */
  setModels(ids: string[]): void
  /**
   * Fails the next `times` requests, or all until `heal()` when `times` is left out. Counted
   * failures queue up in the order given; `times` 0 ends the mode.
   */
  fail(mode: FailureMode, times?: number): void
  /** Ends every failure set by `fail`. */
  heal(): void
  /** Stops listening and ends all sockets at once, hanging ones included; may be called twice. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

interface Fake {
  account: Account
  failures: FailurePlan
  model: Model
  calls: RecordedCall[]
  chunkDelayMs: number
}

async function send(
  res: ServerResponse,
  reply: Reply | StreamedReply | SpoiltReply,
  delayMs: number,
): Promise<void> {
  if (reply.statusText !== undefined) res.statusMessage = reply.statusText
  if (!('chunks' in reply)) {
    const length = Buffer.byteLength(reply.body)
    return void res
      .writeHead(reply.status, { ...reply.headers, 'content-length': length })
      .end(reply.body)
  }
  res.writeHead(reply.status, reply.headers)
  for (const chunk of reply.chunks) {
    if (res.destroyed) return
    res.write(chunk)
    if (delayMs > 0) await delay(delayMs)
  }
  const ending = 'ending' in reply ? reply.ending : 'end'
  if (ending === 'end') res.end()
  // What was written has to leave first.
  else if (ending === 'reset') setImmediate(() => res.destroy())
}

async function handle(fake: Fake, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const request = { method: req.method ?? 'GET', path: (req.url ?? '/').split('?')[0] ?? '/' }
  const mode = fake.failures.next(isCompletion(request.method, request.path))
  const headers = { ...req.headers }
  if (mode === 'strip-authorization') delete headers.authorization
  const credential = readCredential(request.path, headers)
  const call = recordCall({ ...request, headers }, credential, fake.account)
  fake.calls.push(call)
  if (mode === 'reset') return void req.socket.resetAndDestroy()
  call.body = await text(req)
  if (mode === 'hang') return
  const tail = 'key' in credential ? credential.key.slice(-4) : ''
  const failing = mode === undefined ? undefined : failingAnswer(mode, tail)
  const model = { ...fake.model, finishReason: finishOf(mode) }
  const reply =
    failing ?? provide({ ...request, headers, body: call.body, credential }, fake.account, model)
  call.status = reply.status
  const isSpoilt = mode !== undefined && failing === undefined && reply.status === 200
  await send(res, isSpoilt ? spoil(mode, reply) : reply, fake.chunkDelayMs)
}

function serve(fake: Fake): Server {
  return createServer((req, res) => {
    // A caller who leaves in the middle breaks its own request only.
    handle(fake, req, res).catch(() => res.destroy())
  })
}

function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    })
  })
}

function closer(server: Server): () => Promise<void> {
  let closed: Promise<void> | undefined
  return () => {
    closed ??= new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
    return closed
  }
}

/**
 * Starts a DeepSeek on this machine, for tests and demonstrations: a real HTTP server with the
 * bodies, headers and order of checks of the real API. Rejects when the port is taken.
 *
 * @example
 * const fake = await startFakeDeepSeek()
 * const env = { DEEPSEEK_API_KEY: fake.key, DEEPSEEK_BASE_URL: fake.url }
 * const deepseek = deepseekGuard({ env })
 */
export async function startFakeDeepSeek(options: FakeDeepSeekOptions = {}): Promise<FakeDeepSeek> {
  const { answer = (message: string) => `You said: ${message}` } = options
  const key = newKey()
  const account: Account = {
    keys: new Map([[key, true]]),
    balanceAvailable: true,
    models: [...(options.models ?? DEFAULT_MODELS)],
  }
  const model = {
    answer: typeof answer === 'string' ? () => answer : answer,
    keepAlives: options.keepAlives,
  }
  const failures = new FailurePlan(options.seed ?? 1)
  const calls: RecordedCall[] = []
  const server = serve({ account, failures, model, calls, chunkDelayMs: options.chunkDelayMs ?? 0 })
  const url = await listen(server, options.port ?? 0)
  const close = closer(server)
  return {
    url,
    key,
    calls,
    issueKey() {
      const issued = newKey()
      account.keys.set(issued, true)
      return issued
    },
    revoke(revoked) {
      if (account.keys.has(revoked)) account.keys.set(revoked, false)
    },
    setBalance(available) {
      account.balanceAvailable = available
    },
    setModels(ids) {
      account.models = [...ids]
    },
    fail: (mode, times) => failures.add(mode, times),
    heal: () => failures.clear(),
    close,
    [Symbol.asyncDispose]: close,
  }
}
