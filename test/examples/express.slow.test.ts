import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import path from 'node:path'
import { type FakeDeepSeek, startFakeDeepSeek } from '../../src/testing'
import { envOf, killExamples, type RunningExample, runExample, untilStatus } from './run-example'

jest.setTimeout(60_000)

const FILE = 'express/server.mjs'
const KEY = /sk-[0-9a-f]{32}/

function chat(url: string): Promise<Response> {
  return fetch(`${url}/chat`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ message: 'Hello' }),
  })
}

afterEach(killExamples)

describe('without a key', () => {
  let app: RunningExample
  let url: string

  beforeEach(async () => {
    app = runExample(FILE)
    url = await app.url()
    await untilStatus(`${url}/health/deepseek`, 200)
  })

  test('it says that a fake answers, and prints the curl lines', () => {
    expect(app.output()).toContain('DEEPSEEK_API_KEY is not set, so a fake DeepSeek answers')
    for (const path of ['/chat', '/health/deepseek', '/demo/revoke', '/demo/restore']) {
      expect(app.output()).toMatch(new RegExp(`curl [^\\n]*${url}${path}`))
    }
  })

  test('it chats, and says how on GET /', async () => {
    const answer = await chat(url)
    expect(await answer.json()).toEqual({ answer: 'You said: Hello' })
    expect(await (await fetch(url)).text()).toContain(`curl -i ${url}/health/deepseek`)
  })

  test('a message that is no string is answered with the right form', async () => {
    const response = await fetch(`${url}/chat`, { method: 'POST' })
    expect(response.status).toBe(400)
    expect(await response.text()).toContain('application/json')
  })

  test('a revoked key is explained in the log and turns readiness; a new key heals', async () => {
    await fetch(`${url}/demo/revoke`, { method: 'POST' })
    await app.sees(/"event":"auth.rejected"[^\n]*"cause":"key-rejected"/)
    await untilStatus(`${url}/health/deepseek`, 503)
    const refused = await chat(url)
    expect(refused.status).toBe(503)
    expect(refused.headers.get('content-type')).toContain('application/problem+json')
    await fetch(`${url}/demo/restore`, { method: 'POST' })
    await untilStatus(`${url}/health/deepseek`, 200)
    expect((await chat(url)).status).toBe(200)
    expect(app.output()).not.toMatch(KEY)
  })

  test.each(['SIGTERM', 'SIGINT'] as const)('%s ends the process by itself', async (name) => {
    await chat(url)
    app.signal(name)
    expect(await app.exit).toBe(0)
  })
})

describe('with a key', () => {
  let fake: FakeDeepSeek

  beforeEach(async () => {
    fake = await startFakeDeepSeek({ answer: 'from outside' })
  })
  afterEach(() => fake.close())

  test('it talks to the API that the environment names', async () => {
    const app = runExample(FILE, envOf(fake))
    const url = await app.url()
    expect(app.output()).toContain(`A key is set: chats go to ${fake.url} and are billed.`)
    await untilStatus(`${url}/health/deepseek`, 200)
    expect(await (await chat(url)).json()).toEqual({ answer: 'from outside' })
    expect((await fetch(`${url}/demo/revoke`, { method: 'POST' })).status).toBe(404)
    app.signal('SIGTERM')
    expect(await app.exit).toBe(0)
    expect(app.output()).not.toMatch(KEY)
  })

  test('a quoted key stops it at start with one report and no key in it', async () => {
    const app = runExample(FILE, { DEEPSEEK_API_KEY: `"${fake.key}"` })
    expect(await app.exit).not.toBe(0)
    expect(app.output()).toContain('DEEPSEEK_API_KEY')
    expect(app.output()).not.toContain('Listening')
    expect(app.output()).not.toMatch(KEY)
  })

  test('a failing DeepSeek is a 502 without its words', async () => {
    const app = runExample(FILE, envOf(fake))
    const url = await app.url()
    await untilStatus(`${url}/health/deepseek`, 200)
    fake.fail('echo-other-key')
    const response = await chat(url)
    expect(response.status).toBe(502)
    expect(await response.json()).toEqual({
      error: 'DeepSeek did not answer this one; the log says why.',
    })
  })
})

test('a taken port is named, with the way out', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, resolve))
  const { port } = other.address() as AddressInfo
  const app = runExample(FILE, { PORT: String(port) })
  expect(await app.exit).toBe(1)
  other.close()
  expect(app.output()).toContain(`Port ${port} is taken. Try: PORT=${port + 1} npm start`)
})

test('npm start ends its server when npm itself is told to stop', async () => {
  const port = await freePort()
  // Without its build, which other tests are using.
  const npm = spawn('npm', ['start', '--ignore-scripts'], {
    cwd: path.resolve(__dirname, '../..'),
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let said = ''
  for await (const chunk of npm.stdout) {
    said += chunk
    if (said.includes('Listening')) break
  }
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  npm.kill('SIGTERM')
  // The server closes what idles as soon as it stops; a server that nobody told would keep it open.
  await once(socket, 'close')
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow()
}, 30_000)

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
