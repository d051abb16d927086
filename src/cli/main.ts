#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { docsOf, type Finding } from '../causes/cause'
import { EXIT, type ExitStatus, toDocument } from './answer'
import { readArguments, UsageError } from './arguments'
import { check } from './check'
import { type Output, wantsColor, writeOrThrow } from './output'

const output: Output = {
  out: (text) => writeOrThrow(1, text),
  err: (text) => writeOrThrow(2, text),
  get color() {
    return wantsColor(process.env)
  },
}

// `check` runs at each start of a pod: what other commands need is loaded when they are asked for.
async function run(args: readonly string[]): Promise<ExitStatus> {
  const given = readArguments(args)
  switch (given.command) {
    case 'check': {
      return check(given, process.env, output)
    }
    case 'doctor': {
      const { doctor } = await import('./doctor.js')
      return doctor(given, process.env, output)
    }
    case 'explain': {
      const { explain } = await import('./explain.js')
      return explain(given.code, output)
    }
    case 'fleet': {
      const { fleet } = await import('./fleet.js')
      return fleet(given, output)
    }
    default: {
      return tell(given.command, output)
    }
  }
}

function usage(error: UsageError, json: boolean): ExitStatus {
  return refuseUsage(error, json, output)
}

/** The fault may be that nothing can be written: then only the exit status is left to say it. */
function attempt(write: () => void): void {
  try {
    write()
  } catch {
    return
  }
}

/** The message of a foreign error may hold a value, so only its kind and our own lines are told. */
function fault(error: unknown, json: boolean): ExitStatus {
  const { name = 'Error', code, stack } = Object(error) as NodeJS.ErrnoException
  const places = String(stack ?? '').match(/^\s+at .*$/gm) ?? []
  const lines = [
    `deepseek-guard itself failed (${code ?? name}). Nothing is said about your configuration.`,
    'Please report these lines at https://github.com/deepseek-guard/deepseek-guard/issues',
    ...places.slice(0, 5),
  ]
  attempt(() => output.err(`${lines.join('\n')}\n`))
  if (json)
    attempt(() => output.out(toDocument({ ok: false, exitCode: EXIT.internal, findings: [] })))
  return EXIT.internal
}

async function main(args: readonly string[]): Promise<void> {
  const json = args.includes('--json')
  // Node's own warnings, about a certificate setting for one, would break the silence of --json.
  if (json) process.removeAllListeners('warning')
  process.on('uncaughtException', (error) => process.exit(fault(error, json)))
  try {
    process.exit(await run(args))
  } catch (error) {
    process.exit(error instanceof UsageError ? usage(error, json) : fault(error, json))
  }
}

const USAGE = `deepseek-guard: is this process ready to call DeepSeek, and if not, why?

  deepseek-guard check [options]     read the environment; no network
      --online                       also ask DeepSeek whether key and balance are good
      --fail-on warning|error        what makes it fail (default: error)
      --env-file PATH                read variables from a file, as node --env-file does
      --json                         one JSON document on standard output
  deepseek-guard doctor [options]    test everything from the environment to the model names
      --balance                      also tell the amounts of the balance
      --json                         one JSON document on standard output
  deepseek-guard explain CODE        what a code means and what to do; works offline
  deepseek-guard fleet --redis URL   who uses which key, and whether the old one may be revoked
      --prefix P                     as given to redisStore (default: deepseek-guard:)
      --json                         one JSON document on standard output
  deepseek-guard --help, --version

Exit status: 0 fine, 64 wrong usage, 69 DeepSeek (or the store) not reachable, 70 fault in this
tool, 75 come back later, 77 key or account refused, 78 configuration missing or malformed.
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
function refuseUsage({ message }: UsageError, json: boolean, output: Output): ExitStatus {
  if (json) {
    const finding: Finding = {
      code: 'option-invalid',
      severity: 'error',
      title: message,
      evidence: [],
      fix: { text: 'Read the usage.', command: 'npx deepseek-guard --help' },
      docs: docsOf('option-invalid'),
    }
    const findings = [finding]
    output.out(toDocument({ ok: false, exitCode: EXIT.usage, findings }))
  } else {
    output.err(`deepseek-guard: ${message}\nSee: deepseek-guard --help\n`)
  }
  return EXIT.usage
}

void main(process.argv.slice(2))
