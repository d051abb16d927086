import type { CauseWords, causesByGroup } from './cause'

type Causes = (typeof causesByGroup)['no-credential' | 'wrong-key' | 'header'][number]

/** No credential reached DeepSeek, or a well-formed one that it does not know. */
export const credentialWords: Record<Causes, CauseWords> = {
  'key-missing': {
    title: 'No API key was sent, because none is set.',
    meaning: 'DEEPSEEK_API_KEY is unset or empty, or the client was built without a key.',
    see: '401 `Authentication Fails (governor)` or `(auth header format should be Bearer sk-...)`',
    fix: {
      text: 'Set DEEPSEEK_API_KEY in the environment of the process and restart it.',
      command: 'export DEEPSEEK_API_KEY=<your key>',
    },
    proof: 'Plain text 401 and no key configured, or a client that refused to start without one.',
  },
  'key-misnamed': {
    title: 'A key is set, but under a name that nobody reads.',
    meaning: "The variable is called otherwise (DEEPSEEK_KEY, lower case, another SDK's name).",
    see: 'The answer of a missing key, although the environment holds a DeepSeek key',
    fix: { text: 'Rename the variable to DEEPSEEK_API_KEY and restart the process.' },
    proof: 'DEEPSEEK_API_KEY is empty while a near name holds text shaped like a DeepSeek key.',
  },
  'env-not-loaded': {
    title: 'The key is in a file or a shell that this process has not read.',
    meaning:
      'A `.env` file defines the key, or the variable was expanded to nothing, and the ' +
      'process started without it: no dotenv, other working directory, service or CI job.',
    see: 'The answer of a missing key, while `.env` names DEEPSEEK_API_KEY',
    fix: {
      text: 'Load the file before the application starts, then restart it.',
      command: 'node --env-file=.env server.js',
    },
    proof: 'The name stands in a `.env` file, or is exported empty, and the process has no value.',
  },
  'credential-not-attached': {
    title: 'A key is configured, but the request went out without it.',
    meaning:
      'The client does not hand its key to this call: wrong option name, other provider ' +
      'prefix, or a header name that DeepSeek does not read.',
    see: '401 `Authentication Fails (governor)` with a good key in the configuration',
    fix: { text: 'Pass the key to the client that makes this call, or use `guard.fetch`.' },
    proof: 'The request as sent carries neither `Authorization` nor `x-api-key`.',
  },
  'credential-stripped': {
    title: 'The request left with a key, and DeepSeek received none.',
    meaning: 'A redirect, proxy or gateway on the way dropped the `Authorization` header.',
    see: '401 `Authentication Fails (governor)` although the request carried `Authorization`',
    fix: {
      text: 'Use https://api.deepseek.com directly, or let the proxy pass `Authorization` on.',
    },
    proof: 'Our request had the header; the plain text says that DeepSeek saw none.',
  },
  'key-rejected': {
    title: 'DeepSeek does not know this key.',
    meaning:
      'The key is well formed and was received unchanged, but it was deleted, revoked, ' +
      'rotated, mistyped in the middle or belongs to a closed account. The API does not say which.',
    see: '401 `Authentication Fails, Your api key: ****1234 is invalid`',
    fix: {
      text:
        'Compare the last four characters with the list at ' +
        'https://platform.deepseek.com/api_keys; create a new key when it is not there.',
    },
    proof: 'The echoed characters are those of our key. What happened to it, only the list tells.',
  },
  'key-replaced': {
    title: 'DeepSeek received another key than the one configured here.',
    meaning: 'A cached session, another variable or a gateway put its own key into the header.',
    see: '401 with an echo that does not end like the configured key',
    fix: {
      text: 'Find the place that holds the other key, remove it there and restart the process.',
    },
    proof: 'DeepSeek echoes the last four characters that it saw; they are not ours.',
  },
  'key-wrong-vendor': {
    title: 'The key belongs to another vendor.',
    meaning: 'A key of OpenAI, Anthropic, OpenRouter or another seller was sent to DeepSeek.',
    see: "401 with an echo outside 0-9a-f, or a key with another vendor's prefix",
    fix: {
      text: 'Put a key from https://platform.deepseek.com/api_keys into DEEPSEEK_API_KEY.',
    },
    proof: "The prefix is another vendor's, or the echo has characters that no DeepSeek key has.",
  },
  'key-session-token': {
    title: 'The text is a login token of the web or desktop app, not an API key.',
    meaning: "The chat application's session token was copied; the API does not accept it.",
    see: '401 `(auth header format should be Bearer sk-...)` with a long value without `sk-`',
    fix: {
      text: 'Create an API key at https://platform.deepseek.com/api_keys and use that instead.',
    },
    proof: 'The text has no `sk-` and the shape of a session token.',
  },
  'token-expired': {
    title: 'The token was good once and has expired.',
    meaning:
      "A short-lived token ran out. DeepSeek's own keys do not expire; tokens of gateways " +
      'and of the web application do.',
    see: '401 with `token expired` or `invalid_token`, or HTTP 200 with code 40003',
    fix: { text: 'Fetch a new token before the old one ends; see `clientCredentials()`.' },
    proof: "The token's own `exp` lies before the answer, or the answer says so.",
  },
  'header-malformed': {
    title: 'The key was sent in a form that DeepSeek does not accept.',
    meaning: 'The scheme is missing, doubled or another one, or two credential headers were sent.',
    see: '401 `(auth header format should be Bearer sk-...)` although the key is not empty',
    fix: { text: 'Send exactly one header: `Authorization: Bearer <key>`.' },
    proof: 'The header as sent is not `Bearer`, one blank and the key.',
  },
}
