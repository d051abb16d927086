import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fakeForEach, runExample, untilStatus } from './run-example'

jest.setTimeout(60_000)

const fake = fakeForEach()

test('file-rotation goes on with the new key when the file and the key change', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rotation-'))
  const file = join(folder, 'key')
  writeFileSync(file, `${fake().key}\n`, { mode: 0o600 })
  const app = runExample('file-rotation/server.mjs', {
    DEEPSEEK_API_KEY_FILE: file,
    DEEPSEEK_BASE_URL: fake().url,
  })
  const url = await app.url()
  await untilStatus(`${url}/health/deepseek`, 200)

  const next = fake().issueKey()
  writeFileSync(file, `${next}\n`)
  fake().revoke(fake().key)
  const response = await fetch(`${url}/?message=Hello`)

  expect([response.status, await response.text()]).toEqual([200, 'You said: Hello\n'])
  expect(fake().calls.at(-1)).toMatchObject({ key: 'valid', keyNumber: 2 })
  await app.sees(/credential refreshed/)
  app.signal('SIGTERM')
  expect(await app.exit).toBe(0)
  expect(app.output()).not.toMatch(/sk-[0-9a-f]{32}/)
  rmSync(folder, { recursive: true })
})

describe('client-credentials', () => {
  let tokens: Server
  let exchanges: string[]
  let tokenURL: string

  beforeEach(async () => {
    exchanges = []
    tokens = createServer((req, res) => {
      exchanges.push(req.headers.authorization ?? 'none')
      req.resume()
      res.setHeader('content-type', 'application/json')
      const body = { access_token: fake().issueKey(), token_type: 'Bearer', expires_in: 3600 }
      res.end(JSON.stringify(body))
    })
    await new Promise<void>((resolve) => tokens.listen(0, '127.0.0.1', resolve))
    tokenURL = `http://127.0.0.1:${(tokens.address() as AddressInfo).port}/oauth/token`
  })
  afterEach(() => {
    tokens.close()
    tokens.closeAllConnections()
  })

  test('fetches a token, and another one when the first is refused', async () => {
    const app = runExample('client-credentials/server.mjs', {
      TOKEN_URL: tokenURL,
      CLIENT_ID: 'chat-app',
      CLIENT_SECRET: 'correct horse',
      DEEPSEEK_BASE_URL: fake().url,
    })
    const url = await app.url()
    await untilStatus(`${url}/health/deepseek`, 200)
    expect(exchanges).toHaveLength(1)
    expect(exchanges[0]).toMatch(/^Basic /)

    fake().revoke(fake().calls.at(-1)!.headers.authorization!.slice('Bearer '.length))
    const response = await fetch(`${url}/?message=Hello`)

    expect([response.status, await response.text()]).toEqual([200, 'You said: Hello\n'])
    expect(exchanges).toHaveLength(2)
    app.signal('SIGTERM')
    expect(await app.exit).toBe(0)
    expect(app.output()).not.toMatch(/sk-[0-9a-f]{32}|correct horse/)
  })

  test('names the variables that are missing', async () => {
    const app = runExample('client-credentials/server.mjs')
    expect(await app.exit).toBe(1)
    expect(app.output()).toContain('Set TOKEN_URL, CLIENT_ID and CLIENT_SECRET')
  })
})
