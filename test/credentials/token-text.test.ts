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
