import { ago, certify, encodeRow, type Instance, mayFail } from '../../src/store/certificate'

const OLD = '23a3aaaaaaaa'
const NEW = '5e9caaaaaaaa'

let members = 0

function row(fingerprint: string | null, more: Partial<Instance> = {}) {
  const member = `m${members++}`
  const name = `pod-${member}`
  const facts = { status: 'pass', proved: true, wouldFail: false } as const
  const value = encodeRow({ ...facts, name, process: 7, heldForMs: 0, fingerprint, ...more })
  return { member, value, ageMs: 100 }
}

test('a certificate is given when every instance uses one credential and has proved it', () => {
  const marks = [
    { mark: NEW, ageMs: 100 },
    { mark: OLD, ageMs: 240_000 },
  ]
  const { given, sentence, older } = certify({
    rows: Array.from({ length: 12 }, () => row(NEW)),
    marks,
  })
  expect(given).toBe(true)
  expect(sentence).toBe(
    '12 of 12 instances use 5e9c…; 23a3… was last used 4 min ago and may be revoked',
  )
  expect(older).toEqual([{ fingerprint: OLD, ageMs: 240_000 }])
})

test('early in a rotation it speaks of the new credential, though most use the old one', () => {
  const olds = [row(OLD, { heldForMs: 9_000_000 }), row(OLD, { heldForMs: 10, name: 'restarted' })]
  const { sentence } = certify({ rows: [row(NEW, { heldForMs: 5_000 }), ...olds], marks: [] })
  expect(sentence).toMatch(/^1 of 3 instances use 5e9c…; .* still use 23a3…$/)
})

test('it says so when no other credential was used', () => {
  expect(certify({ rows: [row(NEW)], marks: [] }).sentence).toBe(
    '1 of 1 instances use 5e9c…; no other credential was used in the last 7 days',
  )
})

test('without a certificate it names who still uses the old one', () => {
  const rows = [row(NEW), row(NEW), row(OLD, { name: 'worker-3', heldForMs: 9_000 })]
  const { given, sentence, older } = certify({ rows, marks: [{ mark: OLD, ageMs: 5 }] })
  expect(given).toBe(false)
  expect(sentence).toBe('2 of 3 instances use 5e9c…; worker-3 (process 7) still uses 23a3…')
  expect(older).toEqual([])
})

test('an instance that has not proved the credential stands in the way', () => {
  const { given, sentence } = certify({
    rows: [row(NEW), row(NEW, { name: 'idle', proved: false })],
    marks: [],
  })
  expect(given).toBe(false)
  expect(sentence).toBe('2 of 2 instances use 5e9c…, but idle (process 7) has not proved it yet')
})

test('an instance without any credential stands in the way', () => {
  const { given, sentence } = certify({ rows: [row(NEW), row(null, { name: 'x' })], marks: [] })
  expect(given).toBe(false)
  expect(sentence).toBe('1 of 2 instances use 5e9c…; x (process 7) has no credential yet')
  expect(certify({ rows: [row(null)], marks: [] }).given).toBe(false)
})

test('nobody there is no certificate', () => {
  expect(certify({ rows: [], marks: [{ mark: OLD, ageMs: 1 }] })).toMatchObject({
    given: false,
    sentence: 'No instance has written to this store; nothing is known',
  })
})

test('rows that another program wrote are no instances, and no name steers a terminal', () => {
  const rows = ['', '{}', 'null', '[1]', '{"name":5}'].map((value) => ({
    member: value,
    value,
    ageMs: 0,
  }))
  const named = row(NEW, { name: '\u001b[2Jpod\n' })
  const { instances } = certify({ rows: [...rows, named], marks: [] })
  expect(instances.map(({ name }) => name)).toEqual(['?[2Jpod?'])
})

test.each([
  [0, '0 s ago'],
  [119_000, '119 s ago'],
  [240_000, '4 min ago'],
  [3 * 3_600_000, '3 h ago'],
  [3 * 86_400_000, '3 days ago'],
])('%d ms are read aloud as %s', (ms, words) => {
  expect(ago(ms)).toBe(words)
})

describe('the panic rule', () => {
  const instance = (member: string, fingerprint: string, wouldFail = false): Instance => ({
    member,
    name: member,
    process: 1,
    fingerprint,
    heldForMs: 0,
    status: 'pass',
    proved: true,
    wouldFail,
    ageMs: 0,
  })
  const fleet = (count: number, fingerprint: string) =>
    Array.from({ length: count }, (_, index) => instance(`m${index}`, fingerprint))
  const me = { member: 'm0', fingerprint: OLD, credentialIsBad: true }

  test('one bad pod of ten leaves rotation', () => {
    expect(mayFail([instance('m0', OLD), ...fleet(10, NEW).slice(1)], me)).toBe(true)
  })

  test('a credential that all use empties no Service, though only one knows yet', () => {
    expect(mayFail(fleet(10, OLD), me)).toBe(false)
  })

  test('half of the fleet is not fewer than half', () => {
    const half = [...fleet(5, OLD), ...fleet(10, NEW).slice(5)]
    expect(mayFail(half, me)).toBe(false)
    expect(mayFail([...half, instance('m10', NEW)], me)).toBe(true)
  })

  test('for other causes it counts who says that it would fail', () => {
    const alone = { ...me, credentialIsBad: false }
    expect(mayFail(fleet(10, OLD), alone)).toBe(true)
    const all = fleet(10, OLD).map((one) => ({ ...one, wouldFail: true }))
    expect(mayFail(all, alone)).toBe(false)
  })

  test('an instance alone has nobody to compare itself with', () => {
    expect(mayFail([instance('m0', OLD)], me)).toBe(true)
    expect(mayFail([], me)).toBe(true)
  })
})
