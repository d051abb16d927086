import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'

export const DIST = path.resolve(__dirname, '../../dist')
export const BIN = path.join(DIST, 'cli/main.js')

export interface Run {
  status: number | null
  stdout: string
  stderr: string
  ms: number
}

export interface RunOptions {
  env?: Record<string, string | undefined>
  cwd?: string
  /** In front of the program. */
  nodeArgs?: string[]
  /** Instead of the command line tool. */
  program?: string
  timeoutMs?: number
}

/** Runs the built command in a process with exactly this environment, and PATH. */
export function runCli(args: string[], options: RunOptions = {}): Promise<Run> {
  const { env = {}, cwd, nodeArgs = [], program = BIN, timeoutMs = 60_000 } = options
  if (!existsSync(BIN)) throw new Error('Build first: npm run build')
  const startedAt = performance.now()
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...nodeArgs, program, ...args], {
      cwd,
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text
    })
    child.once('error', reject)
    child.once('close', (status) => {
      resolve({ status, stdout, stderr, ms: performance.now() - startedAt })
    })
  })
}

/** Works on all items, `width` at a time, and keeps their order. */
export async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  const queue = items.entries()
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: width }, worker))
  return results
}

/** A key of the genuine shape that was never issued. */
export const GOOD_KEY = `sk-${'0f1e2d3c4b5a6978'.repeat(2)}`
