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
    what: 'Reserved for a store shared by a fleet, which is not part of this version.',
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
