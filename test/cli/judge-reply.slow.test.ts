import fc from 'fast-check'
import type { Answer } from '../../src/cli/ask'
import { judgeModelNames, judgeReply } from '../../src/cli/ask'
import { modelsQuestion, probeQuestion } from '../../src/cli/step'
import { Secret } from '../../src/secret'
import { GOOD_KEY } from './command'

const key = new Secret(GOOD_KEY)
const balance = probeQuestion('https://api.deepseek.com', key)
const models = modelsQuestion('https://api.deepseek.com', key)
const answer = (status: number, body: string, more: Partial<Answer> = {}) => ({
  answer: { url: balance.url, status, statusText: '', headers: {}, body, at: 0, ...more },
})

test('available balance is ok, whatever the amounts say', () => {
  const body = '{"is_available":true,"balance_infos":[{"currency":"CNY","total_balance":"0.00"}]}'
  expect(judgeReply(balance, answer(200, body))).toMatchObject({ status: 'ok' })
})

test('amounts are told only when they are asked for', () => {
  const row = { currency: 'CNY', total_balance: '110.00', granted_balance: '10.00' }
  const rows = [row, { currency: 'USD', total_balance: '0.00' }]
  const reply = answer(200, JSON.stringify({ is_available: true, balance_infos: rows }))
  expect(judgeReply(balance, reply).detail).not.toMatch(/\d/)
  expect(judgeReply({ ...balance, showBalance: true }, reply).detail).toBe(
    'The key is accepted and the account has balance. It holds CNY 110.00 (granted 10.00), USD 0.00.',
  )
})

test('no available balance is bad, and proves the key', () => {
  const { status, exit, finding } = judgeReply(balance, answer(200, '{"is_available":false}'))
  expect({ status, exit, code: finding?.code }).toEqual({
    status: 'error',
    exit: 77,
    code: 'balance-exhausted',
  })
  expect(finding?.evidence).toContain('the key is accepted')
})

test.each(['{}', '[]', 'null', '"text"', '{"is_available":"yes"}', 'not json'])(
  '200 with %s cannot be told',
  (body) => {
    expect(judgeReply(balance, answer(200, body)).status).not.toBe('ok')
    expect(judgeReply(balance, answer(200, body)).finding).toBeDefined()
  },
)

test('a list of models is ok, another body is not', () => {
  expect(judgeReply(models, answer(200, '{"data":[{"id":"deepseek-flash"}]}')).status).toBe('ok')
  expect(judgeReply(models, answer(200, '{"data":"none"}')).status).not.toBe('ok')
})

test('a body that broke off is judged by its error', () => {
  const bodyError = new DOMException('Too late.', 'TimeoutError')
  const { status, finding } = judgeReply(balance, answer(200, '{"is_', { bodyError }))
  expect(status).toBe('unknown')
  expect(finding?.code).toBe('timed-out')
})

test('a refusal whose body broke off is still a refusal', () => {
  const bodyError = new Error('terminated')
  expect(judgeReply(balance, answer(401, '', { bodyError }))).toMatchObject({
    status: 'error',
    exit: 77,
  })
})

test.each([
  [['deepseek-flash'], 'ok'],
  [['deepseek-flash', 'deepseek-v9'], 'warning'],
  [[], 'skipped'],
] as const)('the configured models %j are %s', (wanted, status) => {
  const list = answer(200, '{"data":[{"id":"deepseek-flash"}]}')
  expect(judgeModelNames(wanted, list).status).toBe(status)
})

test('without a list the model names cannot be told', () => {
  expect(judgeModelNames(['deepseek-flash'], answer(503, '')).status).toBe('unknown')
  expect(judgeModelNames(['deepseek-flash'], undefined).status).toBe('unknown')
})

test('nothing that an answer contains, and no part of the key, is in what is told', () => {
  const canary = 'cAnArY7x9Q'
  const piece = fc.constantFrom(
    GOOD_KEY,
    GOOD_KEY.slice(-8),
    `"${canary}"`,
    canary,
    '{"error":{"message":"Authentication Fails, Your api key: ****',
    ' is invalid',
    '"}}',
    '<html>',
    '\n',
  )
  const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''))
  const headers = fc.dictionary(fc.constantFrom('server', 'via', 'www-authenticate', 'x-a'), text)
  const status = fc.constantFrom(200, 204, 301, 400, 401, 402, 403, 404, 407, 418, 429, 500, 503)
  fc.assert(
    fc.property(status, text, headers, text, (code, body, sent, statusText) => {
      const told = JSON.stringify(
        judgeReply(balance, answer(code, body, { headers: sent, statusText })),
      )
      expect(told).not.toContain(canary)
      for (let at = 3; at + 5 <= GOOD_KEY.length; at += 1) {
        expect(told).not.toContain(GOOD_KEY.slice(at, at + 5))
      }
    }),
    { numRuns: 2_000 },
  )
})
