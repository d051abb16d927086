import fc from 'fast-check'
import { readArguments, UsageError } from '../../src/cli/arguments'

const refusal = (...args: string[]): string => {
  try {
    readArguments(args)
  } catch (error) {
    if (error instanceof UsageError) return error.message
    throw error
  }
  throw new Error('was not refused')
}

test('check alone is offline, for people, and fails on errors only', () => {
  expect(readArguments(['check'])).toEqual({
    command: 'check',
    online: false,
    json: false,
    failOn: 'error',
  })
})

test.each([
  [['check', '--env-file', 'prod.env', '--fail-on', 'warning', '--online', '--json']],
  [['--json', 'check', '--online', '--fail-on=warning', '--env-file=prod.env']],
])('options stand anywhere, with a blank or an equals sign: %j', (args) => {
  expect(readArguments(args)).toEqual({
    command: 'check',
    online: true,
    json: true,
    failOn: 'warning',
    envFile: 'prod.env',
  })
})

test('doctor takes --json and --balance, explain takes a code', () => {
  expect(readArguments(['doctor', '--json'])).toEqual({ command: 'doctor', json: true })
  expect(readArguments(['doctor', '--balance'])).toEqual({
    command: 'doctor',
    json: false,
    balance: true,
  })
  expect(readArguments(['explain', 'key-quoted'])).toEqual({
    command: 'explain',
    code: 'key-quoted',
  })
})

test.each([
  ['--help', 'help'],
  ['-h', 'help'],
  ['--version', 'version'],
  ['-v', 'version'],
])('%s is answered with or without a command', (flag, command) => {
  expect(readArguments([flag])).toEqual({ command })
  expect(readArguments(['doctor', flag])).toEqual({ command })
})

test.each([
  [['chekc'], 'Did you mean check?'],
  [['check', '--onlin'], 'Did you mean --online?'],
  [['check', '--fail-no=error'], 'Did you mean --fail-on?'],
  [['check', '--envfile', 'x'], 'Did you mean --env-file?'],
  [['check', '--fail-on', 'warnings'], 'Did you mean warning?'],
  [['doctor', '--online'], 'There is no option --online. Known here: --json'],
  [['check', '--zzzzzzzz'], 'Known here: --online, --json, --fail-on, --env-file'],
])('%j is answered with the nearest right spelling', (args, expected) => {
  expect(refusal(...args)).toContain(expected)
})

test.each([
  [[], 'Say what to do'],
  [['check', '--env-file'], '--env-file needs a value'],
  [['check', '--env-file='], '--env-file needs a value'],
  [['check', '--env-file', '--json'], '--env-file needs a value'],
  [['check', '--json=yes'], '--json takes no value'],
  [['check', 'this'], '1 argument(s) too many'],
  [['explain'], 'explain needs the code of a cause'],
])('%j is refused', (args, expected) => {
  expect(refusal(...args)).toContain(expected)
})

test('a key that was typed as an argument is not repeated', () => {
  const hex = fc.string({
    unit: fc.constantFrom(...'0123456789abcdef'),
    minLength: 32,
    maxLength: 32,
  })
  const forms = [
    (key: string) => [key],
    (key: string) => ['check', key],
    (key: string) => ['check', `--${key}`],
    (key: string) => ['check', `--key=${key}`],
    (key: string) => ['check', '--fail-on', key],
    (key: string) => [`-${key}`],
  ]
  fc.assert(
    fc.property(hex, fc.constantFrom(...forms), (digits, form) => {
      const message = refusal(...form(`sk-${digits}`))
      for (let at = 0; at + 5 <= digits.length; at += 1) {
        expect(message).not.toContain(digits.slice(at, at + 5))
      }
    }),
  )
})
