import { execFile } from 'node:child_process'
import { type LookupAddress, lookup } from 'node:dns'
import { isIP } from 'node:net'

/** The addresses of a host, or the system's error code; `ETIMEDOUT` when nobody answered. */
export type Resolved = { addresses: LookupAddress[] } | { code: string }

/** Asks in the child; prints the addresses or the error code as JSON. */
const PROGRAM = `require('node:dns').lookup(process.argv[1], { all: true }, (error, addresses) =>
  process.stdout.write(JSON.stringify(error ? { code: error.code } : { addresses })))`

/** What a resolver may need of the environment; the key is not among it, nor NODE_OPTIONS. */
const PASSED_ON = ['PATH', 'SystemRoot', 'HOSTALIASES', 'LOCALDOMAIN', 'RES_OPTIONS']

function fromParent(): Record<string, string | undefined> {
  return Object.fromEntries(PASSED_ON.map((name) => [name, process.env[name]]))
}

function lookUpHere(host: string): Promise<Resolved> {
  return new Promise((resolve) => {
    lookup(host, { all: true }, (error, addresses) => {
      resolve(error ? { code: error.code ?? 'ENOTFOUND' } : { addresses })
    })
  })
}

function parseAnswer(stdout: string): Resolved | undefined {
  try {
    return JSON.parse(stdout) as Resolved
  } catch {
    return undefined
  }
}

/**
 * Resolves a host as fetch would (hosts file and search domains included), in a child process: a
 * thread that waits for a silent resolver cannot be stopped and holds up the exit of its process
 * (20 s were measured with three search domains); a child can be killed.
 */
export function resolveHost(host: string, signal: AbortSignal): Promise<Resolved> {
  const family = isIP(host)
  if (family !== 0) return Promise.resolve({ addresses: [{ address: host, family }] })
  return new Promise((resolve) => {
    const args = ['-e', PROGRAM, '--', host]
    const options = { env: fromParent(), signal, killSignal: 'SIGKILL', windowsHide: true } as const
    execFile(process.execPath, args, options, (error, stdout) => {
      if (signal.aborted) return resolve({ code: 'ETIMEDOUT' })
      const answer = parseAnswer(stdout)
      if (answer) return resolve(answer)
      // No child could be started (a sandbox, a process limit): ask from here after all.
      resolve(error ? lookUpHere(host) : { code: 'ENOTFOUND' })
    })
  })
}
