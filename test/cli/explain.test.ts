import { causes } from '../../src/causes/table'
import { UsageError } from '../../src/cli/arguments'
import { explain } from '../../src/cli/explain'

function explained(code: string, color = false) {
  const output = {
    text: '',
    out: () => {},
    color,
    err(text: string) {
      output.text += text
    },
  }
  const status = explain(code, output)
  return { status, text: output.text }
}

test.each(Object.values(causes).map((row) => [row.cause, row] as const))(
  '%s is explained with meaning, sign, cure and address',
  (cause, row) => {
    const { status, text } = explained(cause)
    expect(status).toBe(0)
    for (const part of [row.title, row.meaning, row.see, row.fix.text, row.proof, row.docs]) {
      expect(text).toContain(part)
    }
    if (row.fix.command) expect(text).toContain(row.fix.command)
  },
)

test('upper case is understood', () => {
  expect(explained('KEY-QUOTED').text).toContain('key-quoted')
})

test('a misspelt code is answered with the nearest one', () => {
  expect(() => explained('key-qouted')).toThrow(
    new UsageError('There is no cause of that name. Did you mean key-quoted?'),
  )
})

test('a word that resembles no code is answered with all of them', () => {
  expect(() => explained('zzzzzzzzzzzz')).toThrow(/network: .*dns-failed/)
})

test.each(['constructor', '__proto__', 'toString'])('%s is no code', (name) => {
  expect(() => explained(name)).toThrow(UsageError)
})

test('colours only when they are wanted', () => {
  expect(explained('key-quoted').text).not.toContain('\u001b')
  expect(explained('key-quoted', true).text).toContain('\u001b[1m')
})
