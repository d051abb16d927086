/** Every cause by group: the vocabulary of findings, diagnoses, logs, metrics and health. */
export const causesByGroup = {
  'no-credential': [
    'key-missing',
    'key-misnamed',
    'env-not-loaded',
    'credential-not-attached',
    'credential-stripped',
  ],
  'not-a-key': [
    'key-placeholder',
    'key-unexpanded',
    'key-nullish',
    'key-quoted',
    'key-whitespace',
    'key-unsendable',
    'key-prefixed',
    'key-encoded',
    'key-masked',
    'key-truncated',
    'key-repeated',
    'key-is-path',
  ],
  'wrong-key': [
    'key-rejected',
    'key-replaced',
    'key-wrong-vendor',
    'key-session-token',
    'token-expired',
  ],
  'wrong-destination': [
    'answered-by-other-vendor',
    'answered-by-gateway',
    'answered-by-proxy',
    'wrong-path',
    'wrong-host',
  ],
  header: ['header-malformed'],
  account: ['balance-exhausted', 'balance-limits-concurrency'],
  request: ['model-unavailable', 'request-invalid'],
  service: ['rate-limited', 'service-busy', 'service-error'],
  network: [
    'network-unreachable',
    'dns-failed',
    'tls-intercepted',
    'proxy-auth-required',
    'access-blocked',
    'timed-out',
  ],
  config: [
    'key-conflict',
    'key-file-unreadable',
    'key-file-exposed',
    'key-exposed-to-client',
    'key-unknown-shape',
    'env-shadowed',
    'base-url-invalid',
    'base-url-insecure',
    'base-url-has-endpoint',
    'base-url-wrong-host',
    'base-url-has-credentials',
    'model-retired',
    'clock-skewed',
    'option-invalid',
  ],
  caller: ['aborted'],
  unknown: ['unknown'],
} as const

export type CauseGroup = keyof typeof causesByGroup

/** A stable code; once published it keeps its meaning for ever. */
export type Cause = (typeof causesByGroup)[CauseGroup][number]
