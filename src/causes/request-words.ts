import { type CallContext, type CallWords, sentences } from './call-context'
import type { CauseWords, causesByGroup } from './cause'

type Causes = (typeof causesByGroup)['request'][number]

/** The key is good; something in the request is not. */
export const requestWords: Record<Causes, CauseWords> = {
  'model-unavailable': {
    title: 'DeepSeek does not offer this model name; the key is good.',
    meaning: "The name is retired, misspelt or another vendor's.",
    see: '400 `The supported API model names are … but you passed …` or `Model Not Exist`',
    fix: {
      text: 'Set the model to deepseek-flash or deepseek-v4-pro.',
      command: 'curl -H "Authorization: Bearer $DEEPSEEK_API_KEY" https://api.deepseek.com/models',
    },
    proof: 'The answer lists the names that it accepts; it does so only after accepting the key.',
    tell: model,
  },
  'request-invalid': {
    title: 'DeepSeek refused the request itself, not the key.',
    meaning: 'A field, the content type or the size of the request is wrong.',
    see: '400, 413, 415 or 422 with a text about the body',
    fix: { text: 'Correct the request; a new key will not help.' },
    proof: 'The status and the text are about the request.',
    tell: invalid,
  },
  'reasoning-not-returned': {
    title: 'The thinking mode wants the `reasoning_content` of the last turn back.',
    meaning: 'After a tool call the assistant message must carry its `reasoning_content` again.',
    see: '400 `reasoning_content … must be passed back`',
    fix: {
      text: 'Send `reasoning_content` of the assistant message back with its tool results.',
    },
    proof: 'The text names the field.',
    tell: (call) => ({
      title: `${call.who} wants the \`reasoning_content\` of the last turn back.`,
      fix: {
        text:
          'Send `reasoning_content` of the assistant message back with its tool calls in the ' +
          `history, or switch the thinking mode off${client(call)}; a new key will not help.`,
      },
    }),
  },
  'thinking-mode-conflict': {
    title: 'The request has a parameter that the thinking mode does not take.',
    meaning: 'Some parameters work only while thinking is switched off.',
    see: '400 `Thinking mode does not support …`',
    fix: { text: 'Remove the parameter that the text names, or switch the thinking mode off.' },
    proof: 'The text names the thinking mode.',
    tell: (call) => ({
      title:
        `The thinking mode does not take ` +
        `${call.field ? `\`${call.field}\`` : 'a parameter of this request'}.`,
      fix: {
        text:
          `Remove ${call.field ? `\`${call.field}\`` : 'the parameter that the text names'} ` +
          `from the request, ` +
          'or switch the thinking mode off (`thinking: { type: "disabled" }`).',
      },
    }),
  },
  'context-too-long': {
    title: 'The conversation is longer than the model can read.',
    meaning: 'Messages and the room asked for the answer exceed the context window together.',
    see: '400 `maximum context length`',
    fix: { text: 'Shorten the messages, or lower `max_tokens`.' },
    proof: 'The text names the limit.',
    tell: (call) => ({
      title:
        `The conversation is longer than the ` +
        `model${isDeepSeeks(call) ? '' : ` at ${call.hostName}`} can read.`,
      fix: {
        text: sentences(
          sizes(call.numbers),
          'Shorten the messages (drop or summarise old turns of the history), or lower ' +
            '`max_tokens`.',
        ),
      },
    }),
  },
  'content-refused': {
    title: 'The content filter refused the text.',
    meaning: 'The input or the answer was judged to be risky; the key is good.',
    see: '400 `Content Exists Risk`, or `finish_reason: content_filter`',
    fix: { text: 'Change the text; do not retry it unchanged, and a new key will not help.' },
    proof: 'The text or the finish reason says so.',
    tell: (call) => ({
      title:
        `The content filter of ` +
        `${call.kind === 'nobody' ? 'the API' : call.who.replace(/^The /, 'the ')} refused ` +
        `the text.`,
      fix: {
        text:
          'Change or remove the wording that the filter refuses in the prompt or the ' +
          'messages; do not retry ' +
          'the same text, and a new key will not help.',
      },
    }),
  },
  'message-format-unsupported': {
    title: 'The request has a role, part or format that is not known there.',
    meaning: 'The API accepts a fixed list of roles, message parts and response formats.',
    see: '400 or 422 `unknown variant … expected one of …`',
    fix: { text: 'Use one of the values that the text lists.' },
    proof: 'The text names the value and lists what is accepted.',
    tell: format,
  },
}

/** Names that DeepSeek itself offers. */
const OFFERED = 'deepseek-flash or deepseek-v4-pro'

function isDeepSeeks({ kind }: CallContext): boolean {
  return kind === 'deepseek' || kind === 'nobody'
}

function client({ client: name }: CallContext): string {
  return name === 'litellm'
    ? ', or update LiteLLM'
    : ', or update the client that builds the history'
}

function model(call: CallContext): CallWords {
  const { vendor, who } = call
  const { name, variable } = call.model
  const where = variable === undefined ? '' : ` in ${variable}`
  if (call.kind === 'local') {
    const shown = name ?? '<model>'
    return {
      title: `${who} does not know ${name === undefined ? 'this model' : `the model ${name}`}.`,
      fix: {
        text: vendor?.pull
          ? `Run \`${vendor.pull} ${shown}\` on that machine, or change the model${where} ` +
            `to one that ${vendor.models ?? 'GET /v1/models'} shows.`
          : `Start ${vendor?.name ?? 'the server'} with this model, or change the ` +
            `model${where} to one that GET /v1/models shows.`,
        ...(vendor?.pull ? { command: `${vendor.pull} ${shown}` } : {}),
      },
    }
  }
  if (!isDeepSeeks(call)) {
    const naming = vendor?.naming ? `; there it is ${vendor.naming}` : ''
    return {
      title: `${who} does not offer this model${call.kind === 'vendor' ? ' to this account' : ''}.`,
      fix: {
        text:
          `Change the model${name === undefined ? '' : ` ${name}`}${where} to one that ` +
          `${call.hostName} ` +
          `offers (${vendor?.models ?? 'GET /models there lists them'})${naming}.`,
      },
    }
  }
  const isCase = name !== undefined && name !== name.toLowerCase()
  const what = name === undefined ? 'this model name' : `the model ${name}`
  return {
    title: `DeepSeek does not offer ${what}${call.isKeyGood ? '; the key is good' : ''}.`,
    fix: {
      text: sentences(
        `Set the model${where} to ${OFFERED}.`,
        isCase && 'Model names are written in lower case.',
        'A new key will not help.',
      ),
      command: 'curl -H "Authorization: Bearer $DEEPSEEK_API_KEY" https://api.deepseek.com/models',
    },
  }
}

function invalid(call: CallContext): CallWords {
  if (call.fault === 'provider') {
    return {
      title: 'The client does not know which provider the model belongs to.',
      fix: {
        text:
          'Write the provider in front of the model name, as in deepseek/deepseek-flash; for any ' +
          'other OpenAI-compatible host the prefix is openai/.',
      },
    }
  }
  return {
    title: `${call.who} refused the request itself, not the key.`,
    fix: { text: `${invalidFix(call)} A new key will not help.` },
  }
}

function invalidFix(call: CallContext): string {
  const { name, variable } = call.model
  if (call.fault === 'tool-order' && !call.field?.startsWith('tool')) {
    return (
      'Put the messages in the order that the API wants: user and assistant take turns after the ' +
      'system message, and the last one is from the user.'
    )
  }
  if (call.fault === 'tool-order') {
    return (
      'Send one `tool` message with the matching `tool_call_id` after every assistant message ' +
      'with `tool_calls`, and keep the turns in order when the history is cut.'
    )
  }
  if (call.fault === 'max-tokens') {
    const { limit } = call.numbers
    return `Lower \`max_tokens\` to ${limit ? `at most ${limit}` : 'the range in the text'}.`
  }
  if (call.status === 415) return 'Send the header `Content-Type: application/json`, and only once.'
  if (call.status === 413) {
    return 'Shorten the request: its body is larger than the server takes (images and files count).'
  }
  if (variable !== undefined && call.field === undefined && isDeepSeeks(call)) {
    return (
      `Check the model first: ${variable} is ${name}, and DeepSeek offers ${OFFERED}. ` +
      'Then correct the request.'
    )
  }
  return `Correct ${call.field === undefined ? 'the request' : `\`${call.field}\` in the request`}.`
}

function sizes({ limit, wanted }: CallContext['numbers']): string | undefined {
  if (limit === undefined) return undefined
  return wanted === undefined || wanted <= limit
    ? `Keep the request below ${limit} tokens.`
    : `Cut at least ${wanted - limit} tokens: ${wanted} were sent and ${limit} are allowed.`
}

/** What stands in for values that DeepSeek and others do not know. */
const substitutes: Readonly<Record<string, string>> = {
  developer: 'send the role `system` instead of `developer`',
  json_schema:
    'use `response_format: { type: "json_object" }` instead of `json_schema`, and describe ' +
    'the schema in the prompt',
  json_object: 'use `response_format: { type: "json_schema" }` with a schema, or `text`',
  image_url: 'send text parts only: leave out `image_url`, or use a model that reads images',
  input_image: 'send text parts only, or use a model that reads images',
  image: 'send text parts only, or use a model that reads images',
  input_text: 'send parts of the type `text` instead of `input_text`',
  function: 'send the role `tool` with a `tool_call_id` instead of `function`',
  custom: 'send tools of the type `function` instead of `custom`',
  required: 'use `tool_choice: "auto"` instead of `required`',
}

function format(call: CallContext): CallWords {
  const { value, accepted, field, who } = call
  const what = value ?? field
  const title =
    `${who} does not know ` +
    `${what === undefined ? 'a role, part or format' : `\`${what}\``} of this request.`
  const list =
    accepted.length > 0 ? ` (it accepts ${accepted.map((item) => `\`${item}\``).join(', ')})` : ''
  return { title, fix: { text: `${formatFix(call)}${list}; a new key will not help.` } }
}

function formatFix({ value, field, accepted, hostName, kind, model: asked }: CallContext): string {
  const isForeign = kind !== 'deepseek' && kind !== 'nobody'
  const there = isForeign ? ` at ${hostName}` : ''
  if (value !== undefined && value in substitutes && !accepted.includes(value)) {
    const cure = substitutes[value] ?? ''
    return `${cure.charAt(0).toUpperCase()}${cure.slice(1)}${there}`
  }
  if (field === 'response_format') {
    const wanted = accepted[0] ?? 'json_object'
    return `Set \`response_format.type\` to \`${wanted}\`, or remove \`response_format\`${there}`
  }
  if (field === 'content')
    return `Send \`content\` of every message as one string of plain text, not as a list of parts`
  if (field === 'tools' || field === 'tool_choice' || field === 'functions') {
    const name = asked.name === undefined ? 'this model' : asked.name
    return (
      `Change to a model that supports tools${there}, or remove \`tools\` from the ` +
      `request: ${name} takes none`
    )
  }
  if (field === 'role') return `Correct the \`role\` of the message that the text names${there}`
  const what = field === undefined ? 'the role, part or format that the text names' : `\`${field}\``
  return `Change ${what} to a value that is accepted${there}, or remove it`
}
