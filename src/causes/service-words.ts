import { STATUS_PAGE } from '../provider/deepseek'
import { type CallContext, inBrackets, inside, isDeepSeeks } from './call-context'
import type { CauseWords, causesByGroup } from './cause'

type Causes = (typeof causesByGroup)['service' | 'stream'][number]

const AGAIN = 'Send the request again after a pause; a new key will not help.'

/** The service turned the call away, failed, or stopped in the middle of its answer. */
export const serviceWords: Record<Causes, CauseWords> = {
  'rate-limited': {
    title: (call) => `${call.who} says: too many calls at once.`,
    meaning: 'The account is over its concurrency or request limit for this model.',
    see: '429',
    fix: rateFix,
    proof: '429 that does not name the balance.',
    retryable: true,
  },
  'service-busy': {
    title: (call) => `${call.who} is overloaded.`,
    meaning: 'The service turns calls away for now; nothing here is wrong.',
    see: '503 `Service is too busy`',
    fix: (call) => `Retry with growing pauses${elsewhere(call)}; a new key will not help.`,
    proof: '503, 529 or a text that says busy or overloaded.',
    retryable: true,
  },
  'service-error': {
    title: ({ who, matter }) =>
      matter === 'memory'
        ? `${who} has too little memory for this model.`
        : `${who} failed on its side.`,
    meaning: 'A server error, not a fault of the request or the key.',
    see: '500, 502 or 504',
    fix: serverFix,
    proof: 'A 5xx other than 503.',
    retryable: true,
  },
  'stream-cut': {
    title: (call) => `The answer of ${inside(call.who)} was cut off in the middle.`,
    meaning: 'The connection ended before the model had finished; what arrived is incomplete.',
    see: '200, then an end without `[DONE]`, `message_stop` or a finish reason, or `terminated`',
    fix: ({ proxy }) =>
      'Send the request again. If it repeats, raise ' +
      (proxy
        ? `the idle timeout of the proxy in ${proxy.name}.`
        : "the client's own time limit and the idle timeout of any proxy on the way."),
    proof: 'The body ended, or the connection was lost, without any end mark.',
    retryable: true,
  },
  'stream-stalled': {
    title: (call) => `The stream of ${inside(call.who)} fell silent.`,
    meaning: 'The connection lives, but no content has come for a long time.',
    see: '200, then nothing, or only `: keep-alive` comments',
    fix: 'Abort and send the request again; set `outbound.abortStalled: true` to do so early.',
    proof: 'No byte of content for `outbound.stallMs`; comments and blank lines are not content.',
    retryable: true,
  },
  'stream-empty': {
    title: (call) => `The answer of ${inside(call.who)} ended without any content.`,
    meaning: 'DeepSeek accepted the call and closed it without an answer, as it does under load.',
    see: '200, then blank lines or comments only, and the end',
    fix: AGAIN,
    proof: 'Nothing but blank lines and comments, or a finish without content.',
    retryable: true,
  },
  'stream-malformed': {
    title: 'The stream held something that is not an event of this API.',
    meaning: 'Something on the way changed the body, or broke it.',
    see: '200, then an event that is not JSON, HTML, or a JSON body that does not close',
    fix: ({ proxy }) =>
      proxy
        ? `Retry without the proxy in ${proxy.name} (list the host in NO_PROXY): something on ` +
          'the way changes the body.'
        : 'Retry, and when it repeats call without the proxy or gateway between to see which of ' +
          'them breaks the body.',
    proof: 'An event, or the whole body, does not parse.',
    retryable: true,
  },
  'interrupted-by-service': {
    title: (call) => `${call.who} stopped the answer for lack of resources.`,
    meaning: 'The model was interrupted by the service; the text so far is incomplete.',
    see: '200 with `finish_reason: insufficient_system_resource`',
    fix: AGAIN,
    proof: 'The finish reason says so.',
    retryable: true,
  },
}

function rateFix(call: CallContext): string {
  const { pace, vendor } = call
  if (pace === 'tokens') {
    return (
      'Send fewer tokens per minute (TPM): shorter prompts, fewer calls at once, and a wait as ' +
      'long as `Retry-After` says.'
    )
  }
  if (isDeepSeeks(call)) {
    return (
      'Send fewer calls at once, wait as long as `Retry-After` says, and retry; the limit counts ' +
      'all keys of the account, so a new key will not help.'
    )
  }
  if (pace === 'upstream') {
    return (
      `Retry in a minute, or choose another provider or model at ${call.hostName}: the ` +
      'provider behind it is at its limit, not this account.'
    )
  }
  return pace === undefined
    ? `Send fewer calls at once to ${inside(call.who)}, wait as long as \`Retry-After\` says, ` +
        'and retry; it is the limit of this provider.'
    : `Wait until the quota of ${call.hostName} is renewed, or pay there` +
        `${inBrackets(vendor?.pay)} for a model without such a limit: free models have hourly ` +
        'and daily quotas of their own.'
}

/** Who to look at, where it is not DeepSeek. */
function elsewhere(call: CallContext): string {
  if (isDeepSeeks(call)) return ''
  return /^(?:local|near|gateway)$/.test(call.kind)
    ? ` and read the log of ${inside(call.who)}`
    : ', or use another provider meanwhile'
}

function serverFix(call: CallContext): string {
  const { kind, status, who } = call
  if (call.matter === 'memory') {
    return (
      `Free memory on the machine of ${inside(who)}, or load a smaller model or a stronger ` +
      'quantisation of it; a retry fails again.'
    )
  }
  if (call.matter === 'network' && kind !== 'deepseek') {
    return (
      `Check the network and the proxy setting of ${inside(who)}, and read its log: it could ` +
      'not reach the API behind it. Then retry.'
    )
  }
  if (kind === 'local' || kind === 'near') {
    return `Read the log of ${inside(who)} and start the program behind it again; then retry.`
  }
  if (status === 504 || status === 524) {
    return (
      'Retry, and stream the answer so that a long one does not run into a time limit on ' +
      'the way.'
    )
  }
  return kind === 'deepseek'
    ? `Retry later; open ${STATUS_PAGE} when it lasts. A new key will not help.`
    : `Retry later${elsewhere(call)}; the fault is on the side of ${inside(who)}.`
}
