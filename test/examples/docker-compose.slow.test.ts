import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { startFakeDeepSeek } from '../../src/testing'
import { killExamples, runExample, untilStatus } from './run-example'

jest.setTimeout(60_000)

const folder = join(__dirname, '../../examples/docker-compose')
const { services, secrets } = parse(readFileSync(join(folder, 'compose.yaml'), 'utf8'))
const dockerfile = readFileSync(join(folder, 'Dockerfile'), 'utf8')

afterEach(killExamples)

test('the image holds every file that its commands name', () => {
  const copied = /^COPY (.+) \.\/$/m.exec(dockerfile)![1]!.split(' ')
  const [, server] = JSON.parse(/^CMD (.+)$/m.exec(dockerfile)![1]!)
  expect(copied).toEqual(expect.arrayContaining([server, services.chat.healthcheck.test[2]]))
})

test('the key reaches the container as a file, at the path the environment names', () => {
  const [name] = services.chat.secrets
  expect(services.chat.environment.DEEPSEEK_API_KEY_FILE).toBe(`/run/secrets/${name}`)
  expect(secrets[name].file).toBe('./deepseek-key.txt')
  expect(services.chat.environment).not.toHaveProperty('DEEPSEEK_API_KEY')
})

test('the health check follows readiness, and a stop is clean', async () => {
  const fake = await startFakeDeepSeek()
  const secretDir = mkdtempSync(join(tmpdir(), 'compose-'))
  const secret = join(secretDir, 'deepseek_api_key')
  writeFileSync(secret, fake.key, { mode: 0o600 })
  const app = runExample('docker-compose/server.mjs', {
    ...services.chat.environment,
    PORT: '0',
    DEEPSEEK_API_KEY_FILE: secret,
    DEEPSEEK_BASE_URL: fake.url,
  })
  const url = await app.url()
  const check = () =>
    runExample(`docker-compose/${services.chat.healthcheck.test[2]}`, { PORT: new URL(url).port })
      .exit

  await untilStatus(`${url}/health/deepseek`, 200)
  expect(await check()).toBe(0)
  app.signal('SIGTERM')
  expect(await app.exit).toBe(0)
  expect(await check()).toBe(1)
  await fake.close()
  rmSync(secretDir, { recursive: true })
})
