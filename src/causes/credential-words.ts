import { API, KEYS_PAGE } from '../provider/deepseek'
import { type CallContext, inBrackets, inside, isDeepSeeks } from './call-context'
import type { CauseWords, causesByGroup, Fix } from './cause'

type Causes = (typeof causesByGroup)['no-credential' | 'wrong-key' | 'header'][number]

/** No credential reached DeepSeek, or a well-formed one that it does not know. */
export const credentialWords: Record<Causes, CauseWords> = {
  'key-missing': {
    title: 'No API key was sent, because none is set.',
    meaning: 'DEEPSEEK_API_KEY is unset or empty, or the client was built without a key.',
    see: '401 `Authentication Fails (governor)` or `(auth header format should be Bearer sk-...)`',
    fix: missingFix,
    proof: 'Plain text 401 and no key configured, or a client that refused to start without one.',
    atStart: {
      what: 'holds nothing but an empty pair of quotes',
      advice: `Set {} to your key from ${KEYS_PAGE}`,
    },
  },
  'key-misnamed': {
    title: 'A key is set, but under a name that nobody reads.',
    meaning: "The variable has another name (DEEPSEEK_KEY, lower case, another SDK's name).",
    see: 'The answer of a missing key, although the environment holds a DeepSeek key',
    fix: ({ rivalVariable: rival }) =>
      rival
        ? `Rename ${rival} to DEEPSEEK_API_KEY, or hand its value to the client yourself, and ` +
          'restart the process.'
        : 'Rename the variable to DEEPSEEK_API_KEY and restart the process.',
    proof: 'DEEPSEEK_API_KEY is empty while a near name holds text shaped like a DeepSeek key.',
  },
  'env-not-loaded': {
    title: 'The key is in a file or a shell that this process has not read.',
    meaning:
      'A `.env` file defines the key, or the variable was expanded to nothing, and the ' +
      'process started without it: no dotenv, another working directory, a service or CI job.',
    see: 'The answer of a missing key, while `.env` names DEEPSEEK_API_KEY',
    fix: (call) => (call.isGithubActions ? GITHUB_SECRET : LOAD_FILE),
    proof: 'A `.env` file has the name, or it is exported empty, and the process has no value.',
  },
  'credential-not-attached': {
    title: (call) =>
      call.isGuardPlaceholder
        ? "The guard's placeholder was sent instead of the key."
        : 'A key is configured, but the request went out without it.',
    meaning:
      'The client does not hand its key to this call: wrong option name, other provider ' +
      'prefix, or a header name that DeepSeek does not read.',
    see: '401 `Authentication Fails (governor)` with a good key in the configuration',
    fix: notAttachedFix,
    proof: 'The request as sent carries neither `Authorization` nor `x-api-key`.',
  },
  'credential-stripped': {
    title: 'The request left with a key, and DeepSeek received none.',
    meaning: 'A redirect, proxy or gateway on the way dropped the `Authorization` header.',
    see: '401 `Authentication Fails (governor)` although the request carried `Authorization`',
    fix: ({ aim, host, proxy }) =>
      aim === 'chosen' && host
        ? `Let ${host} pass the header \`Authorization\` on, or use ${API} directly.`
        : `Use ${API} directly and without a redirect, or let the ` +
          `proxy${proxy ? ` in ${proxy.name}` : ''} pass \`Authorization\` on.`,
    proof: 'Our request had the header; the plain text says that DeepSeek saw none.',
  },
  'key-rejected': {
    title: (call) =>
      !isRejectedHere(call)
        ? `${call.who} refused the key.`
        : call.who === 'DeepSeek'
          ? 'DeepSeek does not know this key.'
          : 'The key was refused.',
    meaning:
      'The key is well formed and was received unchanged, but it was deleted, revoked, ' +
      'rotated, mistyped in the middle or belongs to a closed account. The API does not say which.',
    see: '401 `Authentication Fails, Your api key: ****1234 is invalid`',
    fix: (call) =>
      isRejectedHere(call)
        ? `Compare the last four characters of ${call.keyVariable} with the list at ` +
          `${KEYS_PAGE}; when they are not there, put a key from that list in its place and ` +
          'restart the process.'
        : `Compare ${call.keyVariable} with the keys that ${call.hostName} issued` +
          `${inBrackets(call.vendor?.keys)}, and put one of those in its place.`,
    proof: 'The echoed characters are those of our key. What happened to it, only the list tells.',
  },
  'key-replaced': {
    title: ({ rivalVariable: rival }) =>
      rival === undefined
        ? 'DeepSeek received a key other than the one configured here.'
        : `DeepSeek received the value of ${rival}, not the key configured here.`,
    meaning: 'A cached session, another variable or a gateway put its own key into the header.',
    see: '401 with an echo that does not end like the configured key',
    fix: ({ rivalVariable: rival, keyVariable }) =>
      rival === undefined
        ? 'Find the place that holds the other key (a saved setting of the client, another ' +
          `variable than ${keyVariable}, a gateway), remove it there and restart the process.`
        : {
            text:
              `Unset ${rival} where this process starts, or give it the key that is meant, and ` +
              'restart the process: its value was sent instead of the configured key.',
            command: `unset ${rival}`,
          },
    proof: 'DeepSeek echoes the last four characters that it saw; they are not ours.',
  },
  'key-wrong-vendor': {
    title: 'The key belongs to another vendor.',
    meaning: 'A key of OpenAI, Anthropic, OpenRouter or another seller was sent to DeepSeek.',
    see: "401 with an echo outside 0-9a-f, or a key with another vendor's prefix",
    fix: ({ rivalVariable: rival, keyVariable }) =>
      `Put a key from ${KEYS_PAGE} in ${rival ? `the place of ${rival}` : keyVariable}: what ` +
      "DeepSeek saw is not a DeepSeek key (another vendor's, or a placeholder such as a filler " +
      'for local models).',
    proof: "The prefix is another vendor's, or the echo has characters that no DeepSeek key has.",
    atStart: {
      what: 'holds the key of another vendor',
      advice: `Put a key from ${KEYS_PAGE} into {}`,
    },
  },
  'key-session-token': {
    title: 'The text is a log-in token of the web or desktop app, not an API key.',
    meaning: "The chat application's session token was copied; the API does not accept it.",
    see: '401 `(auth header format should be Bearer sk-...)` with a long value without `sk-`',
    fix: `Create an API key at ${KEYS_PAGE} and use that instead.`,
    proof: 'The text has no `sk-` and the shape of a session token.',
    atStart: {
      what: 'holds a token of a log-in session, not an API key',
      advice: `Create an API key at ${KEYS_PAGE} and put it into {}`,
    },
  },
  'token-expired': {
    title: (call) =>
      isWebToken(call)
        ? 'The token was good once and has expired.'
        : `The token that ${inside(call.who)} refused has expired.`,
    meaning:
      "A short-lived token ran out. DeepSeek's own keys do not expire; tokens of gateways " +
      'and of the web application do.',
    see: '401 with `token expired` or `invalid_token`, or HTTP 200 with code 40003',
    fix: (call) =>
      isWebToken(call)
        ? 'Log in again at https://chat.deepseek.com for a fresh session token, or better use ' +
          `the API with a key from ${KEYS_PAGE}: a token of the web application ends by itself.`
        : `Fetch a new token from ${call.hostName} before the old one ends; see ` +
          '`clientCredentials()`.',
    proof: "The token's own `exp` lies before the answer, or the answer says so.",
    general: { who: 'The gateway', kind: 'gateway', holdsDeepSeekKey: false },
  },
  'header-malformed': {
    title: 'The key was sent in a form that DeepSeek does not accept.',
    meaning: 'The scheme is missing, doubled or another one, or two credential headers were sent.',
    see: '401 `(auth header format should be Bearer sk-...)` although the key is not empty',
    fix: 'Send exactly one header: `Authorization: Bearer <key>`.',
    proof: 'The header as sent is not `Bearer`, one blank and the key.',
  },
}

const GITHUB_SECRET =
  'Map the secret in the step: `env: DEEPSEEK_API_KEY: $' +
  '{{ secrets.DEEPSEEK_API_KEY }}`. Secrets are not given to workflows that a fork started.'

const LOAD_FILE: Fix = {
  text:
    'Load the .env file that holds DEEPSEEK_API_KEY before the application starts, or export the ' +
    'variable there, then restart the process.',
  command: 'node --env-file=.env server.js',
}

const LITELLM =
  'Write the model with the prefix `deepseek/` (deepseek/deepseek-flash), so that LiteLLM uses ' +
  'the DeepSeek provider.'

function isRejectedHere(call: CallContext): boolean {
  return call.kind === 'deepseek' || (call.kind === 'nobody' && call.aim !== 'chosen')
}

/** DeepSeek's web application has tokens that end, and its API has none. */
function isWebToken(call: CallContext): boolean {
  return call.holdsDeepSeekKey || isDeepSeeks(call)
}

function missingFix(call: CallContext): string | Fix {
  if (call.isGithubActions) return GITHUB_SECRET
  if (call.client === 'litellm') {
    return `${LITELLM} It reads DEEPSEEK_API_KEY then; set it and restart the process.`
  }
  return {
    text:
      "Set DEEPSEEK_API_KEY in the environment of the process (or the client's own key setting), " +
      'so that it sends `Authorization: Bearer <key>`, and restart it.',
    command: 'export DEEPSEEK_API_KEY=<your key>',
  }
}

function notAttachedFix(call: CallContext): string {
  if (call.isGuardPlaceholder) {
    return (
      'Pass the whole `guard.client` to the client, with its `fetch` (`guard.fetch`), not only ' +
      'its `apiKey`; when the call goes to another origin, list that in `outbound.origins` or ' +
      'DEEPSEEK_GUARD_ORIGINS.'
    )
  }
  if (call.client === 'litellm') return `${LITELLM} DEEPSEEK_API_KEY is set and is read then.`
  if (call.client === 'openai' || call.client === 'anthropic') {
    return (
      'Pass the value of DEEPSEEK_API_KEY to the client as `apiKey`: it looks for ' +
      `${call.client.toUpperCase()}_API_KEY, and that is not set.`
    )
  }
  return (
    'Pass the key of DEEPSEEK_API_KEY to the client that makes this call, so that it sends ' +
    '`Authorization: Bearer <key>`, or use `guard.fetch`.'
  )
}
