import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type FakeDeepSeek, startFakeDeepSeek } from '../../src/testing'

const root = join(__dirname, '../..')

if (!existsSync(join(root, 'dist/index.js'))) {
  throw new Error('The examples import the built package: run `npm run build` first.')
}

/** A child process that runs an example as its reader would. */
export interface RunningExample {
  /** Everything printed so far, both streams. */
  output(): string
  /** Resolves with the match once the output holds it; rejects when the process ends first. */
  sees(pattern: RegExp): Promise<RegExpExecArray>
  /** Base URL from the line `Listening on …`. */
  url(): Promise<string>
  signal(name: NodeJS.Signals): void
  /** Exit status, or the signal's name when one killed the process. */
  exit: Promise<number | string>
}

const running = new Set<ChildProcess>()

/** Ends what a failed test left behind. */
export function killExamples(): void {
  for (const { pid } of running) {
    try {
      // The whole group: some programs are parents of the server.
      if (pid !== undefined) process.kill(-pid, 'SIGKILL')
    } catch {
      // It has just ended by itself.
    }
  }
}

/** A fake for each test of a file, gone with the examples that the test started. */
export function fakeForEach(): () => FakeDeepSeek {
  let fake: FakeDeepSeek
  beforeEach(async () => {
    fake = await startFakeDeepSeek()
  })
  afterEach(async () => {
    killExamples()
    await fake.close()
  })
  return () => fake
}

/** The variables that lead an example to the fake. */
export function envOf({ key, url }: FakeDeepSeek): Record<string, string> {
  return { DEEPSEEK_API_KEY: key, DEEPSEEK_BASE_URL: url }
}

/** Starts `node examples/<file> ...args` with only these variables, on a free port. */
export function runExample(
  file: string,
  env: Record<string, string> = {},
  args: string[] = [],
): RunningExample {
  return runProgram(process.execPath, [join(root, 'examples', file), ...args], root, env)
}

/** The same for a program of any kind, in any folder. */
export function runProgram(
  command: string,
  args: string[],
  cwd: string,
  env: Record<string, string> = {},
): RunningExample {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(command, args, {
    cwd,
    env: { PATH, HOME, PORT: '0', ...env },
    detached: true,
  })
  running.add(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const exit = once(child, 'close').then(([code, signal]) => {
    running.delete(child)
    return (code ?? signal) as number | string
  })
  const sees = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(output)
        if (match) resolve(match)
        return match !== null
      }
      if (look()) return
      child.stdout.on('data', look)
      child.stderr.on('data', look)
      exit.then((code) => {
        if (!look())
          reject(new Error(`${args.join(' ')} ended (${code}) without ${pattern}:\n${output}`))
      })
    })
  return {
    output: () => output,
    sees,
    url: async () => (await sees(/Listening on (http:\S+:\d+)\b/))[1]!,
    signal: (name) => void child.kill(name),
    exit,
  }
}

/** Waits until the health document names this cause; to a loopback client it tells the details. */
export async function untilCause(url: string, cause: string): Promise<void> {
  const signal = AbortSignal.timeout(30_000)
  for (;;) {
    const health = (await (await fetch(url, { signal })).json()) as { cause?: string | null }
    if (health.cause === cause) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Asks until the answer has this status, for at most 30 s. */
export async function untilStatus(url: string, status: number): Promise<Response> {
  const signal = AbortSignal.timeout(30_000)
  for (;;) {
    const response = await fetch(url, { signal })
    if (response.status === status) return response
    await response.body?.cancel()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
