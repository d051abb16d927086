export type { FailureMode } from './failures'
export { type FakeDeepSeek, type FakeDeepSeekOptions, startFakeDeepSeek } from './fake-deepseek'
export type { RecordedCall } from './recorded-call'
export { type Reply, replies } from './replies'
