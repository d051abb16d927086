// What watching the account costs a call: the same completions over the same stub, with it and
// with `account: false`, and the difference of the two.
import { createRequire } from 'node:module'
import { inTurns, KEY, mapValues, print, target } from './measure.mjs'

const { deepseekGuard } = createRequire(import.meta.url)('deepseek-guard')

const CALLS = 400
const url = 'https://api.deepseek.com/chat/completions'
const init = { method: 'POST', body: '{}' }
const answer = JSON.stringify({
  id: '1',
  object: 'chat.completion',
  model: 'deepseek-flash',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'hello' } }],
  usage: { prompt_tokens: 12, completion_tokens: 4, prompt_cache_hit_tokens: 8 },
})
const headers = { 'content-type': 'application/json' }
const stub = async () => new Response(answer, { headers })

function guarded(account) {
  const env = { DEEPSEEK_API_KEY: KEY }
  return deepseekGuard({ env, health: false, logger: false, outbound: { fetch: stub }, account })
}

/** Of this process's own time: the difference is small beside what a busy machine adds. */
async function nanoseconds(guard) {
  const before = process.cpuUsage()
  for (let made = 0; made < CALLS; made += 1) await (await guard.fetch(url, init)).text()
  const { user, system } = process.cpuUsage(before)
  return ((user + system) / CALLS) * 1_000
}

const guards = { watched: guarded(undefined), 'account: false': guarded(false) }
const subjects = mapValues(guards, (guard) => () => nanoseconds(guard))
await inTurns({ rounds: 10 }, subjects)
const ns = await inTurns({ rounds: 101, seconds: 15 }, subjects)
if (!guards.watched.account()?.usage.output) throw new Error('The stub counted no tokens.')
await Promise.all(Object.values(guards).map((guard) => guard.close()))
const cost = ({ watched, 'account: false': without }) => Math.round(watched - without)
print(
  'Watching the account',
  `A JSON completion, read to its end; batches of ${CALLS} calls.`,
  ['', 'ns a call by medians', 'by fastest', 'target'],
  [
    ...Object.keys(guards).map((name) => [
      name,
      Math.round(ns.median[name]),
      Math.round(ns.least[name]),
      '',
    ]),
    ['the account', cost(ns.median), cost(ns.least), `${target(cost(ns.least), 1_000)} ns`],
  ],
)
