import { readFileSync } from 'node:fs'
import { parseArgs, parseEnv } from 'node:util'
import { nearestOf } from '../key/names'

export interface CheckArguments {
  command: 'check'
  json: boolean
  online: boolean
  failOn: 'warning' | 'error'
  envFile?: string
}

export interface DoctorArguments {
  command: 'doctor'
  json: boolean
  /** Tell the amounts of the balance. */
  balance?: boolean
}

export interface FleetArguments {
  command: 'fleet'
  json: boolean
  redis: string
  prefix?: string
}

type Arguments =
  | CheckArguments
  | DoctorArguments
  | { command: 'explain'; code: string }
  | FleetArguments
  | { command: 'help' }
  | { command: 'version' }

/** The command line cannot be understood; the message says what to type instead. */
export class UsageError extends Error {}

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
  json: { type: 'boolean' },
  balance: { type: 'boolean' },
  online: { type: 'boolean' },
  'fail-on': { type: 'string' },
  'env-file': { type: 'string' },
  redis: { type: 'string' },
  prefix: { type: 'string' },
} as const
type Option = keyof typeof OPTIONS

const ALLOWED: Record<string, readonly Option[]> = {
  check: ['online', 'json', 'fail-on', 'env-file'],
  doctor: ['json', 'balance'],
  explain: [],
  fleet: ['redis', 'prefix', 'json'],
}
const COMMANDS = Object.keys(ALLOWED)

/** Repeats only what cannot be a key or a part of one. */
function named(text: string): string {
  return /^-{0,2}[a-z]{1,9}(-[a-z]{1,9})?$/i.test(text) ? text : 'of that name'
}

function hint(text: string, known: readonly string[]): string {
  const near = nearestOf(text, known)
  return near === undefined ? `Known here: ${known.join(', ')}.` : `Did you mean ${near}?`
}

function checkOption(name: string, value: unknown, inline: boolean, allowed: readonly Option[]) {
  const known = [...allowed, 'help', 'version']
  if (!known.includes(name)) {
    const flags = known.map((option) => `--${option}`)
    throw new UsageError(`There is no option ${named(`--${name}`)}. ${hint(`--${name}`, flags)}`)
  }
  if (OPTIONS[name as Option].type === 'boolean') {
    if (value !== undefined) throw new UsageError(`--${name} takes no value.`)
  } else if (typeof value !== 'string' || value === '' || (!inline && value.startsWith('-'))) {
    throw new UsageError(`--${name} needs a value.`)
  }
}

function readFailOn(value: unknown): 'warning' | 'error' {
  if (value === undefined || value === 'error' || value === 'warning') return value ?? 'error'
  throw new UsageError(
    `--fail-on takes warning or error. ${hint(String(value), ['warning', 'error'])}`,
  )
}

function readCommand(words: readonly string[]): string {
  const [command] = words
  if (command === undefined) {
    throw new UsageError(`Say what to do: ${COMMANDS.join(', ')}.`)
  }
  if (!COMMANDS.includes(command)) {
    throw new UsageError(`There is no command ${named(command)}. ${hint(command, COMMANDS)}`)
  }
  const wanted = command === 'explain' ? 2 : 1
  if (words.length > wanted) {
    throw new UsageError(`${command} was given ${words.length - wanted} argument(s) too many.`)
  }
  if (words.length < wanted) {
    throw new UsageError('explain needs the code of a cause, for example: explain key-quoted')
  }
  return command
}

/** The address may hold a password, so it is never repeated. */
function readRedisUrl(url: unknown): string {
  const example = 'for example: fleet --redis redis://127.0.0.1:6379'
  if (typeof url !== 'string') throw new UsageError(`fleet needs --redis with a URL, ${example}`)
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed && /^rediss?:$/.test(parsed.protocol) && parsed.hostname !== '') return url
  throw new UsageError(`--redis takes a URL that begins with redis:// or rediss://, ${example}`)
}

/**
 * Reads the command line.
 * @throws UsageError naming the fault and the nearest right spelling, never repeating a value.
 */
export function readArguments(args: readonly string[]): Arguments {
  const config = {
    args: [...args],
    options: OPTIONS,
    allowPositionals: true,
    strict: false,
  } as const
  const { values, positionals, tokens } = parseArgs({ ...config, tokens: true })
  const allowed = ALLOWED[positionals[0] ?? ''] ?? (Object.keys(OPTIONS) as Option[])
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    checkOption(token.name, token.value, token.inlineValue === true, allowed)
  }
  if (values.help) return { command: 'help' }
  if (values.version) return { command: 'version' }
  const command = readCommand(positionals)
  if (command === 'explain') return { command, code: positionals[1] ?? '' }
  const json = values.json === true
  if (command === 'doctor')
    return { command, json, ...(values.balance === true && { balance: true }) }
  if (command === 'fleet') {
    const { prefix } = values
    const redis = readRedisUrl(values.redis)
    return { command, json, redis, ...(typeof prefix === 'string' && { prefix }) }
  }
  const envFile = values['env-file']
  return {
    command: 'check',
    json,
    online: values.online === true,
    failOn: readFailOn(values['fail-on']),
    ...(typeof envFile === 'string' && { envFile }),
  }
}

/**
 * The environment as `node --env-file=PATH` would make it: what the process has wins, an exported
 * empty value included.
 * @throws UsageError when the file cannot be read.
 */
export function withEnvFile(
  env: Record<string, string | undefined>,
  path: string,
): Record<string, string | undefined> {
  try {
    return { ...parseEnv(readFileSync(path, 'utf8')), ...env }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`
    throw new UsageError(`The file given with --env-file ${reason}.`)
  }
}
