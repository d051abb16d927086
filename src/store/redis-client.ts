import type { Script } from './redis-scripts'

/** Whatever takes a whole command as an array of strings, and resolves with the server's reply. */
export interface CommandSender {
  sendCommand(args: Command): Promise<unknown>
}

/** The name of a command and its arguments. */
type Command = [name: string, ...args: string[]]

/** Cluster and Sentinel of node-redis, whose `sendCommand` wants to know where a command goes. */
export interface ClusterSender {
  sendCommand(firstKey: string, isReadonly: boolean, args: Command): Promise<unknown>
}
export interface SentinelSender {
  sendCommand(isReadonly: boolean, args: Command): Promise<unknown>
}

type Send = (args: Command, firstKey: string) => Promise<unknown>

/** What to write instead of a client that speaks another dialect. */
const LINES = {
  ioredis: '{ sendCommand: ([name, ...args]) => client.call(name, ...args) }',
  glide: '{ sendCommand: (args) => client.customCommand(args) }',
}

function has(client: object, ...methods: string[]): boolean {
  return methods.every((name) => {
    return typeof (client as Record<string, unknown>)[name] === 'function'
  })
}

/**
 * How this client takes a command. Scripts write, so Cluster and Sentinel send them to the master.
 * @throws TypeError that shows the line to write for a client without such a `sendCommand`.
 */
function senderOf(client: unknown): Send {
  if ((typeof client === 'object' && client !== null) || typeof client === 'function') {
    if (has(client, 'defineCommand', 'call')) throw dialectError('ioredis or iovalkey', 'ioredis')
    if (has(client, 'sendCommand')) {
      if (has(client, 'nodeClient')) {
        const cluster = client as ClusterSender
        return (args, firstKey) => cluster.sendCommand(firstKey, false, args)
      }
      if (has(client, 'getSentinelNode')) {
        const sentinel = client as SentinelSender
        return (args) => sentinel.sendCommand(false, args)
      }
      const single = client as CommandSender
      return (args) => single.sendCommand(args)
    }
    if (has(client, 'customCommand')) throw dialectError('valkey-glide', 'glide')
  }
  throw new TypeError(
    'redisStore takes a connected client of the package "redis", or an object with ' +
      'sendCommand(args). For ioredis and iovalkey write ' +
      `redisStore(${LINES.ioredis}), for valkey-glide redisStore(${LINES.glide}).`,
  )
}

function dialectError(name: string, line: keyof typeof LINES): TypeError {
  return new TypeError(
    `redisStore was given a client of ${name}, whose commands are called otherwise. ` +
      `Write redisStore(${LINES[line]}).`,
  )
}

/** "NOSCRIPT No matching script" of the server, "NoScriptError" of valkey-glide. */
function isUnknownScript(error: unknown): boolean {
  const { message, code } = Object(error) as { message?: unknown; code?: unknown }
  return /no_?script/i.test(`${String(message).slice(0, 200)} ${String(code).slice(0, 40)}`)
}

/** Runs a script on keys that share one hash tag. */
export type RunScript = (
  script: Script,
  keys: readonly string[],
  args: readonly (string | number)[],
) => Promise<unknown>

/** Scripts by `EVALSHA`; a server that has not seen one yet gets its text once by `EVAL`. */
export function scriptRunner(client: unknown): RunScript {
  const send = senderOf(client)
  return async ({ text, sha }, keys, args) => {
    const rest = [String(keys.length), ...keys, ...args.map(String)]
    const [firstKey = ''] = keys
    try {
      return await send(['EVALSHA', sha, ...rest], firstKey)
    } catch (error) {
      if (!isUnknownScript(error)) throw error
      return send(['EVAL', text, ...rest], firstKey)
    }
  }
}

/** The reply is not what the script returns: another program's proxy, or a key of another type. */
function strange(): Error {
  return new Error('The store answered something that the script does not return.')
}

/** A string, whichever way the client hands it over. */
export function readText(reply: unknown): string {
  if (typeof reply === 'string') return reply
  if (typeof reply === 'number' || typeof reply === 'bigint') return String(reply)
  if (reply instanceof Uint8Array) return Buffer.from(reply).toString()
  throw strange()
}

export function readNumber(reply: unknown): number {
  const text = readText(reply)
  const number = Number(text)
  if (text.trim() === '' || !Number.isFinite(number)) throw strange()
  return number
}

/** A list whose length is a multiple of `width`, in pieces of that length. */
export function readPieces(reply: unknown, width: number): unknown[][] {
  if (!Array.isArray(reply) || reply.length % width !== 0) throw strange()
  const pieces: unknown[][] = []
  for (let at = 0; at < reply.length; at += width) pieces.push(reply.slice(at, at + width))
  return pieces
}

/** The one piece of a list of fixed length. */
export function readPiece(reply: unknown, width: number): unknown[] {
  const [piece, ...more] = readPieces(reply, width)
  if (piece === undefined || more.length > 0) throw strange()
  return piece
}
