import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { testIf } from '../test-if'

/** A Redis of this test alone, on a free port of loopback. */
export interface RedisServer {
  url: string
  port: number
  /** Sends a signal: SIGKILL ends it, SIGSTOP and SIGCONT make it silent and heard again. */
  signal(name: NodeJS.Signals): void
  /** Starts it once more on the same port, empty. */
  restart(): Promise<void>
  stop(): Promise<void>
}

function isInstalled(): boolean {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const installed = isInstalled()

/** `test` where Redis is installed; a skip with its reason elsewhere, and a failure in CI. */
export const testWithRedis: jest.It =
  process.env.CI === 'true' ? test : testIf(installed, 'redis-server is not installed')

/** True when servers can be started; false makes set-up a no-op where the tests are skipped. */
export const canStart = installed || process.env.CI === 'true'

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

async function untilAnswers(port: number): Promise<void> {
  for (const end = Date.now() + 10_000; Date.now() < end; ) {
    const answered = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
      socket.once('data', (data) => {
        socket.destroy()
        resolve(/PONG|NOAUTH/.test(String(data)))
      })
      socket.once('error', () => resolve(false))
      socket.once('close', () => resolve(false))
    })
    if (answered) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error('redis-server did not answer within 10 s.')
}

/**
 * Starts a server; `args` as on its command line, such as `--requirepass x`; the first may be a
 * file of settings, as a sentinel needs one.
 */
export async function startRedis(args: readonly string[] = []): Promise<RedisServer> {
  const port = await freePort()
  const folder = mkdtempSync(path.join(tmpdir(), 'guard-redis-'))
  let child: ChildProcess
  const begin = async () => {
    const [file] = args.filter((arg) => arg.endsWith('sentinel.conf'))
    const base = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder]
    const quiet = ['--save', '', '--appendonly', 'no', '--loglevel', 'warning']
    const all = file === undefined ? [...base, ...quiet, ...args] : [...args, ...base]
    child = spawn('redis-server', all, { stdio: 'ignore' })
    await once(child, 'spawn')
    await untilAnswers(port)
  }
  const end = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  await begin()
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    signal: (name) => void child.kill(name),
    async restart() {
      await end()
      await begin()
    },
    async stop() {
      await end()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A cluster of three masters without replicas, ready to serve. */
export async function startCluster(): Promise<{ servers: RedisServer[]; stop(): Promise<void> }> {
  const servers = await Promise.all(
    [0, 1, 2].map((index) => {
      return startRedis([
        '--cluster-enabled',
        'yes',
        '--cluster-config-file',
        `nodes-${index}.conf`,
      ])
    }),
  )
  const nodes = servers.map(({ port }) => `127.0.0.1:${port}`)
  const create = ['--cluster', 'create', ...nodes, '--cluster-yes']
  execFileSync('redis-cli', create, { stdio: 'ignore', timeout: 30_000 })
  const isReady = ({ port }: RedisServer) =>
    String(execFileSync('redis-cli', ['-p', String(port), 'cluster', 'info'])).includes(
      'cluster_state:ok',
    )
  for (const end = Date.now() + 20_000; !servers.every(isReady); ) {
    if (Date.now() > end) throw new Error('The cluster was not ready within 20 s.')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return { servers, stop: async () => void (await Promise.all(servers.map((one) => one.stop()))) }
}
