/** What one event of a stream says, whatever dialect it is in. */
export interface EventFacts {
  /** It carries text, reasoning or a tool call. */
  readonly content: boolean
  /** It only shows that the connection lives, as Anthropic's `ping` does. */
  readonly idle: boolean
  /** Why the model stopped, in the provider's own word. */
  readonly finishReason: string | undefined
  /** Nothing that matters comes after it: `message_stop`, `response.completed`. */
  readonly end: boolean
  /** The error that it reports, as JSON with an `error` member. */
  readonly error: string | undefined
  /** Its shape is none that a client can read. */
  readonly broken: boolean
}

type Fields = Record<string, unknown>

const quiet: EventFacts = {
  content: false,
  idle: false,
  finishReason: undefined,
  end: false,
  error: undefined,
  broken: false,
}
const idle: EventFacts = { ...quiet, idle: true }
const broken: EventFacts = { ...quiet, broken: true }

const ends: ReadonlySet<unknown> = new Set([
  'message_stop',
  'response.completed',
  'response.incomplete',
])

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** True for a non-empty string and for a list or record that holds something. */
function holds(value: unknown): boolean {
  return isText(value) || (isFields(value) && Object.keys(value).length > 0)
}

const contentFields = [
  'content',
  'reasoning_content',
  'reasoning',
  'reasoning_details',
  'refusal',
  'tool_calls',
  'function_call',
  'audio',
]

function carries(part: unknown): boolean {
  return isFields(part) && contentFields.some((name) => holds(part[name]))
}

/** Chat completions and plain completions: `choices`, each with its own delta and finish reason. */
function readChoices(choices: readonly unknown[]): EventFacts {
  let content = false
  let finishReason: string | undefined
  for (const choice of choices) {
    if (!isFields(choice)) return broken
    content ||= carries(choice.delta) || carries(choice.message) || isText(choice.text)
    if (isText(choice.finish_reason)) finishReason ??= choice.finish_reason
  }
  return content || finishReason !== undefined ? { ...quiet, content, finishReason } : quiet
}

/** Anthropic's events and those of `/responses`, told apart by their type. */
function readTyped(type: string, event: Fields): EventFacts {
  if (type === 'ping') return idle
  const { delta, item, content_block: block, response } = event
  const fields = isFields(delta) ? delta : {}
  const isCall = (part: unknown): boolean =>
    isFields(part) && typeof part.type === 'string' && /tool_use|_call$/.test(part.type)
  const content =
    isText(delta) ||
    isText(fields.text) ||
    isText(fields.thinking) ||
    isText(fields.partial_json) ||
    isCall(block) ||
    isCall(item)
  const details = isFields(response) ? response.incomplete_details : undefined
  const reason = isFields(details) ? details.reason : fields.stop_reason
  const finishReason = isText(reason) ? reason : undefined
  return { ...quiet, content, finishReason, end: ends.has(type) }
}

/** The error that an event reports, brought into the form of an answer's body. */
function errorOf(name: string, event: Fields): string | undefined {
  const { type, response } = event
  if (type === 'response.failed' && isFields(response)) {
    return JSON.stringify({ error: response.error ?? {} })
  }
  if (holds(event.error)) return JSON.stringify(event)
  const isError = type === 'error' || name === 'error'
  return isError ? JSON.stringify({ error: event }) : undefined
}

const statuses: readonly [RegExp, number][] = [
  [/auth/, 401],
  [/permission|forbidden/, 403],
  [/not_found/, 404],
  [/rate_limit|quota|too_many/, 429],
  [/overload|unavailable|capacity/, 503],
  [/invalid_request|bad_request/, 400],
]

/** The status that an error would have had, had it come before the stream. */
export function statusOf(body: string): number {
  const named = /"(?:code|status)"\s*:\s*"?([45]\d\d)\b/.exec(body)?.[1]
  if (named !== undefined) return Number(named)
  const words = [...body.matchAll(/"(?:type|code)"\s*:\s*"(\w+)"/g)].map(([, word]) => word ?? '')
  const known = statuses.find(([pattern]) => words.some((word) => pattern.test(word)))
  return known?.[1] ?? 500
}

/** Reads one whole event; `name` is what its `event:` line said. What is not JSON is broken. */
export function readEvent(data: string, name: string): EventFacts {
  let value: unknown
  try {
    value = JSON.parse(data)
  } catch {
    return name === 'error' ? { ...quiet, error: errorOf(name, { message: data }) } : broken
  }
  if (!isFields(value)) return quiet
  const error = errorOf(name, value)
  if (error !== undefined) return { ...quiet, error }
  if (Array.isArray(value.choices)) return readChoices(value.choices)
  return isText(value.type) ? readTyped(value.type, value) : quiet
}

const finish = /"(?:finish_reason|stop_reason)"\s*:\s*"(\w+)"/
const content =
  /"(?:content|reasoning_content|text|thinking|partial_json|arguments|delta)"\s*:\s*"[^"]/
const typed = /^\{\s*"type"\s*:\s*"([\w.]+)"/

/** The finish reason in a piece of text; inside a JSON string its quotes would be escaped. */
export function findFinishReason(text: string): string | undefined {
  return finish.exec(text)?.[1]
}

/** Reads an event of which only the beginning and the end were kept. */
export function readLongEvent(head: string, tail: string, name: string): EventFacts {
  if (!/^[{[]/.test(head) || !/[}\]]$/.test(tail)) return broken
  const type = typed.exec(head)?.[1] ?? name
  const finishReason = findFinishReason(tail)
  const isCall = head.includes('"tool_calls"') || tail.includes('"tool_calls"')
  // What is this long has something to say, and what ends a response repeats the whole of it.
  return { ...quiet, content: isCall || content.test(head), finishReason, end: ends.has(type) }
}

/** True for a piece of text in the middle of an answer, which many will follow. */
export function isPiece({ content, finishReason, end, error }: EventFacts): boolean {
  return content && finishReason === undefined && !end && error === undefined
}
