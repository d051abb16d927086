import { type CauseRow, causesByGroup } from '../causes/cause'
import { causes } from '../causes/table'
import { nearestOf } from '../key/names'
import { EXIT, type ExitStatus } from './answer'
import { UsageError } from './arguments'
import { bold, type Output } from './output'

function rowOf(code: string): CauseRow | undefined {
  return Object.hasOwn(causes, code) ? causes[code as keyof typeof causes] : undefined
}

function listOfCodes(): string {
  return Object.entries(causesByGroup)
    .map(([group, codes]) => `  ${group}: ${codes.join(', ')}`)
    .join('\n')
}

/**
 * Prints what a cause means, how it shows and what to do; needs no network.
 * @throws UsageError when there is no such cause.
 */
export function explain(code: string, output: Output): ExitStatus {
  const row = rowOf(code.toLowerCase())
  if (!row) {
    const near = nearestOf(code, Object.keys(causes))
    throw new UsageError(
      near === undefined
        ? `There is no cause of that name. The causes are:\n${listOfCodes()}`
        : `There is no cause of that name. Did you mean ${near}?`,
    )
  }
  const title = (text: string) => bold(text, output.color)
  const parts = [
    `${title(row.cause)} (${row.group})\n${row.title} ${row.meaning}`,
    `${title('What you see')}\n${row.see}`,
    `${title('What to do')}\n${row.fix.text}${row.fix.command ? `\n  ${row.fix.command}` : ''}`,
    `${title('How we know')}\n${row.proof}`,
    row.retryable
      ? 'The same request may succeed later without a change.'
      : 'Repeating the same request does not help.',
    row.docs,
  ]
  output.err(`${parts.join('\n\n')}\n`)
  return EXIT.ok
}
