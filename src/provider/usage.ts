/** Paths on which a model answers and tokens are paid for, below whatever base. */
export const COMPLETION_PATH = /\/(?:completions|messages|responses)\/?$/

/** Tokens of one call. Reasoning is a part of output. */
export interface TokenUsage {
  cacheHit: number
  cacheMiss: number
  output: number
  reasoning: number
}

/**
 * The counts of a `usage` object under their own names, nested ones with a dot. A stream sends
 * several such objects that belong together, so they are merged before anything is reckoned.
 */
export type UsageFields = Readonly<Partial<Record<UsageName, number>>>

const names = [
  'prompt_tokens',
  'prompt_cache_hit_tokens',
  'prompt_cache_miss_tokens',
  'completion_tokens',
  'input_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'output_tokens',
] as const

const nested = [
  ['prompt_tokens_details', 'cached_tokens'],
  ['completion_tokens_details', 'reasoning_tokens'],
  ['input_tokens_details', 'cached_tokens'],
  ['output_tokens_details', 'reasoning_tokens'],
] as const

type Nested = (typeof nested)[number]
type UsageName = (typeof names)[number] | `${Nested[0]}.${Nested[1]}`

/** More than a year of a whole cluster: what is above was never counted by anybody. */
const MOST_TOKENS = 1e12

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MOST_TOKENS
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/**
 * Reads a `usage` object of any documented shape: DeepSeek's and OpenAI's chat completions,
 * Anthropic's messages, `/responses`.
 *
 * @returns `undefined` when it holds no count that is known.
 */
export function readUsage(value: unknown): UsageFields | undefined {
  if (!isRecord(value)) return undefined
  const fields: Partial<Record<UsageName, number>> = {}
  let found = false
  const take = (name: UsageName, count: unknown): void => {
    if (!isCount(count)) return
    fields[name] = Math.floor(count)
    found = true
  }
  for (const name of names) take(name, value[name])
  for (const [outer, inner] of nested) {
    const details = value[outer]
    if (isRecord(details)) take(`${outer}.${inner}`, details[inner])
  }
  return found ? fields : undefined
}

/**
 * Joins the usage of two events of one stream: Anthropic sends the input first and the output last.
 * The later count wins, but a later nought does not wipe out what was counted: gateways fill the
 * fields that they have no number for.
 */
export function mergeUsage(
  earlier: UsageFields | undefined,
  later: UsageFields | undefined,
): UsageFields | undefined {
  if (!earlier || !later) return later ?? earlier
  const merged: Partial<Record<UsageName, number>> = { ...earlier }
  for (const name of Object.keys(later) as UsageName[]) {
    merged[name] = later[name] || merged[name] || 0
  }
  return merged
}

/** What the counts mean, whatever the dialect they came in. */
export function tokensOf(fields: UsageFields): TokenUsage {
  // Gateways that speak two dialects leave noughts in the one that was not asked for.
  const output = fields.completion_tokens || fields.output_tokens || 0
  const reasoning =
    fields['completion_tokens_details.reasoning_tokens'] ||
    fields['output_tokens_details.reasoning_tokens'] ||
    0
  const { cacheHit, cacheMiss } = inputOf(fields)
  return { cacheHit, cacheMiss, output, reasoning: Math.min(reasoning, output) }
}

function inputOf(fields: UsageFields): Pick<TokenUsage, 'cacheHit' | 'cacheMiss'> {
  const prompt = fields.prompt_tokens || 0
  const promptHit =
    fields.prompt_cache_hit_tokens || fields['prompt_tokens_details.cached_tokens'] || 0
  const promptMiss = Math.max(fields.prompt_cache_miss_tokens || 0, prompt - promptHit)
  if (promptHit > 0 || promptMiss > 0) return { cacheHit: promptHit, cacheMiss: promptMiss }
  const input = fields.input_tokens || 0
  const read = fields.cache_read_input_tokens
  const created = fields.cache_creation_input_tokens
  // Anthropic counts cached input beside `input_tokens`, `/responses` counts it within.
  if (read !== undefined || created !== undefined) {
    return { cacheHit: read ?? 0, cacheMiss: input + (created ?? 0) }
  }
  const cached = fields['input_tokens_details.cached_tokens'] || 0
  return { cacheHit: cached, cacheMiss: Math.max(0, input - cached) }
}

/** Inside a JSON string the quotes would be escaped, so a model that writes this is not read. */
const USAGE = /"usage"\s*:\s*\{/g

/** No `usage` object of any dialect is longer; what goes on beyond is somebody else's. */
const LONGEST_USAGE = 2_048

/**
 * Finds the `usage` objects in a piece of text, such as one event of a stream or the last KiB of a
 * JSON body, and merges them; the text around them is not parsed.
 *
 * @returns `undefined` when the piece holds none, or cuts the only one.
 */
export function findUsage(text: string): UsageFields | undefined {
  let found: UsageFields | undefined
  for (const match of text.matchAll(USAGE)) {
    const object = objectAt(text, match.index + match[0].length - 1)
    if (object !== undefined) found = mergeUsage(found, readUsage(parse(object)))
  }
  return found
}

/** The text of the object that opens at `start`; undefined when it does not close. */
function objectAt(text: string, start: number): string | undefined {
  let depth = 0
  let quoted = false
  const end = Math.min(text.length, start + LONGEST_USAGE)
  for (let index = start; index < end; index++) {
    const character = text[index]
    if (quoted) {
      if (character === '\\') index++
      else if (character === '"') quoted = false
    } else if (character === '"') quoted = true
    else if (character === '{') depth++
    else if (character === '}' && --depth === 0) return text.slice(start, index + 1)
  }
  return undefined
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Names of models are short; anything else under that name is not one. */
const MODEL = /"model"\s*:\s*"([\w./:@-]{1,128})"/

/** The first model named in a piece of text, such as the head of a body or an event. */
export function findModel(text: string): string | undefined {
  return MODEL.exec(text)?.[1]
}
