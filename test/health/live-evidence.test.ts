import type { Cause } from '../../src/causes/cause'
import { liveEvidence } from '../../src/health/traffic'
import type { CallOutcome } from '../../src/outbound/call'
import { diagnosisOf, failedCall, outcomeOf } from './monitor-kit'

const COUNTS: [string, Cause, number | undefined][] = [
  ['a refused key', 'key-rejected', 401],
  ['an empty balance', 'balance-exhausted', 402],
  ['a blocked address', 'access-blocked', 403],
  ['a wrong path', 'wrong-path', 404],
  ['a rate limit', 'rate-limited', 429],
  ['a server error', 'service-error', 500],
  ['an overload', 'service-busy', 503],
  ['a name that does not resolve', 'dns-failed', undefined],
  ['a connection that fails', 'network-unreachable', undefined],
]

const DOES_NOT: [string, Cause, number | undefined][] = [
  ['a request of the wrong form', 'request-invalid', 400],
  ['parameters out of range', 'request-invalid', 422],
  ['a 400 of any cause', 'unknown', 400],
  ['an unknown model', 'model-unavailable', 400],
  ["the caller's abort", 'aborted', undefined],
  ["the caller's own deadline", 'timed-out', undefined],
]

test.each(COUNTS)('%s is evidence', (_, cause, status) => {
  expect(liveEvidence(failedCall(cause, { status }))).toMatchObject({
    type: 'failure',
    source: 'passive',
    inference: true,
    cause,
  })
})

test.each(DOES_NOT)('%s is none', (_, cause, status) => {
  expect(liveEvidence(failedCall(cause, { status }))).toBeUndefined()
})

test('an answer to an inference call proves inference', () => {
  expect(liveEvidence(outcomeOf())).toMatchObject({ type: 'success', proof: 'inference' })
})

test('an answer to a read proves no inference', () => {
  const read = outcomeOf({ method: 'GET', path: '/models' })
  expect(liveEvidence(read)).toMatchObject({ type: 'success', proof: 'models' })
})

test('a redirect that nobody followed proves nothing', () => {
  expect(liveEvidence(outcomeOf({ status: 307 }))).toBeUndefined()
})

test("a 401 for a credential of the caller's own says nothing about ours", () => {
  const foreign = failedCall('key-rejected', { status: 401, tokenId: undefined })
  expect(liveEvidence(foreign)).toBeUndefined()
})

test("a success with a credential of the caller's own proves nothing about ours", () => {
  expect(liveEvidence(outcomeOf({ tokenId: undefined }))).toBeUndefined()
})

test('a 401 made here, because no credential can be had, is evidence', () => {
  const made = failedCall('key-missing', { status: 401, tokenId: undefined, synthetic: true })
  expect(liveEvidence(made)).toMatchObject({ cause: 'key-missing' })
})

test('a refusal tells whether the credential was refreshed, and whether that helped', () => {
  const diagnosis = diagnosisOf('key-rejected')
  const after = (changes: Partial<CallOutcome>) =>
    liveEvidence(outcomeOf({ status: 401, diagnosis, ...changes }))
  expect(after({ refreshed: true })).toMatchObject({ refreshed: true, afterRefresh: false })
  expect(after({ refreshed: true, resendCount: 1 })).toMatchObject({ afterRefresh: true })
  expect(after({ resendCount: 1 })).toMatchObject({ refreshed: false, afterRefresh: false })
})
