import type { Severity } from '../../src/causes/cause'
import { EXIT, statusOfFailure, statusOfFindings, worstStatus } from '../../src/cli/answer'
import { findingOfCause } from '../../src/cli/findings'

const findings = (...severities: Severity[]) =>
  severities.map((severity) => findingOfCause('key-whitespace', severity, []))

test.each([
  ['nothing found', [], 'error', 0],
  ['a warning', ['warning'], 'error', 0],
  ['a warning that fails', ['warning'], 'warning', 78],
  ['a note never fails', ['info'], 'warning', 0],
  ['an error', ['info', 'error'], 'error', 78],
] as const)('%s', (_name, severities, failOn, expected) => {
  expect(statusOfFindings(findings(...severities), failOn)).toBe(expected)
})

test.each([
  [401, 'key-rejected', 77],
  [402, 'balance-exhausted', 77],
  [403, 'access-blocked', 77],
  [401, 'answered-by-proxy', 77],
  [429, 'rate-limited', 75],
  [429, 'balance-limits-concurrency', 75],
  [503, 'service-busy', 75],
  [500, 'service-error', 69],
  [502, 'answered-by-proxy', 69],
  [407, 'proxy-auth-required', 69],
  [404, 'wrong-path', 78],
  [200, 'wrong-host', 78],
  [200, 'answered-by-proxy', 69],
  [undefined, 'dns-failed', 69],
  [undefined, 'timed-out', 69],
  [undefined, 'tls-intercepted', 69],
] as const)('an answer of %s judged %s ends with its status', (status, cause, expected) => {
  expect(statusOfFailure(cause, status)).toBe(expected)
})

test('a fault of the tool outranks everything, a wrong configuration every answer', () => {
  expect(worstStatus([EXIT.later, EXIT.config, EXIT.internal])).toBe(EXIT.internal)
  expect(worstStatus([EXIT.unavailable, EXIT.refused, EXIT.config])).toBe(EXIT.config)
})

test('a refused key outranks an outage, and an outage a request to wait', () => {
  expect(worstStatus([EXIT.later, EXIT.unavailable, EXIT.refused])).toBe(EXIT.refused)
  expect(worstStatus([EXIT.later, EXIT.ok, EXIT.unavailable])).toBe(EXIT.unavailable)
})

test('no result at all is fine', () => {
  expect(worstStatus([])).toBe(EXIT.ok)
})
