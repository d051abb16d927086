import * as z from 'zod/mini'
import { optionsOf, parseOptions, wholeNumber } from '../config/option-shape'
import { processEnv } from '../config/snapshot'
import {
  type ClusterSender,
  type CommandSender,
  type RunScript,
  readNumber,
  readPiece,
  readPieces,
  readText,
  type SentinelSender,
  scriptRunner,
} from './redis-client'
import { ADD, ENTER, LEASE, LEAVE, READ, READ_GROUP, RELEASE, TOTALS, WRITE } from './redis-scripts'
import {
  type Batch,
  COUNTER_HOURS,
  type Entry,
  type Group,
  type Lease,
  MARKS_KEPT,
  type NewRow,
  type SharedStore,
  type TokenVault,
  type Totals,
} from './shared-store'
import { createVault } from './vault'

export type { ClusterSender, CommandSender, SentinelSender } from './redis-client'
export type { SharedStore } from './shared-store'

export interface RedisStoreOptions {
  /** Stands before every key. Services that share no key take different ones. */
  prefix?: string | undefined
  /**
   * Encrypts rotating tokens at rest (AES-256-GCM); the same in every process, long and random.
   * Default: `DEEPSEEK_GUARD_STORE_SECRET`. Without it, tokens are not stored.
   */
  secret?: string | undefined
  /**
   * How long a prober that died is waited for, in milliseconds. Default: the probe's timeout plus
   * twice its interval.
   */
  leaseMs?: number | undefined
}

const DEFAULT_PREFIX = 'deepseek-guard:'

const schema = optionsOf({
  prefix: z.optional(z.string()),
  secret: z.optional(z.string()),
  leaseMs: wholeNumber(),
})

class RedisStore implements SharedStore {
  readonly leaseMs?: number
  declare readonly vault?: TokenVault
  readonly #run: RunScript
  readonly #prefix: string

  constructor(run: RunScript, prefix: string, leaseMs?: number, vault?: TokenVault) {
    this.#run = run
    this.#prefix = prefix
    if (leaseMs !== undefined) this.leaseMs = leaseMs
    if (vault !== undefined) Object.defineProperty(this, 'vault', { value: vault })
  }

  async lease(name: string, owner: string, ms: number): Promise<Lease> {
    const reply = await this.#run(LEASE, [this.#key(name, 'lease')], [owner, Math.ceil(ms)])
    const [held, left] = readPiece(reply, 2)
    return { held: readText(held) === '1', leftMs: readNumber(left) }
  }

  async release(name: string, owner: string): Promise<void> {
    readText(await this.#run(RELEASE, [this.#key(name, 'lease')], [owner]))
  }

  async read(name: string): Promise<Entry | null> {
    const reply = await this.#run(READ, [this.#key(name, 'entry')], [])
    if (Array.isArray(reply) && reply.length === 0) return null
    const [version, value, age] = readPiece(reply, 3)
    return { version: readText(version), value: readText(value), ageMs: readNumber(age) }
  }

  async write(name: string, version: string | null, value: string, keepMs: number) {
    const keys = [this.#key(name, 'entry')]
    const reply = await this.#run(WRITE, keys, [version ?? '', value, Math.ceil(keepMs)])
    return readNumber(reply) === 1
  }

  async enter(group: string, row: NewRow): Promise<Group> {
    const { member, value, keepMs, marks, keepMarksMs } = row
    const keeps = [Math.ceil(keepMs), Math.ceil(keepMarksMs), MARKS_KEPT]
    return toGroup(
      await this.#run(ENTER, this.#groupKeys(group), [member, value, ...keeps, ...marks]),
    )
  }

  async group(group: string): Promise<Group> {
    return toGroup(await this.#run(READ_GROUP, this.#groupKeys(group), []))
  }

  async leave(group: string, member: string): Promise<void> {
    readText(await this.#run(LEAVE, [this.#key(group, 'rows')], [member]))
  }

  async add(name: string, { owner, sequence, amounts }: Batch): Promise<Totals> {
    const keys = [this.#key(name, 'hours')]
    const fields = Object.entries(amounts).flat()
    return toTotals(await this.#run(ADD, keys, [COUNTER_HOURS, owner, sequence, ...fields]))
  }

  async totals(name: string): Promise<Totals> {
    return toTotals(await this.#run(TOTALS, [this.#key(name, 'hours')], [COUNTER_HOURS]))
  }

  /** The braces make one hash slot of all keys of a name, as a Cluster wants it. */
  #key(name: string, part: string): string {
    return `${this.#prefix}{${name}}:${part}`
  }

  #groupKeys(group: string): string[] {
    return [this.#key(group, 'rows'), this.#key(group, 'marks')]
  }
}

function toGroup(reply: unknown): Group {
  const [rows, marks] = readPiece(reply, 2)
  return {
    rows: readPieces(rows, 3).map(([member, value, age]) => {
      return { member: readText(member), value: readText(value), ageMs: readNumber(age) }
    }),
    marks: readPieces(marks, 2).map(([mark, age]) => {
      return { mark: readText(mark), ageMs: readNumber(age) }
    }),
  }
}

function toTotals(reply: unknown): Totals {
  return Object.fromEntries(
    readPieces(reply, 2).map(([name, sum]) => [readText(name), readNumber(sum)]),
  )
}

/**
 * A store on Redis 6 or newer, Valkey, or what speaks their language. The client stays yours: you
 * connect it, listen to its errors, and close it. Nothing is sent before the guard begins.
 *
 * @param client A connected client of the package `redis` (single server, Cluster or Sentinel), or
 *   anything with `sendCommand(args)`.
 * @throws TypeError when the client is of another kind (the message shows the line to write), or an
 *   option is misspelt or of the wrong type.
 * @example
 * const client = await createClient({ url: process.env.REDIS_URL }).on('error', log).connect()
 * const deepseek = deepseekGuard({ store: redisStore(client) })
 */
export function redisStore(client: CommandSender, options?: RedisStoreOptions): SharedStore
export function redisStore(
  client: ClusterSender | SentinelSender,
  options?: RedisStoreOptions,
): SharedStore
export function redisStore(client: unknown, options: RedisStoreOptions = {}): SharedStore {
  const { prefix = DEFAULT_PREFIX, leaseMs, ...given } = parseOptions(schema, options, 'redisStore')
  const run = scriptRunner(client)
  const secret = given.secret?.trim() || processEnv().DEEPSEEK_GUARD_STORE_SECRET?.trim()
  return new RedisStore(run, prefix, leaseMs, secret ? createVault(secret) : undefined)
}
