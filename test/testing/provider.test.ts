import fc from 'fast-check'
import { newKey } from '../../src/testing/account'
import { readCredential } from '../../src/testing/authorize'
import { provide } from '../../src/testing/provider'

const key = newKey()
const account = () => ({
  keys: new Map([[key, true]]),
  balanceAvailable: true,
  models: ['deepseek-flash'],
})
const model = { answer: (text: string) => text, keepAlives: undefined }

const requests = fc.record({
  method: fc.constantFrom('GET', 'POST', 'DELETE', 'HEAD'),
  path: fc.oneof(
    fc.constantFrom('/models', '/user/balance', '/chat/completions', '/anthropic/v1/messages'),
    fc.webPath(),
  ),
  type: fc.constantFrom('application/json', 'text/plain', ''),
  body: fc.oneof(fc.string(), fc.json()),
})

function answer(
  request: { method: string; path: string; type: string; body: string },
  headers: object,
) {
  const all = { 'content-type': request.type, ...headers }
  const credential = readCredential(request.path, all)
  return provide({ ...request, headers: all, credential }, account(), model)
}

test('without a credential every request gets the governor, whatever it is', () => {
  fc.assert(
    fc.property(requests, (request) => {
      expect(answer(request, {}).body).toBe('Authentication Fails (governor)')
    }),
  )
})

test('an unknown key never gets past 401 and 404, and is echoed by its end only', () => {
  fc.assert(
    fc.property(requests, fc.stringMatching(/^[!-~]{1,40}$/), (request, other) => {
      const reply = answer(request, { authorization: `Bearer ${other}` })
      expect([401, 404]).toContain(reply.status)
      if (reply.status === 401) {
        expect(JSON.parse(reply.body).error.message).toContain(`****${other.slice(-4)} is invalid`)
      }
    }),
  )
})

test('a good key never gets a 401, and no body makes the fake throw', () => {
  fc.assert(
    fc.property(requests, (request) => {
      const reply = answer(request, { authorization: `Bearer ${key}` })
      expect(reply.status).not.toBe(401)
      expect(reply.body).not.toContain(key)
    }),
  )
})

test('odd messages are read, not refused', () => {
  const post = { method: 'POST', path: '/chat/completions', type: 'application/json' }
  for (const messages of [
    [],
    [null],
    [{ content: null }],
    [{ content: [{ type: 'image' }, null] }],
  ]) {
    const body = JSON.stringify({ model: 'deepseek-flash', messages })
    expect(answer({ ...post, body }, { authorization: `Bearer ${key}` }).status).toBe(200)
  }
})
