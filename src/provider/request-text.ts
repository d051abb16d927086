import { once } from '../once'
import { isWorded, type MessageText, patternOf, type Wording, wordings } from './signs'

/** What an API finds wrong with a request, the credential apart. */
export type RequestFault =
  | 'reasoning'
  | 'thinking'
  | 'context'
  | 'content'
  | 'format'
  | 'tool-order'
  | 'turns'
  | 'tool-schema'
  | 'tool-name'
  | 'max-tokens'
  | 'provider'
  | 'beta'
  | 'json-word'
  | 'broken-body'
  | 'missing'
  | 'template'
  | 'server-flag'
  | 'signature'
  | 'thinking-off'
  | 'parameter'
  | 'file'

/**
 * Wordings in lower case, DeepSeek's own first, in the order in which the faults are looked for.
 * Whoever answered, the cure is the same, so other vendors' wordings of a fault stand beside.
 */
const wordingsOf: Readonly<Record<RequestFault, string>> = {
  provider: 'llm provider not provided | pass in the llm provider',
  beta: 'only available when using beta api | only available & .com/beta',
  'json-word': 'must contain the word & json',
  'broken-body': `
    failed to parse the request body as json | surrogate in hex escape |
    unexpected end of hex escape | could not parse the json body`,
  'tool-schema': `
    invalid schema for function | must be a json schema of | function.parameters must be |
    invalid & input_schema`,
  'tool-name': `
    .function.name & pattern | .function.name & too long | tool names must be unique |
    duplicate tool name | tools & name: string should match pattern | invalid function name`,
  template: 'error rendering prompt | jinja template | default chat template',
  'server-flag': 'tool choice requires & enable-auto-tool-choice | param requires --jinja',
  signature: 'invalid & signature & thinking & block',
  'thinking-off': 'cannot be disabled when & reasoning_effort',
  parameter: `
    unsupported parameter | unknown parameter | unrecognized request argument |
    extra inputs are not permitted`,
  file: `
    file & not found & file-api | file_id & expired | file_id & not found | file & has expired`,
  reasoning: `
    reasoning_content & passed back | reasoning_content & must be & thinking |
    missing & reasoning_content | thinking mode & must be passed back |
    thinking & blocks & must be preserved | expected \`thinking\` or \`redacted_thinking\` |
    reasoning_content & is missing | reasoning_content & is required |
    reasoning content & passed back`,
  thinking: `
    thinking mode does not support | does not support this tool_choice |
    not support & in thinking mode | not supported & thinking mode | not available & thinking mode |
    tool_choice & thinking & not support | tool_choice & incompatible with thinking |
    temperature & when thinking is enabled | top_p & when thinking is enabled |
    top_k & when thinking is enabled | thinking & may not be enabled when tool_choice |
    enable_thinking & must be set to false | enable_thinking & only support |
    does not support the parameter & reason | deepseek-reasoner & does not support & parameter |
    logprobs & deepseek-reasoner`,
  context: `
    maximum context length | context_length_exceeded | context length exceeded |
    context length is only | contextwindowexceeded | context window exceeded |
    exceeds the context window | exceeds the available context size | exceed_context_size |
    exceeds the maximum context | exceed max message tokens | exceed context limit |
    exceeds context length | greater than the context length | longer than the context |
    exceeds the model | prompt is too long | input is too long | input too long | prompt too long |
    trying to keep the first & tokens | less than max_seq_len |
    range of input length should be & [ | input tokens & exceed | input token count & exceeds |
    tokens & exceeds & limit of & context | total tokens of image and text exceed & model |
    reduce the length of the messages | please reduce the length of | too many tokens | 上下文长度 |
    输入过长 | 超过最大长度`,
  content: `
    content exists risk | data_inspection_failed | datainspectionfailed | inappropriate content |
    content_policy_violation | content management policy | responsibleaipolicyviolation |
    content filter | contentfilter | content_filter | content moderation |
    sensitivecontentdetected | sensitive content | sensitive information | contains sensitive |
    flagged by | flagged for | prohibited_content | blocked by safety | risk control |
    unsafe content | 内容安全 | 敏感内容 | 敏感词 | 不安全或敏感 | 内容存在风险`,
  'tool-order': `
    must be followed by tool messages | must be a response to a preceding message with |
    insufficient tool messages following | tool_use & ids were found without & tool_result |
    tool_result & corresponding & tool_use | tool_call_id & not found |
    tool call & without & response | no tool output found for | no tool call found for`,
  turns: `
    does not support successive user or assistant messages | roles must alternate |
    the last message of deepseek-reasoner must be a user message | last message & must be & user |
    after assistant message, next must be`,
  'max-tokens': `
    invalid max_tokens value | max_tokens & valid range | max_tokens & too large |
    max_tokens & must be less than | max_tokens & at most | range of max_tokens should be |
    max_tokens & > & maximum allowed | max_completion_tokens & too large`,
  format: `
    unknown variant & expected | did not match any variant & untagged enum |
    response_format & unavailable | 'response_format.type' must be | response_format & not support |
    response format & not support | json_schema & not support | json_schema & unavailable |
    json output & not support | json mode & not support | structured output & not support |
    does not support tools | does not support tool | support tool use | not support function call |
    tools are not supported | tool use is not supported | tool calling is not supported |
    function calling is not enabled |
    not support & image | image & is not supported | image & not supported | image input & support |
    vision & not support | multimodal & not support | not a multimodal model |
    unsupported content type | unsupported message role | unsupported role | unknown role |
    unexpected role | invalid role | invalid message role | invalid value & supported values are |
    role & must be one of | role & not supported & developer | role & input should be |
    developer & is not one of | content field's type should be | content & should be a string |
    content & must be a string | content & must be string |
    messages & invalid type: sequence, expected a string |
    content & input should be a valid string | cannot unmarshal array & content & type string |
    unsupported & tool type | tool & type & not supported`,
  missing: `
    deserialize & missing field \` | missing required parameter | no model specified |
    model is required | empty input messages | at least one message |
    must provide a model | field required & body`,
}

/** Numbers that are some vendor's code for a refused text: Zhipu's 1301. */
const contentCodes = ['1301', 'data_inspection_failed', 'content_filter', 'datainspectionfailed']

/** The wordings of each fault, and the longest part of each, at which most texts are let go. */
const faults = once(() => {
  const lists = Object.entries(wordingsOf).map(
    ([fault, list]) => [fault as RequestFault, wordings(list)] as const,
  )
  const longest = ([first = '', ...rest]: Wording): string =>
    rest.reduce((best, part) => (part.length > best.length ? part : best), first)
  return { lists, landmarks: patternOf(lists.flatMap(([, list]) => list.map(longest))) }
})

/** The fault that an API finds with a request; undefined when it talks about another thing. */
export function requestFaultIn(message: MessageText): RequestFault | undefined {
  const { low, codes } = message
  if (contentCodes.some((code) => codes.has(code))) return 'content'
  if (codes.has('context_length_exceeded')) return 'context'
  const { lists, landmarks } = faults()
  if (!landmarks.test(low)) return undefined
  return lists.find(([, list]) => isWorded(list, low))?.[0]
}
