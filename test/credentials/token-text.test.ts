import fc from 'fast-check'
import { readTokenText } from '../../src/credentials/token'

describe('readTokenText', () => {
  test('gives only what Headers takes, and never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (value) => {
        const text = readTokenText(value)
        if (typeof text === 'string') {
          expect(new Headers({ authorization: `Bearer ${text}` }).get('authorization')).toBe(
            `Bearer ${text}`,
          )
        }
      }),
      { numRuns: 2_000 },
    )
  })

  test('names the character and its position, counted from 1', () => {
    expect(readTokenText('sk-\u200Babc')).toEqual({
      problem: 'holds U+200B at position 4, which no header carries',
    })
  })

  test.each([
    [0x1f, false],
    [0x20, true],
    [0x7e, true],
    [0x7f, false],
    [0x9f, false],
    [0xa0, true],
    [0xff, true],
    [0x100, false],
  ])('the character %d is one that a header carries: %p', (code, carried) => {
    const value = `a${String.fromCharCode(code)}b`
    expect(readTokenText(value) === value).toBe(carried)
  })

  test('names a character outside the first plane whole', () => {
    expect(readTokenText('a😀')).toMatchObject({ problem: expect.stringContaining('U+1F600') })
  })

  test.each([
    [null, 'null'],
    [undefined, 'undefined'],
    [[], 'an array'],
    [{}, 'object'],
    [7, 'number'],
  ])('says what %p is instead of a string', (value, kind) => {
    expect(readTokenText(value)).toEqual({ problem: `holds ${kind} instead of a string` })
  })

  test('takes edge whitespace off, and nothing for empty', () => {
    expect(readTokenText(' \n key\t')).toBe('key')
    expect(readTokenText(' \n ')).toEqual({ problem: 'holds an empty token' })
  })

  test('keeps Latin-1 and inner spaces', () => {
    expect(readTokenText('clé secrète')).toBe('clé secrète')
  })

  test('takes 8 KiB and no more', () => {
    expect(readTokenText('k'.repeat(8_192))).toHaveLength(8_192)
    expect(readTokenText('k'.repeat(8_193))).toMatchObject({
      problem: 'holds a token of 8193 characters; a header carries 8192',
    })
  })
})
