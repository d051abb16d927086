import { requirePeer } from '../observability/measurement'
import { ago, type Certificate, certify } from '../store/certificate'
import { FLEET } from '../store/membership'
import { redisStore } from '../store/redis'
import type { Group } from '../store/shared-store'
import { EXIT, type ExitStatus } from './answer'
import { type FleetArguments, UsageError } from './arguments'
import { bold, dim, green, type Output, red, yellow } from './output'

/** A store that does not answer within this time cannot be reached. */
const TIMEOUT_MS = 5_000

type Redis = typeof import('redis')

function loadRedis(): Redis {
  try {
    return requirePeer(() => require('redis') as Redis, 'redis', 'deepseek-guard fleet')
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** Connects, reads the group, and is gone again. */
async function readFrom(
  client: {
    connect(): Promise<unknown>
    destroy(): void
    on(event: 'error', fn: () => void): void
  },
  read: () => Promise<Group>,
): Promise<Group> {
  // Without a listener an error of the connection would end the process.
  client.on('error', () => {})
  let cancel: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    cancel = setTimeout(() => reject(new Error('timeout')), TIMEOUT_MS)
  })
  try {
    const answer = client.connect().then(read)
    return await Promise.race([answer, deadline])
  } finally {
    clearTimeout(cancel)
    try {
      client.destroy()
    } catch {
      // It was never open.
    }
  }
}

/** A node of a cluster answers for its own slots and sends everybody else away. */
function isOfCluster(error: unknown): boolean {
  return /^(?:MOVED|ASK|CLUSTERDOWN) /.test(String((error as Error | null)?.message))
}

async function readGroup(url: string, prefix: string | undefined): Promise<Group> {
  const { createClient, createCluster } = loadRedis()
  const socket = { connectTimeout: TIMEOUT_MS, reconnectStrategy: false } as const
  const single = createClient({ url, socket })
  try {
    return await readFrom(single, () => redisStore(single, { prefix }).group(FLEET))
  } catch (error) {
    if (!isOfCluster(error)) throw error
  }
  const { username, password, protocol } = new URL(url)
  const defaults = {
    ...(username && { username: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
    socket: protocol === 'rediss:' ? { ...socket, tls: true as const } : socket,
  }
  const cluster = createCluster({ rootNodes: [{ url }], defaults })
  return readFrom(cluster, () => redisStore(cluster, { prefix }).group(FLEET))
}

/** Why the store did not answer, without its text, which may quote the address. */
function reasonOf(error: unknown): string {
  const { message = '', code = '' } = Object(error) as { message?: string; code?: string }
  const text = String(message)
  if (/^(?:WRONGPASS|NOAUTH|NOPERM)|invalid password|AUTH/.test(text)) {
    return 'The store refuses the log-in. Check user, password and rights of the URL'
  }
  const known = /^E[A-Z]+$/.test(code) ? ` (${code})` : text === 'timeout' ? ' (timeout)' : ''
  return `The store cannot be reached${known}. Check the URL and whether Redis runs`
}

function toDocument(exitCode: ExitStatus, certificate: Certificate | undefined, sentence: string) {
  const now = Date.now()
  const iso = (ageMs: number) => new Date(now - ageMs).toISOString()
  const instances = (certificate?.instances ?? []).map((instance) => {
    const { name, process, fingerprint, heldForMs, status, ageMs } = instance
    const since = iso(ageMs + heldForMs)
    return { name, process, fingerprint, since, status, lastSeen: iso(ageMs) }
  })
  const older = (certificate?.older ?? []).map(({ fingerprint, ageMs }) => {
    return { fingerprint, lastUsed: iso(ageMs) }
  })
  const ok = exitCode === EXIT.ok
  return `${JSON.stringify({ schemaVersion: 1, ok, exitCode, instances, older, sentence })}\n`
}

const PAINT = { pass: green, warn: yellow, fail: red }

/** One line an instance; the columns are as wide as their widest word. */
function renderRows({ instances }: Certificate, color: boolean): string {
  const rows = instances.map(({ name, process, fingerprint, heldForMs, status, ageMs }) => [
    name,
    String(process),
    fingerprint ?? 'none',
    `since ${ago(ageMs + heldForMs)}`,
    status,
    `seen ${ago(ageMs)}`,
  ])
  const widths = [0, 1, 2, 3, 4, 5].map((column) => {
    return Math.max(0, ...rows.map((row) => row[column]?.length ?? 0))
  })
  return rows
    .map((row, index) => {
      const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0))
      const paint = PAINT[instances[index]?.status ?? 'pass']
      return cells
        .map((cell, column) => {
          if (column === 4) return paint(cell, color)
          return column === 3 || column === 5 ? dim(cell, color) : cell
        })
        .join('  ')
        .trimEnd()
    })
    .map((line) => `  ${line}\n`)
    .join('')
}

/**
 * Prints who uses which credential, and whether the older ones may be revoked.
 * @throws UsageError when the package `redis` is not installed.
 */
export async function fleet(given: FleetArguments, output: Output): Promise<ExitStatus> {
  const { redis: url, prefix, json } = given
  let group: Group
  try {
    group = await readGroup(url, prefix)
  } catch (error) {
    if (error instanceof UsageError) throw error
    const sentence = reasonOf(error)
    if (json) output.out(toDocument(EXIT.unavailable, undefined, sentence))
    else output.err(`deepseek-guard: ${sentence} (exit status ${EXIT.unavailable}).\n`)
    return EXIT.unavailable
  }
  const certificate = certify(group)
  const exitCode = certificate.given ? EXIT.ok : EXIT.later
  const { sentence } = certificate
  if (json) output.out(toDocument(exitCode, certificate, sentence))
  else {
    const paint = certificate.given ? green : yellow
    const rows = renderRows(certificate, output.color)
    output.err(`${rows}${rows && '\n'}${bold(paint(sentence, output.color), output.color)}\n`)
  }
  return exitCode
}
