import { nearestOf } from '../config/nearest'

type Check = { readonly accepts: (value: unknown) => boolean; readonly wants: string }

export const text: Check = {
  accepts: (value) => typeof value === 'string' && value.trim() !== '',
  wants: 'a string that is not empty',
}

export const milliseconds: Check = {
  accepts: (value) => Number.isInteger(value) && (value as number) >= 1,
  wants: 'an integer of at least 1 (milliseconds)',
}

export const record: Check = {
  accepts: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  wants: 'an object',
}

/**
 * The options of a source, each checked once at construction; an absent one stays undefined.
 * @throws TypeError that names the option at fault and, for an unknown one, the nearest right one.
 */
export function checkOptions(owner: string, options: object, checks: Record<string, Check>): void {
  if (!record.accepts(options)) throw new TypeError(`The options of ${owner} must be an object.`)
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined
    if (check === undefined) {
      const meant = nearestOf(name, Object.keys(checks))
      const hint = meant === undefined ? '' : ` Did you mean "${meant}"?`
      throw new TypeError(`${owner} has no option "${name}".${hint}`)
    }
    if (value !== undefined && !check.accepts(value)) {
      throw new TypeError(`The option "${name}" of ${owner} must be ${check.wants}.`)
    }
  }
}
