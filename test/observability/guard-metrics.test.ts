import { EventEmitter, once } from 'node:events'
import { Registry } from 'prom-client'
import { deepseekGuard } from '../../src/middleware/universal'
import { guardMetrics } from '../../src/observability/metrics'
import { startFakeDeepSeek } from '../../src/testing'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
})

/** A guard whose figures can be scraped, and the fake it talks to. */
async function setUp() {
  const fake = await startFakeDeepSeek()
  const registry = new Registry()
  const guard = deepseekGuard({
    env: { DEEPSEEK_API_KEY: fake.key, DEEPSEEK_BASE_URL: fake.url },
    logger: false,
    health: { confirmDelayMs: 1 },
    metrics: [
      {
        record() {
          throw new Error('a metrics object that throws harms nothing')
        },
      },
      guardMetrics({ registry }),
    ],
  })
  open.push(guard, fake)
  return {
    fake,
    guard,
    scrape: async () => (await registry.metrics()).split('\n'),
  }
}

test('a guard starts in the state that it tells Kubernetes', async () => {
  const { scrape } = await setUp()
  expect(await scrape()).toContain('deepseek_guard_state{state="fail"} 1')
})

test('a good call and a good probe are counted as such', async () => {
  const { guard, fake, scrape } = await setUp()
  await guard.ready()
  await guard.fetch(`${fake.url}/models`)
  const lines = await scrape()
  expect(lines).toEqual(
    expect.arrayContaining([
      'deepseek_guard_state{state="pass"} 1',
      'deepseek_guard_state{state="fail"} 0',
      'deepseek_guard_transitions_total{from="fail",to="pass",cause="none"} 1',
      'deepseek_guard_probes_total{source="active",outcome="success",cause="none"} 1',
      'deepseek_guard_probe_duration_seconds_count 1',
      'deepseek_guard_requests_total{method="GET",code="200",cause="none"} 1',
      'deepseek_guard_request_duration_seconds_count{method="GET",code="200"} 1',
    ]),
  )
  const age = lines.find((line) => line.startsWith('deepseek_guard_evidence_age_seconds '))
  expect(Number(age?.split(' ')[1])).toBeLessThan(60)
})

test('a refused key shows in calls, refreshes and the state', async () => {
  const { guard, fake, scrape } = await setUp()
  await guard.ready()
  fake.revoke(fake.key)
  const changes = new EventEmitter()
  guard.on('change', ({ status }) => {
    if (status === 'fail') changes.emit('fail')
  })
  const failed = once(changes, 'fail')
  await guard.fetch(`${fake.url}/models`)
  await failed
  expect(await scrape()).toEqual(
    expect.arrayContaining([
      'deepseek_guard_state{state="fail"} 1',
      'deepseek_guard_transitions_total{from="pass",to="fail",cause="key-rejected"} 1',
      'deepseek_guard_requests_total{method="GET",code="401",cause="key-rejected"} 1',
    ]),
  )
})

test('a registry of the successor @prometheus-io/client is served by that library', async () => {
  const successor = require('@prometheus-io/client') as typeof import('prom-client')
  const registry = new successor.Registry()
  guardMetrics({ registry }).record({ kind: 'state', status: 'warn' })
  expect(await registry.metrics()).toContain('deepseek_guard_state{state="warn"} 1')
  expect(registry.getSingleMetric('deepseek_guard_state')).toBeInstanceOf(successor.Gauge)
})

test.each([
  ['prom-client', '@prometheus-io/client'],
  ['@prometheus-io/client', 'prom-client'],
])('without %s the global registry is that of %s', async (absent, present) => {
  await jest.isolateModulesAsync(async () => {
    jest.doMock(absent, () => {
      throw Object.assign(new Error(`Cannot find module '${absent}'`), { code: 'MODULE_NOT_FOUND' })
    })
    const isolated =
      require('../../src/observability/metrics') as typeof import('../../src/observability/metrics')
    isolated.guardMetrics().record({ kind: 'probe-abort' })
    const { register } = require(present) as typeof import('prom-client')
    expect(await register.metrics()).toContain('deepseek_guard_kubelet_aborts_total 1')
    jest.dontMock(absent)
  })
})

test('without either, one sentence says what to install', () => {
  const names = ['prom-client', '@prometheus-io/client']
  jest.isolateModules(() => {
    for (const name of names) {
      jest.doMock(name, () => {
        throw Object.assign(new Error(`Cannot find module '${name}'`), { code: 'MODULE_NOT_FOUND' })
      })
    }
    const isolated =
      require('../../src/observability/metrics') as typeof import('../../src/observability/metrics')
    expect(() => isolated.guardMetrics()).toThrow(
      'guardMetrics() needs the package prom-client or its successor @prometheus-io/client',
    )
    for (const name of names) jest.dontMock(name)
  })
})
