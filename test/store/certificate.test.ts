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

const sound = {
  name: 'pod',
  process: 7,
  fingerprint: NEW,
  heldForMs: 0,
  status: 'pass',
  proved: true,
  wouldFail: false,
}

test.each<[boolean, object]>([
  [true, {}],
  [true, { fingerprint: null, status: 'warn', heldForMs: 1e12 - 1 }],
  [true, { status: 'fail', process: 0 }],
  [false, { name: 5 }],
  [false, { process: 1.5 }],
  [false, { process: '7' }],
  [false, { fingerprint: 5 }],
  [false, { fingerprint: `${NEW}0` }],
  [false, { fingerprint: `x${NEW}` }],
  [false, { fingerprint: NEW.toUpperCase() }],
  [false, { heldForMs: '0' }],
  [false, { heldForMs: -1 }],
  [false, { heldForMs: 1e12 }],
  [false, { status: 'good' }],
  [false, { status: undefined }],
])('it is %s that a row with %j is an instance', (is, change) => {
  const value = JSON.stringify({ ...sound, ...change })
  expect(certify({ rows: [{ member: 'a', value, ageMs: 5 }], marks: [] }).instances).toHaveLength(
    is ? 1 : 0,
  )
})

test('only a plain yes proves a credential, or says that an instance would fail', () => {
  const value = JSON.stringify({ ...sound, proved: 1, wouldFail: 'no' })
  expect(certify({ rows: [{ member: 'a', value, ageMs: 5 }], marks: [] }).instances).toEqual([
    { ...sound, member: 'a', ageMs: 5, proved: false, wouldFail: false },
  ])
})

test('instances are listed by name, then by process, and long names are cut', () => {
  const rows = [
    row(NEW, { name: 'b', process: 2 }),
    row(NEW, { name: 'c'.repeat(99), process: 1 }),
    row(NEW, { name: 'b', process: 1 }),
    row(NEW, { name: 'a', process: 9 }),
  ]
  const { instances } = certify({ rows, marks: [] })
  expect(instances.map(({ name, process }) => `${name}${process}`)).toEqual([
    'a9',
    'b1',
    'b2',
    `${'c'.repeat(80)}1`,
  ])
})

const users = (count: number) =>
  Array.from({ length: count }, (_, index) => row(OLD, { name: `w${index}`, heldForMs: 9_000 }))

test.each([
  [1, 'w0 (process 7) still uses 23a3…'],
  [2, 'w0 (process 7) and w1 (process 7) still use 23a3…'],
  [3, 'w0 (process 7), w1 (process 7) and w2 (process 7) still use 23a3…'],
  [4, 'w0 (process 7), w1 (process 7), w2 (process 7) and 1 more still use 23a3…'],
  [9, 'w0 (process 7), w1 (process 7), w2 (process 7) and 6 more still use 23a3…'],
])('of %d instances in the way it names three at most', (count, words) => {
  const { sentence } = certify({ rows: [row(NEW), ...users(count)], marks: [] })
  expect(sentence).toBe(`1 of ${count + 1} instances use 5e9c…; ${words}`)
})

test('several that have no credential, or have not proved it, are told in the plural', () => {
  const without = [row(null, { name: 'x' }), row(null, { name: 'y' })]
  expect(certify({ rows: [row(NEW), ...without], marks: [] }).sentence).toBe(
    '1 of 3 instances use 5e9c…; x (process 7) and y (process 7) have no credential yet',
  )
  const idle = ['x', 'y'].map((name) => row(NEW, { name, proved: false }))
  expect(certify({ rows: [row(NEW), ...idle], marks: [] }).sentence).toBe(
    '3 of 3 instances use 5e9c…, but x (process 7) and y (process 7) have not proved it yet',
  )
  expect(certify({ rows: without, marks: [] })).toMatchObject({
    sentence: 'None of 2 instances has a credential in use yet',
    current: undefined,
  })
})

test.each([
  [1, '0000… was last used 1 s ago and may be revoked'],
  [2, '0000… was last used 1 s ago and 0001… was last used 2 s ago and may be revoked'],
  [
    3,
    '0000… was last used 1 s ago, 0001… was last used 2 s ago and 0002… was last used 3 s ago and may be revoked',
  ],
  [
    5,
    '0000… was last used 1 s ago, 0001… was last used 2 s ago and 0002… was last used 3 s ago and may be revoked, as may 2 older ones',
  ],
])('of %d older credentials it tells the latest three', (count, words) => {
  const marks = Array.from({ length: count }, (_, index) => {
    return { mark: `000${index}aaaaaaaa`, ageMs: (index + 1) * 1_000 }
  }).reverse()
  const { sentence } = certify({ rows: [row(NEW)], marks: [...marks, { mark: 'x', ageMs: 1 }] })
  expect(sentence).toBe(`1 of 1 instances use 5e9c…; ${words}`)
})

test('the credential in use is the one that began to be used last, by its first user', () => {
  const current = (...rows: ReturnType<typeof row>[]) => certify({ rows, marks: [] }).current
  expect(current(row(OLD, { heldForMs: 5 }), row(NEW, { heldForMs: 4 }))).toBe(NEW)
  expect(current(row(NEW, { heldForMs: 4 }), row(OLD, { heldForMs: 5 }))).toBe(NEW)
  expect(
    current(row(NEW, { heldForMs: 4 }), row(NEW, { heldForMs: 9 }), row(OLD, { heldForMs: 5 })),
  ).toBe(OLD)
  const older = { ...row(OLD, { heldForMs: 4 }), ageMs: 200 }
  expect(current(older, row(NEW, { heldForMs: 5 }))).toBe(NEW)
  expect(current(row(OLD), row(NEW), row(NEW))).toBe(NEW)
  expect(current(row(NEW), row(NEW), row(OLD))).toBe(NEW)
})

test.each([
  [-5, '0 s ago'],
  [0, '0 s ago'],
  [119_000, '119 s ago'],
  [119_499, '119 s ago'],
  [119_500, '2 min ago'],
  [120_000, '2 min ago'],
  [119 * 60_000, '119 min ago'],
  [120 * 60_000, '2 h ago'],
  [47 * 3_600_000, '47 h ago'],
  [48 * 3_600_000, '2 days ago'],
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
