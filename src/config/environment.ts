import { parsers } from './setting-parsers'
import type { LogLevelName, PolicyName } from './settings'
import { validate } from './validate'
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
const parses = Object.fromEntries(names.map((name) => [name, parsers[name].parse]))

/**
 * Reads every setting but the key and the base URL, which are judged against each other. A blank
 * text is an unset one.
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
  const { values, refusals } = validate(given, parses)
  return {
    values: valuesOf(values),
    defects: names.flatMap((variable) => {
      const refusal = refusals[variable]
      const advice = parsers[variable].advice.replace('{}', variable)
      return refusal ? [{ variable, what: refusal.message, advice }] : []
    }),
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
