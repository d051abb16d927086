import type { Diagnosis } from '../../src/causes/cause'
import { diagnose } from '../../src/diagnosis/diagnose'
import { asThrown, type Case, readCases, revive, secretsOf, stands } from './case-file'

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
  if (expected!.confidence) expect(diagnosis.confidence).toBe(expected!.confidence)
  checkWords({ expected } as Case, diagnosis)
}

/** Would the advice have cured the reporter, and does the title claim nothing that is not so? */
function checkWords({ expected }: Case, { title, fix }: Diagnosis): void {
  const advice = [fix.text, fix.command ?? ''].join('\n')
  const { fixMentions = [], fixAvoids = [], titleAvoids = [] } = expected!
  const missing = fixMentions.filter(
    (any) => !any.some((one) => stands(one, `${title}\n${advice}`)),
  )
  const harmful = fixAvoids.filter((one) => stands(one, advice))
  const untrue = titleAvoids.filter((one) => stands(one, title))
  expect({ title, advice, missing, harmful, untrue }).toEqual({
    title,
    advice,
    missing: [],
    harmful: [],
    untrue: [],
  })
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

const wronglyShaped = cases.filter((item) => item.throws)

test.each(wronglyShaped.map((item) => [item.id, item] as const))(
  '%s is refused with a sentence that shows the right shape',
  (_, { evidence }) => {
    const attempt = (): unknown => diagnose(revive(evidence))
    expect(attempt).toThrow(TypeError)
    expect(attempt).toThrow(/response.*error/s)
    expect(attempt).not.toThrow(/sk-|[0-9a-f]{8}|\*{4}/)
  },
)

test('no answer over all cases holds five characters of a key', () => {
  for (const { evidence } of cases.filter((item) => !item.throws)) {
    const said = JSON.stringify(diagnose(revive(evidence)))
    for (const secret of secretsOf(evidence)) {
      const body = secret.replace(/^sk-(?:proj-|ant-api03-|or-v1-)?|^eyJ/, '')
      for (let at = 0; at + 5 <= body.length; at++) {
        expect(said).not.toContain(body.slice(at, at + 5))
      }
    }
  }
})
