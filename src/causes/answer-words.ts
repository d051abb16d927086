import type { CauseWords, causesByGroup } from './cause'

type Groups = 'wrong-destination' | 'service' | 'stream'
type Causes = (typeof causesByGroup)[Groups][number]

/** Somebody answered, and the answer is not about a bad key. */
export const answerWords: Record<Causes, CauseWords> = {
  'answered-by-other-vendor': {
    title: 'Another vendor answered, not DeepSeek.',
    meaning: "The base URL is missing, ignored or another vendor's; that vendor refused the call.",
    see: "Another vendor's error text, such as `Incorrect API key provided`",
    fix: {
      text: "Set the base URL to https://api.deepseek.com, or use that vendor's own key there.",
    },
    proof: "The wording, headers or host are that vendor's.",
  },
  'answered-by-gateway': {
    title: 'An LLM gateway refused the call before DeepSeek saw it.',
    meaning:
      'one-api, LiteLLM, Cloudflare AI Gateway or a local router did not accept its own key.',
    see: "A gateway's error: `token_not_found_in_db`, `无效的令牌`, `AiGatewayError`",
    fix: { text: 'Use a key that the gateway issued, or set the base URL to DeepSeek itself.' },
    proof: 'The error has the form of a gateway and no DeepSeek text inside.',
  },
  'answered-by-proxy': {
    title: 'A proxy or web server on the way answered, not DeepSeek.',
    meaning: 'A company proxy, a captive portal or a reverse proxy sent its own page or log-in.',
    see: 'HTML where JSON was expected, or `WWW-Authenticate: Basic`',
    fix: { text: 'Ask who runs the proxy to let https://api.deepseek.com through.' },
    proof: "HTML or a browser's challenge, and none of DeepSeek's headers.",
  },
  'wrong-path': {
    title: 'The host is right, the path is not.',
    meaning: 'The base URL has a part too many (`/v1/v1`, `/chat/completions`) or one too few.',
    see: '404 `Not Found. Please check the configuration.`',
    fix: { text: 'Set the base URL to https://api.deepseek.com; the client adds the rest.' },
    proof: '404 from the host that was meant, and no error about a model.',
  },
  'wrong-host': {
    title: "The call went to DeepSeek's web site, not to its API.",
    meaning: 'chat. and platform.deepseek.com serve people and refuse API keys.',
    see: 'HTTP 200 with `{"code":40002}` or `{"code":40003}`',
    fix: { text: 'Set the base URL to https://api.deepseek.com.' },
    proof: "The body has the web hosts' own error codes, or the host is one of them.",
  },
  'rate-limited': {
    title: 'Too many calls at once.',
    meaning: 'The account is over its concurrency or request limit for this model.',
    see: '429',
    fix: { text: 'Send fewer calls at once and honour `Retry-After`.' },
    proof: '429 that does not name the balance.',
    retryable: true,
  },
  'service-busy': {
    title: 'DeepSeek is overloaded.',
    meaning: 'The service turns calls away for now; nothing here is wrong.',
    see: '503 `Service is too busy`',
    fix: { text: 'Retry with growing pauses; a new key will not help.' },
    proof: '503, 529 or a text that says busy or overloaded.',
    retryable: true,
  },
  'service-error': {
    title: 'DeepSeek failed on its side.',
    meaning: 'A server error, not a fault of the request or the key.',
    see: '500, 502 or 504',
    fix: { text: 'Retry later; open https://status.deepseek.com when it lasts.' },
    proof: 'A 5xx other than 503.',
    retryable: true,
  },
  'stream-cut': {
    title: 'The answer was cut off in the middle.',
    meaning: 'The connection ended before the model had finished; what arrived is incomplete.',
    see: '200, then an end without `[DONE]`, `message_stop` or a finish reason, or `terminated`',
    fix: {
      text: 'Send the request again; raise the idle timeout of any proxy on the way if it repeats.',
    },
    proof: 'The body ended, or the connection was lost, without any end mark.',
    retryable: true,
  },
  'stream-stalled': {
    title: 'The stream fell silent.',
    meaning: 'The connection lives, but no content has come for a long time.',
    see: '200, then nothing, or only `: keep-alive` comments',
    fix: {
      text: 'Abort and send the request again; set `outbound.abortStalled: true` to do so early.',
    },
    proof: 'No byte of content for `outbound.stallMs`; comments and blank lines are not content.',
    retryable: true,
  },
  'stream-empty': {
    title: 'The answer ended without any content.',
    meaning: 'DeepSeek accepted the call and closed it without an answer, as it does under load.',
    see: '200, then blank lines or comments only, and the end',
    fix: { text: 'Send the request again after a pause; a new key will not help.' },
    proof: 'Nothing but blank lines and comments, or a finish without content.',
    retryable: true,
  },
  'stream-malformed': {
    title: 'The stream held something that is not an event of this API.',
    meaning: 'Something on the way changed the body, or broke it.',
    see: '200, then an event that is not JSON, HTML, or a JSON body that does not close',
    fix: {
      text: 'Call DeepSeek without the proxy or gateway between to see which of them breaks it.',
    },
    proof: 'An event, or the whole body, does not parse.',
    retryable: true,
  },
  'interrupted-by-service': {
    title: 'DeepSeek stopped the answer for lack of resources.',
    meaning: 'The model was interrupted by the service; the text so far is incomplete.',
    see: '200 with `finish_reason: insufficient_system_resource`',
    fix: { text: 'Send the request again after a pause; a new key will not help.' },
    proof: 'The finish reason says so.',
    retryable: true,
  },
}
