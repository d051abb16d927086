import { type Parse, parsers, Unusable } from './setting-parsers'
import type { LogLevelName, PolicyName } from './settings'
import { type VariableName, variables } from './variables'

/** The settings that need nothing but their own text to be judged. */
export interface EnvironmentValues {
  readonly healthPath?: string
  readonly healthToken?: string
  readonly policy?: PolicyName
  readonly origins: readonly string[]
  readonly storeSecret?: string
  readonly logLevel?: LogLevelName
  readonly terminationLog: string
  readonly models: readonly string[]
}

/** A setting that cannot be used. `what` completes "NAME …" and holds nothing of the value. */
export interface EnvironmentDefect {
  readonly variable: VariableName
  readonly what: string
  /** Begins with a verb. */
  readonly advice: string
}

type Checked = keyof typeof parsers

const names = Object.keys(parsers) as Checked[]

/**
 * Reads every setting but the key and the base URL through envalid. A blank text is left out: it
 * must not reach envalid, which would take it for a value and forget the default.
 */
export function readEnvironment(textOf: (name: string) => string): {
  values: EnvironmentValues
  defects: EnvironmentDefect[]
} {
  const given = Object.fromEntries(
    names.flatMap((name) => {
      const text = textOf(name)
      return text.trim() === '' ? [] : [[name, text]]
    }),
  )
  const present = names.filter((name) => name in given)
  // Nothing set, nothing to validate: an ordinary start does not pay for loading envalid.
  const { clean, messages } =
    present.length > 0 ? validate(given, present) : { clean: {}, messages: {} }
  return {
    values: valuesOf(clean),
    defects: present.flatMap((variable) => {
      const what = messages[variable]
      const advice = parsers[variable].advice.replace('{}', variable)
      return what === undefined ? [] : [{ variable, what, advice }]
    }),
  }
}

function validate(given: Record<string, string>, present: readonly Checked[]) {
  const { cleanEnv, EnvError, makeValidator } = require('envalid') as typeof import('envalid')
  // envalid keeps an error only if it is an `Error` of its own realm, and takes the variable for
  // good otherwise; under Jest, Node's own errors are of another. So ours is always an EnvError.
  const validator = (parse: Parse) =>
    makeValidator((text: string) => {
      try {
        return parse(text)
      } catch (error) {
        throw new EnvError(error instanceof Unusable ? error.message : 'cannot be read')
      }
    })({ default: undefined })
  const messages: Partial<Record<string, string>> = {}
  const specs = Object.fromEntries(present.map((name) => [name, validator(parsers[name].parse)]))
  const clean: Record<string, unknown> = { ...cleanEnv(given, specs, { reporter: collect }) }
  // The last net: a variable that has neither a value nor an error was swallowed on the way.
  for (const name of present) {
    if (clean[name] === undefined) messages[name] ??= 'cannot be read'
  }
  return { clean, messages }

  function collect({ errors }: { errors: Partial<Record<string, Error>> }): void {
    for (const [name, error] of Object.entries(errors)) messages[name] = error?.message
  }
}

function valuesOf(clean: Record<string, unknown>): EnvironmentValues {
  const read = <T>(name: Checked): T | undefined => clean[name] as T | undefined
  const healthPath = read<string>('DEEPSEEK_GUARD_HEALTH_PATH')
  const healthToken = read<string>('DEEPSEEK_GUARD_HEALTH_TOKEN')
  const policy = read<PolicyName>('DEEPSEEK_GUARD_POLICY')
  const storeSecret = read<string>('DEEPSEEK_GUARD_STORE_SECRET')
  const logLevel = read<LogLevelName>('DEEPSEEK_GUARD_LOG_LEVEL')
  return {
    ...(healthPath !== undefined && { healthPath }),
    ...(healthToken !== undefined && { healthToken }),
    ...(policy !== undefined && { policy }),
    ...(storeSecret !== undefined && { storeSecret }),
    ...(logLevel !== undefined && { logLevel }),
    origins: read<string[]>('DEEPSEEK_GUARD_ORIGINS') ?? [],
    models: read<string[]>('DEEPSEEK_MODEL') ?? [],
    terminationLog:
      read<string>('DEEPSEEK_GUARD_TERMINATION_LOG') ??
      variables.DEEPSEEK_GUARD_TERMINATION_LOG.default,
  }
}
