import { foreign, refuse, refuseNode, uncalled } from '../../src/middleware/misuse'

const call = (): void => {}
const webRequest = { headers: { get: call } }
const nodeRequest = { headers: {}, socket: {} }
const fastify = Object.assign(() => {}, { decorateRequest: call, addHook: call })

type Kind = 'fastify' | 'hono' | 'respond' | 'parentheses' | undefined

function kindOf(error: TypeError | undefined): Kind {
  if (error === undefined) return undefined
  if (error.message.includes('deepseek-guard/fastify')) return 'fastify'
  if (error.message.includes('deepseek-guard/hono')) return 'hono'
  return error.message.includes('respond(request)') ? 'respond' : 'parentheses'
}

test.each<[string, unknown, Kind]>([
  ['no options', undefined, undefined],
  ['null', null, undefined],
  ['a text', 'options', undefined],
  ['options', { env: {}, health: false }, undefined],
  ['options with a member called headers', { headers: {} }, undefined],
  ['a function', call, undefined],
  ['an application of Fastify', fastify, 'fastify'],
  ['half of an application of Fastify', { decorateRequest: call }, undefined],
  ['the other half', { addHook: call }, undefined],
  ['a request of Fastify', { raw: nodeRequest }, 'fastify'],
  ['something raw', { raw: {} }, undefined],
  ['a text that is raw', { raw: 'socket' }, undefined],
  ['a context of Hono', { req: { raw: webRequest } }, 'hono'],
  ['a WHATWG request', webRequest, 'respond'],
  ['an event of h3', { req: webRequest }, 'respond'],
  ['an event of SvelteKit', { request: webRequest }, 'respond'],
  ["Node's own request", nodeRequest, 'parentheses'],
  ['headers without a socket', { headers: {} }, undefined],
  ['a socket without headers', { socket: {} }, undefined],
  ['a context of Koa', { req: nodeRequest, res: {} }, 'parentheses'],
  ['a request within a member, without a response', { req: nodeRequest }, undefined],
  ['a response without a request', { req: {}, res: {} }, undefined],
])('%s in place of options is told as %p', (_name, given, kind) => {
  expect(kindOf(uncalled(given))).toBe(kind)
  expect(kindOf(foreign(given))).toBe(kind === 'parentheses' ? undefined : kind)
})

test.each<[unknown, boolean]>([
  [nodeRequest, true],
  [{ req: nodeRequest, res: {} }, true],
  [webRequest, false],
  [{ req: { raw: webRequest } }, false],
  [undefined, false],
])('%j given to the guard of another entry is refused: %p', (first, refused) => {
  const ask = () => refuseNode(first, 'hono')
  if (refused) expect(ask).toThrow("the guard is the one of 'deepseek-guard/hono'")
  else expect(ask).not.toThrow()
})

test('a plugin of Fastify rejects, everything else throws', async () => {
  const error = new TypeError('no')
  await expect(refuse(error, fastify)).rejects.toBe(error)
  expect(() => refuse(error, nodeRequest)).toThrow(error)
})
