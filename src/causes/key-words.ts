import { KEYS_PAGE } from '../provider/deepseek'
import type { CauseWords, causesByGroup } from './cause'

type Causes = (typeof causesByGroup)['not-a-key'][number]

const COUNT = 'printf %s "$DEEPSEEK_API_KEY" | wc -c'

/** The text in the place of the key is not a key, or not only a key. */
export const keyWords: Record<Causes, CauseWords> = {
  'key-placeholder': {
    title: 'The key is sample text or a filler, not a key.',
    meaning: 'The value still is the example from a README or a template.',
    see: '401 with an echo such as `****here`, `****_KEY` or `****xxxx`',
    fix: (call) =>
      `Replace the placeholder in ${call.rivalVariable ?? call.keyVariable} (or the client's own ` +
      'key setting) with your key and restart the process.',
    proof: 'The text is made of words or of one repeated character; so is the echo.',
    atStart: {
      what: 'holds sample text, not a key',
      advice: `Replace the sample text in {} with your key from ${KEYS_PAGE}`,
    },
  },
  'key-unexpanded': {
    title: 'The key is a reference that nobody resolved.',
    meaning: "A template such as `$NAME` or `{{name}}`, or the variable's own name, was sent.",
    see: '401 with an echo such as `****KEY}`',
    fix: 'Resolve the reference: quoting and file type decide who expands it.',
    proof: "The text holds `$NAME`, `{{name}}` or `%NAME%`, or equals a variable's name.",
    atStart: {
      what: 'holds a reference that nobody resolved',
      advice: 'Resolve the reference in {}',
    },
  },
  'key-nullish': {
    title: 'The key is the word that an empty value turned into.',
    meaning: 'A value that was not a string became text: `undefined`, `null`, `None`, `NaN`.',
    see: '401 with an echo such as `****ined` or `****null`',
    fix: (call) => `Check that ${call.keyVariable} is set before the header is built from it.`,
    proof: 'The text, or the echo, is what a missing value is printed as.',
    atStart: {
      what: 'holds what an empty value turns into when it is printed, such as undefined or null',
      advice: 'Check what fills {}: its source was empty or not a string',
    },
  },
  'key-quoted': {
    title: 'The key still has quotes around it.',
    meaning: 'Quotes of a shell, `.env` or YAML file became part of the value.',
    see: '401 with an echo that ends in a quote',
    fix: ({ keyVariable }) =>
      `Remove the quotes around the value of ${keyVariable}; Docker's --env-file and systemd ` +
      'keep them.',
    proof: 'The first or the last character is a quotation mark.',
    atStart: {
      what: 'has quotes that became part of the key',
      advice: 'Remove the quotes from {}',
    },
  },
  'key-whitespace': {
    title: 'The key has blanks, line breaks or invisible characters around it.',
    meaning: 'Copying or `echo` added a blank, a newline or a byte order mark.',
    see: '401 with a blank in the echo, or a client that refuses the header',
    fix: { text: 'Write the key again without the white space.', command: COUNT },
    proof: 'The text differs from its trimmed form.',
    atStart: {
      what: 'has white space in the key',
      advice: 'Write the key into {} again, without the white space',
    },
  },
  'key-unsendable': {
    title: 'The key has a character that no HTTP header can carry.',
    meaning:
      'A line break, a zero-width space, a typographic quote or another character beyond ' +
      'Latin-1 is in the value, and the client threw before anything was sent.',
    see: '`Cannot convert argument to a ByteString`, `ERR_INVALID_CHAR`, `invalid header value`',
    fix: ({ character, keyVariable }) =>
      character
        ? `Remove or retype the character ${character} in ${keyVariable} or copy the key again ` +
          'as ' +
          'plain text; when the key has none, look for it in the other headers.'
        : 'Copy the key again as plain text, or retype the character that is named.',
    proof: 'The client names the character; the key holds it.',
    atStart: {
      what: 'has a character that no HTTP header can carry',
      advice: `Copy the key into {} again as plain text from ${KEYS_PAGE}`,
    },
  },
  'key-prefixed': {
    title: 'The value holds more than the key.',
    meaning:
      '`Bearer`, `DEEPSEEK_API_KEY=`, a comma, or a whole settings file or JSON document came ' +
      'along with the key.',
    see: '401 although the end of the key is right',
    fix: 'Remove everything in front of `sk-`, and what follows the key.',
    proof: 'The text holds a key and something else.',
    atStart: {
      what: 'holds more than the key',
      advice: 'Remove everything around the key in {}: only the key itself belongs there',
    },
  },
  'key-encoded': {
    title: 'The key is encoded or encrypted.',
    meaning:
      'Base64, hex or URL encoding, or the cipher text of a secret store, was sent as it is.',
    see: '401 with an echo that ends in `=`',
    fix: {
      text: 'Decode the value before it reaches the environment.',
      command: 'printf %s "$DEEPSEEK_API_KEY" | base64 -d | wc -c',
    },
    proof: 'The text decodes to a key, or its end is base64 padding.',
    atStart: {
      what: 'holds the key in encoded form',
      advice: 'Decode the key and put the result into {}',
    },
  },
  'key-masked': {
    title: 'The key is masked text from a screen or a log.',
    meaning: 'Asterisks, dots or an ellipsis have replaced the middle of the key.',
    see: '401 with an echo of asterisks, or of the right four characters',
    fix: 'Copy the whole key; the console shows it only when it is created.',
    proof: 'The text holds runs of masking characters.',
    atStart: {
      what: 'holds a key with its middle hidden, as consoles and logs show it',
      advice:
        'Copy the whole key into {}; it is shown only once, so create a new one at ' +
        `${KEYS_PAGE} if it is lost`,
    },
  },
  'key-truncated': {
    title: 'The key is cut off or too long.',
    meaning: 'Characters are missing at one end, or the copy caught too many.',
    see: '401 with an echo from the middle of the key',
    fix: { text: 'Copy the whole key: `sk-` and 32 characters, 35 in all.', command: COUNT },
    proof: 'It begins like a DeepSeek key and its length is not 35.',
    atStart: {
      what: 'holds only a part of a key',
      advice: 'Copy the whole key into {}: sk- and 32 characters',
    },
  },
  'key-repeated': {
    title: 'The key is there twice, or several keys are joined.',
    meaning: 'A paste was done twice, or a list of keys was put where one is expected.',
    see: '401 although the end of the key is right',
    fix: 'Keep one key; for several, see `keyPool()`.',
    proof: 'The text holds more than one `sk-` key.',
    atStart: { what: 'holds more than one key', advice: 'Keep one copy of the key in {}' },
  },
  'key-is-path': {
    title: 'The key is a file name or an address.',
    meaning: 'The place where the key lies was given instead of the key.',
    see: '401 with an echo such as `****json` or `****.txt`',
    fix: 'Give the path in DEEPSEEK_API_KEY_FILE, or the key in DEEPSEEK_API_KEY.',
    proof: 'The text is a path, a file name or a URL.',
    atStart: {
      what: 'holds a path or an address where the key itself belongs',
      advice: 'Put the path into DEEPSEEK_API_KEY_FILE instead, or the key itself into {}',
    },
  },
}
