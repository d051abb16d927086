import { randomUUID } from 'node:crypto'
import { deepSeekHeaders, json, type Reply } from './replies'

/** An answer that leaves piece by piece; `body` is what an unhurried reader sees. */
export interface StreamedReply extends Reply {
  chunks: string[]
}

/** What the fake understood of a completion request. */
export interface Prompt {
  model: string
  /** The text that the model answers with. */
  answer: string
  promptTokens: number
  /** `stream_options.include_usage` of the OpenAI form. */
  includeUsage: boolean
  /** Keep-alive lines in front of the answer; undefined: one in a stream, none before JSON. */
  keepAlives: number | undefined
  /** Why the model stops; undefined: it has said everything. */
  finishReason: string | undefined
}

/** Words with their blanks: the pieces in which a stream delivers its text. */
export function pieces(text: string): string[] {
  return text.match(/\s*\S+\s*$|\s*\S+/g) ?? [text]
}

/** Under load the real API sends blank lines before the JSON, to keep the connection open. */
export function jsonAfterKeepAlives(body: unknown, prompt: Prompt): Reply {
  const reply = json(200, body)
  return { ...reply, body: '\n'.repeat(prompt.keepAlives ?? 0) + reply.body }
}

/** In streams the keep-alive is an SSE comment, which parsers must skip. */
export function eventStream(events: string[], prompt: Prompt): StreamedReply {
  const keepAlives = Array<string>(prompt.keepAlives ?? 1).fill(': keep-alive\n\n')
  const chunks = [...keepAlives, ...events]
  const type = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' }
  return {
    status: 200,
    headers: { ...deepSeekHeaders(), ...type },
    body: chunks.join(''),
    chunks,
  }
}

function usage(prompt: Prompt) {
  const completionTokens = pieces(prompt.answer).length
  return {
    prompt_tokens: prompt.promptTokens,
    completion_tokens: completionTokens,
    total_tokens: prompt.promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: 0 },
    prompt_cache_hit_tokens: 0,
    prompt_cache_miss_tokens: prompt.promptTokens,
  }
}

function head(prompt: Prompt, object: string) {
  return {
    id: randomUUID(),
    object,
    created: Math.floor(Date.now() / 1000),
    model: prompt.model,
    system_fingerprint: 'fp_fake_deepseek',
  }
}

/** `POST /chat/completions` without `stream`. */
export function chatCompletion(prompt: Prompt): Reply {
  const message = { role: 'assistant', content: prompt.answer }
  const choices = [
    { index: 0, message, logprobs: null, finish_reason: prompt.finishReason ?? 'stop' },
  ]
  const body = { ...head(prompt, 'chat.completion'), choices, usage: usage(prompt) }
  return jsonAfterKeepAlives(body, prompt)
}

/** `POST /chat/completions` with `stream: true`. */
export function chatStream(prompt: Prompt): StreamedReply {
  const common = head(prompt, 'chat.completion.chunk')
  const rest = prompt.includeUsage ? { usage: null } : {}
  const chunk = (delta: object, finish: string | null): object => ({
    ...common,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
    ...rest,
  })
  const chunks = [
    chunk({ role: 'assistant', content: '' }, null),
    ...pieces(prompt.answer).map((content) => chunk({ content }, null)),
    chunk({ content: '' }, prompt.finishReason ?? 'stop'),
    ...(prompt.includeUsage ? [{ ...common, choices: [], usage: usage(prompt) }] : []),
  ]
  const events = chunks.map((data) => `data: ${JSON.stringify(data)}\n\n`)
  return eventStream([...events, 'data: [DONE]\n\n'], prompt)
}
