import { Registry, register } from 'prom-client'
import type { Measurement } from '../../src/observability/measurement'
import { guardMetrics } from '../../src/observability/metrics'

const call: Measurement = {
  kind: 'request',
  purpose: 'call',
  method: 'POST',
  status: 401,
  cause: 'key-rejected',
  startedAt: 0,
  durationMs: 250,
  address: 'api.deepseek.com',
  port: 443,
  path: '/chat/completions',
  resendCount: 0,
}

/** The sample lines of one metric, in order. */
async function samples(registry: Registry, name: string): Promise<string[]> {
  const text = await registry.getSingleMetricAsString(`deepseek_guard_${name}`)
  return text.split('\n').filter((line) => line.startsWith('deepseek_guard'))
}

function recordAll(registry: Registry, measurements: Measurement[]): void {
  const metrics = guardMetrics({ registry })
  for (const measurement of measurements) metrics.record(measurement)
}

test('shows the state one-hot', async () => {
  const registry = new Registry()
  recordAll(registry, [
    { kind: 'state', status: 'fail' },
    { kind: 'state', status: 'warn' },
  ])
  expect(await samples(registry, 'state')).toEqual([
    'deepseek_guard_state{state="pass"} 0',
    'deepseek_guard_state{state="warn"} 1',
    'deepseek_guard_state{state="fail"} 0',
  ])
})

test('counts probes by source, outcome and cause', async () => {
  const registry = new Registry()
  const probe = { kind: 'probe', durationMs: 40, cause: null } as const
  recordAll(registry, [
    { ...probe, source: 'active', outcome: 'success' },
    { ...probe, source: 'passive', outcome: 'failure', cause: 'service-busy' },
    { ...probe, source: 'passive', outcome: 'failure', cause: 'service-busy' },
  ])
  expect(await samples(registry, 'probes_total')).toEqual([
    'deepseek_guard_probes_total{source="active",outcome="success",cause="none"} 1',
    'deepseek_guard_probes_total{source="passive",outcome="failure",cause="service-busy"} 2',
  ])
})

test('measures the duration of active probes only', async () => {
  const registry = new Registry()
  const probe = { kind: 'probe', outcome: 'success', cause: null } as const
  recordAll(registry, [
    { ...probe, source: 'active', durationMs: 40 },
    { ...probe, source: 'passive', durationMs: 60_000 },
  ])
  const lines = await samples(registry, 'probe_duration_seconds')
  expect(lines).toContain('deepseek_guard_probe_duration_seconds_sum 0.04')
  expect(lines).toContain('deepseek_guard_probe_duration_seconds_count 1')
})

test('computes the age of the evidence at the time of the scrape', async () => {
  jest.useFakeTimers({ now: 1_000_000 })
  const registry = new Registry()
  recordAll(registry, [{ kind: 'evidence', ageMs: 0 }])
  jest.advanceTimersByTime(12_000)
  expect(await samples(registry, 'evidence_age_seconds')).toEqual([
    'deepseek_guard_evidence_age_seconds 12',
  ])
  jest.useRealTimers()
})

test('counts the age that evidence of another process came with', async () => {
  jest.useFakeTimers()
  const registry = new Registry()
  recordAll(registry, [{ kind: 'evidence', ageMs: 5_000 }])
  jest.advanceTimersByTime(1_000)
  expect(await samples(registry, 'evidence_age_seconds')).toEqual([
    'deepseek_guard_evidence_age_seconds 6',
  ])
  jest.useRealTimers()
})

test('answers a scrape although the wall clock is broken', async () => {
  const registry = new Registry()
  recordAll(registry, [{ kind: 'evidence', ageMs: 0 }])
  jest.spyOn(Date, 'now').mockImplementation(() => {
    throw new Error('no clock')
  })
  expect(await samples(registry, 'evidence_age_seconds')).toHaveLength(1)
  jest.restoreAllMocks()
})

test('counts bodies of 200s by how they ended', async () => {
  const registry = new Registry()
  recordAll(registry, [
    { kind: 'stream', outcome: 'success', cause: null },
    { kind: 'stream', outcome: 'failure', cause: 'stream-cut' },
    { kind: 'stream', outcome: 'failure', cause: 'stream-cut' },
  ])
  const lines = await samples(registry, 'streams_total')
  expect(lines).toContain('deepseek_guard_streams_total{outcome="success"} 1')
  expect(lines).toContain('deepseek_guard_streams_total{outcome="stream-cut"} 2')
  expect(lines).toContain('deepseek_guard_streams_total{outcome="stream-stalled"} 0')
})

test('shows no age before the first evidence', async () => {
  const registry = new Registry()
  guardMetrics({ registry })
  expect(await samples(registry, 'evidence_age_seconds')).toEqual([])
})

test('counts transitions with the cause of the new state', async () => {
  const registry = new Registry()
  recordAll(registry, [{ kind: 'transition', from: 'fail', to: 'pass', cause: null }])
  recordAll(registry, [{ kind: 'transition', from: 'fail', to: 'fail', cause: 'starting' }])
  expect(await samples(registry, 'transitions_total')).toEqual([
    'deepseek_guard_transitions_total{from="fail",to="pass",cause="none"} 1',
    'deepseek_guard_transitions_total{from="fail",to="fail",cause="starting"} 1',
  ])
})

test('counts refreshes from a visible zero', async () => {
  const registry = new Registry()
  recordAll(registry, [{ kind: 'refresh', outcome: 'failed' }])
  expect(await samples(registry, 'token_refreshes_total')).toEqual([
    'deepseek_guard_token_refreshes_total{outcome="changed"} 0',
    'deepseek_guard_token_refreshes_total{outcome="unchanged"} 0',
    'deepseek_guard_token_refreshes_total{outcome="failed"} 1',
  ])
})

test('counts calls by method, code and cause and leaves the probes out', async () => {
  const registry = new Registry()
  recordAll(registry, [call, { ...call, purpose: 'probe' }])
  expect(await samples(registry, 'requests_total')).toEqual([
    'deepseek_guard_requests_total{method="POST",code="401",cause="key-rejected"} 1',
  ])
  expect(await samples(registry, 'request_duration_seconds')).toContain(
    'deepseek_guard_request_duration_seconds_sum{method="POST",code="401"} 0.25',
  )
})

test('keeps labels closed whatever a caller sends', async () => {
  const registry = new Registry()
  recordAll(registry, [
    { ...call, method: 'X-USER-42', status: undefined, cause: 'dns-failed' },
    { ...call, status: 9999 },
  ])
  expect(await samples(registry, 'requests_total')).toEqual([
    'deepseek_guard_requests_total{method="_OTHER",code="none",cause="dns-failed"} 1',
    'deepseek_guard_requests_total{method="POST",code="other",cause="key-rejected"} 1',
  ])
})

test('counts aborted kubelet probes', async () => {
  const registry = new Registry()
  recordAll(registry, [{ kind: 'probe-abort' }, { kind: 'probe-abort' }])
  expect(await samples(registry, 'kubelet_aborts_total')).toEqual([
    'deepseek_guard_kubelet_aborts_total 2',
  ])
})

test('several guards on one registry add up', async () => {
  const registry = new Registry()
  recordAll(registry, [{ kind: 'probe-abort' }])
  recordAll(registry, [{ kind: 'probe-abort' }, { kind: 'evidence', ageMs: 0 }])
  expect(await samples(registry, 'kubelet_aborts_total')).toEqual([
    'deepseek_guard_kubelet_aborts_total 2',
  ])
  expect(await samples(registry, 'evidence_age_seconds')).toHaveLength(1)
})

test('works again after the registry was cleared', async () => {
  const registry = new Registry()
  recordAll(registry, [{ kind: 'probe-abort' }])
  registry.clear()
  recordAll(registry, [{ kind: 'probe-abort' }])
  expect(await samples(registry, 'kubelet_aborts_total')).toEqual([
    'deepseek_guard_kubelet_aborts_total 1',
  ])
})

test('uses the global registry by default', () => {
  guardMetrics()
  expect(register.getSingleMetric('deepseek_guard_state')).toBeDefined()
  register.clear()
})
