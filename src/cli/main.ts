#!/usr/bin/env node
import { readArguments, UsageError } from './arguments'
import { EXIT, type ExitStatus } from './exit-status'
import { type Output, wantsColor, writeOrThrow } from './output'

const output: Output = {
  out: (text) => writeOrThrow(1, text),
  err: (text) => writeOrThrow(2, text),
  get color() {
    return wantsColor(process.env)
  },
}

/** Each command loads what it needs, when it is called: `check` runs at every start of a pod. */
async function run(args: readonly string[]): Promise<ExitStatus> {
  const given = readArguments(args)
  switch (given.command) {
    case 'check': {
      const { check } = require('./check') as typeof import('./check')
      return check(given, process.env, output)
    }
    case 'doctor': {
      const { doctor } = require('./doctor') as typeof import('./doctor')
      return doctor(given.json, process.env, output)
    }
    case 'explain': {
      const { explain } = require('./explain') as typeof import('./explain')
      return explain(given.code, output)
    }
    default: {
      const { tell } = require('./help') as typeof import('./help')
      return tell(given.command, output)
    }
  }
}

function usage(error: UsageError, json: boolean): ExitStatus {
  const { refuseUsage } = require('./help') as typeof import('./help')
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
  const { toDocument } = require('./document') as typeof import('./document')
  attempt(() => output.err(`${lines.join('\n')}\n`))
  if (json) attempt(() => output.out(toDocument({ exitCode: EXIT.internal, findings: [] })))
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

void main(process.argv.slice(2))
