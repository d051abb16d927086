import { isGenuineShape } from '../key/defect'
import { nullishIn } from '../key/look-alikes'
import { referenceIn } from '../key/reference'
import { vendorOfKey } from '../provider/vendors'

/** One variable of the environment, as the README's table shows it. */
export interface VariableRow {
  readonly what: string
  /** As people read it; absent when there is none. */
  readonly default?: string
  readonly example: string
}

/** Every variable that is read. `environment.ts` checks them, the README lists them. */
export const variables = {
  DEEPSEEK_API_KEY: {
    what: 'The API key. This or `DEEPSEEK_API_KEY_FILE`.',
    example: 'sk-…',
  },
  DEEPSEEK_API_KEY_FILE: {
    what: 'A file that holds the key, such as a mounted secret; re-read when it changes.',
    example: '/run/secrets/deepseek',
  },
  DEEPSEEK_BASE_URL: {
    what: 'The API, or a gateway in front of it.',
    default: 'https://api.deepseek.com',
    example: 'https://gateway.example.com/v1',
  },
  DEEPSEEK_MODEL: {
    what: 'The model that the application calls; a retired one is a warning.',
    example: 'deepseek-flash',
  },
  DEEPSEEK_GUARD_HEALTH_PATH: {
    what: 'Path of the health endpoint.',
    default: '/health/deepseek',
    example: '/internal/deepseek',
  },
  DEEPSEEK_GUARD_HEALTH_TOKEN: {
    what: 'Bearer token that unlocks the details of the health endpoint.',
    example: 'a long random text',
  },
  DEEPSEEK_GUARD_POLICY: {
    what: 'Which causes take an instance out of rotation: `guarded`, `fail-open` or `strict`.',
    default: 'guarded',
    example: 'strict',
  },
  DEEPSEEK_GUARD_ORIGINS: {
    what: 'Further exact origins that may receive the key, separated by commas.',
    example: 'https://gateway.example.com',
  },
  DEEPSEEK_GUARD_STORE_SECRET: {
    what: 'Encrypts rotating tokens in the store that a fleet shares; without it they are not stored.',
    example: 'a long random text',
  },
  DEEPSEEK_GUARD_LOG_LEVEL: {
    what: '`trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`.',
    default: 'info',
    example: 'warn',
  },
  DEEPSEEK_GUARD_TERMINATION_LOG: {
    what: 'File that also receives the report of a failed start, if it exists.',
    default: '/dev/termination-log',
    example: '/tmp/termination-log',
  },
} as const satisfies Record<string, VariableRow>

export type VariableName = keyof typeof variables

/** Gives the value of a text that is not blank. Throws `Unusable`, and nothing else. */
export type Parse = (text: string) => unknown

/** Why a variable cannot be used: completes "NAME …" and holds nothing of the value. */
export class Unusable extends Error {
  /** The whole judgement, where one was made. */
  readonly judged: unknown

  constructor(what: string, judged?: unknown) {
    super(what)
    this.judged = judged
  }
}

/** How each setting is read, and what to do when it cannot be; `{}` is the variable. */
export const parsers = {
  DEEPSEEK_MODEL: { parse: models, advice: 'Set {} to a model name such as deepseek-flash' },
  DEEPSEEK_GUARD_HEALTH_PATH: {
    parse: path,
    advice: 'Set {} to a path such as /health/deepseek, or remove it',
  },
  DEEPSEEK_GUARD_HEALTH_TOKEN: { parse: secret, advice: 'Set {} to a long random text' },
  DEEPSEEK_GUARD_POLICY: {
    parse: oneOf('guarded', 'fail-open', 'strict'),
    advice: 'Set {} to guarded, fail-open or strict',
  },
  DEEPSEEK_GUARD_ORIGINS: {
    parse: origins,
    advice: 'Set {} to exact origins such as https://gateway.example.com, separated by commas',
  },
  DEEPSEEK_GUARD_STORE_SECRET: { parse: secret, advice: 'Set {} to a long random text' },
  DEEPSEEK_GUARD_LOG_LEVEL: {
    parse: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    advice: 'Set {} to trace, debug, info, warn, error, fatal or silent',
  },
  DEEPSEEK_GUARD_TERMINATION_LOG: { parse: file, advice: 'Set {} to the path of a file' },
} as const satisfies Partial<Record<VariableName, { parse: Parse; advice: string }>>

/** Why a text is no origin, or its normal form. An origin ends after the host or the port. */
export function originOf(text: string): { origin: string } | { what: string } {
  const core = text.trim().replace(/\/$/, '')
  if (!/^https?:\/\/[^/?#@\s*\\]+$/i.test(core) || !URL.canParse(core)) {
    return { what: 'has an entry that is no exact origin' }
  }
  return { origin: new URL(core).origin }
}

function oneOf(...words: string[]): Parse {
  return (text) => {
    const word = text.trim()
    if (!words.includes(word)) throw new Unusable(`is none of ${words.join(', ')}`)
    return word
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

function secret(text: string): string {
  const core = text.trim()
  if (nullishIn(core)) throw new Unusable('holds the print of a value that is no text')
  if (referenceIn(core)) throw new Unusable('holds a reference that nobody resolved')
  if (/[^\x20-\x7e]/.test(core)) throw new Unusable('has a character that a header cannot carry')
  if (/^["'].*["']$/.test(core)) throw new Unusable('has quotes that became part of the value')
  return core
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
    if (isGenuineShape(entry) || vendorOfKey(entry)) throw new Unusable('holds a key')
    if (nullishIn(entry) || referenceIn(entry) || !/^[\w.:/@+-]{1,128}$/.test(entry)) {
      throw new Unusable('is no model name')
    }
  }
  return entries
}

function file(text: string): string {
  const core = text.trim()
  if (nullishIn(core) || referenceIn(core) || core.includes('\0')) {
    throw new Unusable('is no path of a file')
  }
  return core
}
