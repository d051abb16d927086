import { isGenuineShape } from '../key/finding'
import { nullishIn } from '../key/look-alikes'
import { mayHoldSecret, nearestOf } from '../key/names'
import { referenceIn } from '../key/reference'
import { API } from '../provider/deepseek'
import { vendorOfKey } from '../provider/vendors'
import { Secret } from '../secret'

/** One variable of the environment: the README's table, `check` and the settings read this row. */
interface VariableRow {
  readonly what: string
  /** As people read it; absent when there is none. */
  readonly default?: string
  readonly example: string
  /** The name of its setting; absent where the variable is judged together with others. */
  readonly setting?: string
  readonly read?: Parse
  /** What to do when it cannot be read: begins with a verb; `{}` is the variable. */
  readonly advice?: string
}

/** Gives the value of a text that is not blank. Throws `Unusable`, and nothing else. */
export type Parse<T = unknown> = (text: string) => T

/** Why a variable cannot be used: completes "NAME …" and holds nothing of the value. */
export class Unusable extends Error {
  /** The whole judgement, where one was made. */
  readonly judged: unknown
  /** What was probably meant. */
  readonly meant: string | undefined

  constructor(what: string, judged?: unknown, meant?: string) {
    super(what)
    this.judged = judged
    this.meant = meant
  }
}

/** Every variable that is read. A new one is one row here, and whoever uses its setting. */
export const variables = {
  DEEPSEEK_API_KEY: {
    what: 'The API key. This or `DEEPSEEK_API_KEY_FILE`.',
    example: 'sk-…',
  },
  DEEPSEEK_API_KEY_FILE: {
    what: 'A file that holds the key, such as a mounted secret; read again when it changes.',
    example: '/run/secrets/deepseek',
  },
  DEEPSEEK_BASE_URL: {
    what: 'The API, or a gateway in front of it.',
    default: API,
    example: 'https://gateway.example.com/v1',
  },
  DEEPSEEK_MODEL: {
    what: 'The model that the application calls; a retired one is a warning.',
    example: 'deepseek-flash',
    setting: 'models',
    read: models,
    advice: 'Set {} to a model name such as deepseek-flash',
  },
  DEEPSEEK_GUARD: {
    what:
      '`off` for code generation, CI and unit tests: no check, no probe, calls pass as they are. ' +
      'Refused where `NODE_ENV` is `production`.',
    default: 'on',
    example: 'off',
    setting: 'guard',
    read: oneOf('on', 'off'),
    advice: 'Set {} to on or off',
  },
  DEEPSEEK_GUARD_HEALTH_PATH: {
    what: 'Path of the health endpoint.',
    default: '/health/deepseek',
    example: '/internal/deepseek',
    setting: 'healthPath',
    read: path,
    advice: 'Set {} to a path such as /health/deepseek, or remove it',
  },
  DEEPSEEK_GUARD_HEALTH_TOKEN: {
    what: 'Bearer token that unlocks the details of the health endpoint.',
    example: 'a long random text',
    setting: 'healthToken',
    read: secret,
    advice: 'Set {} to a long random text of plain letters and digits',
  },
  DEEPSEEK_GUARD_POLICY: {
    what: 'Which causes take an instance out of rotation: `guarded`, `fail-open` or `strict`.',
    default: 'guarded',
    example: 'strict',
    setting: 'policy',
    read: oneOf('guarded', 'fail-open', 'strict'),
    advice: 'Set {} to guarded, fail-open or strict',
  },
  DEEPSEEK_GUARD_ORIGINS: {
    what: 'Further exact origins that may receive the key, separated by commas.',
    example: 'https://gateway.example.com',
    setting: 'origins',
    read: origins,
    advice: 'Set {} to exact origins such as https://gateway.example.com, separated by commas',
  },
  DEEPSEEK_GUARD_STORE_SECRET: {
    what:
      'Encrypts rotating tokens in the store that a fleet shares; without it they are not ' +
      'stored.',
    example: 'a long random text',
    setting: 'storeSecret',
    read: secret,
    advice: 'Set {} to a long random text of plain letters and digits',
  },
  DEEPSEEK_GUARD_LOG_LEVEL: {
    what: '`trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`.',
    default: 'info',
    example: 'warn',
    setting: 'logLevel',
    read: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    advice: 'Set {} to trace, debug, info, warn, error, fatal or silent',
  },
  DEEPSEEK_GUARD_TERMINATION_LOG: {
    what: 'File that also receives the report of a failed start, if it exists.',
    default: '/dev/termination-log',
    example: '/tmp/termination-log',
    setting: 'terminationLog',
    read: file,
    advice: 'Set {} to the path of a file',
  },
} as const satisfies Record<string, VariableRow>

type Rows = typeof variables
type VariableName = keyof Rows

/** The variables that need nothing but their own text to be judged. */
type ReadName = { [N in VariableName]: Rows[N] extends { read: Parse } ? N : never }[VariableName]

/** What the environment sets, by the names of the rows. Absent: the variable is unset. */
export type EnvironmentValues = {
  readonly [N in ReadName as Rows[N]['setting']]?: ReturnType<Rows[N]['read']>
}

/** The rows that are read one by one. */
export const readRows = Object.entries(variables).filter(
  (entry): entry is [ReadName, Rows[ReadName]] => 'read' in entry[1],
)

/** Why a text is not an origin, or its normal form. An origin ends after the host or the port. */
export function originOf(text: string): { origin: string } | { what: string } {
  const core = text.trim().replace(/\/$/, '')
  if (!/^https?:\/\/[^/?#@\s*\\]+$/i.test(core) || !URL.canParse(core)) {
    return { what: 'has an entry that is not an exact origin' }
  }
  return { origin: new URL(core).origin }
}

function oneOf<const Word extends string>(...words: Word[]): Parse<Word> {
  return (text) => {
    const found = words.find((word) => word === text.trim())
    if (found !== undefined) return found
    const near = nearestOf(text.trim().slice(0, 40), words)
    const hint = near ? `; did you mean ${near}?` : ''
    throw new Unusable(`is not one of ${words.join(', ')}${hint}`, undefined, near)
  }
}

function path(text: string): string {
  const core = text.trim()
  if (!core.startsWith('/') || core.startsWith('//')) {
    throw new Unusable('does not begin with a single slash')
  }
  if (/[^\x21-\x7e]|[?#\\*{}]/.test(core)) throw new Unusable('has a character that no path has')
  return core
}

function secret(text: string): Secret {
  const core = text.trim()
  if (nullishIn(core)) {
    throw new Unusable('holds what an empty value turns into when it is printed')
  }
  if (referenceIn(core)) throw new Unusable('holds a reference that nobody resolved')
  const fault = tokenFault(core)
  if (fault) throw new Unusable(fault)
  if (/^["'].*["']$|^["'`]{2}$/.test(core)) {
    throw new Unusable('has quotes that became part of the value')
  }
  return new Secret(core)
}

/** Why nobody could send this text as a bearer token; undefined when it can be sent. */
function tokenFault(token: string): string | undefined {
  return /[^\x20-\x7e]/.test(token) ? 'has a character that a header cannot carry' : undefined
}

function origins(text: string): string[] {
  const entries = text.split(',').filter((entry) => entry.trim() !== '')
  return entries.map((entry) => {
    const read = originOf(entry)
    if ('what' in read) throw new Unusable(read.what)
    return read.origin
  })
}

function models(text: string): string[] {
  const entries = text.split(',').map((entry) => entry.trim())
  for (const entry of entries) {
    // Names of models are made of words; a key that was pasted here is not.
    const isNamed = /deep-?seek|qwen|llama|gpt|claude|gemini|kimi|glm|model/i.test(entry)
    if (isGenuineShape(entry) || vendorOfKey(entry) || (!isNamed && mayHoldSecret(entry))) {
      throw new Unusable('holds what looks like a key, not the name of a model')
    }
    if (nullishIn(entry) || referenceIn(entry) || !/^[\w.:/@+-]{1,128}$/.test(entry)) {
      throw new Unusable('is not a model name')
    }
  }
  return entries
}

function file(text: string): string {
  const core = text.trim()
  if (nullishIn(core) || referenceIn(core) || core.includes('\0')) {
    throw new Unusable('is not the path of a file')
  }
  return core
}
