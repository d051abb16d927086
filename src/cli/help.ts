import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { UsageError } from './arguments'
import { toDocument } from './document'
import { EXIT, type ExitStatus } from './exit-status'
import { findingOfCause } from './finding-of'
import type { Output } from './output'

const USAGE = `deepseek-guard: is this process ready to call DeepSeek, and if not, why?

  deepseek-guard check [options]     read the environment; no network
      --online                       also ask DeepSeek whether key and balance are good
      --fail-on warning|error        what makes it fail (default: error)
      --env-file PATH                read variables from a file, as node --env-file does
      --json                         one JSON document on standard output
  deepseek-guard doctor [--json]     test everything from the environment to the model names
  deepseek-guard explain CODE        what a code means and what to do; works offline
  deepseek-guard --help, --version

Exit status: 0 fine, 64 wrong usage, 69 DeepSeek not reachable, 70 fault in this tool,
75 come back later, 77 key or account refused, 78 configuration missing or malformed.
`

function version(): string {
  const file = path.join(__dirname, '../../package.json')
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

/** Answers `--help` and `--version`. The version alone is for programs, so it is on stdout. */
export function tell(topic: 'help' | 'version', output: Output): ExitStatus {
  if (topic === 'version') output.out(`${version()}\n`)
  else output.err(USAGE)
  return EXIT.ok
}

/** Answers a command line that makes no sense: a sentence, or a document that says the same. */
export function refuseUsage({ message }: UsageError, json: boolean, output: Output): ExitStatus {
  if (json) {
    const finding = findingOfCause('option-invalid', 'error', [])
    const fix = { text: 'Read the usage.', command: 'npx deepseek-guard --help' }
    const findings = [{ ...finding, title: message, fix }]
    output.out(toDocument({ exitCode: EXIT.usage, findings }))
  } else {
    output.err(`deepseek-guard: ${message}\nSee: deepseek-guard --help\n`)
  }
  return EXIT.usage
}
