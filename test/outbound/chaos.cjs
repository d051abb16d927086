// Calls a server that does its worst, with every kind of body, some of them aborted at a random
// time, while the token is rotated. Prints what was left over. A process of its own, because an
// unhandled rejection must end it.
require('./load-typescript.cjs')
const { once } = require('node:events')
const { createServer } = require('node:http')
const { Readable } = require('node:stream')
const { gzipSync } = require('node:zlib')
const { systemClock } = require('../../src/clock')
const { createCredentialHolder } = require('../../src/credentials/credential-holder')
const { createFetch } = require('../../src/outbound/create-fetch')
const { resolveOutboundOptions } = require('../../src/outbound/outbound-options')

const COUNT = 300
const seed = Number(process.argv[2] ?? 1)

/** The same numbers for the same seed (mulberry32). */
function generator(start) {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
const random = generator(seed)
const pick = (list) => list[Math.floor(random() * list.length)]
const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const answer = (status, headers, body) => (_req, res) => res.writeHead(status, headers).end(body)

const page = '<!doctype html><title>502</title>'
const echo = (tail) =>
  JSON.stringify({ error: { message: `Your api key: ****${tail} is invalid` } })
const manners = [
  (req, _res) => req.socket.resetAndDestroy(),
  (_req, res) => setTimeout(() => res.end('late'), 30),
  (_req, res) => {
    res.writeHead(401)
    res.write('begin')
    setTimeout(() => res.end('end'), 200)
  },
  (_req, res) => {
    res.writeHead(401, { 'content-length': '1000' })
    res.write('some', () => res.socket?.resetAndDestroy())
  },
  (_req, res) => res.writeHead(401).end(Buffer.alloc(300_000, 'x')),
  (_req, res) => res.writeHead(401, { 'content-encoding': 'gzip' }).end(gzipSync(echo('abcd'))),
  (_req, res) => res.writeHead(401, { 'content-encoding': 'gzip' }).end('this is no gzip'),
  answer(401, { 'content-type': 'text/html' }, page),
  answer(402, {}, '{"error":{"message":"Insufficient Balance"}}'),
  answer(429, { 'content-length': '4', 'retry-after': '1' }, 'slow'),
  (_req, res) => {
    res.writeHead(429, { 'content-length': '400' })
    res.write('cut', () => res.socket?.destroy())
  },
  answer(503, { 'content-type': 'text/html' }, page),
  answer(307, { location: '/again' }, 'moved'),
  answer(307, { location: 'http://127.0.0.1:1/' }, 'moved'),
  answer(302, { location: '/' }, 'moved'),
  answer(200, { 'content-type': 'text/event-stream' }, ': keep-alive\n\ndata: 1\n\n'),
]

const text = 'x'.repeat(2_000)
const bodies = [
  () => undefined,
  () => text,
  () => Buffer.from(text),
  () => new Blob([text]),
  () => new URLSearchParams({ text }),
  () => new Blob([text]).stream(),
  () => Readable.from([text, text]),
  async function* () {
    yield text
    await later(5)
    yield text
  },
  async function* () {
    yield text
    throw new Error('the disk is gone')
  },
]

/** A guard whose every token invalidates the one before it, and whose source fails at times. */
function guard(url, name, live, told) {
  const log = { emit() {}, enabled: () => true }
  let token
  const source = {
    kind: 'function',
    async getToken() {
      if (token !== undefined && random() < 0.2) throw new Error('the vault sleeps')
      await later(random() * 5)
      live.delete(`Bearer ${token}`)
      token = `token-${name}-${Math.floor(random() * 1e9)}`
      live.add(`Bearer ${token}`)
      return { token }
    },
  }
  const deps = { clock: systemClock, random, log, refreshTimeoutMs: 1_000 }
  const holder = createCredentialHolder(source, deps)
  const { fetch } = createFetch({
    holder,
    origins: new Set([url]),
    options: resolveOutboundOptions({ maxReplayBytes: 3_000 }),
    log,
    clock: systemClock,
    known: () => ({}),
    onOutcome() {
      told.outcomes += 1
    },
  })
  return { holder, fetch }
}

async function main() {
  const live = new Set()
  const server = createServer((req, res) => {
    res.on('error', () => undefined)
    req.on('error', () => undefined)
    req.resume()
    const good = live.has(req.headers.authorization)
    const manner = !good && random() < 0.5 ? answer(401, {}, echo('abcd')) : pick(manners)
    // Half of them before the request body has come in.
    if (random() < 0.5) manner(req, res)
    else req.once('end', () => manner(req, res))
  })
  server.on('clientError', (_error, socket) => socket.destroy())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${server.address().port}`

  const told = { outcomes: 0 }
  const ends = {}
  const settle = async (fetch) => {
    const controller = new AbortController()
    const body = pick(bodies)()
    if (random() < 0.3)
      setTimeout(() => controller.abort(new Error('the user left')), random() * 60)
    const init = { method: body === undefined ? 'GET' : 'POST', body, duplex: 'half' }
    try {
      const response = await fetch(url, { ...init, signal: controller.signal })
      if (random() < 0.8) await response.text()
      else await response.body?.cancel()
      ends[response.status] = (ends[response.status] ?? 0) + 1
    } catch (error) {
      ends[error.message] = (ends[error.message] ?? 0) + 1
    }
  }
  // A new guard every few calls, or the breaker would answer nearly all of them.
  const rows = Array.from({ length: 20 }, async (_, row) => {
    for (let i = 0; i < COUNT / 100; i += 1) {
      const { holder, fetch } = guard(url, `${row}-${i}`, live, told)
      await Promise.all([settle(fetch), settle(fetch), settle(fetch)])
      await Promise.all([settle(fetch), settle(fetch)])
      await holder.close()
    }
  })
  await Promise.all(rows)
  server.close()
  server.closeAllConnections()
  await later(300)
  const settled = Object.values(ends).reduce((sum, each) => sum + each, 0)
  console.log(JSON.stringify({ settled, ...told, kinds: Object.keys(ends).length, ends }))
}

main()
