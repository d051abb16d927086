import { createConsumer, removeConsumers, runNode, runTool } from './consumer'

jest.setTimeout(120_000)
afterAll(removeConsumers)

/** What every consumer does with the package, whatever its module system. */
const BODY = `
  const fake = await startFakeDeepSeek()
  const env = { DEEPSEEK_API_KEY: fake.key, DEEPSEEK_BASE_URL: fake.url }
  const guard = deepseekGuard({ env, logger: false })
  const { status } = await guard.ready({ timeoutMs: 10_000 })
  const response = await guard.fetch(fake.url + '/models')
  const result = { status, models: (await response.json()).data.length }
  await guard.close()
  await fake.close()
`
const EXPECTED = { status: 'pass', models: 2 }

/** A run that ended well, printed this line, and complained about nothing. */
const printing = (line: string) => ({ code: 0, stdout: `${line}\n`, stderr: '' })

/** Client credentials load an ES module on first use: the one thing that could trip a CommonJS host. */
const OAUTH = `
  const { createServer } = require('node:http')
  const tokens = createServer((req, res) => {
    req.resume()
    res.setHeader('content-type', 'application/json')
    res.end(JSON.stringify({ access_token: fake.key, token_type: 'Bearer', expires_in: 3600 }))
  })
  await new Promise((resolve) => tokens.listen(0, '127.0.0.1', resolve))
  const tokenURL = 'http://127.0.0.1:' + tokens.address().port + '/token'
  const credential = clientCredentials({ tokenURL, clientId: 'id', clientSecret: 'secret' })
  const guard = deepseekGuard({ env: {}, baseURL: fake.url, credential, logger: false })
`

describe('a consumer without any framework', () => {
  test('runs as CommonJS', async () => {
    const project = createConsumer({
      'app.cjs': `
        const { deepseekGuard } = require('deepseek-guard')
        const { startFakeDeepSeek } = require('deepseek-guard/testing')
        ;(async () => { ${BODY} console.log(JSON.stringify(result)) })()`,
    })
    expect(await runNode(project, ['app.cjs'])).toEqual(printing(JSON.stringify(EXPECTED)))
  })

  test('runs as ESM', async () => {
    const project = createConsumer({
      'app.mjs': `
        import { deepseekGuard } from 'deepseek-guard'
        import { startFakeDeepSeek } from 'deepseek-guard/testing'
        ${BODY} console.log(JSON.stringify(result))`,
    })
    expect(await runNode(project, ['app.mjs'])).toEqual(printing(JSON.stringify(EXPECTED)))
  })

  test('runs in a Jest project without configuration', async () => {
    const project = createConsumer({
      'package.json': '{"private":true,"scripts":{"test":"jest"}}',
      'app.test.js': `
        const { clientCredentials, deepseekGuard } = require('deepseek-guard')
        const { startFakeDeepSeek } = require('deepseek-guard/testing')
        test('the guard becomes ready', async () => {
          ${BODY} expect(result).toEqual(${JSON.stringify(EXPECTED)})
        })
        test('client credentials work', async () => {
          const fake = await startFakeDeepSeek()
          ${OAUTH}
          const response = await guard.fetch(fake.url + '/models')
          await guard.close()
          await fake.close()
          tokens.close()
          expect(response.status).toBe(200)
        })`,
    })
    const { code, stderr } = await runTool(project, 'jest/bin/jest.js', ['--rootDir', project])
    expect([code, stderr]).toEqual([0, expect.stringContaining('Tests:       2 passed, 2 total')])
  })

  test('fetches client credentials from CommonJS', async () => {
    const project = createConsumer({
      'app.cjs': `
        const { clientCredentials, deepseekGuard } = require('deepseek-guard')
        const { startFakeDeepSeek } = require('deepseek-guard/testing')
        ;(async () => {
          const fake = await startFakeDeepSeek()
          ${OAUTH}
          console.log((await guard.fetch(fake.url + '/models')).status)
          await guard.close()
          await fake.close()
          tokens.close()
        })()`,
    })
    expect(await runNode(project, ['app.cjs'])).toEqual(printing('200'))
  })

  test('is stopped by register when the key is missing, and runs when it is there', async () => {
    const project = createConsumer({ 'app.mjs': 'console.log("started")' })
    const args = ['--import', 'deepseek-guard/register', 'app.mjs']
    const without = await runNode(project, args)
    expect([without.code, without.stdout]).toEqual([78, ''])
    expect(without.stderr).toContain('DEEPSEEK_API_KEY')
    const key = 'sk-7c1e90b4d2f84a6fb35e08d9c6a1f24b'
    const good = await runNode(project, args, { DEEPSEEK_API_KEY: key })
    expect(good).toEqual(printing('started'))
  })

  test('finds the command', async () => {
    const project = createConsumer({})
    const bin = 'node_modules/deepseek-guard/dist/cli/main.js'
    const { code, stdout } = await runNode(project, [bin, 'check', '--json'])
    expect(code).toBe(78)
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, ok: false, exitCode: 78 })
  })
})
