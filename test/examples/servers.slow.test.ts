import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { envOf, fakeForEach, runExample, untilCause, untilStatus } from './run-example'

jest.setTimeout(60_000)

const root = join(__dirname, '../..')

beforeAll(() => {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  execFileSync(process.execPath, [tsc, '-p', 'examples/nestjs'], { cwd: root, stdio: 'inherit' })
})

const fake = fakeForEach()

describe.each([
  'koa/server.mjs',
  'fastify/server.mjs',
  'hono/server.mjs',
  'nestjs/dist/main.mjs',
  'docker-compose/server.mjs',
])('%s', (file) => {
  const start = () => runExample(file, envOf(fake()))

  test('becomes ready, chats, and ends by itself on SIGTERM', async () => {
    const app = start()
    const url = await app.url()
    await untilStatus(`${url}/health/deepseek`, 200)
    const response = await fetch(`${url}/chat?message=Hello`)
    expect(await response.json()).toEqual({ answer: 'You said: Hello' })
    app.signal('SIGTERM')
    expect(await app.exit).toBe(0)
    expect(app.output()).not.toContain(fake().key)
  })

  test('keeps requests away while it cannot use DeepSeek', async () => {
    fake().fail('busy')
    const app = start()
    const url = await app.url()
    // Before the first probe nothing is known against DeepSeek, so requests pass.
    await untilCause(`${url}/health/deepseek`, 'service-busy')
    const response = await fetch(`${url}/chat?message=Hello`)
    expect(response.status).toBe(503)
    expect(response.headers.get('content-type')).toContain('application/problem+json')
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/)
    expect(fake().calls.map((call) => call.path)).not.toContain('/chat/completions')
  })

  test('does not start on a quoted key', async () => {
    const app = runExample(file, { DEEPSEEK_API_KEY: `'${fake().key}'` })
    expect(await app.exit).not.toBe(0)
    expect(app.output()).toContain('DEEPSEEK_API_KEY')
    expect(app.output()).not.toContain(fake().key)
  })
})

test('the nest example shows the guard in terminus', async () => {
  const app = runExample('nestjs/dist/main.mjs', envOf(fake()))
  const response = await untilStatus(`${await app.url()}/health`, 200)
  expect(await response.json()).toMatchObject({
    status: 'ok',
    info: { deepseek: { status: 'up' } },
  })
})
