import { diagnose } from '../../src/diagnosis/diagnose'
import { asThrown, type Case, readCases, revive, secretsOf } from './case-file'

const cases = readCases()
const labelled = cases.filter((item) => item.expected)
const plainly = (text = ''): string => text.toLowerCase().replace(/[^a-z0-9]/g, '')

/** The slug of the contract beside the name that the case file gives. */
const spellings: Record<string, string> = {
  azureopenai: 'azure',
  cloudflareaigateway: 'cloudflare',
  volcengineark: 'volcengine',
}

function check({ expected }: Case, evidence: any): void {
  const diagnosis = diagnose(evidence)
  expect(expected!.causes).toContain(diagnosis.cause)
  if (diagnosis.cause === expected!.causes[0]) expect(diagnosis.group).toBe(expected!.group)
  if (expected!.vendor) {
    const wanted = plainly(expected!.vendor)
    expect(plainly(diagnosis.vendor)).toBe(spellings[wanted] ?? wanted)
  }
  if (expected!.credentialAccepted !== undefined) {
    expect(diagnosis.credentialAccepted).toBe(expected!.credentialAccepted)
  }
}

describe('a labelled case gets one of its causes', () => {
  test.each(labelled.map((item) => [item.id, item] as const))('%s', (_, item) => {
    check(item, item.evidence)
  })
})

describe('a labelled case thrown as a real Error gets one of its causes', () => {
  const thrown = labelled.filter((item) => item.evidence.error?.message)
  test.each(thrown.map((item) => [item.id, item] as const))('%s', (_, item) => {
    check(item, { ...item.evidence, error: asThrown(item.evidence.error) })
  })
})

test('no answer over all cases holds five characters of a key', () => {
  for (const { evidence } of cases) {
    const said = JSON.stringify(diagnose(revive(evidence)))
    for (const secret of secretsOf(evidence)) {
      const body = secret.replace(/^sk-(?:proj-|ant-api03-|or-v1-)?|^eyJ/, '')
      for (let at = 0; at + 5 <= body.length; at++) {
        expect(said).not.toContain(body.slice(at, at + 5))
      }
    }
  }
})
