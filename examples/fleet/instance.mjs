// @ts-check
/**
 * One process of the fleet: an application would look the same. `fleet.mjs` starts three of them
 * and tells each where Redis is, where DeepSeek is, and which file holds the key.
 */
import { deepseekGuard, fromFile } from 'deepseek-guard'
import { redisStore } from 'deepseek-guard/redis'
import { createClient } from 'redis'

const client = createClient({ url: process.env.REDIS_URL })
// Without a listener an error of the connection would end the process; the guard says what it means.
client.on('error', () => {})
await client.connect()

const deepseek = deepseekGuard({
  credential: fromFile(process.env.DEEPSEEK_API_KEY_FILE ?? '', { pollMs: 200 }),
  // Short, so that the example takes seconds; the defaults are made for production.
  health: { intervalMs: 1_000, confirmDelayMs: 500 },
  logger: false,
  store: redisStore(client, { leaseMs: 3_000 }),
})
const { status, source } = await deepseek.ready()
console.log(`process ${process.pid} is ready: ${status}, by ${source} evidence`)

process.once('SIGTERM', async () => {
  await deepseek.close()
  await client.close()
})
