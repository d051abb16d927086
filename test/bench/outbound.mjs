// What the wrapper adds to a call that succeeds, side by side with the same call without it.
// node test/bench/outbound.mjs [folder of sources]
// With `gate` behind it, only the rows that a test holds to their limit, as JSON.
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { median } from './measure.mjs'

const root = resolve(process.argv[2] ?? 'src')
const load = createRequire(import.meta.url)
load('../outbound/load-typescript.cjs')
const { createFetch } = load(`${root}/outbound/create-fetch`)
const { resolveOutboundOptions } = load(`${root}/outbound/outbound-options`)
const { createCredentialHolder } = load(`${root}/credentials/credential-holder`)
const { systemClock } = load(`${root}/clock`)

const origin = 'https://api.deepseek.com'
const url = `${origin}/chat/completions`
const token = `sk-${'0'.repeat(32)}`
const shared = new Response('{}')
const log = { emit() {}, enabled: () => false }

/** Transports that give one shared object, by what they do before. */
const transports = {
  /** Nothing at all: not even a look at what is sent. */
  instant: async () => shared,
  /** A look at the headers: the first thing that any transport does. */
  headers: async (_input, init) => {
    new Headers(init.headers)
    return shared
  },
  /** One turn of the event loop, as any I/O takes. */
  turn: async () => {
    await turn()
    return shared
  },
  /** The request object that the fetch standard begins with. */
  request: async (input, init) => {
    new Request(input, init)
    return shared
  },
}

async function guard(transport, listen) {
  const source = { kind: 'function', getToken: () => ({ token }) }
  const deps = { clock: systemClock, random: Math.random, log, refreshTimeoutMs: 1000 }
  const { fetch } = createFetch({
    holder: createCredentialHolder(source, deps),
    origins: new Set([origin]),
    options: resolveOutboundOptions({ fetch: transport }),
    log,
    clock: systemClock,
    known: () => ({}),
    ...(listen ? { onOutcome() {} } : {}),
  })
  await fetch(url, { headers: {} })
  return fetch
}

async function batch(call, init, count) {
  const begun = process.hrtime.bigint()
  for (let i = 0; i < count; i += 1) await call(url, init)
  return Number(process.hrtime.bigint() - begun) / count
}

/**
 * Bare and wrapped in turns, in short batches. `ratio` is between the medians, `least` between the
 * fastest batches: what a neighbour on the machine does is in the first and not in the second.
 */
async function compare(name, form, listen, rounds, count) {
  const transport = transports[name]
  const make = form === 'Headers' ? (record) => new Headers(record) : (record) => record
  const wrapped = await guard(transport, listen)
  const body = JSON.stringify({ model: 'deepseek-flash', messages: [] })
  const type = { 'content-type': 'application/json' }
  const ours = { method: 'POST', headers: make(type), body }
  // The bare call carries the key, too: somebody has to put it there.
  const bare = { ...ours, headers: make({ ...type, authorization: `Bearer ${token}` }) }
  const times = { bare: [], ours: [] }
  for (let round = 0; round < rounds; round += 1) {
    times.bare.push(await batch(transport, bare, count))
    times.ours.push(await batch(wrapped, ours, count))
  }
  const least = Math.min(...times.ours) / Math.min(...times.bare)
  const [bareNs, oursNs] = [median(times.bare), median(times.ours)]
  return {
    transport: name,
    headers: form,
    listener: listen,
    bareNs: Math.round(bareNs),
    oursNs: Math.round(oursNs),
    ratio: Number((oursNs / bareNs).toFixed(2)),
    least: Number(least.toFixed(2)),
  }
}

const results = []
if (process.argv[3] === 'gate') {
  for (const name of ['headers', 'turn', 'request']) {
    results.push(await compare(name, 'record', false, 60, 300))
  }
  console.log(JSON.stringify(results))
} else {
  for (const listen of [false, true]) {
    for (const name of Object.keys(transports)) {
      for (const form of ['record', 'Headers']) {
        results.push(await compare(name, form, listen, 101, name === 'instant' ? 4_000 : 500))
      }
    }
  }
  console.table(results)
}
