import { API, type CallContext, type CallWords, KEYS_PAGE, sentences } from './call-context'
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
    tell: missing,
  },
  'key-misnamed': {
    title: 'A key is set, but under a name that nobody reads.',
    meaning: "The variable is called otherwise (DEEPSEEK_KEY, lower case, another SDK's name).",
    see: 'The answer of a missing key, although the environment holds a DeepSeek key',
    fix: { text: 'Rename the variable to DEEPSEEK_API_KEY and restart the process.' },
    proof: 'DEEPSEEK_API_KEY is empty while a near name holds text shaped like a DeepSeek key.',
    tell: (call) => ({
      fix: {
        text: call.rivalVariable
          ? `Rename ${call.rivalVariable} to DEEPSEEK_API_KEY, or hand its value to the ` +
            `client yourself, and restart the process.`
          : 'Rename the variable to DEEPSEEK_API_KEY and restart the process.',
      },
    }),
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
    tell: (call) => ({
      fix: call.isGithubActions
        ? actions
        : {
            text:
              'Load the .env file that holds DEEPSEEK_API_KEY before the application ' +
              'starts, or export the variable there, then restart the process.',
            command: 'node --env-file=.env server.js',
          },
    }),
  },
  'credential-not-attached': {
    title: 'A key is configured, but the request went out without it.',
    meaning:
      'The client does not hand its key to this call: wrong option name, other provider ' +
      'prefix, or a header name that DeepSeek does not read.',
    see: '401 `Authentication Fails (governor)` with a good key in the configuration',
    fix: { text: 'Pass the key to the client that makes this call, or use `guard.fetch`.' },
    proof: 'The request as sent carries neither `Authorization` nor `x-api-key`.',
    tell: notAttached,
  },
  'credential-stripped': {
    title: 'The request left with a key, and DeepSeek received none.',
    meaning: 'A redirect, proxy or gateway on the way dropped the `Authorization` header.',
    see: '401 `Authentication Fails (governor)` although the request carried `Authorization`',
    fix: {
      text: 'Use https://api.deepseek.com directly, or let the proxy pass `Authorization` on.',
    },
    proof: 'Our request had the header; the plain text says that DeepSeek saw none.',
    tell: (call) => ({
      fix: {
        text: sentences(
          call.aim === 'chosen' && call.host
            ? `Let ${call.host} pass the header \`Authorization\` on, or use ${API} directly.`
            : `Use ${API} directly and without a redirect, or let the ` +
                `proxy${call.proxy ? ` in ${call.proxy.name}` : ''} pass \`Authorization\` on.`,
        ),
      },
    }),
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
    tell: (call) =>
      call.kind === 'deepseek' || (call.kind === 'nobody' && call.aim !== 'chosen')
        ? {
            title:
              call.who === 'DeepSeek' ? 'DeepSeek does not know this key.' : 'The key was refused.',
            fix: {
              text:
                `Compare the last four characters of ${call.keyVariable} with the list at ` +
                `${KEYS_PAGE}; ` +
                'when they are not there, put a key from that list in its place and restart ' +
                'the process.',
            },
          }
        : {
            title: `${call.who} refused the key.`,
            fix: {
              text:
                `Compare ${call.keyVariable} with the keys that ${call.hostName} issued` +
                `${call.vendor?.keys ? ` (${call.vendor.keys})` : ''}, and put one of those ` +
                `in its place.`,
            },
          },
  },
  'key-replaced': {
    title: 'DeepSeek received another key than the one configured here.',
    meaning: 'A cached session, another variable or a gateway put its own key into the header.',
    see: '401 with an echo that does not end like the configured key',
    fix: {
      text: 'Find the place that holds the other key, remove it there and restart the process.',
    },
    proof: 'DeepSeek echoes the last four characters that it saw; they are not ours.',
    tell: replaced,
  },
  'key-wrong-vendor': {
    title: 'The key belongs to another vendor.',
    meaning: 'A key of OpenAI, Anthropic, OpenRouter or another seller was sent to DeepSeek.',
    see: "401 with an echo outside 0-9a-f, or a key with another vendor's prefix",
    fix: {
      text: 'Put a key from https://platform.deepseek.com/api_keys into DEEPSEEK_API_KEY.',
    },
    proof: "The prefix is another vendor's, or the echo has characters that no DeepSeek key has.",
    tell: (call) => ({
      fix: {
        text: sentences(
          `Put a key from ${KEYS_PAGE} in ` +
            `${call.rivalVariable ? `the place of ${call.rivalVariable}` : call.keyVariable}:`,
          "what DeepSeek saw is not a DeepSeek key (another vendor's, or a placeholder such " +
            'as a filler for local models).',
        ),
      },
    }),
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
    tell: (call) =>
      call.holdsDeepSeekKey || call.kind === 'deepseek' || call.kind === 'nobody'
        ? {
            fix: {
              text:
                'Log in again at https://chat.deepseek.com for a fresh session token, or ' +
                'better use the ' +
                `API with a key from ${KEYS_PAGE}: a token of the web application ends by itself.`,
            },
          }
        : {
            title: `The token that ${call.who.replace(/^The /, 'the ')} refused has expired.`,
            fix: {
              text:
                `Fetch a new token from ${call.hostName} before the old one ends; see ` +
                `\`clientCredentials()\`.`,
            },
          },
  },
  'header-malformed': {
    title: 'The key was sent in a form that DeepSeek does not accept.',
    meaning: 'The scheme is missing, doubled or another one, or two credential headers were sent.',
    see: '401 `(auth header format should be Bearer sk-...)` although the key is not empty',
    fix: { text: 'Send exactly one header: `Authorization: Bearer <key>`.' },
    proof: 'The header as sent is not `Bearer`, one blank and the key.',
  },
}

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: GitHub expands it
const actions = {
  text:
    'Map the secret in the step: `env: DEEPSEEK_API_KEY: ${{ secrets.DEEPSEEK_API_KEY }}`. ' +
    'Secrets are not given to workflows that a fork started.',
}
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: GitHub expands it

function missing(call: CallContext): CallWords {
  if (call.isGithubActions) return { fix: actions }
  if (call.client === 'litellm')
    return {
      fix: { text: `${litellm} It reads DEEPSEEK_API_KEY then; set it and restart the process.` },
    }
  return {
    fix: {
      text:
        "Set DEEPSEEK_API_KEY in the environment of the process (or the client's own key " +
        'setting), so ' +
        'that it sends `Authorization: Bearer <key>`, and restart it.',
      command: 'export DEEPSEEK_API_KEY=<your key>',
    },
  }
}

const litellm =
  'Write the model with the prefix `deepseek/` (deepseek/deepseek-flash), so that LiteLLM ' +
  'uses the DeepSeek provider.'

function notAttached(call: CallContext): CallWords {
  if (call.isGuardPlaceholder) {
    return {
      title: "The guard's placeholder was sent instead of the key.",
      fix: {
        text:
          'Pass the whole `guard.client` to the client, with its `fetch` (`guard.fetch`), ' +
          'not only its `apiKey`; ' +
          'when the call goes to another origin, list that in `outbound.origins` or ' +
          'DEEPSEEK_GUARD_ORIGINS.',
      },
    }
  }
  if (call.client === 'litellm')
    return { fix: { text: `${litellm} DEEPSEEK_API_KEY is set and is read then.` } }
  if (call.client === 'openai' || call.client === 'anthropic') {
    const name = call.client === 'openai' ? 'OPENAI_API_KEY' : 'ANTHROPIC_API_KEY'
    return {
      fix: {
        text:
          `Pass the value of DEEPSEEK_API_KEY to the client as \`apiKey\`: it looks for ` +
          `${name}, and that is not set.`,
      },
    }
  }
  return {
    fix: {
      text:
        'Pass the key of DEEPSEEK_API_KEY to the client that makes this call, so that it sends ' +
        '`Authorization: Bearer <key>`, or use `guard.fetch`.',
    },
  }
}

function replaced(call: CallContext): CallWords {
  const { rivalVariable: rival, keyVariable } = call
  if (rival !== undefined) {
    return {
      title: `DeepSeek received the value of ${rival}, not the key configured here.`,
      fix: {
        text:
          `Unset ${rival} where this process starts, or give it the key that is meant, and ` +
          `restart the ` +
          'process: its value was sent instead of the configured key.',
        command: `unset ${rival}`,
      },
    }
  }
  return {
    fix: {
      text:
        `Find the place that holds the other key (a saved setting of the client, another ` +
        `variable than ${keyVariable}, ` +
        'a gateway), remove it there and restart the process.',
    },
  }
}
