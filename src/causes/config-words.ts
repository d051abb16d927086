import { API, KEYS_PAGE, OFFERED } from '../provider/deepseek'
import type { CauseWords, causesByGroup } from './cause'

type Causes = (typeof causesByGroup)['config'][number]

/** The configuration is wrong before any call is made. */
export const configWords: Record<Causes, CauseWords> = {
  'key-conflict': {
    title: 'Two places give a key.',
    meaning: 'DEEPSEEK_API_KEY and DEEPSEEK_API_KEY_FILE are both set.',
    see: 'The guard refuses to start',
    fix: 'Remove one of DEEPSEEK_API_KEY and DEEPSEEK_API_KEY_FILE.',
    proof: 'Both variables have a value.',
  },
  'key-file-unreadable': {
    title: 'The key file cannot be read.',
    meaning: 'It is missing, a directory, too large, or closed to this user.',
    see: '`ENOENT`, `EACCES` or `EISDIR` on the key file',
    fix: "Mount the secret at that path and let the process's user read it.",
    proof: 'The system refused to open or read the file.',
  },
  'key-file-exposed': {
    title: 'The key file can be read by every user of this machine.',
    meaning: 'Its mode lets others read it.',
    see: 'A warning at boot',
    fix: { text: 'Restrict the file to its owner.', command: 'chmod 600 <file>' },
    proof: "The file's mode bits.",
  },
  'key-exposed-to-client': {
    title: 'The key is in a variable that is built into browser code.',
    meaning: 'Names with NEXT_PUBLIC_, VITE_ and the like are sent to every visitor.',
    see: 'The guard refuses to start',
    fix: 'Rename the variable to DEEPSEEK_API_KEY and revoke the exposed key.',
    proof: "The variable's prefix.",
  },
  'key-unknown-shape': {
    title: 'The key does not look like a DeepSeek key.',
    meaning: "DeepSeek's keys are `sk-` and 32 characters of 0-9a-f; gateways issue other ones.",
    see: 'A warning at boot',
    fix: `Compare the key with the list at ${KEYS_PAGE}.`,
    proof: 'Length and characters differ. The shape is observed, not documented.',
    atStart: {
      what: 'does not look like a DeepSeek key',
      advice: `Compare {} with your keys at ${KEYS_PAGE}; other shapes belong to gateways`,
    },
  },
  'env-shadowed': {
    title: 'The process has a different value from the one in the `.env` file.',
    meaning: 'Loaders do not overwrite a variable that exists, even when it is empty.',
    see: 'The guard refuses to start although `.env` has a key, or uses a different key',
    fix: { text: 'Unset the variable where it is stale.', command: 'unset DEEPSEEK_API_KEY' },
    proof: 'The variable is set, and the file gives it another value.',
  },
  'base-url-invalid': {
    title: 'The base URL is not a valid address.',
    meaning: 'The scheme is missing or misspelt, or the text is not a URL.',
    see: '`ERR_INVALID_URL`, `Failed to parse URL`',
    fix: `Set DEEPSEEK_BASE_URL to ${API} or remove it.`,
    proof: 'The URL cannot be parsed.',
  },
  'base-url-insecure': {
    title: 'The base URL sends the key unencrypted.',
    meaning: 'Plain http to another machine shows the key to everybody on the way.',
    see: 'A refused start; for a host of a private network a warning',
    fix: 'Use https, or list that exact origin in DEEPSEEK_GUARD_ORIGINS.',
    proof: 'The scheme is http and the host is not loopback.',
  },
  'base-url-has-endpoint': {
    title: 'The base URL already ends in an endpoint.',
    meaning: 'The client adds `/chat/completions` itself, so the path would be doubled.',
    see: '404, or a finding at boot',
    fix: `Remove the endpoint: ${API} is enough.`,
    proof: 'The path ends in a known endpoint.',
  },
  'base-url-wrong-host': {
    title: "The base URL is not the API's host.",
    meaning:
      "It names DeepSeek's web site, a host that only resembles the API's, or a vendor that " +
      'serves no DeepSeek model.',
    see: 'A finding at boot',
    fix: `Set DEEPSEEK_BASE_URL to ${API}.`,
    proof: "The host's name.",
  },
  'base-url-has-credentials': {
    title: 'The base URL has a user or password in it.',
    meaning: 'Addresses are logged everywhere, and `fetch` refuses such URLs.',
    see: '`Request cannot be constructed from a URL that includes credentials`',
    fix: 'Remove everything between `//` and `@` from the base URL.',
    proof: 'The URL has a user part.',
  },
  'model-retired': {
    title: 'The configured model name is retired.',
    meaning: 'DeepSeek answers 400 to it, or serves another model under the name.',
    see: 'A warning at boot',
    fix: `Set the model to ${OFFERED}.`,
    proof: "The name is on DeepSeek's list of retired names.",
  },
  'clock-skewed': {
    title: "This machine's clock is wrong.",
    meaning: "Signed tokens and certificates are judged by time. DeepSeek's own keys are not.",
    see: '`Token used before issued`, `CERT_NOT_YET_VALID`, or a `Date` header far from ours',
    fix: { text: 'Synchronise the clock.', command: 'timedatectl set-ntp true' },
    proof: "The answer's `Date` and our clock, or the token's own times, disagree.",
  },
  'option-invalid': {
    title: 'An option or a setting is misspelt, or cannot be used.',
    meaning: 'The guard does not know the name, or cannot use the value.',
    see: '`TypeError` at construction, or a refused start',
    fix: 'Correct the option or the variable that the message names.',
    proof: 'The options and the settings were checked against their types.',
  },
  'guard-off': {
    title: 'The guard is switched off by DEEPSEEK_GUARD=off.',
    meaning: 'Nothing is checked at the start and nothing is probed; calls pass as they are.',
    see: 'One warning in the log, and health `warn`',
    fix: 'Remove DEEPSEEK_GUARD where the service serves people; keep it for builds and tests.',
    proof: 'The variable is set.',
  },
}
