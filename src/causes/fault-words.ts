import { API } from '../provider/deepseek'
import type { RequestFault } from '../provider/request-text'
import type { CallContext } from './call-context'

interface FaultWords {
  title?: (call: CallContext) => string
  fix: (call: CallContext) => string
}

/**
 * What cures a request that was refused for itself, by what exactly is wrong with it. All of them
 * repeat at every retry: the request has to change.
 */
const words: Partial<Record<RequestFault, FaultWords>> = {
  provider: {
    title: () => 'The client does not know which provider the model belongs to.',
    fix: () =>
      'Write the provider in front of the model name, as in deepseek/deepseek-flash; for any ' +
      'other OpenAI-compatible host the prefix is openai/.',
  },
  beta: {
    title: () => 'The request uses a feature that DeepSeek has only below its beta address.',
    fix: ({ aim, hostName }) =>
      `Set the base URL to ${API}/beta for this call (prefix completion, FIM, strict tools), or ` +
      `leave the feature out${
        aim === 'chosen' ? `; at ${hostName} it is the upstream address of the channel` : ''
      }.`,
  },
  'json-word': {
    title: ({ who }) => `${who} wants the word "json" in the prompt of a request for JSON.`,
    fix: () =>
      'Write the word json into a message of the prompt, best with an example of the JSON that ' +
      'is wanted, or remove `response_format`.',
  },
  'broken-body': {
    title: ({ who }) => `${who} could not read the request: its body is not valid JSON.`,
    fix: (call) =>
      call.isHalfCharacter
        ? `Remove half of a character from ${place(call, 'the messages')}: a text was cut in the ` +
          'middle of an emoji (a lone surrogate). `text.toWellFormed()` mends a text before it ' +
          'is sent; a retry of the same history fails again.'
        : `Mend ${place(call, 'the body')}: build the JSON with JSON.stringify, and leave tool ` +
          'calls out of the history whose arguments broke off; a retry of it fails again.',
  },
  'tool-order': {
    fix: () =>
      'Send one `tool` message with the matching `tool_call_id` directly after every assistant ' +
      'message with `tool_calls` (at /responses a `function_call_output` directly after its ' +
      '`function_call`), with nothing between, and keep them together and in this order when ' +
      'the history is cut.',
  },
  turns: {
    fix: () =>
      'Put the messages in the order that the API wants: user and assistant take turns after ' +
      'the system message, and the last one is from the user.',
  },
  'tool-schema': {
    title: ({ who }) => `${who} refused the schema of a tool, not the key.`,
    fix: (call) =>
      `Give every tool ${place(call, '`parameters`')} that are an object schema, at least ` +
      '`{ "type": "object", "properties": {} }`, without null, and with a `pattern` only where ' +
      'it is a plain regular expression; leave out a tool that cannot be mended (MCP servers ' +
      'and clients add tools of their own).',
  },
  'tool-name': {
    title: ({ who }) => `${who} refused the name of a tool, not the key.`,
    fix: (call) =>
      `Rename the tool${call.place ? ` in \`${call.place}\`` : ''}: a tool's name has letters ` +
      'a-z and A-Z, digits, `_` and `-` only, at most 64 of them, and stands once in `tools` ' +
      '(MCP servers use dots and colons).',
  },
  'max-tokens': {
    fix: ({ numbers: { limit } }) =>
      `Lower \`max_tokens\` to ${limit ? `at most ${limit}` : 'the range in the text'}.`,
  },
  missing: {
    fix: (call) =>
      call.lacks
        ? `Add \`${call.lacks}\` to ${place(call, 'the request')}, where it is missing.`
        : 'Send the body: the server received none, or not the field that it names. Some ' +
          'clients lose it when they try HTTP/2; HTTP/1.1 keeps it.',
  },
  parameter: {
    fix: ({ place: where, field, instead }) => {
      const what = where ?? field
      return (
        `Remove ${what ? `\`${what}\`` : 'the parameter that the text names'} from the request` +
        `${instead ? `, and send \`${instead}\` in its place` : ''}.`
      )
    },
  },
  file: {
    fix: () =>
      'Upload the file again and send the new `file_id`: a file lives 30 days at most, and ' +
      'belongs to the key that uploaded it.',
  },
  template: {
    title: () => "The model's prompt template cannot render these messages.",
    fix: ({ hostName, vendor }) =>
      `Choose a build of the model with a corrected prompt template at ${hostName}, or set a ` +
      `template of your own there${vendor?.slug === 'vllm' ? ' (`--chat-template`)' : ''}; it ` +
      'may also want a user message first, or no tools.',
  },
  signature: {
    fix: ({ hostName }) =>
      'Remove the `thinking` blocks from the history, or begin a new conversation: ' +
      `${hostName} takes back only the thinking that it signed itself.`,
  },
}

/** The words of the fault that was found with the request, where it has some of its own. */
export function faultWordsOf({ fault }: CallContext): FaultWords | undefined {
  return fault && words[fault]
}

/** Where in the request it is, as the answer says. */
function place(call: CallContext, otherwise: string): string {
  return call.place === undefined ? otherwise : `\`${call.place}\``
}
