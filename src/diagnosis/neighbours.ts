import type { Cause } from '../causes/cause'

/**
 * What a cause is most easily taken for. Stands in `others` where a rule is not certain and names
 * no other reading itself: a verdict that is not proven always says what else it could be.
 */
const neighbours: Partial<Record<Cause, readonly Cause[]>> = {
  'key-missing': ['env-not-loaded', 'credential-not-attached'],
  'key-misnamed': ['key-missing'],
  'env-not-loaded': ['key-missing'],
  'credential-not-attached': ['credential-stripped'],
  'credential-stripped': ['credential-not-attached'],
  'key-placeholder': ['key-unexpanded', 'key-rejected'],
  'key-unexpanded': ['key-placeholder'],
  'key-nullish': ['env-not-loaded', 'key-placeholder'],
  'key-quoted': ['key-unexpanded', 'key-rejected'],
  'key-whitespace': ['key-truncated', 'key-rejected'],
  'key-encoded': ['key-wrong-vendor'],
  'key-is-path': ['key-placeholder'],
  'key-rejected': ['key-replaced', 'key-missing', 'credential-not-attached'],
  'key-replaced': ['answered-by-gateway', 'key-rejected'],
  'key-wrong-vendor': ['key-rejected'],
  'token-expired': ['key-session-token'],
  'answered-by-other-vendor': ['key-wrong-vendor', 'base-url-wrong-host'],
  'answered-by-gateway': ['key-wrong-vendor', 'key-missing'],
  'answered-by-proxy': ['access-blocked'],
  'wrong-path': ['base-url-has-endpoint'],
  'header-malformed': ['key-missing'],
  'balance-exhausted': ['quota-exhausted'],
  'quota-exhausted': ['rate-limited'],
  'model-unavailable': ['model-retired'],
  'request-invalid': ['message-format-unsupported', 'model-unavailable'],
  'reasoning-not-returned': ['request-invalid'],
  'thinking-mode-conflict': ['request-invalid'],
  'context-too-long': ['request-invalid'],
  'content-refused': ['request-invalid'],
  'message-format-unsupported': ['request-invalid'],
  'stream-cut': ['network-unreachable'],
  'stream-empty': ['stream-cut'],
  'stream-malformed': ['answered-by-proxy'],
  'rate-limited': ['quota-exhausted'],
  'service-busy': ['service-error'],
  'service-error': ['service-busy', 'answered-by-proxy'],
  'network-unreachable': ['timed-out'],
  'dns-failed': ['network-unreachable'],
  'tls-intercepted': ['network-unreachable'],
  'access-blocked': ['answered-by-proxy'],
  'timed-out': ['network-unreachable'],
  aborted: ['timed-out'],
  'key-file-unreadable': ['key-is-path'],
  'base-url-invalid': ['base-url-wrong-host'],
}

/** The usual other readings of a cause. */
export function neighboursOf(cause: Cause): readonly Cause[] {
  return neighbours[cause] ?? []
}
