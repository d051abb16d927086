export type { GuardMetrics, Measurement } from './measurement'
export { type GuardMetricsOptions, guardMetrics, type MetricsRegistry } from './metrics'
export { guardTelemetry } from './telemetry'
