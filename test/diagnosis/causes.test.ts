import { type Cause, causesByGroup, docsOf } from '../../src/causes/cause'
import { causes } from '../../src/causes/table'

const { causesMarkdown } = require('../../.ci/readme-causes.cjs') as {
  causesMarkdown(rows: typeof causes): string
}

const all = Object.values(causesByGroup).flat() as Cause[]
const rows = all.map((cause) => [cause, causes[cause]] as const)

/** A fix is an order: its first word is one of these. */
const verbs =
  /^(?:Abort|Add|Ask|Call|Change|Check|Compare|Copy|Correct|Create|Decode|Fetch|Find|Give|Keep|Load|Look|Mount|Pass|Put|Raise|Remove|Rename|Replace|Resolve|Restrict|Retry|Revoke|Run|Send|Set|Shorten|Start|Synchronise|Top up|Unset|Use|Write),? /

test('the table has one row for every cause and no other', () => {
  expect(Object.keys(causes).sort()).toEqual([...all].sort())
})

describe.each(rows)('%s', (cause, row) => {
  test('has a fix that begins with a verb', () => {
    expect(row.fix.text).toMatch(verbs)
  })

  test('has whole sentences as title, meaning and fix, and no empty word', () => {
    for (const sentence of [row.title, row.meaning, row.fix.text, row.proof]) {
      expect(sentence).toMatch(/^\S.*[.]$/s)
    }
    expect(row.see).toMatch(/\S/)
  })

  test('has a docs address that ends in its own name', () => {
    expect(row.docs).toBe(`https://github.com/deepseek-guard/deepseek-guard#${cause}`)
    expect(docsOf(cause)).toBe(row.docs)
  })

  test('has one line with its anchor in the README table', () => {
    const lines = causesMarkdown(causes).split('\n')
    const own = lines.filter((line) => line.includes(`<a id="${cause}"></a>`))
    expect(own).toHaveLength(1)
    // Five cells between six bars that are not escaped.
    expect(own[0]!.match(/(?<!\\)\|/g)).toHaveLength(6)
  })
})

test('the rows cannot be changed by whoever imports them', () => {
  expect(Object.isFrozen(causes)).toBe(true)
  expect(rows.every(([, row]) => Object.isFrozen(row) && Object.isFrozen(row.fix))).toBe(true)
})

test('no words hold text that could be a key', () => {
  expect(JSON.stringify(causes)).not.toMatch(/sk-[0-9a-zA-Z]{8,}/)
})
