import type { LogLevelName, PolicyName } from './settings'
import { type Parse, parsers, Unusable, type VariableName, variables } from './variables'

/** What became of each variable: a value, or the reason why there is none. */
export interface Validated {
  readonly values: Readonly<Record<string, unknown>>
  readonly refusals: Readonly<Record<string, Unusable>>
}

/**
 * Reads variables through envalid, each by its own parser. Blank texts must not come here: envalid
 * takes them for values and forgets defaults.
 */
export function validate(
  given: Readonly<Record<string, string>>,
  parses: Readonly<Record<string, Parse>>,
): Validated {
  const { cleanEnv, EnvError, makeValidator } = require('envalid') as typeof import('envalid')
  const refusals: Record<string, Unusable> = {}
  // envalid keeps an error only if it is an `Error` of its own realm, and takes the variable for
  // good otherwise; under Jest, Node's own errors are of another. So ours is always an EnvError.
  const validator = (name: string, parse: Parse) =>
    makeValidator((text: string) => {
      try {
        return parse(text)
      } catch (error) {
        refusals[name] = error instanceof Unusable ? error : new Unusable('cannot be read')
        throw new EnvError(refusals[name].message)
      }
    })({ default: undefined })
  const names = Object.keys(given)
  const specs = Object.fromEntries(
    names.map((name) => [name, validator(name, parses[name] ?? unreadable)]),
  )
  const values: Record<string, unknown> = { ...cleanEnv(given, specs, { reporter() {} }) }
  // The last net: a variable that has neither a value nor a reason was swallowed on the way.
  for (const name of names) {
    if (values[name] === undefined) refusals[name] ??= new Unusable('cannot be read')
  }
  return { values, refusals }
}

/**
 * Reads one variable by a judgement that says more than yes or no. What is refused comes back as it
 * was judged; undefined when no judgement could be made.
 */
export function judgeVariable<T extends object>(
  name: string,
  text: string,
  judge: (text: string) => T,
  isRefused: (judged: T) => boolean,
): T | undefined {
  const parse = (input: string): T => {
    const judged = judge(input)
    if (isRefused(judged)) throw new Unusable('cannot be used', judged)
    return judged
  }
  const { values, refusals } = validate({ [name]: text }, { [name]: parse })
  return (refusals[name] ? refusals[name].judged : values[name]) as T | undefined
}

function unreadable(): never {
  throw new Unusable('cannot be read')
}

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
