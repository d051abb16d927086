// Answers a second of the health endpoint under load, while DeepSeek answers, refuses or hangs,
// beside routes of Express and of Koa that return a constant.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { inTurns, KEY, mapValues, median, print, target } from './measure.mjs'

const load = createRequire(import.meta.url)
load('../outbound/load-typescript.cjs')
const { throughput } = load('../health/load.ts')

const CONNECTIONS = 100
const WINDOW_MS = 500
const app = fileURLToPath(new URL('endpoint-app.mjs', import.meta.url))
const services = {
  constant: 'Express, a constant',
  guard: 'deepseek-guard on Express',
  'koa-constant': 'Koa, a constant',
  'koa-guard': 'deepseek-guard on Koa',
  terminus: '@godaddy/terminus on Express',
  nest: '@nestjs/terminus',
  'nest-cached': '@nestjs/terminus, `cacheFor(1_000)`',
}

const balance = JSON.stringify({ is_available: true, balance_infos: [] })
const upstreams = {
  answers: (_req, res) => res.setHeader('content-type', 'application/json').end(balance),
  refuses: undefined,
  hangs() {},
}

async function startUpstream(behave) {
  const server = createServer(behave)
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${server.address().port}`
  const stop = () => {
    server.close()
    server.closeAllConnections()
  }
  // Nobody listens any more where this one listened.
  if (behave === undefined) stop()
  return { url, stop }
}

async function start(name, upstream) {
  const env = {
    PATH: process.env.PATH,
    NODE_ENV: 'production',
    DEEPSEEK_API_KEY: KEY,
    DEEPSEEK_BASE_URL: upstream,
  }
  const child = fork(app, [name], { env, execArgv: [] })
  const [{ port }] = await once(child, 'message')
  return { child, url: `http://127.0.0.1:${port}` }
}

async function stop({ child }) {
  child.kill()
  await once(child, 'exit')
}

async function measure(behave) {
  const upstream = await startUpstream(behave)
  const running = {}
  for (const name of Object.keys(services)) running[name] = await start(name, upstream.url)
  const load = ({ url }) => throughput(url, '/health', CONNECTIONS, WINDOW_MS)
  const subjects = mapValues(running, (service) => () => load(service))
  for (const warmUp of Object.values(subjects)) await warmUp()
  const rates = await inTurns({ rounds: 5 }, subjects)
  await Promise.all(Object.values(running).map(stop))
  upstream.stop()
  // Neighbours in one round saw the same machine: their ratio is worth more than that of medians.
  const ratios = mapValues(rates.all, (all) =>
    median(all.map((rate, round) => rate / rates.all.constant[round])),
  )
  const koa = rates.all['koa-guard'].map((rate, round) => rate / rates.all['koa-constant'][round])
  ratios['koa-guard'] = median(koa)
  return { rates: rates.median, ratios }
}

const measured = {}
for (const [name, behave] of Object.entries(upstreams)) measured[name] = await measure(behave)

/** The least share of the constant's rate on the same framework. */
const targets = { guard: 0.95, 'koa-guard': 0.9 }
const modes = Object.keys(upstreams)
const worst = (name) => Math.min(...Object.values(measured).map(({ ratios }) => ratios[name]))
const cell = ({ rates, ratios }, name) => `${Math.round(rates[name])} (${ratios[name].toFixed(2)})`
print(
  'The health endpoint under load',
  `Answers a second at ${CONNECTIONS} connections, and the ratio to a constant (Koa's to Koa's).`,
  ['service', ...modes.map((mode) => `DeepSeek ${mode}`), 'target'],
  Object.entries(services).map(([name, title]) => [
    title,
    ...modes.map((mode) => cell(measured[mode], name)),
    targets[name] === undefined ? '' : target(worst(name), targets[name], 'at least'),
  ]),
)
