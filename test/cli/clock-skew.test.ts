import { judgeClock } from '../../src/cli/ask'

const at = Date.parse('2026-11-23T06:00:00Z')
const answer = (headers: Record<string, string>) => ({
  url: 'https://api.deepseek.com/user/balance',
  status: 200,
  statusText: 'OK',
  headers,
  body: '',
  at,
})
const dated = (offsetMs: number, more = {}) =>
  answer({ date: new Date(at - offsetMs).toUTCString(), ...more })

test.each([
  [0, 'ok'],
  [59_000, 'ok'],
  [-59_000, 'ok'],
  [61_000, 'warning'],
  [-61_000, 'warning'],
])('a clock %d ms ahead is %s', (offset, status) => {
  expect(judgeClock([dated(offset)]).status).toBe(status)
})

test('the finding is a warning that says how far and which way', () => {
  const { finding, exit } = judgeClock([dated(-3_600_000)])
  expect(finding).toMatchObject({ code: 'clock-skewed', severity: 'warning' })
  expect(finding?.evidence).toEqual(["This machine's clock is 60 minutes behind."])
  expect(exit).toBeUndefined()
})

test('an answer from a cache proves nothing', () => {
  expect(judgeClock([dated(3_600_000, { age: '3600' })]).status).toBe('unknown')
})

test('a fresh answer is used when another one came from a cache', () => {
  expect(judgeClock([dated(3_600_000, { age: '9' }), dated(0)]).status).toBe('ok')
})

test.each([[[]], [[answer({})]], [[answer({ date: 'yesterday' })]]])(
  'without a readable Date nothing can be told',
  (answers) => {
    expect(judgeClock(answers).status).toBe('unknown')
  },
)
