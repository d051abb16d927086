import { randomUUID } from 'node:crypto'
import {
  eventStream,
  jsonAfterKeepAlives,
  type Prompt,
  pieces,
  type StreamedReply,
} from './completions'
import type { Reply } from './replies'

function message(prompt: Prompt, content: object[], outputTokens: number) {
  return {
    id: randomUUID(),
    type: 'message',
    role: 'assistant',
    model: prompt.model,
    content,
    stop_reason: content.length > 0 ? stopReason(prompt) : null,
    stop_sequence: null,
    usage: {
      input_tokens: prompt.promptTokens,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      output_tokens: outputTokens,
    },
  }
}

function stopReason(prompt: Prompt): string {
  return prompt.finishReason ?? 'end_turn'
}

/** `POST /anthropic/v1/messages` without `stream`. */
export function anthropicMessage(prompt: Prompt): Reply {
  const content = [{ type: 'text', text: prompt.answer }]
  return jsonAfterKeepAlives(message(prompt, content, pieces(prompt.answer).length), prompt)
}

/** `POST /anthropic/v1/messages` with `stream: true`. */
export function anthropicStream(prompt: Prompt): StreamedReply {
  const deltas = pieces(prompt.answer).map((text) => ({
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'text_delta', text },
  }))
  const events = [
    { type: 'message_start', message: message(prompt, [], 0) },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    ...deltas,
    { type: 'content_block_stop', index: 0 },
    {
      type: 'message_delta',
      delta: { stop_reason: stopReason(prompt), stop_sequence: null },
      usage: { output_tokens: deltas.length },
    },
    { type: 'message_stop' },
  ]
  const lines = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  return eventStream(lines, prompt)
}
