// What a call that succeeds costs on top of its transport: the guard's public fetch, and the
// clients that people use today, over the same stub.
import { createRequire } from 'node:module'
import { inTurns, KEY, mapValues, print, target } from './measure.mjs'

const load = createRequire(import.meta.url)
const { deepseekGuard } = load('deepseek-guard')
const { OAuth2Client } = load('google-auth-library')
const { OpenAI } = load('openai')
const axios = load('axios')
const { createAuthRefresh } = load('axios-auth-refresh')

const CALLS = 200
const bare = 'the stub itself'
const baseURL = 'https://api.deepseek.com'
const url = `${baseURL}/chat/completions`
const type = { 'content-type': 'application/json' }
const question = { model: 'deepseek-flash', messages: [{ role: 'user', content: 'hello' }] }
const init = { method: 'POST', headers: type, body: JSON.stringify(question) }
// The bare call carries the key, too: somebody has to put it there.
const signed = { ...init, headers: { ...type, authorization: `Bearer ${KEY}` } }

const answer = { id: '1', choices: [{ message: { role: 'assistant', content: 'hello' } }] }
/** One object for all calls, which can be read again and again. */
const shared = {
  ok: true,
  status: 200,
  statusText: 'OK',
  url,
  headers: new Headers(type),
  body: null,
  json: async () => answer,
  text: async () => JSON.stringify(answer),
}

/** Two transports, by what they do before they give the shared object. */
const transports = {
  'one turn of the event loop, as any I/O takes': () =>
    new Promise((resolve) => setImmediate(resolve, shared)),
  'the `Request` that the fetch standard begins with': async (input, given) => {
    new Request(input, given)
    return shared
  },
}

function guarded(transport, health) {
  const env = { DEEPSEEK_API_KEY: KEY }
  return deepseekGuard({ env, health, logger: false, outbound: { fetch: transport } })
}

function googleClient(transport) {
  const client = new OAuth2Client({ transporterOptions: { fetchImplementation: transport } })
  client.setCredentials({ access_token: KEY })
  return client
}

function axiosClient(transport) {
  const client = axios.create({
    adapter: async (config) => {
      const { status, statusText } = await transport(url, signed)
      return { status, statusText, headers: {}, data: answer, config }
    },
  })
  createAuthRefresh(client, async () => {})
  client.interceptors.request.use((request) => {
    request.headers.Authorization = `Bearer ${KEY}`
    return request
  })
  return client
}

async function nanoseconds(call) {
  const startedAt = process.hrtime.bigint()
  for (let made = 0; made < CALLS; made += 1) await call()
  return Number(process.hrtime.bigint() - startedAt) / CALLS
}

for (const [name, transport] of Object.entries(transports)) {
  const watched = guarded(transport)
  const unwatched = guarded(transport, false)
  const google = googleClient(transport)
  const openai = new OpenAI({ apiKey: KEY, baseURL, fetch: transport })
  const refreshing = axiosClient(transport)
  const calls = {
    [bare]: () => transport(url, signed),
    '`guard.fetch`': () => watched.fetch(url, init),
    '`guard.fetch`, `health: false`': () => unwatched.fetch(url, init),
    'google-auth-library': () => google.request({ url, ...init }),
    'axios + axios-auth-refresh': () => refreshing.post(url, init.body, { headers: type }),
    openai: () => openai.chat.completions.create(question),
  }
  const subjects = mapValues(calls, (call) => () => nanoseconds(call))
  await inTurns({ rounds: 5 }, subjects)
  const ns = await inTurns({ rounds: 41, seconds: 12 }, subjects)
  await Promise.all([watched.close(), unwatched.close()])
  const times = (who, by) => by[who] / by[bare]
  print(
    'A call that succeeds',
    `Over a stub that does this: ${name}. By medians (by fastest) of batches of ${CALLS} calls.`,
    ['client', 'ns a call', 'times the stub', 'target'],
    Object.keys(calls).map((who) => [
      who,
      Math.round(ns.median[who]),
      `${times(who, ns.median).toFixed(2)} (${times(who, ns.least).toFixed(2)})`,
      who.startsWith('`guard') ? target(times(who, ns.median), 2) : '',
    ]),
  )
}
