// Runs one leak gate in a process of its own (node --expose-gc) and prints what it measured.
require('./load-typescript.cjs')
const { getEventListeners, once } = require('node:events')
const { createServer } = require('node:http')
const { systemClock } = require('../../src/clock')
const { createCredentialHolder } = require('../../src/credentials/credential-holder')
const { createFetch } = require('../../src/outbound/create-fetch')
const { resolveOutboundOptions } = require('../../src/outbound/outbound-options')

const log = { emit() {}, enabled: () => false }

function guard(origin, getToken, transport) {
  const source = { kind: 'function', getToken }
  const deps = { clock: systemClock, random: Math.random, log, refreshTimeoutMs: 10_000 }
  const holder = createCredentialHolder(source, deps)
  return createFetch({
    holder,
    origins: new Set([origin]),
    options: resolveOutboundOptions({ fetch: transport }),
    log,
    clock: systemClock,
    known: () => ({}),
    onOutcome() {},
  })
}

/** Gives another token each time it is asked. */
function rotation() {
  let generation = 0
  return () => {
    generation += 1
    return { token: `token-${generation}` }
  }
}

async function serve(handler) {
  const server = createServer(handler)
  let open = 0
  let peak = 0
  let made = 0
  server.on('connection', (socket) => {
    open += 1
    made += 1
    peak = Math.max(peak, open)
    socket.once('close', () => {
      open -= 1
    })
  })
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${server.address().port}`
  return { url, stats: () => ({ open, peak, made }) }
}

/** Calls `one` that many times, `width` at a time. */
async function many(count, width, one) {
  let left = count
  const row = async () => {
    while (left > 0) {
      left -= 1
      await one()
    }
  }
  await Promise.all(Array.from({ length: width }, row))
}

async function settledHeap() {
  for (let i = 0; i < 4; i += 1) {
    global.gc()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return process.memoryUsage().heapUsed
}

const gates = {
  /** 100,000 calls: a third with a body to keep, each hundredth refused first. */
  async heap() {
    const origin = 'https://api.deepseek.com'
    const next = rotation()
    let count = 0
    const transport = async (_input, init) => {
      count += 1
      await null
      const status = count % 100 === 0 ? 401 : 200
      return new Response('{}', { status, headers: new Headers(init.headers) })
    }
    const { fetch } = guard(origin, next, transport)
    const { signal } = new AbortController()
    const bodies = [undefined, 'text', () => new Blob(['x']).stream(), () => Buffer.alloc(2048)]
    const one = async () => {
      const body = bodies[count % bodies.length]
      const made = typeof body === 'function' ? body() : body
      const init = { method: 'POST', body: made, signal, headers: { 'x-a': 'b' } }
      await (await fetch(`${origin}/chat/completions`, init)).text()
    }
    await many(10_000, 50, one)
    const before = await settledHeap()
    await many(100_000, 50, one)
    const after = await settledHeap()
    return { before, after, listeners: getEventListeners(signal, 'abort').length }
  },

  /** 1,000 times a 401 with 20 KB, then a 200. */
  async sockets() {
    const width = 10
    const page = Buffer.alloc(20_000, 'x')
    let refused = 0
    const seen = new Set()
    const server = await serve((req, res) => {
      req.resume()
      const call = req.headers['x-call']
      if (seen.has(call)) return void res.end('good')
      seen.add(call)
      refused += 1
      res.writeHead(401).end(page)
    })
    const next = rotation()
    const { fetch } = guard(server.url, next)
    let call = 0
    let good = 0
    await many(1_000, width, async () => {
      call += 1
      const headers = { 'x-call': String(call) }
      const response = await fetch(server.url, { method: 'POST', body: 'x', headers })
      if ((await response.text()) === 'good') good += 1
      // undici takes one turn to free a socket; a caller that does anything at all gives it.
      await new Promise((resolve) => setImmediate(resolve))
    })
    return { width, refused, good, ...server.stats() }
  },

  /** 10,000 calls on one signal that lives as long as the process. */
  async listeners() {
    const { signal } = new AbortController()
    const transport = async () => {
      await new Promise((resolve) => setImmediate(resolve))
      return new Response('{}')
    }
    const stub = guard('https://api.deepseek.com', () => ({ token: 'token' }), transport)
    let most = 0
    await many(10_000, 100, async () => {
      const call = stub.fetch('https://api.deepseek.com/', { signal })
      most = Math.max(most, getEventListeners(signal, 'abort').length)
      await call
    })
    return { most, left: getEventListeners(signal, 'abort').length }
  },

  /** The same over real sockets: what the transport itself adds goes with the garbage. */
  async 'real-listeners'() {
    const server = await serve((req, res) => {
      req.resume()
      res.end('{}')
    })
    const { signal } = new AbortController()
    const { fetch } = guard(server.url, () => ({ token: 'token' }))
    await many(1_000, 20, async () => {
      await (await fetch(server.url, { signal })).text()
    })
    for (let i = 0; i < 20 && getEventListeners(signal, 'abort').length > 0; i += 1) {
      await settledHeap()
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    return { left: getEventListeners(signal, 'abort').length }
  },
}

gates[process.argv[2]]().then((measured) => {
  console.log(JSON.stringify(measured))
  process.exit(0)
})
