import axios from 'axios'
import OpenAI from 'openai'
import { Registry } from 'prom-client'
import {
  type DeepSeekGuard,
  type Diagnosis,
  deepseekGuard,
  type GuardOptions,
  type Logger,
} from '../../src'
import { guardMetrics } from '../../src/observability/metrics'
import { type FailureMode, type FakeDeepSeek, startFakeDeepSeek } from '../../src/testing'

type Line = { event: string; cause?: string; [field: string]: unknown }

let fake: FakeDeepSeek
let guard: DeepSeekGuard
let lines: Line[]
let diagnoses: Diagnosis[]
let registry: Registry

beforeEach(async () => {
  fake = await startFakeDeepSeek({ answer: 'one two three four' })
  lines = []
  diagnoses = []
  registry = new Registry()
})
afterEach(async () => {
  await guard.close()
  await fake.close()
})

function start(options: GuardOptions = {}): DeepSeekGuard {
  const note = (fields: object): void => void lines.push(fields as Line)
  const rest = { debug: note, fatal: note, child: () => logger }
  const logger: Logger = { info: note, warn: note, error: note, ...rest }
  guard = deepseekGuard({
    env: { DEEPSEEK_API_KEY: fake.key, DEEPSEEK_BASE_URL: fake.url },
    logger,
    health: false,
    metrics: guardMetrics({ registry: registry as never }),
    ...options,
  })
  guard.on('diagnosis', (diagnosis) => void diagnoses.push(diagnosis))
  return guard
}

const failed = (): Line[] => lines.filter(({ event }) => event === 'stream.failed')
const ask = (stream = true) =>
  guard.fetch(`${fake.url}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'deepseek-flash', messages: [{ content: 'hi' }], stream }),
  })

async function counted(outcome: string): Promise<number> {
  const metric = await registry.getSingleMetric('deepseek_guard_streams_total')?.get()
  return metric?.values.find(({ labels }) => labels.outcome === outcome)?.value ?? 0
}

test.each<[FailureMode, string, string]>([
  ['stream-cut', 'stream-cut', 'stream'],
  ['stream-empty', 'stream-empty', 'stream'],
  ['stream-malformed', 'stream-malformed', 'stream'],
  ['insufficient-resource', 'interrupted-by-service', 'stream'],
  ['content-filter', 'content-refused', 'request'],
])('%s is one line, one diagnosis and one count of %s', async (mode, cause, group) => {
  start()
  fake.fail(mode)
  const response = await ask()
  expect(response.status).toBe(200)
  expect(failed()).toEqual([])
  await response.text()
  expect(failed()).toHaveLength(1)
  expect(failed()[0]).toMatchObject({ cause, 'url.path': '/chat/completions' })
  expect(failed()[0]).toHaveProperty('ds_trace_id')
  expect(diagnoses).toMatchObject([{ cause, group }])
  expect(await counted(cause)).toBe(1)
  expect(await counted('success')).toBe(0)
  expect(guard.diagnose(response)).toBe(diagnoses[0])
})

test('a stall is told while the stream is still open, once, and its end tells nothing more', async () => {
  start({ outbound: { stallMs: 40 } })
  fake.fail('stream-stall')
  const reader = (await ask()).body?.getReader()
  const told = new Promise<Diagnosis>((resolve) => guard.on('diagnosis', resolve))
  const rest = (async () => {
    while (!(await reader?.read())?.done);
  })()
  expect((await told).cause).toBe('stream-stalled')
  await reader?.cancel()
  await rest
  expect(failed()).toHaveLength(1)
  expect(await counted('stream-stalled')).toBe(1)
})

test('abortStalled ends it with a TimeoutError, of which diagnose says the same', async () => {
  start({ outbound: { stallMs: 40, abortStalled: true } })
  fake.fail('stream-stall')
  const response = await ask()
  expect(response.url).toBe(`${fake.url}/chat/completions`)
  const error = await response.text().catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ name: 'TimeoutError' })
  expect(guard.diagnose(error)).toBe(diagnoses[0])
  expect(diagnoses).toMatchObject([{ cause: 'stream-stalled' }])
})

test('a good stream is a success only when its body has ended', async () => {
  start()
  const response = await ask()
  expect(await counted('success')).toBe(0)
  await response.text()
  expect(await counted('success')).toBe(1)
  expect(diagnoses).toEqual([])
  expect(failed()).toEqual([])
})

test('a stream that its caller leaves is nothing at all', async () => {
  start()
  const response = await ask()
  await response.body?.cancel()
  expect(await counted('success')).toBe(0)
  expect(diagnoses).toEqual([])
  expect(failed()).toEqual([])
})

test('fifty streams that are cut after their 200 take the pass away', async () => {
  start({ health: { intervalMs: 3_600_000 } })
  await guard.ready()
  expect(guard.health().status).toBe('pass')
  fake.fail('stream-cut')
  for (let call = 0; call < 50; call += 1) await (await ask()).text()
  expect(guard.health()).toMatchObject({ status: 'warn', cause: 'stream-cut' })
  // A log is not flooded: the first line, and a count with the next one.
  expect(failed()).toHaveLength(1)
  fake.heal()
  await (await ask()).text()
  expect(guard.health().status).not.toBe('fail')
})

describe('diagnose says what the log line said', () => {
  test('of an error of axios with a stream as answer', async () => {
    start()
    fake.revoke(fake.key)
    const client = axios.create({ adapter: 'fetch', env: { fetch: guard.fetch } } as never)
    const error = await client
      .post(`${fake.url}/chat/completions`, {}, { responseType: 'stream' })
      .catch((thrown: unknown) => thrown)
    const [line] = lines.filter(({ event }) => event === 'auth.rejected')
    expect(line?.cause).toBe('key-rejected')
    expect(guard.diagnose(error).cause).toBe('key-rejected')
  })

  test('of an error of openai, though the client says that it sent another key', async () => {
    start()
    fake.revoke(fake.key)
    const client = new OpenAI({ ...guard.client, maxRetries: 0 })
    const error = await client.models.list().catch((thrown: unknown) => thrown)
    expect(guard.diagnose(error)).toBe(diagnoses[0])
    expect(diagnoses[0]?.cause).toBe('key-rejected')
  })

  test('of a network error, wrapped or not', async () => {
    start()
    await fake.close()
    const client = new OpenAI({ ...guard.client, maxRetries: 0 })
    const error = await client.models.list().catch((thrown: unknown) => thrown)
    expect(guard.diagnose(error)).toBe(diagnoses[0])
    expect(diagnoses[0]?.group).toBe('network')
  })

  test('of an error that is of no call of ours it says what can be said', () => {
    start()
    expect(guard.diagnose(new Error('x')).cause).toBe('unknown')
  })
})
