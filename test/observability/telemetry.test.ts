import { metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { deepseekGuard } from '../../src/middleware/universal'
import type { Measurement } from '../../src/observability/measurement'
import { guardTelemetry } from '../../src/observability/metrics'
import { startFakeDeepSeek } from '../../src/testing'

const startedAt = Date.UTC(2026, 10, 23, 3)
const call: Extract<Measurement, { kind: 'request' }> = {
  kind: 'request',
  purpose: 'call',
  method: 'POST',
  status: 200,
  cause: null,
  startedAt,
  durationMs: 250,
  address: 'api.deepseek.com',
  port: 443,
  path: '/chat/completions',
  resendCount: 0,
}

/** Real SDK providers, registered globally as an application does it. */
function registerSdk() {
  const spans = new InMemorySpanExporter()
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }),
  )
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
  const provider = new MeterProvider({ readers: [reader] })
  metrics.setGlobalMeterProvider(provider)
  const flushed = async () => {
    await provider.forceFlush()
    return exporter
      .getMetrics()
      .at(-1)!
      .scopeMetrics.flatMap((scope) => scope.metrics)
  }
  return { spans, flushed, stop: () => provider.shutdown() }
}

let sdk: ReturnType<typeof registerSdk>
beforeEach(() => {
  sdk = registerSdk()
})
afterEach(async () => {
  await sdk.stop()
  trace.disable()
  metrics.disable()
})

function spanOf(changes: Partial<typeof call>) {
  guardTelemetry().record({ ...call, ...changes })
  return sdk.spans.getFinishedSpans()[0]!
}

test('makes a client span named by the method, with the times of the call', () => {
  const span = spanOf({})
  expect(span.name).toBe('POST')
  expect(span.kind).toBe(SpanKind.CLIENT)
  expect(span.startTime).toEqual([startedAt / 1_000, 0])
  expect(span.endTime).toEqual([startedAt / 1_000, 250_000_000])
})

test('describes a good call by the stable HTTP client conventions', () => {
  const span = spanOf({})
  expect(span.attributes).toEqual({
    'http.request.method': 'POST',
    'server.address': 'api.deepseek.com',
    'server.port': 443,
    'url.full': 'https://api.deepseek.com/chat/completions',
    'http.response.status_code': 200,
  })
  expect(span.status.code).toBe(SpanStatusCode.UNSET)
})

test('marks a refused call as an error that is named by its status', () => {
  const span = spanOf({ status: 401, cause: 'key-rejected', resendCount: 1 })
  expect(span.attributes).toMatchObject({ 'error.type': '401', 'http.request.resend_count': 1 })
  expect(span.status.code).toBe(SpanStatusCode.ERROR)
})

test('names a call without an answer by its cause', () => {
  const span = spanOf({ status: undefined, cause: 'dns-failed' })
  expect(span.attributes['error.type']).toBe('dns-failed')
  expect(span.attributes).not.toHaveProperty('http.response.status_code')
})

test('shows the port where it is not the usual one and never a query', () => {
  const span = spanOf({ address: '127.0.0.1', port: 8080, path: '/models?key=secret#x' })
  expect(span.attributes['url.full']).toBe('http://127.0.0.1:8080/models')
})

test('takes the scheme from the call when it is known', () => {
  const span = spanOf({ address: 'llm.corp', port: 8443, scheme: 'https' })
  expect(span.attributes['url.full']).toBe('https://llm.corp:8443/chat/completions')
})

test('gives an unlisted method the name that the conventions ask for', () => {
  const span = spanOf({ method: 'PURGE' })
  expect(span.name).toBe('HTTP')
  expect(span.attributes).toMatchObject({
    'http.request.method': '_OTHER',
    'http.request.method_original': 'PURGE',
  })
})

test('records the duration in seconds', async () => {
  guardTelemetry().record({ ...call, status: 503, cause: 'service-busy' })
  const [metric, ...others] = await sdk.flushed()
  expect(others).toEqual([])
  expect(metric!.descriptor).toMatchObject({ name: 'http.client.request.duration', unit: 's' })
  expect(metric!.dataPoints).toHaveLength(1)
  expect(metric!.dataPoints[0]).toMatchObject({
    value: { sum: 0.25, count: 1 },
    attributes: {
      'http.request.method': 'POST',
      'server.address': 'api.deepseek.com',
      'server.port': 443,
      'http.response.status_code': 503,
      'error.type': '503',
    },
  })
})

test('records probes like calls, without any gen_ai attribute', async () => {
  const span = spanOf({ purpose: 'probe', method: 'GET', path: '/user/balance' })
  expect(Object.keys(span.attributes).filter((name) => name.startsWith('gen_ai'))).toEqual([])
  expect(await sdk.flushed()).toHaveLength(1)
})

test('ignores what is no request, and a call that never left', async () => {
  guardTelemetry().record({ kind: 'state', status: 'pass' })
  guardTelemetry().record({ ...call, status: 401, cause: 'key-rejected', synthetic: true })
  expect(sdk.spans.getFinishedSpans()).toEqual([])
})

test('finds an SDK that was registered after it was made', async () => {
  await sdk.stop()
  trace.disable()
  metrics.disable()
  const telemetry = guardTelemetry()
  telemetry.record(call)
  sdk = registerSdk()
  telemetry.record(call)
  expect(sdk.spans.getFinishedSpans()).toHaveLength(1)
  expect(await sdk.flushed()).toHaveLength(1)
})

test('a real guard leaves one span for a probe and one for a call, with sane times', async () => {
  const fake = await startFakeDeepSeek()
  const before = Date.now()
  const guard = deepseekGuard({
    env: { DEEPSEEK_API_KEY: fake.key, DEEPSEEK_BASE_URL: fake.url },
    logger: false,
    metrics: guardTelemetry(),
  })
  await guard.ready()
  await guard.fetch(`${fake.url}/models?secret=1`)
  const spans = sdk.spans.getFinishedSpans()
  const urls = spans.map((span) => span.attributes['url.full'])
  expect(new Set(urls)).toEqual(new Set([`${fake.url}/user/balance`, `${fake.url}/models`]))
  for (const { startTime, endTime } of spans) {
    const [start, end] = [startTime, endTime].map(([s, ns]) => s * 1_000 + ns / 1e6)
    expect(start).toBeGreaterThanOrEqual(before - 50)
    expect(end).toBeGreaterThanOrEqual(start!)
    expect(end).toBeLessThanOrEqual(Date.now() + 50)
  }
  await guard.close()
  await fake.close()
})
