import { cleanEnv, EnvError, makeValidator } from 'envalid'
import type { FindingDraft } from './finding-draft'
import type { EnvironmentSnapshot } from './snapshot'
import { type EnvironmentValues, type Parse, readRows, Unusable } from './variables'

/** What became of each variable: a value, or the reason why there is none. */
interface Validated {
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
  // Without a prototype: what somebody put on `Object.prototype` is neither a value nor a refusal.
  const refusals: Record<string, Unusable> = Object.create(null)
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
  if (names.length === 0) return { values: Object.create(null), refusals }
  const specs = Object.fromEntries(
    names.map((name) => [name, validator(name, parses[name] ?? unreadable)]),
  )
  const clean = cleanEnv(given, specs, { reporter() {} })
  const values: Record<string, unknown> = Object.assign(Object.create(null), clean)
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

const parses = Object.fromEntries(readRows.map(([name, { read }]) => [name, read]))

/**
 * Reads every setting but the key and the base URL, which are judged against each other. A blank
 * text is an unset one.
 */
export function readEnvironment(snapshot: EnvironmentSnapshot): {
  values: EnvironmentValues
  findings: FindingDraft[]
} {
  const given = Object.fromEntries(
    readRows.flatMap(([name]) => {
      const text = snapshot.text(name)
      return text.trim() === '' ? [] : [[name, text]]
    }),
  )
  const { values, refusals } = validate(given, parses)
  // Every name is there, be it undefined: nothing falls through to `Object.prototype`.
  const settings = readRows.map(([name, { setting }]) => [setting, values[name]])
  return {
    values: Object.fromEntries(settings) as EnvironmentValues,
    findings: readRows.flatMap(([variable, { advice }]) => {
      const refusal = refusals[variable]
      return refusal ? [refused(variable, refusal, advice, snapshot)] : []
    }),
  }
}

function refused(
  variable: string,
  { message, meant }: Unusable,
  advice: string,
  snapshot: EnvironmentSnapshot,
): FindingDraft {
  return {
    code: 'option-invalid',
    severity: 'error',
    variable,
    title: `${variable} ${message}${message.endsWith('?') ? '' : '.'}`,
    evidence: [`${snapshot.text(variable).length} characters`],
    advice: advice.replace('{}', variable),
    set: 'plain',
    ...(meant && { value: meant }),
    origin: snapshot.originOf(variable),
  }
}
