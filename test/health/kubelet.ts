import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const APP = path.join(__dirname, 'kubelet-app.cjs')
const BUILT = path.resolve(__dirname, '../../dist/index.js')

/** A minute of Kubernetes in 0.6 s: the 10 s period becomes 100 ms. The 1 s timeout stays. */
export const PERIOD_MS = 100
const TIMEOUT_MS = 1_000
const FAILURES = 3

export interface Pod {
  url: string
  child: ChildProcess
  stderr(): string
  /** Resolves with the exit status once the process has ended. */
  ended: Promise<number | null>
  kill(): void
}

/** Starts the app with this environment and waits until it listens. */
export async function startPod(env: Record<string, string>): Promise<Pod> {
  if (!existsSync(BUILT)) throw new Error('Build first: npm run build')
  const child = fork(APP, {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env },
    silent: true,
    execArgv: [],
  })
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  const ended = once(child, 'exit').then(([status]) => status as number | null)
  const message = await Promise.race([
    once(child, 'message').then(([first]) => first as { port: number }),
    ended.then((status) => {
      throw new Error(`The app ended with ${status} before it listened:\n${stderr}`)
    }),
  ])
  const url = `http://127.0.0.1:${message.port}`
  return { url, child, stderr: () => stderr, ended, kill: () => void child.kill('SIGKILL') }
}

/** The status of a GET on a fresh connection; 0 when none came in time. */
export function get(url: string, timeoutMs = TIMEOUT_MS): Promise<number> {
  return new Promise((resolve) => {
    const req = http.get(url, { agent: false, timeout: timeoutMs }, (res) => {
      res.resume()
      res.once('end', () => resolve(res.statusCode ?? 0))
      res.once('error', () => resolve(0))
    })
    req.once('timeout', () => req.destroy())
    req.once('error', () => resolve(0))
  })
}

/** Decides as the kubelet does whether a pod belongs to the Service. */
export class Kubelet {
  readonly #pod: Pod
  readonly #stop = new AbortController()
  readonly #done: Promise<void>
  readonly #waiters = new Set<() => void>()
  #failures = 0
  ready = false
  /** Every status that a probe got, in order. */
  readonly statuses: number[] = []
  /** How often the pod was taken out of the Service. */
  evictions = 0

  constructor(pod: Pod) {
    this.#pod = pod
    this.#done = this.#run()
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#done
  }

  /** Resolves when `condition` holds after a probe. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiters.add(resolve))
  }

  /** Resolves after so many further probes. */
  periods(count: number): Promise<void> {
    const last = this.statuses.length + count
    return this.until(() => this.statuses.length >= last)
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      const status = await get(`${this.#pod.url}/health/deepseek`)
      if (signal.aborted) return
      this.#take(status)
      await delay(PERIOD_MS, undefined, { signal }).catch(() => {})
    }
  }

  #take(status: number): void {
    this.statuses.push(status)
    this.#failures = status === 200 ? 0 : this.#failures + 1
    if (status === 200) this.ready = true
    if (this.#failures >= FAILURES && this.ready) {
      this.ready = false
      this.evictions++
    }
    for (const wake of this.#waiters) wake()
    this.#waiters.clear()
  }
}

/** Time between two calls of the steady client, and how many it lets pile up. */
const CALL_EVERY_MS = 20
const MOST_AT_ONCE = 8

/** A client of the Service: fifty times a second one request to the next ready pod. */
export class SteadyClient {
  readonly #kubelets: readonly { pod: Pod; kubelet: Kubelet }[]
  readonly #path: string
  readonly #stop = new AbortController()
  readonly #calls = new Set<Promise<void>>()
  readonly #done: Promise<void>
  #turn = 0
  /** Calls that got 200. */
  served = 0
  /** Statuses of the others; `unserved` when the Service had no pod. */
  errors: (number | 'unserved')[] = []

  constructor(kubelets: readonly { pod: Pod; kubelet: Kubelet }[], route: string) {
    this.#kubelets = kubelets
    this.#path = route
    this.#done = this.#run()
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#done
    await Promise.all(this.#calls)
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      if (this.#calls.size < MOST_AT_ONCE) {
        const call = this.#call().finally(() => this.#calls.delete(call))
        this.#calls.add(call)
      }
      await delay(CALL_EVERY_MS, undefined, { signal }).catch(() => {})
    }
  }

  async #call(): Promise<void> {
    const ready = this.#kubelets.filter(({ kubelet }) => kubelet.ready)
    const target = ready[this.#turn++ % Math.max(1, ready.length)]
    if (!target) {
      this.errors.push('unserved')
      return
    }
    const status = await get(`${target.pod.url}${this.#path}`, 10_000)
    if (status === 200) this.served++
    else this.errors.push(status)
  }
}
