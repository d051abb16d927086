import { judgeProxy } from '../../src/cli/network'

const deepseek = { host: 'api.deepseek.com', port: 443, secure: true }
const proxy = 'http://someone:pa55word@proxy.example.com:3128'

test('no variable is fine', () => {
  expect(judgeProxy({}, deepseek, true)).toMatchObject({ status: 'ok', used: false })
})

test('a proxy that fetch ignores is a warning with the way to use it', () => {
  const verdict = judgeProxy({ HTTPS_PROXY: proxy }, deepseek, true)
  expect(verdict).toMatchObject({ status: 'warning', used: false })
  expect(verdict.detail).toContain('NODE_USE_ENV_PROXY=1')
})

test('a Node that cannot use the variables is told apart from one that was not asked to', () => {
  const env = { HTTPS_PROXY: proxy, NODE_USE_ENV_PROXY: '1' }
  expect(judgeProxy(env, deepseek, false)).toMatchObject({ status: 'warning', used: false })
  expect(judgeProxy(env, deepseek, true)).toMatchObject({ status: 'ok', used: true })
})

test('the flag counts like the variable', () => {
  const env = { https_proxy: proxy, NODE_OPTIONS: '--enable-source-maps --use-env-proxy' }
  expect(judgeProxy(env, deepseek, true).used).toBe(true)
})

test('user and password of the proxy are never shown', () => {
  const env = { HTTPS_PROXY: proxy, NODE_USE_ENV_PROXY: '1' }
  const { detail } = judgeProxy(env, deepseek, true)
  expect(detail).toContain('proxy.example.com:3128')
  expect(detail).not.toMatch(/someone|pa55word/)
})

test('a value that is no address is a warning that does not repeat it', () => {
  const verdict = judgeProxy({ HTTPS_PROXY: 'http://[pa55word' }, deepseek, true)
  expect(verdict.status).toBe('warning')
  expect(verdict.detail).not.toContain('pa55word')
})

test.each([
  ['api.deepseek.com', true],
  ['.deepseek.com', true],
  ['*.deepseek.com', true],
  ['deepseek.com', true],
  ['localhost, api.deepseek.com:443', true],
  ['*', true],
  ['api.deepseek.com:8443', false],
  ['seek.com', false],
  ['', false],
])('NO_PROXY=%s exempts api.deepseek.com: %s', (list, exempt) => {
  const env = { HTTPS_PROXY: proxy, NODE_USE_ENV_PROXY: '1', NO_PROXY: list }
  expect(judgeProxy(env, deepseek, true).used).toBe(!exempt)
})

test('a plain http base URL looks at the other variable', () => {
  const plain = { host: '127.0.0.1', port: 80, secure: false }
  expect(judgeProxy({ HTTPS_PROXY: proxy }, plain, true).detail).toContain('No proxy variable')
  expect(judgeProxy({ http_proxy: proxy }, plain, true).detail).toContain('http_proxy')
})
