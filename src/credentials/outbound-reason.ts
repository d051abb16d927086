/** Why a 401 was made here, or came back without a replay: the log's `reason`. */
export type OutboundReason =
  | 'unchanged-token'
  | 'refresh-failed'
  | 'breaker-open'
  | 'pool-exhausted'
  | 'body-not-replayable'
  | 'insufficient-scope'
