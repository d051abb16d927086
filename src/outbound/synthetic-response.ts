import type { OutboundReason } from '../credentials/outbound-reason'

/** What happened here and what to do, for the reader of an SDK's error message. */
const sentences: Record<OutboundReason, string> = {
  'unchanged-token':
    'DeepSeek refused the API key and its source still gives the same one. ' +
    'Put a valid key where the source reads it.',
  'refresh-failed':
    'No API key can be had: its source refuses to give one, and asking again will not help. ' +
    'Repair the source; the log event auth.refresh_failed says what it answered.',
  'breaker-open':
    'DeepSeek refused the API key three times in a row, so calls are held back for 30 seconds. ' +
    'Replace the key; a changed key is used at once.',
  'pool-exhausted':
    'Every API key of the pool is refused or out of balance. ' +
    'Replace a key or top up an account; a key is tried again after its bench time.',
  'body-not-replayable':
    'DeepSeek refused the API key and the request body could be read only once. ' +
    'Send the call again.',
  'insufficient-scope':
    'The token is valid but lacks the scope that this call needs. Ask for the scope at its issuer.',
}

/**
 * The 401 that stands in for a call that must not leave. A response, because SDKs take what `fetch`
 * throws for a network fault and call again; `x-should-retry: false` keeps them from repeating it.
 */
export function syntheticRefusal(reason: OutboundReason): Response {
  const error = {
    message: `deepseek-guard: ${sentences[reason]}`,
    type: 'authentication_error',
    param: null,
    code: reason,
  }
  return new Response(JSON.stringify({ error }), {
    status: 401,
    statusText: 'Unauthorized',
    headers: {
      'content-type': 'application/json',
      'x-should-retry': 'false',
      'x-deepseek-guard': reason,
    },
  })
}
