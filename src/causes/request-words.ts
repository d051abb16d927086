import { API, OFFERED } from '../provider/deepseek'
import { type CallContext, inside, isDeepSeeks } from './call-context'
import type { CauseWords, causesByGroup, Fix } from './cause'
import { faultWordsOf } from './fault-words'

type Causes = (typeof causesByGroup)['request'][number]

const NO_NEW_KEY = 'A new key will not help.'

/** The key is good; something in the request is not. */
export const requestWords: Record<Causes, CauseWords> = {
  'model-unavailable': {
    title: modelTitle,
    meaning: "The name is retired, misspelt or another vendor's.",
    see: '400 `The supported API model names are … but you passed …` or `Model Not Exist`',
    fix: modelFix,
    proof: 'The answer lists the names that it accepts; it does so only after accepting the key.',
    general: { isKeyGood: true },
  },
  'request-invalid': {
    title: (call) =>
      faultWordsOf(call)?.title?.(call) ?? `${call.who} refused the request itself, not the key.`,
    meaning: 'A field, the content type or the size of the request is wrong.',
    see: '400, 413, 415 or 422 with a text about the body',
    fix: invalidFix,
    proof: 'The status and the text are about the request.',
  },
  'reasoning-not-returned': {
    title: (call) => `${call.who} wants the ${reasoning(call)} of the last turn back.`,
    meaning: 'After a tool call the assistant message must carry its `reasoning_content` again.',
    see: '400 `reasoning_content … must be passed back`',
    fix: (call) =>
      `Send the ${reasoning(call)} of the assistant message back with its tool calls in the ` +
      'history, or switch the thinking mode off, or update ' +
      `${call.client === 'litellm' ? 'LiteLLM' : 'the client that builds the history'}; ` +
      'a new key will not help.',
    proof: 'The text names the field.',
  },
  'thinking-mode-conflict': {
    title: ({ fault, field }) =>
      fault === 'thinking-off'
        ? '`reasoning_effort` is set although the thinking mode is switched off.'
        : `The thinking mode does not take ${tick(field) ?? 'a parameter of this request'}.`,
    meaning: 'Some parameters work only while thinking is switched off.',
    see: '400 `Thinking mode does not support …`',
    fix: ({ fault, field }) =>
      field === 'enable_thinking'
        ? 'Set `enable_thinking` to `false` in the request, or stream the answer.'
        : `Remove ${tick(field) ?? 'the parameter that the text names'} from the request, or ` +
          (fault === 'thinking-off'
            ? 'do not set `thinking` to `disabled`: the two exclude each other.'
            : 'switch the thinking mode off (`thinking: { type: "disabled" }`).'),
    proof: 'The text names the thinking mode.',
  },
  'context-too-long': {
    title: (call) =>
      'The conversation is longer than the model' +
      `${isDeepSeeks(call) ? '' : ` at ${call.hostName}`} can read.`,
    meaning: 'Messages and the room asked for the answer exceed the context window together.',
    see: '400 `maximum context length`',
    fix: ({ numbers, kind, hostName }) =>
      `${sizes(numbers)}Shorten the messages (drop or summarise old turns of the history), or ` +
      'lower `max_tokens`.' +
      (kind === 'local' ? ` Or load the model with a larger context length at ${hostName}.` : ''),
    proof: 'The text names the limit.',
  },
  'content-refused': {
    title: (call) =>
      `The content filter of ${call.kind === 'nobody' ? 'the API' : inside(call.who)} refused ` +
      'the text.',
    meaning: 'The input or the answer was judged to be risky; the key is good.',
    see: '400 `Content Exists Risk`, or `finish_reason: content_filter`',
    fix:
      'Change or remove the wording that the filter refuses in the prompt or the messages; do ' +
      'not retry the same text, and a new key will not help.',
    proof: 'The text or the finish reason says so.',
  },
  'message-format-unsupported': {
    title: ({ who, value, field, fault }) => {
      const what = tick(value ?? field) ?? 'a role, part or format'
      return fault === 'server-flag'
        ? `${who} was not started for requests with tools.`
        : `${who} does not know ${what} of this request.`
    },
    meaning: 'The API accepts a fixed list of roles, message parts and response formats.',
    see: '400 or 422 `unknown variant … expected one of …`',
    fix: (call) => {
      const list = call.accepted.map((item) => `\`${item}\``).join(', ')
      return `${formatFix(call)}${list && ` (it accepts ${list})`}; a new key will not help.`
    },
    proof: 'The text names the value and lists what is accepted.',
  },
}

/** The Anthropic form has blocks where the OpenAI form has a field. */
function reasoning({ field }: CallContext): string {
  return field === 'thinking' ? '`thinking` block' : '`reasoning_content`'
}

function tick(word: string | undefined): string | undefined {
  return word && `\`${word}\``
}

/** The call went to a vendor who has no model of DeepSeek's, and nobody chose that. */
function isStray({ vendor, aim, model }: CallContext): boolean {
  return vendor?.foreign === true && aim === 'unknown' && /^deepseek/.test(model.name ?? '')
}

function modelTitle(call: CallContext): string {
  const { kind, who, model, isKeyGood } = call
  if (isStray(call)) return `${who} answered, which does not offer the model ${model.name}.`
  if (kind === 'local') {
    return `${who} does not know ${model.name ? `the model ${model.name}` : 'this model'}.`
  }
  if (kind !== 'deepseek' && kind !== 'nobody') {
    return `${who} does not offer this model${kind === 'vendor' ? ' to this account' : ''}.`
  }
  const what = model.name ? `the model ${model.name}` : 'this model name'
  return `DeepSeek does not offer ${what}${isKeyGood ? '; the key is good' : ''}.`
}

function modelFix(call: CallContext): string | Fix {
  const { vendor, model } = call
  const where = model.variable === undefined ? '' : ` in ${model.variable}`
  if (call.kind === 'local') {
    if (!vendor?.pull) {
      return (
        `Start ${vendor?.name ?? 'the server'} with this model, or change the model${where} to ` +
        'one that GET /v1/models shows.'
      )
    }
    const command = `${vendor.pull} ${model.name ?? '<model>'}`
    const text =
      `Run \`${command}\` on that machine, or change the model${where} to one that ` +
      `${vendor.models ?? 'GET /v1/models'} shows.`
    return { text, command }
  }
  if (isStray(call)) {
    const path = vendor?.slug === 'anthropic' ? '/anthropic (ANTHROPIC_BASE_URL)' : ''
    return `Set the base URL of the client to ${API}${path}: the call went to ${call.hostName}.`
  }
  if (!isDeepSeeks(call)) {
    const naming = vendor?.naming ? `; there it is ${vendor.naming}` : ''
    return (
      `Change the model${model.name ? ` ${model.name}` : ''}${where} to one that ` +
      `${call.hostName} offers (${vendor?.models ?? 'GET /models there lists them'})${naming}.`
    )
  }
  const isCase = model.name !== undefined && model.name !== model.name.toLowerCase()
  const spelling = isCase ? ' Model names are written in lower case.' : ''
  return {
    text: `Set the model${where} to ${OFFERED}.${spelling} ${NO_NEW_KEY}`,
    command: `curl -H "Authorization: Bearer $DEEPSEEK_API_KEY" ${API}/models`,
  }
}

function invalidFix(call: CallContext): string {
  return `${faultWordsOf(call)?.fix(call) ?? correction(call)} ${NO_NEW_KEY}`
}

function correction(call: CallContext): string {
  const { name, variable } = call.model
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
  const what = tick(call.place ?? call.field)
  if (what === undefined) {
    return (
      'Correct the request as the body of the answer says; log that body where the client ' +
      'throws it away.'
    )
  }
  return `Correct ${what} in the request${call.wantedType ? `: send ${call.wantedType}` : ''}.`
}

/** How much too long it was, as a sentence in front of the others; nothing when nobody says. */
function sizes({ limit, wanted }: CallContext['numbers']): string {
  if (limit === undefined) return ''
  return wanted === undefined || wanted <= limit
    ? `Keep the request below ${limit} tokens. `
    : `Cut at least ${wanted - limit} tokens: ${wanted} were sent and ${limit} are allowed. `
}

const TEXT_PARTS = 'Send text parts only, or use a model that reads images'

/** What stands in for values that DeepSeek and others do not know. */
const substitutes: Readonly<Record<string, string>> = {
  developer: 'Send the role `system` instead of `developer`',
  json_schema:
    'Use `response_format: { type: "json_object" }` instead of `json_schema`, and describe ' +
    'the schema in the prompt',
  json_object: 'Use `response_format: { type: "json_schema" }` with a schema, or `text`',
  image_url: 'Send text parts only: leave out `image_url`, or use a model that reads images',
  input_image: TEXT_PARTS,
  image: TEXT_PARTS,
  input_text: 'Send parts of the type `text` instead of `input_text`',
  function: 'Send the role `tool` with a `tool_call_id` instead of `function`',
  custom: 'Send tools of the type `function` instead of `custom`',
  required: 'Use `tool_choice: "auto"` instead of `required`',
}

function formatFix(call: CallContext): string {
  const { value, field, accepted, model } = call
  const there = isDeepSeeks(call) ? '' : ` at ${call.hostName}`
  if (call.fault === 'server-flag') {
    return `Start ${call.hostName} again with \`${call.flags.join(' ')}\``
  }
  if (value !== undefined && value in substitutes && !accepted.includes(value)) {
    return `${substitutes[value]}${there}`
  }
  if (field === 'response_format') {
    const wanted = accepted[0] ?? 'json_object'
    return `Set \`response_format.type\` to \`${wanted}\`, or remove \`response_format\`${there}`
  }
  if (field === 'content') {
    return 'Send `content` of every message as one string of plain text, not as a list of parts'
  }
  if (field === 'tool_choice') {
    return `Remove \`tool_choice\`${there}, set it to \`auto\`, or switch the thinking mode off`
  }
  if (value !== undefined && accepted.includes('function')) {
    return `Send tools of the type \`function\` only${there}: leave \`${value}\` tools out`
  }
  if (field === 'tools' || field === 'functions') {
    return (
      `Change to a model that supports tools${there}, or remove \`tools\` from the request: ` +
      `${model.name ?? 'this model'} takes none`
    )
  }
  if (field === 'role') return `Correct the \`role\` of the message that the text names${there}`
  const what = tick(field) ?? 'the role, part or format that the text names'
  return `Change ${what} to a value that is accepted${there}, or remove it`
}
