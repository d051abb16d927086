// Calls through clients that are no SDK: got is an ES module, which Jest does not load, so all of
// them are tried here, and what the guard says of their errors is printed.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import axios from 'axios'
import got from 'got'
import OpenAI from 'openai'
import { Agent, interceptors, request } from 'undici'

const require = createRequire(import.meta.url)
require('../outbound/load-typescript.cjs')
const { deepseekGuard } = require('../../src/index.ts')
const { startFakeDeepSeek } = require('../../src/testing/index.ts')

const fake = await startFakeDeepSeek()
const elsewhere = await startFakeDeepSeek()
const warned = []
const logger = {
  info() {},
  error() {},
  warn: (line) => line.event === 'auth.placeholder_sent' && warned.push(line['server.port']),
}
const options = { env: {}, baseURL: fake.url, credential: fake.key, logger, health: false }
const guard = deepseekGuard(options)
const { client } = guard

async function listen(server) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${server.address().port}`
}
const silent = createServer(() => {})
const quiet = await listen(silent)
const closed = createServer()
const nobody = await listen(closed)
closed.close()

// undici.request resolves with a 401; with its own interceptor it throws it, as the others do.
const throwing = new Agent().compose(interceptors.responseError())
const clients = {
  'axios with the fetch adapter': (url, { headers, timeout = 0 }) =>
    axios.get(url, { headers, timeout, adapter: 'fetch', env: { fetch: client.fetch } }),
  axios: (url, { headers, timeout = 0 }) => axios.get(url, { headers, timeout }),
  got: (url, { headers, timeout }) =>
    got(url, { headers, retry: { limit: 0 }, timeout: { request: timeout } }),
  'undici.request': async (url, { headers, timeout }) => {
    const answer = await request(url, { headers, headersTimeout: timeout, dispatcher: throwing })
    await answer.body.dump()
    return { status: answer.statusCode }
  },
}

/** The status, or what the guard says of the error. */
async function outcomeOf(call) {
  try {
    const { status, statusCode } = await call
    return status ?? statusCode
  } catch (error) {
    const { cause, confidence } = guard.diagnose(error)
    return `${cause}, ${confidence}`
  }
}

const outcomes = {}
const url = `${fake.url}/models`
const placeholder = { authorization: `Bearer ${client.apiKey}` }
for (const [name, call] of Object.entries(clients)) {
  const headers = await guard.headersFor(url)
  outcomes[name] = {
    answered: await outcomeOf(call(url, { headers })),
    unreachable: await outcomeOf(call(nobody, {})),
    late: await outcomeOf(call(quiet, { timeout: 100 })),
  }
  // The wrapper puts the credential in the place of both.
  if (name === 'axios with the fetch adapter') continue
  // What undici throws does not tell what was sent.
  if (name !== 'undici.request') outcomes[name].bare = await outcomeOf(call(url, {}))
  outcomes[name].placeholder = await outcomeOf(call(url, { headers: placeholder }))
}
const models = (settings) => new OpenAI({ maxRetries: 0, ...settings }).models.list()
const { apiKey, baseURL } = client
outcomes['openai without fetch'] = await outcomeOf(models({ apiKey, baseURL }))
outcomes['openai elsewhere'] = await outcomeOf(models({ ...client, baseURL: elsewhere.url }))
outcomes['openai elsewhere, again'] = await outcomeOf(models({ ...client, baseURL: elsewhere.url }))

fake.revoke(fake.key)
for (const [name, call] of Object.entries(clients)) {
  outcomes[name].refused = await outcomeOf(
    call(url, { headers: { authorization: `Bearer ${fake.key}` } }),
  )
}
// Which of the two addresses was warned of, in that order.
outcomes.warned = warned.map((port) =>
  port === Number(new URL(fake.url).port) ? 'the base URL' : 'elsewhere',
)
await guard.close()
await models({ apiKey, baseURL: nobody }).catch(() => {})
outcomes.warnedAfterClose = warned.length - outcomes.warned.length
console.log(JSON.stringify(outcomes))
await fake.close()
await elsewhere.close()
silent.closeAllConnections()
silent.close()
process.exit()
