import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import path from 'node:path'

const FILE = path.join(__dirname, 'instance.cjs')

export interface InstanceOptions {
  url: string
  redis: string
  key?: string
  file?: string
  tokenURL?: string
  health?: false | { intervalMs?: number; timeoutMs?: number; confirmDelayMs?: number }
  leaseMs?: number
  secret?: string
  /** The wall clock of this process goes wrong by so much. */
  skewMs?: number
}

/** A process of the fleet. */
export interface Instance {
  readonly child: ChildProcess
  ask<T>(what: string): Promise<T>
  kill(): Promise<void>
}

const running = new Set<ChildProcess>()

/** Ends what a failed test left behind. */
export function killInstances(): void {
  for (const child of running) child.kill('SIGKILL')
}

/** Starts a process whose guard is made when this resolves. */
export async function startInstance(options: InstanceOptions): Promise<Instance> {
  if (!existsSync(path.join(__dirname, '../../dist/index.js'))) {
    throw new Error('Build first: npm run build')
  }
  const child = fork(FILE, [JSON.stringify(options)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  // Each question listens for the end of the process.
  child.setMaxListeners(0)
  running.add(child)
  child.once('exit', () => running.delete(child))
  const waiting = new Map<number, (answer: never) => void>()
  let ids = 0
  child.on('message', ({ id, answer }: { id: number; answer: never }) => waiting.get(id)?.(answer))
  await new Promise<void>((resolve, reject) => {
    waiting.set(0, () => resolve())
    child.once('exit', (code) => reject(new Error(`The instance ended with ${code}.`)))
  })
  return {
    child,
    ask: (what) =>
      new Promise((resolve, reject) => {
        ids += 1
        waiting.set(ids, resolve)
        child.once('exit', () => reject(new Error('The instance is gone.')))
        child.send({ id: ids, ask: what })
      }),
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}
