// @ts-check
/**
 * A DeepSeek on this machine, for trying the other examples without an account: it prints the two
 * variables that point them at it.
 *
 *   node examples/fake/server.mjs
 */
import { startFakeDeepSeek } from 'deepseek-guard/testing'

const fake = await startFakeDeepSeek({ port: Number(process.env.PORT || 0) })
console.log(`export DEEPSEEK_BASE_URL=${fake.url}\nexport DEEPSEEK_API_KEY=${fake.key}`)

process.once('SIGTERM', fake.close)
process.once('SIGINT', fake.close)
