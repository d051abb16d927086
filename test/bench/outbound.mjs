// What the wrapper adds to a call that succeeds, over a transport that costs next to nothing.
// Run after a build: node test/bench/outbound.mjs [path to the built package]
import { createRequire } from 'node:module'
import { resolve } from 'node:path'

const root = resolve(process.argv[2] ?? 'dist')
const load = createRequire(import.meta.url)
const { createFetch } = load(`${root}/outbound/create-fetch.js`)
const { resolveOutboundOptions } = load(`${root}/outbound/outbound-options.js`)
const { createCredentialHolder } = load(`${root}/credentials/credential-holder.js`)
const { systemClock } = load(`${root}/clock.js`)

const url = 'https://api.deepseek.com/chat/completions'
const shared = new Response('{}')
const log = { emit() {}, enabled: () => false }

/** A transport that gives the same object at once: the least that a call can cost. */
const instant = async () => shared
/** A transport that reads what it is given, as every real one must. */
const reading = async (_input, init) => {
  new Headers(init.headers)
  return shared
}

async function guard(transport, listen) {
  const source = { kind: 'function', getToken: () => ({ token: `sk-${'0'.repeat(32)}` }) }
  const deps = { clock: systemClock, random: Math.random, log, refreshTimeoutMs: 1000 }
  const holder = createCredentialHolder(source, deps)
  const { fetch } = createFetch({
    holder,
    origins: new Set(['https://api.deepseek.com']),
    options: resolveOutboundOptions({ fetch: transport }),
    log,
    clock: systemClock,
    known: () => ({}),
    ...(listen ? { onOutcome() {} } : {}),
  })
  await fetch(url)
  return fetch
}

async function batch(call, init, count) {
  const begun = process.hrtime.bigint()
  for (let i = 0; i < count; i += 1) await call(url, init)
  return Number(process.hrtime.bigint() - begun) / count
}

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1]
}

/** Both in turns, so that a busy machine slows both; the median of the pairs. */
export async function compare(transport, init, { listen = false, rounds = 41, count = 5000 } = {}) {
  const wrapped = await guard(transport, listen)
  const bare = []
  const ours = []
  for (let round = 0; round < rounds; round += 1) {
    bare.push(await batch(transport, init, count))
    ours.push(await batch(wrapped, init, count))
  }
  const ratios = ours.map((value, index) => value / bare[index])
  return { bare: median(bare), ours: median(ours), ratio: median(ratios) }
}

const body = JSON.stringify({ model: 'deepseek-flash', messages: [] })
const record = { method: 'POST', headers: { 'content-type': 'application/json' }, body }
const cases = [
  ['instant transport, no init', instant, undefined],
  ['instant transport, record headers', instant, record],
  ['instant transport, Headers', instant, { ...record, headers: new Headers(record.headers) }],
  ['reading transport, record headers', reading, record],
  ['reading transport, Headers', reading, { ...record, headers: new Headers(record.headers) }],
]
for (const listen of [false, true]) {
  for (const [name, transport, init] of cases) {
    if (init === undefined && transport === reading) continue
    const { bare, ours, ratio } = await compare(transport, init, { listen })
    const who = listen ? 'with a listener' : 'nobody listens'
    console.log(
      `${name.padEnd(36)} ${who.padEnd(16)} bare ${bare.toFixed(0).padStart(6)} ns` +
        `  ours ${ours.toFixed(0).padStart(6)} ns  ratio ${ratio.toFixed(2)}`,
    )
  }
}
