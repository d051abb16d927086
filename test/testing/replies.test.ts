import { type Reply, replies } from '../../src/testing'

const named = Object.keys(replies).map((name) => [name, replies[name as keyof typeof replies]])

test.each(named as [string, Reply][])('%s can be served by any stub', async (_name, reply) => {
  const response = new Response(reply.body, reply)
  expect(response.status).toBe(reply.status)
  expect(await response.text()).toBe(reply.body)
  expect(reply.status).toBeGreaterThanOrEqual(400)
})

test('JSON replies parse, and the plain refusals name no content type', () => {
  for (const [name, reply] of named as [string, Reply][]) {
    const type = reply.headers['content-type']
    if (type === 'application/json') expect(JSON.parse(reply.body)).toBeInstanceOf(Object)
    else
      expect([name, type]).toEqual([
        name,
        /^(governor|headerFormat)$/.test(name) ? undefined : expect.stringMatching(/^text\//),
      ])
  }
})

test('ids are fresh on each reading, as on the wire', () => {
  const first = replies.keyRejected
  const second = replies.keyRejected
  expect(first.headers['x-ds-trace-id']).not.toBe(second.headers['x-ds-trace-id'])
  expect(first.body).not.toBe(second.body)
})

test('all statuses that only DeepSeek can tell apart by words are there', () => {
  expect(
    Object.fromEntries((named as [string, Reply][]).map(([name, r]) => [name, r.status])),
  ).toEqual({
    governor: 401,
    headerFormat: 401,
    keyRejected: 401,
    insufficientBalance: 402,
    unknownModel: 400,
    notFound: 404,
    unsupportedMediaType: 415,
    invalidRequest: 422,
    rateLimit: 429,
    balanceLimit: 429,
    error: 500,
    busy: 503,
    htmlProxy: 401,
  })
})
