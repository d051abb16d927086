import { readFileSync } from 'node:fs'
import { createServer, type RequestListener, request } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, createServer as createTcpServer, type Server } from 'node:net'
import path from 'node:path'
import { type FakeDeepSeek, startFakeDeepSeek } from '../../src/testing'
import { testIf } from '../test-if'
import { GOOD_KEY, type Run, runCli } from './command'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()))
})

async function startFake(): Promise<FakeDeepSeek> {
  const fake = await startFakeDeepSeek()
  closers.push(() => fake.close())
  return fake
}

/** Listens on a free port of this machine; the sockets are destroyed at the end of the test. */
async function listen(server: Server): Promise<number> {
  const sockets = new Set<{ destroy(): unknown }>()
  server.on('connection', (socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}

const serve = async (listener: RequestListener) =>
  `http://127.0.0.1:${await listen(createServer(listener))}`

interface Document {
  ok: boolean
  exitCode: number
  findings: { code: string; severity: string }[]
  checks: { name: string; status: string; durationMs: number; detail: string }[]
}

async function consult(baseURL: string, key = GOOD_KEY, more: Record<string, string> = {}) {
  const env = { DEEPSEEK_API_KEY: key, DEEPSEEK_BASE_URL: baseURL, ...more }
  const run = await runCli(['doctor', '--json'], { env })
  expect(run.stderr).toBe('')
  expect(run.stdout).not.toContain(key.slice(3, 8))
  const document: Document = JSON.parse(run.stdout)
  expect(document.exitCode).toBe(run.status)
  expect(document.ok).toBe(run.status === 0)
  return { ...document, ms: run.ms }
}

type Visit = Awaited<ReturnType<typeof consult>>

const statuses = ({ checks }: Pick<Document, 'checks'>) =>
  Object.fromEntries(checks.map(({ name, status }) => [name, status]))
const codes = ({ findings }: Pick<Document, 'findings'>) => findings.map(({ code }) => code)

test('a healthy set-up passes every step, in the order in which a call travels', async () => {
  const fake = await startFake()
  const visit = await consult(fake.url, fake.key, { DEEPSEEK_MODEL: 'deepseek-flash' })
  expect(visit.exitCode).toBe(0)
  expect(visit.findings).toEqual([])
  expect(Object.entries(statuses(visit))).toEqual([
    ['environment', 'ok'],
    ['env-files', 'ok'],
    ['provenance', 'ok'],
    ['proxy', 'ok'],
    ['dns', 'skipped'],
    ['tcp', 'ok'],
    ['tls', 'skipped'],
    ['balance', 'ok'],
    ['models', 'ok'],
    ['model-names', 'ok'],
    ['clock', 'ok'],
  ])
})

test('two libraries for metrics are told beside the environment', async () => {
  const fake = await startFake()
  // This repository has both.
  const visit = await consult(fake.url, fake.key)
  expect(visit.checks[0]).toMatchObject({ name: 'environment', status: 'ok' })
  expect(visit.checks[0]?.detail).toContain('write guardMetrics({ registry })')
})

test('the balance and the models are asked once each, with the key', async () => {
  const fake = await startFake()
  await consult(fake.url, fake.key)
  expect(fake.calls.map(({ path }) => path).sort()).toEqual(['/models', '/user/balance'])
  expect(fake.calls.every(({ key }) => key === 'valid')).toBe(true)
})

test('a revoked key is bad: 77', async () => {
  const fake = await startFake()
  fake.revoke(fake.key)
  const visit = await consult(fake.url, fake.key)
  expect(visit.exitCode).toBe(77)
  expect(codes(visit)).toEqual(['key-rejected'])
  expect(statuses(visit)).toMatchObject({ balance: 'error', models: 'error', clock: 'ok' })
})

test('an empty account is bad: 77', async () => {
  const fake = await startFake()
  fake.setBalance(false)
  const visit = await consult(fake.url, fake.key)
  expect(visit.exitCode).toBe(77)
  expect(codes(visit)).toEqual(['balance-exhausted'])
  expect(statuses(visit)).toMatchObject({ balance: 'error', models: 'ok' })
})

test.each([
  ['busy', 75, 'service-busy'],
  ['rate-limit', 75, 'rate-limited'],
  ['balance-limit', 75, 'balance-limits-concurrency'],
  ['error', 69, 'service-error'],
  ['reset', 69, 'network-unreachable'],
] as const)('%s leaves open whether the key is good: %d', async (mode, exitCode, code) => {
  const fake = await startFake()
  fake.fail(mode)
  const visit = await consult(fake.url, fake.key)
  expect(visit.exitCode).toBe(exitCode)
  expect(codes(visit)).toEqual([code])
  expect(statuses(visit)).toMatchObject({ tcp: 'ok', balance: 'unknown', models: 'unknown' })
})

test.each([
  ['strip-authorization', 'credential-stripped'],
  ['echo-other-key', 'key-replaced'],
] as const)('%s is told from a bad key: %s', async (mode, code) => {
  const fake = await startFake()
  fake.fail(mode)
  const visit = await consult(fake.url, fake.key)
  expect(visit.exitCode).toBe(77)
  expect(codes(visit)).toEqual([code])
})

test('a port that nobody listens on is unreachable', async () => {
  const server = createTcpServer()
  const port = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  const visit = await consult(`http://127.0.0.1:${port}`)
  expect(visit.exitCode).toBe(69)
  expect(codes(visit)).toEqual(['network-unreachable'])
  expect(statuses(visit)).toMatchObject({ tcp: 'error', balance: 'unknown', models: 'unknown' })
})

test('a host without an address skips what needs one', async () => {
  const visit = await consult('https://deepseek-gateway.invalid')
  expect(visit.ms).toBeLessThan(20_000)
  expect(visit.exitCode).toBe(69)
  expect(visit.findings).toMatchObject([
    { code: 'dns-failed', fix: { command: 'nslookup deepseek-gateway.invalid' } },
  ])
  expect(statuses(visit)).toMatchObject({ dns: 'error', tcp: 'skipped', balance: 'skipped' })
}, 30_000)

test('a certificate of an unknown authority is named with its issuer', async () => {
  const pem = (name: string) => readFileSync(path.join(__dirname, 'tls', name))
  const server = createTlsServer({ key: pem('key.pem'), cert: pem('certificate.pem') })
  const port = await listen(server)
  const visit = await consult(`https://127.0.0.1:${port}`)
  expect(visit.exitCode).toBe(69)
  expect(codes(visit)).toEqual(['tls-intercepted'])
  expect(JSON.stringify(visit.findings)).toContain('issuer: Example Inspection, 127.0.0.1')
})

test("another vendor's key is not sent to anybody", async () => {
  const requests: unknown[] = []
  const url = await serve((req, res) => {
    requests.push(req.headers)
    res.end('{}')
  })
  const visit = await consult(url, `sk-ant-api03-${'Qm3xT9vLw2Rk'.repeat(7)}`)
  expect(requests).toEqual([])
  expect(statuses(visit)).toMatchObject({ tcp: 'ok', balance: 'skipped', models: 'skipped' })
})

test('a redirect is not followed', async () => {
  const elsewhere: string[] = []
  const other = await serve((req, res) => {
    elsewhere.push(req.url ?? '')
    res.end('{"is_available":true}')
  })
  const url = await serve((req, res) => {
    res.writeHead(307, { location: `${other}${req.url}` }).end()
  })
  const visit = await consult(url)
  expect(elsewhere).toEqual([])
  expect(visit.exitCode).toBe(69)
})

const portal: RequestListener = (req, res) => {
  const models = req.url === '/models'
  const date = new Date(Date.now() + 3_600_000).toUTCString()
  const headers = { 'content-type': 'application/json', date }
  res.writeHead(200, headers).end(models ? '{"object":"list","data":[]}' : '{"is_available":true}')
}

test('a wrong clock is a warning and no failure', async () => {
  const visit = await consult(await serve(portal))
  expect(visit.exitCode).toBe(0)
  expect(visit.findings).toMatchObject([{ code: 'clock-skewed', severity: 'warning' }])
  expect(statuses(visit)).toMatchObject({ clock: 'warning', balance: 'ok' })
})

test('a model that is not listed is a warning and no failure', async () => {
  const fake = await startFake()
  fake.setModels(['deepseek-v4-pro'])
  const visit = await consult(fake.url, fake.key, { DEEPSEEK_MODEL: 'deepseek-flash' })
  expect(visit.exitCode).toBe(0)
  expect(visit.findings).toMatchObject([{ code: 'model-unavailable', severity: 'warning' }])
})

test('a malformed key is 78, the network is tested all the same and nothing is asked', async () => {
  const fake = await startFake()
  const visit = await consult(fake.url, `"${fake.key}"`)
  expect(visit.exitCode).toBe(78)
  expect(codes(visit)).toEqual(['key-quoted'])
  expect(statuses(visit)).toMatchObject({ environment: 'error', tcp: 'ok', balance: 'skipped' })
  expect(fake.calls).toEqual([])
})

test('a fault in a setting of the guard leaves the key testable', async () => {
  const fake = await startFake()
  const visit = await consult(fake.url, fake.key, { DEEPSEEK_GUARD_POLICY: 'relaxed' })
  expect(visit.exitCode).toBe(78)
  expect(codes(visit)).toEqual(['option-invalid'])
  expect(statuses(visit)).toMatchObject({ environment: 'error', balance: 'ok', models: 'ok' })
})

test('an untrusted certificate that is let pass on purpose is a warning', async () => {
  const pem = (name: string) => readFileSync(path.join(__dirname, 'tls', name))
  const server = createTlsServer({ key: pem('key.pem'), cert: pem('certificate.pem') }, portal)
  const port = await listen(server)
  const more = { NODE_TLS_REJECT_UNAUTHORIZED: '0' }
  const visit = await consult(`https://127.0.0.1:${port}`, GOOD_KEY, more)
  expect(statuses(visit)).toMatchObject({ tls: 'warning', balance: 'ok' })
  expect(visit.findings).toContainEqual(
    expect.objectContaining({ code: 'tls-intercepted', severity: 'warning' }),
  )
})

const knowsProxies = process.allowedNodeEnvironmentFlags.has('--use-env-proxy')

/** Only some versions of Node can do it; the newest that CI runs is one of them. */
const testProxy = testIf(knowsProxies, 'this version of Node cannot send fetch through a proxy')

testProxy('behind a proxy that fetch uses, the direct way is not tested', async () => {
  const fake = await startFake()
  const proxy = createServer()
  let passages = 0
  // Node 26 asks a proxy for plain http itself, earlier versions for a tunnel.
  proxy.on('request', (asked, answer) => {
    passages += 1
    const { method, headers } = asked
    const onward = request(asked.url ?? '', { method, headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers)
      reply.pipe(answer)
    })
    asked.pipe(onward)
  })
  proxy.on('connect', (asked, client) => {
    passages += 1
    const [host, port] = (asked.url ?? '').split(':')
    const target = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      client.pipe(target).pipe(client)
    })
  })
  const address = `http://127.0.0.1:${await listen(proxy)}`
  const more = { HTTP_PROXY: address, NODE_USE_ENV_PROXY: '1' }
  const visit = await consult(fake.url, fake.key, more)
  expect(visit.exitCode).toBe(0)
  expect(passages).toBeGreaterThan(0)
  expect(statuses(visit)).toMatchObject({
    proxy: 'ok',
    dns: 'skipped',
    tcp: 'skipped',
    balance: 'ok',
  })
})

test('an unusable base URL skips the network', async () => {
  const visit = await consult('htp//nowhere')
  expect(visit.exitCode).toBe(78)
  expect(statuses(visit)).toMatchObject({ environment: 'error', dns: 'skipped', models: 'skipped' })
})

describe('for people', () => {
  const read = (baseURL: string, key: string): Promise<Run> =>
    runCli(['doctor'], { env: { DEEPSEEK_API_KEY: key, DEEPSEEK_BASE_URL: baseURL } })

  test('everything is on stderr, step by step, with the meaning of the status last', async () => {
    const fake = await startFake()
    const { status, stdout, stderr } = await read(fake.url, fake.key)
    expect(status).toBe(0)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^ {2}ok +balance +The key is accepted/m)
    expect(stderr.trimEnd()).toMatch(
      /Nothing wrong was found, and the key is accepted \(exit status 0\)\.$/,
    )
    expect(stderr).not.toContain('\u001b')
  })

  test('a finding comes with its fix, and without the key', async () => {
    const fake = await startFake()
    fake.revoke(fake.key)
    const { status, stderr } = await read(fake.url, fake.key)
    expect(status).toBe(77)
    expect(stderr).toContain('key-rejected')
    expect(stderr).not.toContain(fake.key.slice(-8))
  })
})

/** All at once: they wait, and take no time of the processor. */
describe('a network that hangs', () => {
  const ends: (() => Promise<unknown>)[] = []
  let silent: Visit
  let dripping: Visit
  let handshake: Visit
  let text: Run

  beforeAll(async () => {
    const fake = await startFakeDeepSeek()
    fake.fail('hang')
    const drip = createServer((_req, res) => {
      res.writeHead(200, { 'content-type': 'application/json' })
      const timer = setInterval(() => res.write(' '), 100)
      res.on('close', () => clearInterval(timer))
    })
    const mute = createTcpServer()
    const dripPort = await listen(drip)
    const mutePort = await listen(mute)
    ends.push(() => fake.close(), ...closers.splice(0))
    const env = { DEEPSEEK_API_KEY: fake.key, DEEPSEEK_BASE_URL: fake.url }
    const runs = await Promise.all([
      consult(fake.url, fake.key),
      consult(`http://127.0.0.1:${dripPort}`),
      consult(`https://127.0.0.1:${mutePort}`),
      runCli(['doctor'], { env }),
    ])
    ;[silent, dripping, handshake, text] = runs
  }, 60_000)
  afterAll(() => Promise.all(ends.map((end) => end())))

  test('is left within 20 s, whichever part of it hangs', () => {
    for (const { ms } of [silent, dripping, handshake, text]) expect(ms).toBeLessThan(20_000)
  })

  test('a server that never answers says nothing of the key', () => {
    expect(silent.exitCode).toBe(69)
    expect(codes(silent)).toEqual(['timed-out'])
    expect(statuses(silent)).toMatchObject({ tcp: 'ok', balance: 'unknown', clock: 'unknown' })
  })

  test('an answer that drips says nothing of the key', () => {
    expect(dripping.exitCode).toBe(69)
    expect(codes(dripping)).toEqual(['timed-out'])
    expect(statuses(dripping)).toMatchObject({ balance: 'unknown', models: 'unknown' })
  })

  test('a TLS handshake without an answer is no connection', () => {
    expect(handshake.exitCode).toBe(69)
    expect(codes(handshake)).toEqual(['network-unreachable'])
    expect(statuses(handshake)).toMatchObject({ tcp: 'ok', tls: 'error', balance: 'unknown' })
  })

  test('what is still waited for is said meanwhile', () => {
    const waiting = text.stderr.indexOf('still waiting for balance, models')
    expect(waiting).toBeGreaterThan(text.stderr.indexOf('ok       tcp'))
    expect(waiting).toBeLessThan(text.stderr.indexOf('unknown  balance'))
  })
})
