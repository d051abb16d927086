// One process of a fleet, driven by its parent: `fork(instance, [JSON of options])`.
const { createClient } = require('redis')
const { deepseekGuard, fromFile, fromFunction } = require('../../dist/index.js')
const { redisStore } = require('../../dist/store/redis.js')

const { url, key, file, tokenURL, redis, health, leaseMs, secret, skewMs } = JSON.parse(
  process.argv[2],
)

if (skewMs) {
  const now = Date.now
  Date.now = () => now() + skewMs
}

/** Asks the parent's token endpoint, as any OAuth source does. */
async function fetchToken() {
  const response = await fetch(tokenURL, { method: 'POST' })
  return response.json()
}

function credentialOf() {
  if (tokenURL) return fromFunction(fetchToken, { id: 'parent' })
  return file ? fromFile(file, { pollMs: 50 }) : key
}

let traffic = false
const counts = { good: 0, bad: 0, worst: 0 }

async function callOnce(guard) {
  const startedAt = performance.now()
  const status = await guard.fetch(`${url}/models`).then(
    async (response) => {
      await response.arrayBuffer()
      return response.status
    },
    (error) => String(error),
  )
  return { status, ms: performance.now() - startedAt }
}

async function keepCalling(guard) {
  while (traffic) {
    const { status, ms } = await callOnce(guard)
    if (status === 200) counts.good += 1
    else counts.bad += 1
    counts.worst = Math.max(counts.worst, ms)
    await new Promise((resolve) => setTimeout(resolve, 15))
  }
}

async function main() {
  const client = createClient({ url: redis, disableOfflineQueue: true })
  client.on('error', () => {})
  await client.connect()
  const warnings = []
  const note = (fields) => warnings.push(fields.event)
  const logger = {
    info() {},
    debug() {},
    warn: note,
    error: note,
    fatal: note,
    child: () => logger,
  }
  const guard = deepseekGuard({
    env: {},
    baseURL: url,
    credential: credentialOf(),
    health,
    logger,
    store: redisStore(client, { leaseMs, secret }),
  })
  const answers = {
    health: () => guard.health(),
    ready: () => guard.ready().then(({ status }) => status),
    call: () => callOnce(guard),
    counts: () => counts,
    warnings: () => warnings,
    traffic: () => {
      traffic = true
      for (let lane = 0; lane < 2; lane += 1) void keepCalling(guard)
    },
    quiet: () => {
      traffic = false
    },
    close: () => guard.close(),
  }
  process.on('message', async ({ id, ask }) => {
    process.send({ id, answer: await answers[ask]() })
    if (ask === 'close') process.disconnect()
  })
  process.send({ id: 0 })
}

main()
