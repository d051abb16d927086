import { diagnose } from '../../src/diagnosis/diagnose'
import { expectPinned, figuresOf } from '../pinned'
import { readCases, revive } from './case-file'

/** A diagnosis without its words. */
function outline(evidence: unknown): string {
  const found = diagnose(evidence as never)
  const { cause, confidence, vendor, credentialAccepted, retryable, others } = found
  return [
    `${cause} ${confidence}`,
    ...others.map((other) => (typeof other === 'string' ? other : JSON.stringify(other))),
    ...(vendor === undefined ? [] : [`of ${JSON.stringify(vendor)}`]),
    ...(credentialAccepted === undefined ? [] : [`accepted: ${credentialAccepted}`]),
    ...(retryable ? ['retryable'] : []),
    figuresOf(found.evidence),
  ].join(' ')
}

/** What is at hand differs from caller to caller: each case with less of it. */
function variantsOf(evidence: any): any[] {
  const { request, response, configured, error, ...rest } = evidence
  const { headers: _headers, ...bare } = response ?? {}
  return [
    evidence,
    { ...rest, request, response, error },
    { ...rest, response, configured, error },
    { ...rest, request, configured, error, ...(response && { response: bare }) },
  ]
}

test('what is judged of each case, and of each with less evidence, does not change unnoticed', () => {
  const cases = readCases().filter(({ evidence, throws }) => {
    return throws === undefined && typeof evidence === 'object' && evidence !== null
  })
  const lines = cases.map(({ id, evidence }) => {
    const outlines = variantsOf(revive(evidence)).map(outline)
    const rest = outlines.slice(1).map((each) => (each === outlines[0] ? '=' : each))
    return [id, outlines[0], ...rest].join(' | ')
  })
  expectPinned('diagnosis', lines)
})
