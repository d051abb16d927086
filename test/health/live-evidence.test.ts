import type { Cause } from '../../src/causes/cause'
import { liveEvidence, localVerdicts } from '../../src/health/evidence'
import type { CallOutcome } from '../../src/outbound/call'
import { diagnosisOf, failedCall, outcomeOf } from './monitor-kit'
import { good } from './state-kit'

const seen = (outcome: CallOutcome) => liveEvidence(outcome, 0)

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
  expect(seen(failedCall(cause, { status }))).toMatchObject({
    type: 'failure',
    source: 'passive',
    inference: true,
    cause,
  })
})

test.each(DOES_NOT)('%s is none', (_, cause, status) => {
  expect(seen(failedCall(cause, { status }))).toBeUndefined()
})

test('an answer to an inference call proves inference', () => {
  expect(seen(outcomeOf())).toMatchObject({ type: 'success', proof: 'inference' })
})

test('an answer to a read proves no inference', () => {
  const read = outcomeOf({ method: 'GET', path: '/models' })
  expect(seen(read)).toMatchObject({ type: 'success', proof: 'models' })
})

test('a redirect that nobody followed proves nothing', () => {
  expect(seen(outcomeOf({ status: 307 }))).toBeUndefined()
})

test("a 401 for a credential of the caller's own says nothing about ours", () => {
  const foreign = failedCall('key-rejected', { status: 401, tokenId: undefined })
  expect(seen(foreign)).toBeUndefined()
})

test("a success with a credential of the caller's own proves nothing about ours", () => {
  expect(seen(outcomeOf({ tokenId: undefined }))).toBeUndefined()
})

test('an answer made here is evidence of nothing', () => {
  const made = { tokenId: undefined, synthetic: true }
  expect(seen(failedCall('key-missing', { status: 401, ...made }))).toBeUndefined()
  expect(seen(outcomeOf({ status: 200, synthetic: true }))).toBeUndefined()
})

test('a failure made here repeats what is known, whoever the credential is of', () => {
  expect(seen(failedCall('service-busy', { synthetic: true }))).toBeUndefined()
})

test('whatever is posted asks for inference', () => {
  expect(seen(outcomeOf({ method: 'POST', path: '/v1/other' }))).toMatchObject({
    proof: 'inference',
  })
})

test.each([
  [undefined, false],
  [199, false],
  [200, true],
  [299, true],
  [300, false],
])('an answer with the status %p is a success: %p', (status, is) => {
  expect(seen(outcomeOf({ status })) !== undefined).toBe(is)
})

test('a path that is not there is evidence, also where it is told as an unknown model', () => {
  expect(seen(failedCall('model-unavailable', { status: 404 }))).toMatchObject({
    cause: 'model-unavailable',
  })
})

test('a body that broke off after its 200 is failed inference', () => {
  expect(seen(failedCall('stream-cut', { status: 200, stream: 'stream-cut' }))).toMatchObject({
    cause: 'stream-cut',
    inference: true,
  })
})

test('an answer that the content filter refused says nothing about the service', () => {
  expect(
    seen(failedCall('content-refused', { status: 200, stream: 'content-refused' })),
  ).toBeUndefined()
})

test('a read that fails is no failed inference', () => {
  const read = failedCall('service-busy', { method: 'GET', path: '/models' })
  expect(seen(read)).toMatchObject({ inference: false })
  const asked = failedCall('service-busy', { method: 'GET', path: '/v1/chat/completions' })
  expect(seen(asked)).toMatchObject({ inference: true })
})

test('a refusal tells whether the credential was refreshed, and whether that helped', () => {
  const diagnosis = diagnosisOf('key-rejected')
  const after = (changes: Partial<CallOutcome>) =>
    seen(outcomeOf({ status: 401, diagnosis, ...changes }))
  expect(after({ refreshed: true })).toMatchObject({ refreshed: true, afterRefresh: false })
  expect(after({ refreshed: true, resendCount: 1 })).toMatchObject({ afterRefresh: true })
  expect(after({ resendCount: 1 })).toMatchObject({ refreshed: false, afterRefresh: false })
})

test('a process for itself has learnt what its own probe found, or nothing', async () => {
  const evidence = { event: good(), at: 5, durationMs: 40 }
  expect(await localVerdicts.next(async () => evidence)).toEqual({ evidence: [evidence] })
  expect(await localVerdicts.next(async () => undefined)).toEqual({ evidence: [] })
})
