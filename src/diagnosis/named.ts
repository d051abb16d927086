import type { CallContext } from '../causes/call-context'
import { type MessageText, namesIn } from '../provider/signs'

/**
 * Fields of a request that an answer may name. A closed list: an answer is foreign text, and only
 * words of the protocol are repeated from it.
 */
const fields = namesIn(`
  tool_choice parallel_tool_calls tool_calls tool_call_id tools functions function_call
  response_format reasoning_effort reasoning_content enable_thinking thinking temperature
  top_logprobs logprobs top_p top_k logit_bias presence_penalty frequency_penalty
  max_completion_tokens max_output_tokens max_tokens stream_options stream user_id user seed stop
  prefix suffix service_tier store metadata image_url messages content role model input prompt
  system file_id n name parameters strict arguments type`)

/** Values that roles, parts, tools and formats have in one API or another. */
const values = namesIn(`
  developer system user assistant tool function latest_reminder json_schema json_object text
  image_url image input_image input_text input_audio output_text input_file file document video_url
  audio refusal web_search web_search_preview computer_use code_interpreter mcp custom required
  auto none any enabled disabled adaptive tool_use tool_result thinking redacted_thinking
  server_tool_use reasoning namespace local_shell grammar minimal low high medium max xhigh`)

/** A name in quotes or backticks, behind a dot, or with an underscore: what writers mean as one. */
const marked =
  /[`'"“‘[.]\s{0,2}([a-z]{1,12}(?:_[a-z]{1,12}){0,3})\b|\b([a-z]{1,12}(?:_[a-z]{1,12}){1,3})\b/g

/** The field that an answer names, `tool_choice` in "does not support this tool_choice". */
export function fieldIn({ low }: Pick<MessageText, 'low'>): string | undefined {
  const own = serdePath.exec(low)?.[1]
  if (own !== undefined && fields.has(own)) return own
  const wrong = wrongValue.exec(low)
  const missing = lackIn({ low }) ?? wrong?.[1] ?? wrong?.[2]
  if (missing !== undefined && fields.has(missing)) return missing
  const found: string[] = []
  for (const [, quoted, plain] of low.slice(0, 1500).matchAll(marked)) {
    const name = quoted ?? plain ?? ''
    if (fields.has(name) && !generic.has(name)) return name
    if (fields.has(name)) found.push(name)
  }
  return (
    wordIn(low) ?? found.find((name) => name !== 'type' && name !== 'model' && name !== 'messages')
  )
}

/** "target type: stop: invalid type: null". */
const serdePath = /target type: ([a-z_]{1,24})[.:]/

/** "Invalid n value", "invalid value for top_p". */
const wrongValue = /invalid (?:value for [`'"]?([a-z_]{1,24})|([a-z_]{1,24}) value)/

/** "Use 'max_completion_tokens' instead." */
export function insteadIn({ low }: MessageText): string | undefined {
  const name = /\buse [`'"]([a-z_]{2,24})[`'"] instead/.exec(low)?.[1]
  return name !== undefined && fields.has(name) ? name : undefined
}

/** "missing field `model`", "Missing model in request body". */
const lacking = /missing (?:required )?(?:field|parameter|property)?:? ?[`'"]?([a-z_]{1,24})/

/** Pydantic's way to say it: `'loc': ('body', 'messages'), 'msg': 'Field required'`. */
const pydantic = /'loc': [[(]'body', '([a-z_]{1,24})'/

/** The field that an answer misses. */
export function lackIn({ low }: Pick<MessageText, 'low'>): string | undefined {
  const isModel = /no model specified|model is required/.test(low)
  if (/empty input messages|at least one message/.test(low)) return 'messages'
  const name = isModel ? 'model' : (lacking.exec(low) ?? pydantic.exec(low))?.[1]
  return name !== undefined && (fields.has(name) || name === 'function') ? name : undefined
}

const steps = 'function|name|parameters|content|type|role|output|tool_calls|arguments|image_url'
const placeForm = new RegExp(
  `\\b(?:messages|tools|input)(?:\\[\\d{1,4}\\]|\\.\\d{1,4}\\b|\\.(?:${steps})\\b){1,6}`,
)

/** Where in the request the fault is: `tools[43].function.name`, `messages.5.content.0`. */
export function placeIn({ low }: MessageText): string | undefined {
  return placeForm.exec(low.slice(0, 1500))?.[0]
}

/** What parsers call a type, and how it is said. */
const types: readonly (readonly [RegExp, string])[] = [
  [/expected (?:an? )?(?:[fiu]\d\d|usize|integer|number|float)/, 'a number, without quotes'],
  [/expected (?:an? )?(?:string)/, 'a string'],
  [/expected (?:an? )?bool/, 'true or false, without quotes'],
  [/expected (?:an? )?(?:sequence|array|list)/, 'a list'],
  [/expected (?:an? )?(?:map|struct|object)/, 'an object'],
]

/** What a value has to be, where the answer says that it is of another type. */
export function typeIn({ low }: MessageText): string | undefined {
  const range = /valid range of [a-z_]{1,24} is ([[(][-\d., ]{1,24}[\])])/.exec(low)?.[1]
  if (range !== undefined) return `a value in the range ${range}`
  const bound = /expected a value ([<>]=? [\d.]{1,12})/.exec(low)?.[1]
  if (bound !== undefined) return `a value ${bound}`
  const most = /(array|string) too long[^\n]{0,60}maximum length (\d{1,7})/.exec(low)
  if (most) return `at most ${most[2]} ${most[1] === 'array' ? 'items' : 'characters'}`
  if (!low.includes('invalid type')) return undefined
  return types.find(([form]) => form.test(low))?.[1]
}

/** Flags of the servers that people run; only these are repeated. */
const flags = ['--enable-auto-tool-choice', '--tool-call-parser', '--jinja', '--reasoning-parser']

/** The flags that an answer names. */
export function flagsIn({ low }: MessageText): string[] {
  const named = flags.filter((flag) => low.includes(flag))
  return named.map((flag) => (flag.endsWith('parser') ? `${flag} <parser>` : flag))
}

/** Names that stand in every envelope; another one is more telling. */
const generic = namesIn('type model messages content role name n')

/** A parameter that nobody quotes, and features that stand for one. */
function wordIn(low: string): string | undefined {
  const part = /\b(content|role|tools)(?: field|'s|\]| should| must| is not)/.exec(low)?.[1]
  if (part !== undefined) return part
  if (/tool[ -](?:use|call)|function[ -]call|support tools?\b/.test(low)) return 'tools'
  if (/json[ -](?:output|mode|schema|object)|structured output|response format/.test(low)) {
    return 'response_format'
  }
  if (/expected a string|valid string|type string|requestcontent\b/.test(low)) return 'content'
  if (/\b(?:image|vision|multimodal)/.test(low)) return 'image_url'
  return /\b(temperature|tools|thinking|seed|stop|logprobs|functions)\b/.exec(low)?.[1]
}

/** How the value that is not accepted is introduced: "unknown variant `developer`". */
const refusedValue = new RegExp(
  '(?:unknown variant|invalid value|unsupported|unknown|invalid|unexpected|got|received)' +
    '[^`\'"]{0,40}[`\'"]{1,2}([a-z_]{2,30})[`\'"]',
)
/** "`json_schema` is unavailable now". */
const unavailable = new RegExp(
  '\\b([a-z]{3,12}(?:_[a-z]{2,12}){0,2})\\b[`\'"]?[^.\\n]{0,40}' +
    '(?:unavailable|not supported|unsupported|not one of)',
  'g',
)

/** The value that is not accepted, when it is a word of the protocol. */
export function valueIn({ low }: MessageText): string | undefined {
  const named = refusedValue.exec(low)?.[1]
  if (named !== undefined && values.has(named)) return named
  for (const [, name = ''] of low.slice(0, 1500).matchAll(unavailable)) {
    if (values.has(name)) return name
  }
  return undefined
}

const acceptedList = new RegExp(
  '(?:expected one of|expected|supported values are|must be one of|should be one of|must be|' +
    'is not one of|supported roles(?: are)?)[:\\s]{0,3}([^\\n]{2,200})',
)

/** What the answer says that it accepts, in its own order. */
export function acceptedIn({ low }: MessageText): string[] {
  const names = (acceptedList.exec(low)?.[1] ?? '').match(/[`'"]([a-z_]{2,30})[`'"]/g) ?? []
  const known = names.map((name) => name.slice(1, -1)).filter((name) => values.has(name))
  return [...new Set(known)].slice(0, 8)
}

const limitForm = new RegExp(
  '(?:maximum(?: context)?(?: length)?(?: allowed)?|limit|at most|window|range)[^0-9\\n]{0,40}' +
    '([1-9][\\d,]{1,9})',
)
const wantedForm = new RegExp(
  '(?:requested|resulted in|has|have|got|contains|used|prompt is too long:|input tokens?:?|' +
    'tokens \\()[^0-9\\n]{0,30}([1-9][\\d,]{2,9})',
)

/** Limit and wanted amount of tokens: "maximum context length is 65536 … requested 68161". */
export function numbersIn({ low }: MessageText): { limit?: number; wanted?: number } {
  const head = low.slice(0, 1500)
  const over = /([1-9][\d,]{2,9}) (?:tokens )?(?:>|exceeds?)[^0-9\n]{0,40}([1-9][\d,]{2,9})/.exec(
    head,
  )
  if (over) return { limit: amount(over[2]), wanted: amount(over[1]) }
  const range = /\[\s{0,2}\d{1,9}\s{0,2},\s{0,2}(\d{2,9})\s{0,2}\]/.exec(head)
  const limit = range?.[1] ?? limitForm.exec(head)?.[1]
  return { limit: amount(limit), wanted: amount(wantedForm.exec(head)?.[1]) }
}

function amount(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits.replace(/,/g, ''))
}

/** A model's name: short, of the characters that such names have, and no key. */
const modelShape = /^[a-z][\w.-]{1,40}(?:\/[\w.-]{1,40}){0,2}(?::[\w.-]{1,30})?$/i

/** True for text that may be shown as the name of a model. */
export function isModelName(name: string): boolean {
  if (!modelShape.test(name) || /^(?:sk|hf|gsk|xai|pplx|nvapi|ghp)[-_]/i.test(name)) return false
  if (/[0-9a-f]{12}|[A-Za-z0-9]{24}/.test(name)) return false
  // A name has a number or a hyphen somewhere; "Model does not exist" names nothing.
  return /[a-z]{3}/i.test(name) && /[\d/:.-]/.test(name)
}

const modelPatterns: readonly RegExp[] = [
  /you passed\s{1,2}[`'"]?([\w./:-]{3,90}?)[`'"]?\.?(?:\s|$|\(|")/i,
  /model[`'"\s:=(]{1,4}[`'"]([\w./:-]{3,90})[`'"]/i,
  /[`'"]([\w./:-]{3,90})[`'"] (?:is not|not found|does not|model)/i,
  /no endpoints found for ([\w./:-]{3,90}?)\.?(?:\s|$|")/i,
  /model or endpoint ([\w./:-]{3,90}) does not exist/i,
  /registry\.ollama\.ai\/(?:library\/)?([\w./:-]{3,60}) does/i,
  /model:? ([\w./:-]{3,90}) (?:does not exist|is not|not found|was not|not exist|has been)/i,
  /^model: ([\w./:-]{3,90})$/im,
  /(?:try pulling it first|pull) ([\w./:-]{3,60})/i,
  /\b(deepseek[\w./-]{2,50}(?::[\w.-]{1,20})?) (?:does not|is not|is only|is temporarily|not)/i,
]

/** The model that an answer names. */
export function modelIn({ text }: MessageText): string | undefined {
  const head = text.slice(0, 1500)
  for (const pattern of modelPatterns) {
    const name = pattern.exec(head)?.[1]
    if (name !== undefined && isModelName(name)) return name
  }
  return undefined
}

/** What kind of limit an answer tells of. */
export function paceIn({ low }: MessageText): CallContext['pace'] {
  if (/:free\b|free[- ]models?|free tier/.test(low)) return 'free'
  const isDaily = /per[- ]day|by ?day|daily|hourly|weekly|per hour|86400|usage limit/.test(low)
  if (isDaily) return 'daily'
  if (/upstream|error from provider/.test(low)) return 'upstream'
  return /\btpm\b|tokens per min|token[- ]rate/.test(low) ? 'tokens' : undefined
}
