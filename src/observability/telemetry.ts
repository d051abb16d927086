import type { Attributes, Histogram, HrTime, MeterProvider } from '@opentelemetry/api'
import {
  type GuardMetrics,
  type Measurement,
  methodLabel,
  OTHER_METHOD,
  requirePeer,
} from './measurement'

type Telemetry = typeof import('@opentelemetry/api')
type Request = Extract<Measurement, { kind: 'request' }>

const SCOPE = 'deepseek-guard'

/** Bucket borders in seconds, as the HTTP conventions advise them. */
const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

/** A status that is an error names itself; without an answer the cause is the kind of error. */
function errorType(request: Request): string | undefined {
  if (request.status === undefined) return request.cause ?? 'unknown'
  return request.status >= 400 ? String(request.status) : undefined
}

/** What the metric and the span have in common: stable HTTP client conventions. */
function commonAttributes(request: Request): Attributes {
  const error = errorType(request)
  return {
    'http.request.method': methodLabel(request.method),
    'server.address': request.address,
    'server.port': request.port,
    ...(request.status !== undefined && { 'http.response.status_code': request.status }),
    ...(error !== undefined && { 'error.type': error }),
  }
}

/** Never with a query: it may hold what nobody wants in a trace. */
function urlOf({ scheme, address, port, path }: Request): string {
  const shown = scheme ?? (port === 443 ? 'https' : 'http')
  const standard = port === (shown === 'https' ? 443 : 80)
  return `${shown}://${address}${standard ? '' : `:${port}`}${path.split(/[?#]/, 1)[0]}`
}

function spanAttributes(request: Request): Attributes {
  const common = commonAttributes(request)
  const other = common['http.request.method'] === OTHER_METHOD
  return {
    ...common,
    'url.full': urlOf(request),
    ...(other && { 'http.request.method_original': request.method }),
    ...(request.resendCount > 0 && { 'http.request.resend_count': request.resendCount }),
  }
}

/** Plain milliseconds could be taken for time since the process started; this form cannot. */
function hrTime(epochMs: number): HrTime {
  const seconds = Math.trunc(epochMs / 1_000)
  return [seconds, Math.round((epochMs - seconds * 1_000) * 1e6)]
}

function recordSpan({ trace, SpanKind, SpanStatusCode }: Telemetry, request: Request): void {
  const attributes = spanAttributes(request)
  const method = attributes['http.request.method']
  const span = trace.getTracer(SCOPE).startSpan(method === OTHER_METHOD ? 'HTTP' : `${method}`, {
    kind: SpanKind.CLIENT,
    startTime: hrTime(request.startedAt),
    attributes,
  })
  if ('error.type' in attributes) span.setStatus({ code: SpanStatusCode.ERROR })
  span.end(hrTime(request.startedAt + request.durationMs))
}

/** The histogram of the provider that is registered now: the SDK may start after the guard. */
function durationHistogram({ metrics }: Telemetry): () => Histogram {
  let provider: MeterProvider | undefined
  let histogram: Histogram | undefined
  return () => {
    const current = metrics.getMeterProvider()
    if (histogram && provider === current) return histogram
    provider = current
    histogram = current.getMeter(SCOPE).createHistogram('http.client.request.duration', {
      description: 'Duration of HTTP client requests.',
      unit: 's',
      advice: { explicitBucketBoundaries: DURATION_BUCKETS },
    })
    return histogram
  }
}

/**
 * OpenTelemetry for `deepseekGuard({ metrics })`: one client span and one
 * `http.client.request.duration` measurement for every call and probe, through the providers that
 * `@opentelemetry/api` knows at that time. Spans are children of the span that is active when the
 * call ends; no trace header is added to the request.
 * @throws Error when @opentelemetry/api is not installed.
 */
export function guardTelemetry(): GuardMetrics {
  const load = () => require('@opentelemetry/api') as Telemetry
  const telemetry = requirePeer(load, '@opentelemetry/api', 'guardTelemetry()')
  const histogram = durationHistogram(telemetry)
  return {
    record(measured) {
      // A call that was held back is no HTTP request.
      if (measured.kind !== 'request' || measured.synthetic) return
      histogram().record(measured.durationMs / 1_000, commonAttributes(measured))
      recordSpan(telemetry, measured)
    },
  }
}
