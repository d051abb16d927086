import type { CauseWords, causesByGroup } from './cause'

type Groups = 'wrong-destination' | 'account' | 'request' | 'service'
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
  'balance-exhausted': {
    title: 'The account has no balance left; the key is good.',
    meaning: 'DeepSeek knows the key and refuses to work on credit.',
    see: '402 `Insufficient Balance`',
    fix: { text: 'Top up the account at https://platform.deepseek.com/top_up.' },
    proof: '402 needs a known account, so the key was accepted.',
  },
  'balance-limits-concurrency': {
    title: 'The balance is so low that DeepSeek allows fewer calls at once.',
    meaning: 'The concurrency limit shrinks with the balance; this is money, not speed.',
    see: '429 `… concurrency limit … based on your remaining balance`',
    fix: { text: 'Top up the account at https://platform.deepseek.com/top_up.' },
    proof: 'The 429 names the remaining balance.',
    retryable: true,
  },
  'model-unavailable': {
    title: 'DeepSeek does not offer this model name; the key is good.',
    meaning: "The name is retired, misspelt or another vendor's.",
    see: '400 `The supported API model names are … but you passed …` or `Model Not Exist`',
    fix: {
      text: 'Set the model to deepseek-flash or deepseek-v4-pro.',
      command: 'curl -H "Authorization: Bearer $DEEPSEEK_API_KEY" https://api.deepseek.com/models',
    },
    proof: 'The answer lists the names that it accepts; it does so only after accepting the key.',
  },
  'request-invalid': {
    title: 'DeepSeek refused the request itself, not the key.',
    meaning: 'A field, the content type or the size of the request is wrong.',
    see: '400, 413, 415 or 422 with a text about the body',
    fix: { text: 'Correct the request; a new key will not help.' },
    proof: 'The status and the text are about the request.',
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
}
