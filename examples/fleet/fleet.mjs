// @ts-check
/**
 * Three processes share one key and one Redis. Shows that one of them probes for all, that a
 * rotated key is proved once and taken by all, and the certificate that the old one may be revoked.
 *
 *   npm run build && node examples/fleet/fleet.mjs
 *
 * Needs `redis-server` on the PATH, or a Redis of yours in REDIS_URL.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startFakeDeepSeek } from 'deepseek-guard/testing'

const folder = mkdtempSync(join(tmpdir(), 'fleet-'))
const keyFile = join(folder, 'deepseek-key')
const local = (/** @type {string} */ file) => fileURLToPath(new URL(file, import.meta.url))

/** @type {import('node:child_process').ChildProcess[]} */
const children = []

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' ? address?.port : undefined
}

async function startRedis() {
  const port = await freePort()
  const options = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', folder]
  children.push(spawn('redis-server', options, { stdio: 'ignore' }))
  return `redis://127.0.0.1:${port}`
}

/** As a mounted Secret changes: the new file takes the place of the old one at once. */
function publish(/** @type {string} */ key) {
  writeFileSync(`${keyFile}.next`, key)
  renameSync(`${keyFile}.next`, keyFile)
}

/** `deepseek-guard fleet` exits with 0 once every live process uses one key and has proved it. */
async function certificate(/** @type {string} */ url) {
  for (;;) {
    const args = [local('../../dist/cli/main.js'), 'fleet', '--redis', url]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    let text = ''
    child.stderr.on('data', (data) => {
      text += data
    })
    const [status] = await once(child, 'close')
    if (status === 0) return text
    await sleep(500)
  }
}

const fake = await startFakeDeepSeek()
const probes = () => fake.calls.filter(({ path }) => path === '/user/balance').length
publish(fake.key)
const url = process.env.REDIS_URL ?? (await startRedis())
const env = {
  ...process.env,
  REDIS_URL: url,
  DEEPSEEK_API_KEY_FILE: keyFile,
  DEEPSEEK_BASE_URL: fake.url,
}
const instances = [1, 2, 3].map(() => {
  return spawn(process.execPath, [local('./instance.mjs')], { env, stdio: ['ignore', 'pipe', 2] })
})
children.push(...instances)
await Promise.all(
  instances.map(async ({ stdout }) => {
    for await (const line of stdout ?? []) {
      process.stdout.write(line)
      return
    }
  }),
)

const before = probes()
await sleep(5_000)
console.log(`\nOne prober: ${probes() - before} probes in 5 intervals of 1 s, by 3 processes.`)

console.log('\nThe key is rotated. Before that:')
process.stdout.write(await certificate(url))
publish(fake.issueKey())
await sleep(1_000)
console.log('\nAfter it:')
process.stdout.write(await certificate(url))
fake.revoke(fake.key)
console.log('\nThe old key is revoked; nobody noticed.')

for (const child of instances) child.kill('SIGTERM')
await Promise.all(instances.map((child) => once(child, 'exit')))
for (const child of children) child.kill()
await fake.close()
rmSync(folder, { recursive: true, force: true })
