import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { UsageError, withEnvFile } from '../../src/cli/arguments'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'env-file-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const file = (text: string): string => {
  const name = path.join(folder, 'prod.env')
  writeFileSync(name, text)
  return name
}

test('quotes, comments and export are read as Node reads them', () => {
  const text = '# prod\nexport A="one two" # tail\nB=\'x\'\nC=plain # tail\n'
  expect(withEnvFile({}, file(text))).toEqual({ A: 'one two', B: 'x', C: 'plain' })
})

test('what the process has wins, an exported empty value included', () => {
  const text = 'A=file\nB=file\nC=file\n'
  expect(withEnvFile({ A: 'process', B: '' }, file(text))).toEqual({
    A: 'process',
    B: '',
    C: 'file',
  })
})

test('the given environment is not written to', () => {
  const env = Object.freeze({ A: '1' })
  expect(withEnvFile(env, file('B=2'))).toEqual({ A: '1', B: '2' })
})

test('an absent file is wrong usage, in words that do not repeat its path', () => {
  const absent = path.join(folder, 'nowhere.env')
  expect(() => withEnvFile({}, absent)).toThrow(UsageError)
  expect(() => withEnvFile({}, absent)).toThrow('The file given with --env-file does not exist.')
})

test('a folder is wrong usage', () => {
  expect(() => withEnvFile({}, folder)).toThrow('cannot be read (EISDIR)')
})
