import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { type FakeDeepSeek, startFakeDeepSeek } from '../../src/testing'
import { GOOD_KEY, runCli } from './command'

let fake: FakeDeepSeek
beforeEach(async () => {
  fake = await startFakeDeepSeek()
})
afterEach(() => fake.close())

const envOf = (baseURL = fake.url, key = fake.key) => ({
  DEEPSEEK_API_KEY: key,
  DEEPSEEK_BASE_URL: baseURL,
})

async function ask(env: Record<string, string> = envOf(), ...flags: string[]) {
  const run = await runCli(['check', '--online', '--json', ...flags], { env })
  expect(run.stderr).toBe('')
  const document = JSON.parse(run.stdout)
  expect(document.exitCode).toBe(run.status)
  return { ...document, text: run.stdout }
}

const codes = (document: { findings: { code: string }[] }) =>
  document.findings.map(({ code }) => code)
const statuses = (document: { checks: { name: string; status: string }[] }) =>
  Object.fromEntries(document.checks.map(({ name, status }) => [name, status]))

async function serve<T>(listener: RequestListener, use: (url: string) => Promise<T>): Promise<T> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

test('without --online nothing is asked', async () => {
  await runCli(['check'], { env: envOf() })
  expect(fake.calls).toEqual([])
})

test('an accepted key is asked for once and passes', async () => {
  const document = await ask()
  expect(document).toMatchObject({ ok: true, exitCode: 0, findings: [] })
  expect(statuses(document)).toEqual({ dns: 'skipped', balance: 'ok', clock: 'ok' })
  expect(fake.calls.map(({ method, path: at }) => `${method} ${at}`)).toEqual(['GET /user/balance'])
})

test('the text for people says that DeepSeek accepts it', async () => {
  const { status, stdout, stderr } = await runCli(['check', '--online'], { env: envOf() })
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
  expect(stderr).toContain('The key is accepted and the account has balance.')
})

test('a refused key is 77, with --json and without', async () => {
  fake.revoke(fake.key)
  const document = await ask()
  expect(document).toMatchObject({ ok: false, exitCode: 77 })
  expect(codes(document)).toEqual(['key-rejected'])
  const { status, stderr } = await runCli(['check', '--online'], { env: envOf() })
  expect(status).toBe(77)
  expect(stderr).toContain('key-rejected')
  expect(stderr.trimEnd()).toMatch(/refuses the key or the account \(exit status 77\)\.$/)
})

test('an account without balance is 77', async () => {
  fake.setBalance(false)
  const document = await ask()
  expect(document.exitCode).toBe(77)
  expect(codes(document)).toEqual(['balance-exhausted'])
})

test.each([
  [402, 77, '{"error":{"message":"Insufficient Balance","type":"unknown_error"}}'],
  [403, 77, '<html><body>Request Blocked</body></html>'],
  [500, 69, ''],
  [502, 69, '<html><body>Bad Gateway</body></html>'],
  [503, 75, ''],
  [429, 75, ''],
])('an answer of %d ends with %d', async (answered, expected, body) => {
  const listener: RequestListener = (_req, res) => {
    res.writeHead(answered).end(body)
  }
  const document = await serve(listener, (url) => ask(envOf(url)))
  expect(document.exitCode).toBe(expected)
  expect(document.findings).toHaveLength(1)
})

test('an outage leaves the key unjudged', async () => {
  fake.fail('busy')
  const document = await ask()
  expect(document.exitCode).toBe(75)
  expect(codes(document)).toEqual(['service-busy'])
  expect(statuses(document)).toMatchObject({ balance: 'unknown' })
})

test('a provider that cannot be reached is 69', async () => {
  await fake.close()
  const document = await ask()
  expect(document.exitCode).toBe(69)
  expect(codes(document)).toEqual(['network-unreachable'])
})

test('a wrong configuration is 78 and nothing is asked', async () => {
  const document = await ask(envOf(fake.url, `"${fake.key}"`))
  expect(document.exitCode).toBe(78)
  expect(statuses(document)).toEqual({ balance: 'skipped' })
  expect(fake.calls).toEqual([])
})

const lateClock: RequestListener = (_req, res) => {
  const date = new Date(Date.now() - 3_600_000).toUTCString()
  res.writeHead(200, { date, 'content-type': 'application/json' }).end('{"is_available":true}')
}

test('a wrong clock is a warning', async () => {
  const document = await serve(lateClock, (url) => ask(envOf(url)))
  expect(document.exitCode).toBe(0)
  expect(document.findings).toMatchObject([{ code: 'clock-skewed', severity: 'warning' }])
})

test('a wrong clock fails with --fail-on warning', async () => {
  const document = await serve(lateClock, (url) => ask(envOf(url), '--fail-on', 'warning'))
  expect(document.exitCode).toBe(78)
})

test('an answer of 200 that is not the API proves nothing', async () => {
  const listener: RequestListener = (_req, res) => {
    res.setHeader('content-type', 'text/html')
    res.end('<html><body>Please accept the terms of this network.</body></html>')
  }
  const document = await serve(listener, (url) => ask(envOf(url)))
  expect(document.exitCode).not.toBe(0)
  expect(document.findings).toHaveLength(1)
})

test('a refusal is appended to the termination log, without the key', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'online-'))
  const log = path.join(folder, 'termination-log')
  writeFileSync(log, '')
  fake.revoke(fake.key)
  await ask({ ...envOf(), DEEPSEEK_GUARD_TERMINATION_LOG: log })
  const text = readFileSync(log, 'utf8')
  rmSync(folder, { recursive: true })
  expect(text).toContain('key-rejected')
  expect(text).not.toContain(fake.key.slice(-5))
})

test('the key, and the tail that DeepSeek echoes, are in no output', async () => {
  const key = `${GOOD_KEY.slice(0, -4)}9b7d`
  const document = await ask(envOf(fake.url, key))
  expect(document.exitCode).toBe(77)
  expect(document.text).not.toContain('9b7d')
})
